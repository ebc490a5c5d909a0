import { alias, choice, link, made, moment, reference, text, unsigned, yesno } from '../fields.ts';
import { resource } from '../resource.ts';
import { own, via } from '../source.ts';
import { hasCustom } from '../traits/custom.ts';
import {
  customTypes,
  lookups,
  optionLines,
  optionsOf,
  shownValue,
  shownValues,
  storedOf,
  valueSources,
} from '../traits/lookups.ts';

const types = customTypes.profile;
const fieldLink = link('profile_fields', { shown: 'hidden' });

/** What a profile field says of one object. */
const values = resource({
  name: 'profile_values',
  singular: 'profile_value',
  plural: 'profile_values',
  scope: 'profiles',
  fields: {
    id: unsigned({ shown: 'default' }),
    field: fieldLink,
    field_type: choice(types, { shown: 'default', source: via('field', 'field_type') }),
    field_name: text({ shown: 'default', source: via('field', 'field_name') }),
    value_type: choice(lookups, { shown: 'default' }),
    stored: text({ shown: 'hidden', limit: 65_535 }),
    value_id: unsigned({ shown: 'hidden' }),
    // Of what the value leads to.
    target: reference('value', { shown: 'hidden' }),
    ...valueSources.links,
    value: made(valueSources.from, shownValue, { shown: 'default', storedFrom: storedOf }),
    values: made([own('field_type'), own('stored')], shownValues, { shown: 'default' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    modified_by: link('staff', { initial: 'caller', stamped: 'caller' }),
    field_id: alias('field', unsigned()),
    link_type: text(),
    link_id: unsigned(),
    link: reference('link', { shown: 'hidden' }),
    confidential: yesno({ shown: 'hidden', source: via('field', 'confidential') }),
  },
  unique: [['link_type', 'link_id', 'field']],
  personal: { text: ['stored'] },
  titled: 'field_name',
  parent: 'link',
  dependent: ['link', 'field'],
  search: [via('field', 'field_name')],
  refers: { link: hasCustom('profile') },
  references: { target: lookups },
  create: { required: ['field_id', 'link_type', 'link_id'], optional: ['stored', 'value_type', 'value_id'] },
  filters: {
    basic: ['id', 'field_id', 'link_id', 'link_type'],
    order: ['field_id', 'link_id', 'link_type', 'value_type', 'date_modified'],
    range: ['field_id', 'link_id'],
  },
  requests: [],
});

/** What else a deployment wants to know of its objects. The reference has no request that makes a field. */
export default resource({
  name: 'profile_fields',
  singular: 'profile_field',
  plural: 'profile_fields',
  scope: 'profiles',
  fields: {
    id: unsigned({ shown: 'default' }),
    field_name: text({ shown: 'default' }),
    field_type: choice(types, { shown: 'default', initial: { value: 'text' } }),
    parent_id: unsigned({ initial: { value: 0 } }),
    link_type: text(),
    required: yesno({ initial: { value: 0 } }),
    restrictions: choice(['all', 'edit', 'process', 'admin'], { initial: { value: 'all' } }),
    exported: yesno({ initial: { value: 0 } }),
    lookup_type: choice(lookups),
    // One a line.
    option_lines: text({ shown: 'hidden', limit: 65_535 }),
    options: made([own('option_lines')], ([lines]) => optionsOf(lines ?? null), { storedFrom: optionLines }),
    confidential: yesno({ initial: { value: 0 } }),
    description: text({ limit: 65_535 }),
  },
  personal: { text: ['description'] },
  titled: 'field_name',
  create: {
    required: ['field_name', 'link_type'],
    optional: [
      'field_type',
      'parent_id',
      'required',
      'restrictions',
      'exported',
      'lookup_type',
      'option_lines',
      'confidential',
      'description',
    ],
  },
  requests: [],
  parts: [values],
});
