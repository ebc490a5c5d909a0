import { link, moment, text, unsigned } from '../fields.ts';
import { count, list, read, remove, verb } from '../request.ts';
import { resource } from '../resource.ts';

/** Appointments from a calendar elsewhere, before they become activities. They come by import: the reference has no request that creates one. */
export default resource({
  singular: 'time_external',
  plural: 'time_externals',
  fields: {
    id: unsigned({ shown: 'default' }),
    staff: link('staff', { shown: 'hidden', initial: 'caller', id: true }),
    title: text(),
    description: text({ limit: 65_535 }),
    date_created: moment({ initial: 'now' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    date_started: moment(),
    date_ended: moment(),
  },
  personal: { text: ['title', 'description'] },
  titled: 'title',
  search: ['title', 'description'],
  create: { required: ['title'], optional: ['staff_id', 'description', 'date_started', 'date_ended'] },
  access: { remove: 'standard' },
  filters: {
    basic: ['id', 'staff_id'],
    order: ['id', 'staff_id', 'date_created', 'date_modified', 'date_started', 'date_ended'],
    range: ['id', 'staff_id'],
  },
  requests: [
    list('time/externals'),
    count('time/externals/count'),
    read('time/externals/{id}'),
    remove('time/externals/{time_externals_id}'),
    verb('POST', 'time/externals/{time_external_id}/convert_to_meeting', 'time_externals.convert', {
      of: 'activities',
    }),
  ],
});
