import { changed, created } from '../event.ts';
import { alias, choice, integer, link, moment, reference, text, unsigned } from '../fields.ts';
import { count, list, read, update, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { counted, highest, is, own, same } from '../source.ts';

const standings = ['pending', 'open', 'converted', 'closed'] as const;
const converted = ['issue', 'job', 'prospect', 'task', 'contract'] as const;
const priority = link('request_priorities');
const thread = [same('thread_id', 'thread_id')];
const unresolved = (standing: (typeof standings)[number]) =>
  counted('requests', [same('type', 'id'), is('standing', standing)]);

/** Who wants to hear of the requests of a type. The reference has no request that writes it. */
const subscriptions = resource({
  name: 'request_subscriptions',
  singular: 'request_subscription',
  plural: 'request_subscriptions',
  scope: 'requests',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    request_type: link('request_types', { shown: 'hidden' }),
    staff: link('staff', { shown: 'hidden' }),
  },
  unique: [['request_type', 'staff']],
  titled: 'id',
  dependent: ['request_type', 'staff'],
  create: { required: ['request_type', 'staff'] },
  requests: [],
});

const types = resource({
  name: 'request_types',
  singular: 'request_type',
  plural: 'request_types',
  scope: 'requests',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    unresolved: integer({
      shown: 'hidden',
      source: { plus: [unresolved('pending'), unresolved('open')] },
    }),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['standing'] },
  // What the list calls it.
  parameters: { status: 'standing' },
  requests: [
    verb('GET', 'requests/types', 'requests.types', {
      shaped: true,
      tells: { whole: true, under: 'request_types' },
    }),
  ],
});

/** Read through requests: the reference has the object, and no request for it. */
const priorities = resource({
  name: 'request_priorities',
  singular: 'request_priority',
  plural: 'request_priorities',
  scope: 'requests',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    color: choice(['grey', 'blue', 'green', 'orange', 'red']),
    factor: unsigned(),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['color', 'factor'] },
  requests: [],
});

/** What clients write to addresses that a team shares. */
export default resource({
  singular: 'request',
  plural: 'requests',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default', limit: 1_000 }),
    body: text({ limit: 65_535 }),
    standing: choice(standings, { initial: { value: 'pending' } }),
    source: choice(['email']),
    lead_id: unsigned({ initial: { value: 0 } }),
    // The first activity of the conversation.
    thread_id: unsigned(),
    date_created: moment({ initial: 'now' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    type: link('request_types', { id: true }),
    request_priority: priority,
    priority: alias('request_priority', priority, { deprecated: true }),
    priority_id: alias('request_priority', unsigned()),
    claimer: link('staff', { id: true }),
    affiliation: link('affiliations', { id: true }),
    conversion_type: choice(converted),
    conversion_id: unsigned(),
    conversion: reference('conversion', { shown: 'hidden' }),
    progressed_by: link('staff', { shown: 'hidden' }),
    // What request threads tell.
    activities: integer({ shown: 'hidden', source: counted('activities', thread) }),
    last_responded: moment({ shown: 'hidden', source: highest('activities', thread, 'date_created') }),
    last_external: moment({
      shown: 'hidden',
      source: highest('activities', [...thread, is('owner_type', 'affiliation')], 'date_created'),
    }),
  },
  indexed: ['thread_id'],
  personal: { text: ['title', 'body'] },
  titled: 'title',
  parent: 'affiliation',
  search: ['title'],
  references: { conversion: converted },
  sources: { lead: own('lead_id') },
  marks: Object.fromEntries(standings.map((standing) => [standing, { progressed_by: 'caller' }])),
  parameters: {
    type_id: 'type',
    priority_id: 'request_priority',
    claimer_id: 'claimer',
    affiliation_id: 'affiliation',
  },
  create: {
    required: ['title', 'body', 'type_id'],
    optional: ['affiliation_id', 'priority_id', 'source', 'lead_id'],
  },
  update: [
    'title',
    'body',
    'type_id',
    'lead_id',
    'affiliation_id',
    'priority_id',
    'source',
    'standing',
    'claimer_id',
  ],
  filters: {
    basic: ['id', 'standing', 'affiliation', 'type', 'priority', 'request_priority', 'lead', 'claimer_id'],
    date: ['date_created', 'date_modified'],
    order: ['id', 'date_created', 'date_modified'],
    range: ['id', 'type', 'progressed_by', 'lead', 'affiliation', 'priority', 'request_priority'],
  },
  requests: [
    list('requests'),
    count('requests/count'),
    verb('GET', 'requests/threads', 'requests.threads', {
      parameters: ['include_unresponded_counts', '_include_unresponded_counts'],
      ownFilters: true,
    }),
    read('requests/{request_id}'),
    verb('POST', 'requests', 'requests.create', {
      parameters: [
        'title!',
        'body!',
        'type_id!',
        'affiliation_id',
        'priority_id',
        'source',
        'lead_id',
        'affiliation_email',
        'affiliation_phone',
        'affiliation_contact_id',
        'affiliation_contact_firstname',
        'affiliation_contact_surname',
        'affiliation_company_id',
        'affiliation_company_name',
        'affiliation_company_phone',
      ],
    }),
    update('requests/{request_id}'),
  ],
  events: [
    created('create_request', 'Request created'),
    changed('update_request_status', 'Request status updated', 'standing'),
  ],
  parts: [types, priorities, subscriptions],
});
