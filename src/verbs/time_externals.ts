import { resourceNamed } from '../catalogue/catalogue.ts';
import { missing } from '../objects/missing.ts';
import { removeObject } from '../objects/write.ts';
import { loadObject } from '../request/08-operation/load.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import { createActivity } from './activities/create-activity.ts';

/**
 * `POST /time/externals/{id}/convert_to_meeting`: a meeting, a report on it as the next activity of its thread, and the appointment is gone.
 * Answers the meeting. Both are the staff member's whose appointment it was.
 */
const convert = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const columns = ['staff_id', 'title', 'description', 'date_started', 'date_ended'];
    const row = await context.store.find(context.deployment, owner.name, columns, { id });
    if (!row) missing(owner, id);
    const { staff_id = null, title = null, description = null, date_started = null, date_ended = null } = row;
    const shared = {
      subject: title,
      against_type: 'staff',
      against_id: staff_id,
      owner_type: 'staff',
      owner_id: staff_id,
      visibility: 'all',
    };
    const activities = resourceNamed(context.catalogue, 'activities');
    const meeting = await createActivity(
      context,
      activities,
      { ...shared, medium: 'meeting', body: description, date_started, date_ended },
      {},
    );
    await createActivity(context, activities, { ...shared, medium: 'report', parent_id: meeting }, {});
    await removeObject(context, owner, id);
    const loaded = await loadObject(context, context.deployment, asked.caller, asked.selection, meeting);
    return loaded ? { as: 'object', loaded } : missing(activities, meeting);
  },
});

export default { convert };
