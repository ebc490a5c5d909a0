import { alias, choice, link, reference, text, unsigned } from '../fields.ts';
import { by, list, update, verb } from '../request.ts';
import { resource } from '../resource.ts';

const kinds = [
  'activities',
  'affiliations',
  'companies',
  'contracts',
  'expenses',
  'issues',
  'jobs',
  'milestones',
  'prospects',
  'quotes',
  'staff',
  'tasks',
] as const;

/**
 * Saved filters, of one kind of object each. They are made in the deployment: the reference has no request that creates one. `filters` and
 * `search` hold what a list would be asked with. Those of others are seen once they are shared.
 */
export default resource({
  singular: 'filter',
  plural: 'filters',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    object_type: choice(kinds),
    shared: choice(['yes', 'no'], { initial: { value: 'no' } }),
    owner_type: choice(['staff'], { shown: 'hidden', initial: { value: 'staff' } }),
    owner_id: unsigned({ shown: 'hidden', initial: 'caller' }),
    owner: reference('owner', { shown: 'hidden' }),
    staff_id: alias('owner_id', unsigned()),
    staff: alias('owner_id', link('staff')),
    filters: text({ shown: 'hidden', limit: 16_384 }),
    search: text({ shown: 'hidden' }),
  },
  // What is looked for may be people.
  personal: { text: ['title', 'filters', 'search'] },
  titled: 'title',
  references: { owner: ['staff'] },
  secrecy: { visibility: 'shared', word: 'no', owner: 'owner', hides: [] },
  create: {
    required: ['title', 'object_type'],
    optional: ['shared', 'owner_type', 'owner_id', 'filters', 'search'],
  },
  update: ['title', 'shared'],
  filters: {
    basic: ['id', 'shared', 'staff', 'object_type'],
    order: ['id', 'title', 'shared'],
    range: ['id'],
  },
  requests: [
    list('filters'),
    ...kinds.map((plural) => list(`${plural}/filters`, { of: 'filters', only: { object_type: plural } })),
    update('filters/{filter_id}'),
    by('POST', update('filters/{filter_id}')),
    verb('GET', 'filters/{filter_id}/run', 'filters.run', { ownFilters: true, anyKind: true }),
  ],
});
