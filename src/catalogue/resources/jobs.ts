import { alias, choice, flag, integer, link, money, moment, reference, text, unsigned } from '../fields.ts';
import { children, count, create, list, newest, read, recent, remove, update } from '../request.ts';
import { resource } from '../resource.ts';
import { own } from '../source.ts';
import { progressions } from '../traits/progressions.ts';
import { statuses } from '../traits/statuses.ts';

const kinds = ['company', 'contact', 'affiliation'] as const;
const type = link('job_types', { initial: 'first' });

const types = resource({
  name: 'job_types',
  singular: 'job_type',
  plural: 'job_types',
  scope: 'jobs',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    ordering: integer({ initial: { value: 0 } }),
    has_custom_id: flag({ initial: { value: 0 } }),
  },
  titled: 'title',
  search: ['title'],
  create: { required: ['title'], optional: ['standing', 'ordering', 'has_custom_id'] },
  filters: { basic: ['id', 'standing'], order: ['id', 'title', 'standing'], range: ['id'] },
  requests: [list('jobs/types'), read('jobs/types/{job_type_id}')],
});

/** Projects: work for a client, in milestones and tasks. */
export default resource({
  singular: 'job',
  plural: 'jobs',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against'),
    custom_id: text(),
    paused: flag({ initial: { value: 0 } }),
    staff_bookmarked: flag({ initial: { value: 0 } }),
    date_created: moment({ initial: 'now' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    date_commenced: moment(),
    date_started: moment(),
    date_due: moment(),
    date_completed: moment(),
    date_last_interacted: moment(),
    job_type: type,
    type: alias('job_type', type, { deprecated: true }),
    rate: unsigned(),
    rate_charged: money({ initial: { value: 0 } }),
    status: link('job_statuses', { initial: 'first' }),
    standing: text(),
    manager: link('staff', { initial: 'caller' }),
    modified_by: link('staff', { stamped: 'caller' }),
    plan_modified_by: link('staff', { shown: 'hidden' }),
    company: link('companies', { initial: 'inherited' }),
    affiliation: link('affiliations', { initial: 'inherited' }),
    job_object_budget: unsigned(),
    job_contract: unsigned(),
    job_object_schedule: unsigned(),
    is_billable: flag({ shown: 'hidden', initial: { value: 1 } }),
  },
  unique: [['custom_id']],
  titled: 'title',
  parent: 'against',
  references: { against: kinds },
  search: ['title'],
  follows: { standing: ['status', 'standing'] },
  // The reference calls the pair by its older name in PUT.
  parameters: {
    type_id: 'job_type', manager_id: 'manager', rate_id: 'rate', status_id: 'status', contract_id: 'job_contract', affiliation_id: 'affiliation',
    engagement_table: 'against_type', engagement_id: 'against_id', contract: 'job_contract', dated_created: 'date_created',
  },
  create: {
    required: ['against_type', 'against_id', 'manager_id', 'type_id', 'title'],
    optional: ['rate_id', 'status_id', 'contract_id', 'affiliation_id', 'rate_charged', 'date_due', 'date_started', 'date_created', 'is_billable', 'custom_id'],
  },
  update: ['title', 'engagement_table', 'engagement_id', 'manager_id', 'status_id', 'contract_id', 'affiliation_id', 'rate_id', 'rate_charged', 'date_due', 'date_created'],
  filters: {
    basic: ['id', 'standing', 'against_id', 'against_type', 'paused', 'type', 'job_type', 'manager', 'modified_by', 'status', 'rate', 'affiliation', 'custom_id'],
    // `dated_created` is how the reference spells it.
    date: ['dated_created', 'date_created', 'date_modified', 'date_started', 'date_commenced', 'date_due', 'date_completed'],
    order: ['date_started', 'date_created', 'date_commenced', 'date_due', 'date_completed', 'date_modified', 'date_last_interacted', 'id', 'title', 'standing', 'status', 'custom_id'],
    range: ['id', 'against_id', 'type', 'job_type', 'manager', 'affiliation', 'modified_by', 'status', 'rate', 'rate_charged', 'contract', 'plan_modified_by', 'custom_id'],
    object: ['against'],
  },
  requests: [
    list('jobs'),
    count('jobs/count'),
    recent('jobs/recent'),
    newest('jobs/newest'),
    read('jobs/{job_id}'),
    create('jobs'),
    update('jobs/{job_id}'),
    remove('jobs/{job_id}'),
    children('jobs/{job_id}/milestones', 'milestones', own('job')),
  ],
  parts: [types],
  traits: [statuses('job', 'jobs'), progressions('job', 'jobs', 'status')],
});
