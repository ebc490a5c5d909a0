import { changed, created, emptied } from '../event.ts';
import {
  alias,
  choice,
  flag,
  integer,
  link,
  many,
  moment,
  money,
  reference,
  text,
  unsigned,
} from '../fields.ts';
import { count, create, list, progress, read, update, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { any, firstTied, is, own, same, total, via } from '../source.ts';
import { progressions } from '../traits/progressions.ts';
import { statuses } from '../traits/statuses.ts';

const kinds = [
  'company',
  'contact',
  'affiliation',
  'job',
  'milestone',
  'issue',
  'task',
  'asset',
  'prospect',
] as const;
const creators = ['staff', 'contact', 'affiliation'] as const;
const type = link('task_types');
const status = link('task_statuses', { initial: 'first' });
const job = link('jobs', { initial: 'inherited' });
const time = (kind: 'billable' | 'nonbillable') =>
  total('time_allocations', [is('against_type', 'task'), same('against_id', 'id')], kind);

const priorities = resource({
  name: 'task_priorities',
  singular: 'task_priority',
  plural: 'task_priorities',
  scope: 'tasks',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    icon: text(),
    level: unsigned({ initial: { value: 0 } }),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['icon', 'level'] },
  requests: [list('tasks/priorities')],
});

/** Read through tasks: the reference has the object, and no request for it. */
const types = resource({
  name: 'task_types',
  singular: 'task_type',
  plural: 'task_types',
  scope: 'tasks',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    ordering: unsigned({ initial: { value: 0 } }),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['standing', 'ordering'] },
  requests: [],
});

const path = 'tasks/{task_id}/progressions';

/** Single pieces of work, on their own or against another object. */
export default resource({
  singular: 'task',
  plural: 'tasks',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    description: text({ limit: 65_535 }),
    billable: integer({ source: time('billable') }),
    nonbillable: integer({ source: time('nonbillable') }),
    logged: integer({ source: { plus: [own('billable'), own('nonbillable')] } }),
    // "automatically updated with this value upon creation" — reference, Create a Task.
    budgeted: integer({ initial: { of: 'remaining' } }),
    remaining: integer({ initial: { value: 0 } }),
    staff_bookmarked: flag({ initial: { value: 0 } }),
    custom_id: text(),
    date_created: moment({ initial: 'now' }),
    date_started: moment(),
    date_commenced: moment(),
    date_accepted: moment(),
    date_due: moment(),
    date_completed: moment(),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against'),
    creator_type: choice(creators, { initial: { value: 'staff' } }),
    creator_id: unsigned({ initial: 'caller' }),
    creator: reference('creator'),
    assignee: link('staff', { initial: 'caller' }),
    task_type: type,
    type: alias('task_type', type, { deprecated: true }),
    skills: many('skill_assignments', 'against', 'skill'),
    task_status: status,
    status: alias('task_status', status, { deprecated: true }),
    standing: text(),
    manager: link('staff', { initial: 'caller' }),
    contact: link('contacts', { initial: 'inherited' }),
    affiliation: link('affiliations', { initial: 'inherited' }),
    company: link('companies', { initial: 'inherited' }),
    issue: link('issues', { initial: 'inherited' }),
    task_job: job,
    job: alias('task_job', job, { deprecated: true }),
    milestone: link('milestones', { initial: 'inherited' }),
    task_object_budget: link('object_budgets', {
      source: firstTied('object_budgets', [is('against_type', 'task'), same('against_id', 'id')]),
    }),
    object_budget: alias('task_object_budget', link('object_budgets'), { deprecated: true }),
    task_object_schedule: link('object_schedules', {
      source: firstTied('object_schedules', [is('against_type', 'task'), same('against_id', 'id')]),
      id: true,
    }),
    task_priority: link('task_priorities', { initial: 'first' }),
    rate: link('rates', { shown: 'hidden', initial: 'inherited', id: true }),
    rate_charged: money({ initial: { inherits: 0 } }),
    ordering: unsigned({ initial: { value: 0 } }),
    is_billable: flag({ shown: 'hidden', initial: { value: 1 } }),
  },
  personal: { text: ['title', 'description'] },
  titled: 'title',
  parent: 'against',
  references: { against: kinds, creator: creators },
  search: ['description', 'title'],
  takes: { rate_charged: ['rate', 'charged'] },
  brings: [{ resource: 'object_budgets', reference: 'against', with: { is_billable: own('is_billable') } }],
  follows: { standing: ['task_status', 'standing'] },
  marks: {
    accepted: { date_accepted: 'now' },
    started: { date_commenced: 'now' },
    complete: { date_completed: 'now' },
  },
  parameters: {
    status_id: 'task_status',
    manager_id: 'manager',
    assignee_id: 'assignee',
    affiliation_id: 'affiliation',
    priority_id: 'task_priority',
    type_id: 'task_type',
  },
  // A task of a job, or of one of its milestones.
  sources: { child_of_job: any(own('task_job'), via('milestone', 'job')) },
  create: {
    required: ['title', 'against_id', 'against_type', 'date_started'],
    optional: [
      'description',
      'status_id',
      'manager_id',
      'assignee_id',
      'affiliation_id',
      'date_due',
      'priority_id',
      'remaining',
      'rate_id',
      'rate_charged',
      'is_billable',
      'type_id',
    ],
  },
  // A status id is not among them: a progression must be run.
  update: [
    'title',
    'description',
    'assignee_id',
    'affiliation_id',
    'manager_id',
    'priority_id',
    'date_due',
    'remaining',
    'date_started',
  ],
  filters: {
    basic: [
      'id',
      'assignee',
      'manager',
      'status',
      'standing',
      'against_type',
      'against_id',
      'custom_id',
      'child_of_job',
      'rate_id',
      'rate_charged',
    ],
    date: [
      'date_created',
      'date_started',
      'date_commenced',
      'date_accepted',
      'date_completed',
      'date_modified',
      'date_due',
    ],
    range: [
      'id',
      'billable',
      'nonbillable',
      'budgeted',
      'remaining',
      'against_id',
      'creator_id',
      'assignee',
      'type',
      'task_type',
      'status',
      'manager',
      'contact',
      'rate_charged',
    ],
    order: [
      'id',
      'date_created',
      'date_started',
      'date_commenced',
      'date_accepted',
      'date_completed',
      'date_modified',
      'date_due',
      'task_priority',
      'title',
      'standing',
      'status',
      'rate_charged',
      'ordering',
    ],
    object: ['against', 'creator'],
  },
  requests: [
    list('tasks'),
    count('tasks/count'),
    read('tasks/{task_id}'),
    create('tasks'),
    update('tasks/{task_id}'),
    verb('GET', 'tasks/meta', 'tasks.meta'),
  ],
  events: [
    // "This includes going from assigned to unassigned" — older page, Webhooks › Events.
    changed('assign_task', 'Task assigned', 'assignee'),
    emptied('unassign_task', 'Task unassigned', 'assignee'),
    created('create_task', 'Task created'),
  ],
  parts: [priorities, types],
  traits: [
    statuses('task', 'tasks'),
    progressions('task', 'tasks', 'task_status', {
      rows: [
        progress('PUT', `${path}/start`, ['started']),
        progress('POST', `${path}/start`, ['started']),
        progress('PUT', `${path}/done`, ['complete']),
        progress('POST', `${path}/done`, ['complete']),
      ],
    }),
  ],
});
