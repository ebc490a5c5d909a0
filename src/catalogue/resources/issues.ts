import { alias, choice, flag, integer, link, money, moment, reference, text, unsigned, yesno } from '../fields.ts';
import { children, count, create, list, read, remove, update } from '../request.ts';
import { resource } from '../resource.ts';
import { own } from '../source.ts';
import { progressions } from '../traits/progressions.ts';
import { statuses } from '../traits/statuses.ts';

const kinds = ['company', 'contact', 'affiliation', 'job', 'milestone', 'task'] as const;
const referrers = ['staff', 'contact', 'affiliation', 'activity', 'issue'] as const;
const states = ['active', 'inactive'] as const;
const type = link('issue_types', { initial: 'first' });
const priority = link('issue_priorities', { initial: 'first' });

const types = resource({
  name: 'issue_types',
  singular: 'issue_type',
  plural: 'issue_types',
  scope: 'issues',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    notes: text({ limit: 65_535 }),
    parent: link('issue_types'),
    standing: choice(states, { initial: { value: 'active' } }),
    budget: yesno({ initial: { value: 0 } }),
    ordering: unsigned({ initial: { value: 0 } }),
    default_issue_class: link('issue_classes'),
    default_class_id: alias('default_issue_class', unsigned()),
    default_issue_priority: link('issue_priorities'),
    has_custom_id: flag({ initial: { value: 0 } }),
  },
  titled: 'title',
  search: ['title'],
  parameters: { parent_id: 'parent' },
  create: { required: ['title'], optional: ['notes', 'parent_id', 'standing', 'budget', 'ordering', 'default_issue_class', 'default_issue_priority', 'has_custom_id'] },
  filters: { basic: ['id', 'standing', 'budget', 'default_class_id', 'parent'], order: ['id', 'title', 'standing', 'ordering'], range: ['id'] },
  requests: [list('issues/types'), read('issues/types/{issue_type_id}')],
});

const priorities = resource({
  name: 'issue_priorities',
  singular: 'issue_priority',
  plural: 'issue_priorities',
  scope: 'issues',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    color: choice(['grey', 'blue', 'green', 'orange', 'red']),
    factor: unsigned(),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['color', 'factor'] },
  requests: [list('issues/priorities'), read('issues/priorities/{priority_id}'), count('issues/priorities/count')],
});

const resolutions = resource({
  name: 'issue_resolutions',
  singular: 'issue_resolution',
  plural: 'issue_resolutions',
  scope: 'issues',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    parent: link('issue_resolutions'),
    description: text({ limit: 65_535 }),
    report: text(),
    standing: choice(states, { initial: { value: 'active' } }),
  },
  titled: 'title',
  search: ['title'],
  parameters: { parent_id: 'parent' },
  create: { required: ['title'], optional: ['parent_id', 'description', 'report', 'standing'] },
  filters: { basic: ['id', 'standing', 'parent_id'], order: ['id', 'standing', 'title'], range: ['id'] },
  requests: [list('issues/resolutions'), read('issues/resolutions/{resolution_id}'), count('issues/resolutions/count')],
});

const classes = resource({
  name: 'issue_classes',
  singular: 'issue_class',
  plural: 'issue_classes',
  scope: 'issues',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    description: text({ limit: 65_535 }),
    parent: link('issue_classes'),
    standing: choice(states, { initial: { value: 'active' } }),
  },
  titled: 'title',
  parameters: { parent_id: 'parent' },
  create: { required: ['title'], optional: ['description', 'parent_id', 'standing'] },
  requests: [list('issues/classes')],
});

