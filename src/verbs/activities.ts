import { resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { refuse } from '../contract/refuse.ts';
import { missing } from '../objects/missing.ts';
import { insertObject, removeObject, updateObject } from '../objects/write.ts';
import { parameterText } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';
import type { WriteContext } from '../store/write-context.ts';
import { createActivity } from './activities/create-activity.ts';
import {
  activityAllocations,
  activityInteracts,
  countActivityInteracts,
  listActivities,
} from './activities/interacts.ts';
import { addRecipients } from './activities/recipients.ts';
import { activityThread, activityThreads, countActivityThreads } from './activities/threads.ts';
import { changeTime, takeBackTime } from './activities/time.ts';
import { dropKept, insertUpload, type KeptFile, keepUpload } from './resources/kept-file.ts';

type Values = Record<string, Stored>;

/**
 * `POST /activities`: the activity, its place in a thread, who sent and received it, and the time it took. Refuses what any create does, and
 * `parameter.invalid` for a recipient or a parent that does not exist.
 */
const create = writeVerb({
  prepare: keepUpload,
  abandon: dropKept,
  run: async (request, context, kept) => {
    const { owner } = request.route;
    const { values, names } = parseValues(request.parameters, owner, owner.create);
    const id = await createActivity(context, owner, { ...defaults(request), ...values }, names);
    for (const type of ['to', 'cc', 'bcc'] as const)
      await addRecipients(context, id, type, request.parameters.get(type));
    if (kept) await attach(context, id, kept);
    return answerObject(request, context, id);
  },
});

/** The attachment has the owner of its activity, and is visible to everybody who may read the activity. */
async function attach(context: WriteContext, activity: number, kept: KeptFile): Promise<void> {
  const columns = ['owner_type', 'owner_id', 'visibility'];
  const row = await context.store.find(context.deployment, 'activities', columns, { id: activity });
  await insertUpload(context, kept, {
    activity,
    owner_type: row?.owner_type ?? null,
    owner_id: row?.owner_id ?? null,
    visibility: seenBy(row?.visibility),
  });
}

const seenBy = (visibility: Stored | undefined): string => (visibility === 'all' ? 'all' : 'private');

/** "This will default to staff", "to the current user's id", and private "unless you are POSTing from a service application". */
function defaults({ caller, parameters }: Permitted): Values {
  const against =
    parameters.has('against_type') || parameters.has('against_id')
      ? {}
      : { against_type: 'staff', against_id: caller.person.id };
  return { ...against, visibility: caller.application.type === 'service' ? 'all' : 'private' };
}

/** `PUT /activities/{id}`: only the owner may change subject, body and visibility. Refuses `permission.lacking` for others. */
const update = writeVerb({
  run: async (request, context) => {
    const { owner } = request.route;
    const [id = 0] = request.ids;
    const { values, names } = parseValues(request.parameters, owner, {
      required: [],
      optional: owner.update,
    });
    const row = await context.store.find(
      context.deployment,
      owner.name,
      ['owner_type', 'owner_id', 'visibility', 'date_created'],
      { id },
    );
    const own = row?.owner_type === 'staff' && row.owner_id === context.staffId;
    if (!row || (row.visibility === 'private' && !own)) missing(owner, id);
    if (!own && ['subject', 'body', 'visibility'].some((name) => values[name] !== undefined)) {
      refuse('permission.lacking', {
        detail: 'change the subject, body or visibility of what another person owns',
      });
    }
    const changed: Values = { ...values };
    if (values.visibility !== undefined) changed.confidential = values.visibility === 'confidential' ? 1 : 0;
    if (values.date_started !== undefined)
      changed.date_logged = values.date_started ?? row.date_created ?? null;
    Object.assign(changed, await changeTime(context, id, changed));
    await updateObject(context, owner, id, { values: changed, names });
    if (values.visibility !== undefined) {
      const seen = { visibility: seenBy(values.visibility) };
      await context.store.update(context.deployment, 'resources', { activity_id: id }, seen);
    }
    return answerObject(request, context, id);
  },
});

/** `DELETE /activities/{id}`: the time it took is taken back. */
const remove = writeVerb({
  run: async (request, context) => {
    const { owner } = request.route;
    const [id = 0] = request.ids;
    const columns = ['owner_type', 'owner_id', 'visibility'];
    const row = await context.store.find(context.deployment, owner.name, columns, { id });
    const own = row?.owner_type === 'staff' && row.owner_id === context.staffId;
    if (!row || (row.visibility === 'private' && !own)) missing(owner, id);
    await takeBackTime(context, id);
    await removeObject(context, owner, id);
    return { as: 'nothing' };
  },
});

/** `POST /activities/reports`: a report on a meeting, as the next activity of its thread, with the visibility of the meeting. */
const report = writeVerb({
  run: async (request, context) => {
    const { owner } = request.route;
    const sent = parameterText(request.parameters, 'activity_id');
    if (!sent) refuse('parameter.missing', { field: 'activity_id' });
    if (!parameterText(request.parameters, 'body')) refuse('parameter.missing', { field: 'body' });
    const id = Number(sent);
    if (!Number.isSafeInteger(id))
      refuse('parameter.invalid', { field: 'activity_id', detail: 'an id is wanted' });
    const columns = ['subject', 'against_type', 'against_id', 'visibility', 'owner_type', 'owner_id'];
    const about = await context.store.find(context.deployment, owner.name, columns, { id });
    const own = about?.owner_type === 'staff' && about.owner_id === context.staffId;
    if (!about || (about.visibility === 'private' && !own))
      refuse('parameter.invalid', { field: 'activity_id', detail: `Activity ${id} does not exist` });
    const { values, names } = parseValues(request.parameters, owner, {
      required: [],
      optional: ['body', 'billable', 'nonbillable'],
    });
    const { subject = null, against_type = null, against_id = null, visibility = null } = about;
    const report = await createActivity(
      context,
      owner,
      { ...values, subject, against_type, against_id, visibility, medium: 'report', parent_id: id },
      names,
    );
    if (['1', 'yes', 'true'].includes(parameterText(request.parameters, 'notify_staff_attendees') ?? ''))
      await notifyAttendees(context, id, report);
    return answerObject(request, context, report);
  },
});

async function notifyAttendees(context: WriteContext, meeting: number, report: number): Promise<void> {
  const interacts = resourceNamed(context.catalogue, 'activity_interacts');
  const attendees = await context.store.list(context.deployment, {
    table: interacts.name,
    columns: ['owner_id'],
    where: { activity_id: meeting, owner_type: 'staff', type: 'attendee' },
    limit: Number.MAX_SAFE_INTEGER,
  });
  for (const { owner_id = null } of attendees) {
    await insertObject(context, interacts, {
      values: { activity: report, type: 'to', owner_type: 'staff', owner_id },
      names: {},
    });
  }
}

export default {
  allocations: activityAllocations,
  countInteracts: countActivityInteracts,
  countThreads: countActivityThreads,
  create,
  interacts: activityInteracts,
  list: listActivities,
  remove,
  report,
  thread: activityThread,
  threads: activityThreads,
  update,
};
