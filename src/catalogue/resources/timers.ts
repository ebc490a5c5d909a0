import { alias, choice, flag, integer, link, moment, reference, text, unsigned } from '../fields.ts';
import { by, personal, remove, verb } from '../request.ts';
import { resource } from '../resource.ts';

const kinds = [
  'company',
  'contact',
  'affiliation',
  'job',
  'milestone',
  'task',
  'issue',
  'contract',
  'prospect',
  'staff',
] as const;
const written = ['subject', 'against_type', 'against_id', 'seconds'] as const;
const start = verb('PUT', 'timers/{timer_id}/start', 'timers.start');
const pause = verb('PUT', 'timers/{timer_id}/pause', 'timers.pause');
const cancel = by('PUT', remove('timers/{timer_id}/cancel'));

/**
 * Stopwatches. They act as the person who asks ("not available to service applications"), and are that person's alone: "a user will only be able
 * to view or edit timers that they own" — reference, Timers. `seconds` is kept as it was at the last stop; while a timer runs, its verbs add
 * what has passed since.
 */
export default resource({
  singular: 'timer',
  plural: 'timers',
  fields: {
    id: unsigned({ shown: 'default' }),
    subject: text({ shown: 'default' }),
    seconds: integer({ shown: 'default', initial: { value: 0 } }),
    status: choice(['stopped', 'running'], { initial: { value: 'stopped' } }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    // Returned by the verbs: a title comes from as many kinds of object as there are.
    against_title: alias('against_type', text()),
    visibility: choice(['private'], { shown: 'hidden', initial: { value: 'private' } }),
    owner_type: choice(['staff'], { shown: 'hidden', initial: { value: 'staff' } }),
    owner_id: unsigned({ shown: 'hidden', initial: 'caller' }),
    owner: reference('owner', { shown: 'hidden' }),
    staff_id: alias('owner_id', unsigned()),
    staff: alias('owner_id', link('staff')),
    date_started: moment({ shown: 'hidden' }),
    auto_start: flag({ shown: 'hidden' }),
  },
  personal: { text: ['subject'] },
  titled: 'subject',
  parent: 'against',
  references: { against: kinds, owner: ['staff'] },
  secrecy: { visibility: 'visibility', owner: 'owner', hides: [] },
  access: { remove: 'standard' },
  create: { required: ['subject'], optional: ['against_type', 'against_id', 'seconds', 'auto_start'] },
  update: written,
  filters: { basic: ['id', 'staff', 'status'], range: ['id', 'against_id', 'staff'] },
  requests: [
    verb('GET', 'timers', 'timers.list', { tells: {} }),
    verb('GET', 'timers/{timer_id}', 'timers.read'),
    verb('POST', 'timers', 'timers.create', {
      parameters: ['subject!', 'against_id', 'against_type', 'seconds', 'auto_start'],
    }),
    verb('PUT', 'timers/{timer_id}', 'timers.update', { parameters: written }),
    remove('timers/{timer_id}'),
    start,
    by('POST', start),
    pause,
    by('POST', pause),
    cancel,
    by('POST', cancel),
  ].map(personal),
});
