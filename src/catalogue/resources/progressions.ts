import { link, moment, text, unsigned } from '../fields.ts';
import { list } from '../request.ts';
import { resource } from '../resource.ts';
export default resource({
  singular: 'progression_history', plural: 'progression_histories', titled: 'to_title', scope: 'progressions',
  fields: { id: unsigned({ shown: 'default' }), to_id: unsigned({ shown: 'default' }), to_title: text({ shown: 'default' }), against_type: text(), against_id: unsigned(), modified_by: link('staff'), date_modified: moment() },
  requests: [list('progressions/history')],
});
