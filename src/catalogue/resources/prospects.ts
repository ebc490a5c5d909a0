import { created, updated } from '../event.ts';
import { alias, choice, flag, integer, link, moment, money, text, unsigned, yesno } from '../fields.ts';
import { count, create, linked, list, read, remove, update } from '../request.ts';
import { resource } from '../resource.ts';
import { own, via } from '../source.ts';
import { collections } from '../traits/collections.ts';
import { extensions, profiles } from '../traits/custom.ts';
import { progressions } from '../traits/progressions.ts';
import { statuses } from '../traits/statuses.ts';

const type = link('prospect_types', { initial: 'first' });

const types = resource({
  name: 'prospect_types',
  singular: 'prospect_type',
  plural: 'prospect_types',
  scope: 'prospects',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    parent: link('prospect_types'),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    ordering: integer({ initial: { value: 0 } }),
  },
  titled: 'title',
  search: ['title'],
  parameters: { parent_id: 'parent' },
  create: { required: ['title'], optional: ['parent_id', 'standing', 'ordering'] },
  filters: { basic: ['id', 'standing'], order: ['id', 'title', 'standing', 'ordering'], range: ['id'] },
  // "The `_filters` parameter is set to `standing_not(inactive)` by default" — reference, List Prospect Types.
  requests: [list('prospects/types', { usually: 'standing_not(inactive)' })],
});

const probabilities = resource({
  name: 'prospect_probabilities',
  singular: 'prospect_probability',
  plural: 'prospect_probabilities',
  scope: 'prospects',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    value: integer({ shown: 'default', initial: { value: 0 } }),
    ordering: integer({ initial: { value: 0 } }),
  },
  titled: 'title',
  search: ['title'],
  create: { required: ['title'], optional: ['value', 'ordering'] },
  filters: { basic: ['id', 'value'], order: ['title', 'ordering', 'value'] },
  // The list is documented in the singular, and asked for so.
  requests: [
    list('prospect/probabilities'),
    list('prospects/probabilities'),
    count('prospects/probabilities/count'),
    read('prospects/probabilities/{probability_id}'),
  ],
});

const described = [
  'comments',
  'value',
  'success',
  'staff_id',
  'date_due',
  'weighting',
  'progress',
  'probability_id',
  'status_id',
] as const;

/** Sales: what may become work for a client. */
export default resource({
  singular: 'prospect',
  plural: 'prospects',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    date_created: moment({ initial: 'now' }),
    date_actioned: moment(),
    date_due: moment(),
    date_last_interacted: moment(),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    weighting: integer({ initial: { value: 0 } }),
    value: money({ initial: { value: 0 } }),
    success: yesno({ initial: { value: 0 } }),
    comments: text({ limit: 65_535 }),
    progress: money({ scale: 4, initial: { value: 0 } }),
    // "A value incorporating the progress and weighting": no page says how, so it is kept as it is loaded.
    value_weighted: integer({ initial: { value: 0 } }),
    staff_bookmarked: flag({ initial: { value: 0 } }),
    won_by: link('staff', { shown: 'hidden', id: true }),
    cancelled_by: link('staff', { shown: 'hidden', id: true }),
    abandoned_by: link('staff', { shown: 'hidden', id: true }),
    contact: link('contacts', { initial: 'inherited' }),
    manager: link('staff', { initial: 'caller' }),
    prospect_type: type,
    type: alias('prospect_type', type, { deprecated: true }),
    status: link('prospect_statuses', { initial: 'first' }),
    standing: text(),
    prospect_probability: link('prospect_probabilities'),
    affiliation: link('affiliations'),
  },
  personal: { text: ['title', 'comments'] },
  titled: 'title',
  parent: 'affiliation',
  search: ['title'],
  sources: { company: via('affiliation', 'company'), dated_actioned: own('date_actioned') },
  follows: { standing: ['status', 'standing'] },
  marks: {
    won: { won_by: 'caller', success: { value: 1 }, date_actioned: 'now' },
    cancelled: { cancelled_by: 'caller', date_actioned: 'now' },
    abandoned: { abandoned_by: 'caller', date_actioned: 'now' },
  },
  parameters: {
    type_id: 'prospect_type',
    status_id: 'status',
    affiliation_id: 'affiliation',
    staff_id: 'manager',
    probability_id: 'prospect_probability',
  },
  create: { required: ['title', 'affiliation_id', 'type_id'], optional: described },
  update: ['title', 'affiliation_id', ...described],
  filters: {
    basic: [
      'id',
      'standing',
      'weighting',
      'success',
      'affiliation',
      'manager',
      'type',
      'prospect_type',
      'status',
      'prospect_probability',
      'company',
      'won_by_id',
      'cancelled_by_id',
      'abandoned_by_id',
    ],
    // `dated_actioned` is how the reference spells it.
    date: ['date_created', 'date_actioned', 'dated_actioned', 'date_due', 'date_modified'],
    order: [
      'date_actioned',
      'date_created',
      'date_due',
      'date_last_interacted',
      'date_modified',
      'title',
      'id',
      'status',
      'standing',
    ],
    range: [
      'id',
      'weighting',
      'value',
      'progress',
      'value_weighted',
      'affiliation',
      'manager',
      'type',
      'prospect_type',
      'status',
    ],
  },
  requests: [
    list('prospects'),
    count('prospects/count'),
    read('prospects/{prospect_id}'),
    create('prospects'),
    update('prospects/{prospect_id}'),
    remove('prospects/{prospect_id}'),
    linked('prospects/{prospect_id}/status', 'prospect_statuses', 'status'),
  ],
  events: [created('create_sale', 'Sale created'), updated('update_sale', 'Sale updated')],
  parts: [types, probabilities],
  traits: [
    profiles('prospect', 'prospects', { set: [['PUT', 'profiles/fields/{profile_field_id}']] }),
    extensions('prospect', 'prospects', 'prospect_type'),
    collections('prospect', 'prospects'),
    statuses('prospect', 'prospects', ['list']),
    progressions('prospect', 'prospects', 'status'),
  ],
});
