import { alias, choice, flag, integer, link, money, moment, reference, text, unsigned } from '../fields.ts';
import { action, count, list, read, remove } from '../request.ts';
import { resource } from '../resource.ts';
import { own } from '../source.ts';

const kinds = ['company', 'contact', 'affiliation', 'staff', 'job', 'milestone', 'task', 'issue'] as const;
const owners = ['staff', 'affiliation'] as const;
const mediums = ['note', 'meeting', 'report', 'email', 'call', 'postal', 'fax', 'sms', 'twitter', 'event_log'] as const;
const classLink = link('activity_classes', { initial: 'first' });
const priorityLink = link('activity_priorities', { initial: 'first' });

const classes = resource({
  name: 'activity_classes',
  singular: 'activity_class',
  plural: 'activity_classes',
  scope: 'activities',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    parent: unsigned({ initial: { value: 0 } }),
    status: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    standing: alias('status', choice(['active', 'inactive'])),
  },
  titled: 'title',
  // "This object does not support the `_ALL` argument" — reference, The Activity Class.
  all: false,
  create: { required: ['title'], optional: ['parent', 'status'] },
  filters: { basic: ['id', 'title', 'parent', 'standing'] },
  requests: [list('activities/classes'), read('activities/classes/{class_id}'), count('activities/classes/count')],
});

/** Read through activities: the reference has the object, and no request for it. */
const priorities = resource({
  name: 'activity_priorities',
  singular: 'activity_priority',
  plural: 'activity_priorities',
  scope: 'activities',
  fields: { id: unsigned({ shown: 'default' }), title: text({ shown: 'default' }), level: integer({ initial: { value: 0 } }) },
  titled: 'title',
  all: false,
  create: { required: ['title'], optional: ['level'] },
  requests: [],
});

/** Who sent or received an activity, or took part in it. */
const interacts = resource({
  name: 'activity_interacts',
  singular: 'activity_interact',
  plural: 'activity_interacts',
  scope: 'activities',
  fields: {
    id: unsigned({ shown: 'default' }),
    activity: link('activities'),
    type: choice(['creator', 'from', 'to', 'cc', 'bcc', 'attendee', 'did_not_attend'], { shown: 'default' }),
    owner_type: choice(owners),
    owner_id: unsigned(),
    owner: reference('owner', { shown: 'hidden' }),
    email: text(),
    date_actioned: moment({ shown: 'default' }),
  },
  titled: 'email',
  parent: 'activity',
  references: { owner: owners },
  parameters: { activity_id: 'activity' },
  create: { required: ['activity_id', 'type'], optional: ['owner_type', 'owner_id', 'email', 'date_actioned'] },
  requests: [],
});

/** Time that was logged with an activity. */
const allocations = resource({
  name: 'time_allocations',
  singular: 'time_allocation',
  plural: 'time_allocations',
  scope: 'activities',
  fields: {
    id: unsigned({ shown: 'default' }),
    against_type: choice(kinds, { shown: 'hidden' }),
    against_id: unsigned({ shown: 'hidden' }),
    against: reference('against'),
    standing: text({ initial: { value: 'unapproved' } }),
    billable: integer({ initial: { value: 0 } }),
    nonbillable: integer({ initial: { value: 0 } }),
    charged: money({ initial: { value: 0 } }),
    comments: text({ limit: 65_535 }),
    date_locked: moment(),
    date_created: moment({ initial: 'now' }),
  },
  titled: 'comments',
  references: { against: kinds },
  create: { required: [], optional: ['against_type', 'against_id', 'standing', 'billable', 'nonbillable', 'charged', 'comments', 'date_locked'] },
  requests: [],
});

const written = [
  'body', 'medium', 'owner_type', 'owner_id', 'visibility', 'details', 'priority_id', 'class_id', 'thread_id', 'task_id', 'parent_id', 'message_id',
  'date_started', 'date_ended', 'date_due', 'nonbillable', 'billable',
] as const;

const changed = ['subject', 'body', 'medium', 'visibility', 'details', 'priority_id', 'class_id', 'message_id', 'date_started', 'date_ended', 'date_due', 'nonbillable', 'billable'] as const;

