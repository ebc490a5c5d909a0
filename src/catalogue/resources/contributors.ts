import { alias, choice, flag, link, reference, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';

const work = ['company', 'contract', 'issue', 'job', 'milestone', 'prospect', 'quote', 'task'] as const;
const people = ['affiliation', 'staff'] as const;

const types = resource({
  name: 'contributor_types',
  singular: 'contributor_type',
  plural: 'contributor_types',
  scope: 'contributors',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    default_status_id: unsigned(),
    has_status: flag({ initial: { value: 0 } }),
    auto_cc: flag({ initial: { value: 0 } }),
    default_standing: text(),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    ordering: unsigned({ initial: { value: 0 } }),
  },
  titled: 'title',
  create: {
    required: ['title'],
    optional: ['default_status_id', 'has_status', 'auto_cc', 'default_standing', 'standing', 'ordering'],
  },
  filters: { basic: ['id', 'title', 'default_status_id', 'default_standing'], order: ['ordering'] },
  requests: [
    list('contributors/types'),
    count('contributors/types/count'),
    read('contributors/types/{contributor_type_id}'),
  ],
});

/** People from outside, or of the staff, who take part in a piece of work. The reference has no request that writes one. */
export default resource({
  singular: 'contributor',
  plural: 'contributors',
  fields: {
    id: unsigned({ shown: 'default' }),
    description: text({ shown: 'default', limit: 65_535 }),
    standing: text({ initial: { value: 'active' } }),
    status_id: unsigned(),
    against_type: choice(work),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    object_type: choice(people),
    object_id: unsigned(),
    object: reference('object', { shown: 'hidden' }),
    // The id is of one of these: which, the type says.
    as_staff: alias('object_id', link('staff'), { shown: 'hidden' }),
    as_affiliation: alias('object_id', link('affiliations'), { shown: 'hidden' }),
    contributor_type: link('contributor_types', { id: true }),
    // The sample has it under this name.
    type_id: alias('contributor_type', unsigned()),
    auto_cc: flag({ initial: { value: 0 } }),
  },
  personal: { text: ['description'] },
  titled: 'description',
  parent: 'against',
  search: ['description'],
  references: { against: work, object: people },
  create: {
    required: ['against_type', 'against_id', 'object_type', 'object_id'],
    optional: ['description', 'standing', 'status_id', 'contributor_type_id', 'auto_cc'],
  },
  filters: {
    basic: [
      'id',
      'standing',
      'status_id',
      'contributor_type_id',
      'against_type',
      'against_id',
      'object_id',
      'object_type',
      'auto_cc',
    ],
    order: ['id', 'contributor_type_id', 'standing', 'status_id', 'against_id', 'auto_cc'],
    range: ['id', 'against_id', 'object_id', 'contributor_type_id'],
  },
  requests: [list('contributors'), count('contributors/count'), read('contributors/{id}')],
  parts: [types],
});
