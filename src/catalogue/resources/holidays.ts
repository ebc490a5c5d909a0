import { integer, link, moment, text, unsigned } from '../fields.ts';
import { count, list, read, remove, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { own } from '../source.ts';

/** When a member of staff is away: until a date, or for so many seconds. */
export default resource({
  singular: 'holiday',
  plural: 'holidays',
  fields: {
    id: unsigned({ shown: 'default' }),
    staff: link('staff', { initial: 'caller', id: 'default' }),
    date_start: moment({ shown: 'default' }),
    title: text({ shown: 'default' }),
    date_end: moment(),
    duration_seconds: integer(),
  },
  personal: { text: ['title'] },
  titled: 'title',
  parent: 'staff',
  search: ['title'],
  sources: { duration: own('duration_seconds') },
  create: { required: ['title', 'date_start'], optional: ['date_end', 'duration_seconds', 'staff_id'] },
  update: ['title', 'staff_id', 'date_start', 'date_end', 'duration_seconds'],
  access: { remove: 'standard' },
  filters: {
    basic: ['id', 'staff_id'],
    date: ['date_start', 'date_end'],
    range: ['id', 'staff_id', 'date_start', 'date_end', 'duration_seconds'],
    order: ['id', 'staff_id', 'date_start', 'date_end', 'title', 'duration'],
  },
  requests: [
    list('holidays'),
    count('holidays/count'),
    read('holidays/{holiday_id}'),
    verb('POST', 'holidays', 'holidays.create', {
      parameters: ['title!', 'date_start!', 'date_end', 'duration_seconds', 'staff_id'],
    }),
    verb('PUT', 'holidays/{holiday_id}', 'holidays.update', {
      parameters: ['title', 'staff_id', 'date_start', 'date_end', 'duration_seconds'],
    }),
    remove('holidays/{holiday_id}'),
  ],
});