/** Notes, mail, meetings, calls: what was said and done, and the time it took. */
export default resource({
  singular: 'activity',
  plural: 'activities',
  fields: {
    id: unsigned({ shown: 'default' }),
    subject: text({ shown: 'default', limit: 1_000 }),
    confidential: flag({ shown: 'default', initial: { value: 0 } }),
    parent_id: unsigned({ initial: { value: 0 } }),
    thread_id: unsigned({ initial: 'own id' }),
    parent_type: choice(['activity'], { shown: 'hidden', initial: { value: 'activity' } }),
    thread_type: choice(['activity'], { shown: 'hidden', initial: { value: 'activity' } }),
    parent: reference('parent'),
    thread: reference('thread'),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against'),
    owner_type: choice(owners, { initial: { value: 'staff' } }),
    owner_id: unsigned({ initial: 'caller' }),
    owner: reference('owner'),
    medium: choice(mediums, { initial: { value: 'note' } }),
    body: text({ limit: 65_535 }),
    preview_body: alias('body', text({ limit: 65_535 })),
    html_body: alias('body', text({ limit: 65_535 })),
    visibility: choice(['private', 'confidential', 'all'], { initial: { value: 'all' } }),
    details: text({ limit: 65_535 }),
    message_id: text({ shown: 'hidden' }),
    date_created: moment({ initial: 'now' }),
    date_started: moment(),
    date_ended: moment(),
    date_due: moment({ shown: 'hidden' }),
    // "takes the value of date_started, if this is not set then it takes the value of date_created"
    date_logged: moment({ initial: 'now' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    billable: unsigned({ initial: { value: 0 } }),
    nonbillable: unsigned({ initial: { value: 0 } }),
    staff: link('staff'),
    activity_class: classLink,
    class: alias('activity_class', classLink, { deprecated: true }),
    activity_priority: priorityLink,
    priority: alias('activity_priority', priorityLink, { deprecated: true }),
    task: link('tasks'),
    time_allocation: link('time_allocations'),
    rate: unsigned(),
    rate_charged: money({ initial: { value: 0 } }),
    scheduled: choice(['yes', 'no'], { initial: { value: 'no' } }),
    standing: choice(['unapproved', 'approved', 'invoiced', 'locked']),
    invoice_id: unsigned(),
    contract_period_id: unsigned(),
    is_billable: flag({ initial: { value: 0 } }),
  },
  titled: 'subject',
  parent: 'against',
  references: { against: kinds, owner: owners, parent: ['activity'], thread: ['activity'] },
  parameters: { priority_id: 'activity_priority', class_id: 'activity_class', task_id: 'task' },
  sources: { owner: own('owner_id'), thread: own('thread_id') },
  create: { required: ['subject'], optional: ['against_type', 'against_id', ...written] },
  update: changed,
  filters: {
    basic: [
      'id', 'parent_id', 'thread_id', 'against_type', 'against_id', 'owner_id', 'owner_type', 'medium', 'visibility', 'staff', 'class', 'activity_class',
      'priority', 'activity_priority', 'task', 'time_allocation',
    ],
    date: ['date_created', 'date_started', 'date_ended', 'date_logged', 'date_modified'],
    order: ['date_started', 'date_created', 'date_ended', 'date_modified', 'date_logged', 'id', 'billable', 'nonbillable'],
    range: ['id', 'against_id', 'thread', 'owner', 'staff', 'priority', 'activity_priority', 'class', 'task'],
    object: ['owner', 'against'],
  },
  secrecy: { visibility: 'visibility', owner: 'owner', hides: ['subject', 'body', 'preview_body', 'html_body', 'details'] },
  access: { remove: 'standard' },
  requests: [
    action('GET', 'activities', 'activities.list'),
    count('activities/count'),
    read('activities/{activity_id}'),
    action('GET', 'activities/{activity_id}/interacts', 'activities.interacts', { of: 'activity_interacts' }),
    action('GET', 'activities/{activity_id}/interacts/count', 'activities.countInteracts', { of: 'activity_interacts' }),
    action('GET', 'activities/allocations', 'activities.allocations'),
    action('PUT', 'activities/{activity_id}', 'activities.update', { parameters: changed }),
    action('POST', 'activities', 'activities.create', { parameters: ['subject!', 'against_type', 'against_id', ...written, 'send_invites', 'block_send', 'to', 'cc', 'bcc'] }),
    action('POST', 'activities/reports', 'activities.report', { parameters: ['activity_id!', 'body!', 'billable', 'nonbillable', 'notify_staff_attendees'] }),
    remove('activities/{activity_id}'),
    action('GET', 'activities/threads', 'activities.threads', { ownFilters: true }),
    action('GET', 'activities/threads/count', 'activities.countThreads', { ownFilters: true }),
    action('GET', 'activities/threads/{thread_id}', 'activities.thread'),
  ],
  parts: [classes, priorities, interacts, allocations],
});
