import {
  alias,
  choice,
  flag,
  integer,
  link,
  made,
  moment,
  reference,
  text,
  unsigned,
  yesno,
} from '../fields.ts';
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

const types = customTypes.extension;
const targets = [...lookups, 'contributor'] as const;
const fieldLink = link('extension_fields', { shown: 'hidden' });

/** What an extension field says of one object. */
const values = resource({
  name: 'extension_values',
  singular: 'extension_value',
  plural: 'extension_values',
  scope: 'extensions',
  fields: {
    id: unsigned({ shown: 'default' }),
    field: fieldLink,
    field_type: choice(types, { shown: 'default', source: via('field', 'field_type') }),
    // One table of the reference calls it the file's name.
    file_name: text({ shown: 'default', source: via('field', 'field_name') }),
    field_name: text({ shown: 'default', source: via('field', 'field_name') }),
    stored: text({ shown: 'hidden', limit: 65_535 }),
    value_id: unsigned(),
    value_type: choice(targets),
    // Of what the value leads to.
    target: reference('value', { shown: 'hidden' }),
    ...valueSources.links,
    value: made(valueSources.from, shownValue, { shown: 'default', storedFrom: storedOf }),
    values: made([own('field_type'), own('stored')], shownValues, { shown: 'default' }),
    field_id: alias('field', unsigned()),
    link_type: text(),
    link_id: unsigned(),
    link: reference('link', { shown: 'hidden' }),
    link_type_id: unsigned({ source: via('field', 'link_type_id') }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    modified_by: link('staff', { initial: 'caller', stamped: 'caller' }),
    default_value: text({ source: via('field', 'default_value') }),
    is_sensitive: flag({ source: via('field', 'is_sensitive') }),
    is_important: flag({ source: via('field', 'is_important') }),
    is_exported: flag({ source: via('field', 'is_exported') }),
    field_description: text({ source: via('field', 'information') }),
    confidential: flag({ shown: 'hidden', source: via('field', 'is_sensitive') }),
  },
  unique: [['link_type', 'link_id', 'field']],
  personal: { text: ['stored'] },
  titled: 'field_name',
  parent: 'link',
  dependent: ['link', 'field'],
  refers: { link: hasCustom('extension') },
  references: { target: targets },
  create: { required: ['field_id', 'link_type', 'link_id'], optional: ['stored', 'value_type', 'value_id'] },
  requests: [],
});

/** What else a deployment wants to know of objects of one type. The reference has no request that makes a field. */
export default resource({
  name: 'extension_fields',
  singular: 'extension_field',
  plural: 'extension_fields',
  scope: 'extensions',
  fields: {
    id: unsigned({ shown: 'default' }),
    field_name: text({ shown: 'default' }),
    field_type: choice(types, { shown: 'default', initial: { value: 'text' } }),
    link_type_id: unsigned({ shown: 'default' }),
    link_type: text(),
    ordering: integer({ initial: { value: 0 } }),
    required: yesno({ initial: { value: 0 } }),
    archived: yesno({ initial: { value: 0 } }),
    exported: yesno({ initial: { value: 0 } }),
    is_exported: alias('exported', flag(), { shown: 'hidden' }),
    important: yesno({ initial: { value: 0 } }),
    is_important: alias('important', flag(), { shown: 'hidden' }),
    is_sensitive: flag({ shown: 'hidden', initial: { value: 0 } }),
    default_value: text({ limit: 65_535 }),
    lookup_type: choice(lookups),
    information: text({ limit: 65_535 }),
    // One a line.
    option_lines: text({ shown: 'hidden', limit: 65_535 }),
    options: made([own('option_lines')], ([lines]) => optionsOf(lines ?? null), { storedFrom: optionLines }),
  },
  personal: { text: ['default_value', 'information'] },
  titled: 'field_name',
  create: {
    required: ['field_name', 'link_type', 'link_type_id'],
    optional: [
      'field_type',
      'ordering',
      'required',
      'archived',
      'exported',
      'important',
      'is_sensitive',
      'default_value',
      'lookup_type',
      'information',
      'option_lines',
    ],
  },
  requests: [],
  parts: [values],
});
