import { link, moment, reference, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';

/** The statuses that objects were moved to, by whom and when: one row for every progression that was run. */
export default resource({
  singular: 'progression_history',
  plural: 'progression_histories',
  scope: 'progressions',
  fields: {
    id: unsigned({ shown: 'default' }),
    to_id: unsigned({ shown: 'default' }),
    to_title: text({ shown: 'default' }),
    against_type: text(),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    modified_by: link('staff'),
    date_modified: moment(),
  },
  titled: 'to_title',
  parent: 'against',
  refers: { against: ({ progression }) => progression !== undefined },
  filters: {
    basic: ['id', 'against_type', 'against_id', 'modified_by'],
    order: ['id', 'date_modified'],
    range: ['id'],
    object: ['against'],
    date: ['date_modified'],
  },
  requests: [
    list('progressions/history'),
    read('progressions/history/{progression_history_id}'),
    count('progressions/history/count'),
  ],
});