/** What a client reports and wants resolved. */
export default resource({
  singular: 'issue',
  plural: 'issues',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    custom_id: text(),
    description: text({ limit: 65_535 }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against'),
    issue_type: type,
    type: alias('issue_type', type, { deprecated: true }),
    affiliation: link('affiliations', { initial: 'inherited' }),
    contact: link('contacts', { initial: 'inherited' }),
    class: link('issue_classes'),
    issue_priority: priority,
    priority: alias('issue_priority', priority, { deprecated: true }),
    resolution: link('issue_resolutions'),
    resolution_detail: text({ limit: 65_535 }),
    status: link('issue_statuses', { initial: 'first' }),
    standing: text(),
    date_submitted: moment({ initial: 'now' }),
    submitted_by: link('staff', { initial: 'caller' }),
    // The table of the reference writes it as one word, its samples and filters as two.
    submittedby: alias('submitted_by', link('staff')),
    date_opened: moment({ initial: 'now' }),
    opened_by: link('staff', { initial: 'caller' }),
    date_started: moment(),
    date_resolved: moment(),
    resolved_by: link('staff'),
    date_closed: moment(),
    closed_by: link('staff'),
    date_due: moment(),
    date_last_interacted: moment(),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    referrer_type: choice(referrers),
    referrer_id: unsigned(),
    referrer: reference('referrer', { shown: 'hidden' }),
    staff_bookmarked: flag({ initial: { value: 0 } }),
    billable_seconds: unsigned({ initial: { value: 0 } }),
    company: link('companies', { initial: 'inherited' }),
    assignee: link('staff'),
    contract: unsigned(),
    issue_object_budget: unsigned(),
    object_budget: alias('issue_object_budget', unsigned(), { deprecated: true }),
    reopened_count: integer({ shown: 'hidden', initial: { value: 0 } }),
    rate: unsigned({ shown: 'hidden' }),
    rate_charged: money({ shown: 'hidden', initial: { value: 0 } }),
  },
  unique: [['custom_id']],
  titled: 'title',
  parent: 'against',
  references: { against: kinds, referrer: referrers },
  // The reference searches the `subject` of an issue, which is its title.
  search: ['title'],
  follows: { standing: ['status', 'standing'] },
  parameters: {
    type_id: 'issue_type', class_id: 'class', affiliation_id: 'affiliation', priority_id: 'issue_priority', status_id: 'status',
    resolution_id: 'resolution', contract_id: 'contract', assignee_id: 'assignee',
  },
  create: {
    required: ['title', 'type_id', 'against_type', 'against_id'],
    optional: ['standing', 'status_id', 'affiliation_id', 'date_started', 'date_due', 'description', 'class_id', 'assignee', 'priority_id', 'custom_id'],
  },
  update: [
    'title', 'description', 'against_id', 'against_type', 'class_id', 'affiliation_id', 'date_started', 'date_due', 'assignee', 'priority_id',
    'status_id', 'standing', 'resolution_id', 'resolution_detail', 'contract_id',
  ],
  filters: {
    basic: [
      'id', 'standing', 'custom_id', 'referrer_type', 'referrer_id', 'against_id', 'against_type', 'status', 'type', 'issue_type', 'affiliation', 'class',
      'priority', 'issue_priority', 'resolution', 'submitted_by', 'opened_by', 'closed_by', 'resolved_by', 'assignee', 'contract',
    ],
    date: ['date_opened', 'date_submitted', 'date_started', 'date_due', 'date_closed', 'date_modified'],
    order: [
      'id', 'date_opened', 'date_submitted', 'date_started', 'date_due', 'date_closed', 'date_resolved', 'date_last_interacted', 'date_modified',
      'title', 'standing', 'status',
    ],
    range: [
      'id', 'reopened_count', 'rate_charged', 'against_id', 'billable_seconds', 'assignee', 'type', 'issue_type', 'affiliation', 'class', 'resolution',
      'priority', 'issue_priority', 'submitted_by', 'opened_by', 'resolved_by', 'closed_by', 'status', 'rate', 'contract',
    ],
    object: ['against', 'referrer'],
  },
  requests: [
    list('issues'),
    count('issues/count'),
    list('issues/recent', { order: { by: 'date_submitted', descending: true } }),
    read('issues/{issue_id}'),
    create('issues'),
    update('issues/{issue_id}'),
    remove('issues/{issue_id}'),
    children('issues/{issue_id}/tasks', 'tasks', own('against_id'), 'against_type'),
    list('issues/progressions', { of: 'issue_progressions' }),
  ],
  parts: [types, priorities, resolutions, classes],
  traits: [statuses('issue', 'issues', ['list']), progressions('issue', 'issues', 'status', { type: 'issue_type' })],
});
