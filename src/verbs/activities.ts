import { resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { ParameterValue } from '../catalogue/sent.ts';
import { refuse } from '../contract/refuse.ts';
import { inherited } from '../objects/derived.ts';
import { isThere } from '../objects/seen.ts';
import { insertObject, missing, removeObject, updateObject } from '../objects/write.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import type { WriteAction } from '../request/08-operation/action.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import type { WriteContext } from '../store/write-context.ts';
import { changeTime, logTime, takeBackTime } from './activities.time.ts';
import { dropKept, insertUpload, type Kept, keepUpload } from './resources.upload.ts';

type Values = Record<string, Stored>;

/**
 * `POST /activities`: the activity, its place in a thread, who sent and received it, and the time it took. Refuses what any create does, and
 * `parameter.invalid` for a recipient or a parent that does not exist.
 */
export const activitiesCreate: WriteAction = {
  kind: 'write',
  prepare: keepUpload,
  abandon: dropKept,
  run: async (asked, inside, prepared) => {
    const { owner } = asked.route;
    const { values, names } = parseValues(asked.parameters, owner, owner.create);
    const id = await createActivity(inside, owner, { ...defaults(asked), ...values }, names);
    for (const type of ['to', 'cc', 'bcc'] as const)
      await addRecipients(inside, id, type, asked.parameters.get(type));
    if (prepared) await attach(inside, id, prepared as Kept);
    return answerObject(asked, inside, id);
  },
};

/** The attachment is its activity's owner's, and seen by whoever sees what the activity says. */
async function attach(inside: WriteContext, activity: number, kept: Kept): Promise<void> {
  const columns = ['owner_type', 'owner_id', 'visibility'];
  const row = await inside.store.find(inside.deployment, 'activities', columns, { id: activity });
  await insertUpload(inside, kept, {
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

/** An activity, its place in its thread, its sender, and the time it took. Answers its id. */
export async function createActivity(
  inside: WriteContext,
  owner: Resource,
  given: Values,
  names: Readonly<Record<string, string>>,
): Promise<number> {
  const values: Values = { ...given, ...(await placeInThread(inside, owner, given)) };
  // What the caller named of these two was looked at; the thread of a reply may have begun with what the caller may not see.
  const { parent_id: _, thread_id: __, ...others } = names;
  values.owner_type ??= 'staff';
  if (values.owner_type === 'staff') values.owner_id ??= inside.staffId;
  values.confidential = values.visibility === 'confidential' ? 1 : 0;
  values.date_logged = values.date_started ?? inside.now;
  // "The rate charged for any billable time": that of what the activity is against.
  values.rate ??= await inherited(inside, owner, 'rate', values);
  values.rate_charged ??= (await inherited(inside, owner, 'rate_charged', values)) ?? 0;
  Object.assign(values, await logTime(inside, values));
  const id = await insertObject(inside, owner, { values, names: others });
  const interacts = resourceNamed(inside.catalogue, 'activity_interacts');
  const sender = {
    activity: id,
    type: 'creator',
    owner_type: values.owner_type,
    owner_id: values.owner_id ?? null,
    date_actioned: inside.now,
  };
  await insertObject(inside, interacts, { values: sender, names: {} });
  return id;
}

/** A reply belongs to the thread of what it replies to. Refuses `parameter.invalid` for what does not exist, or not for the one who replies. */
async function placeInThread(inside: WriteContext, activities: Resource, values: Values): Promise<Values> {
  const parent = values.parent_id ?? values.thread_id;
  if (!parent) return {};
  const field = values.parent_id ? 'parent_id' : 'thread_id';
  if (!(await isThere(inside, activities, parent)))
    refuse('parameter.invalid', { field, detail: `Activity ${parent} does not exist` });
  const row = await inside.store.find(inside.deployment, activities.name, ['thread_id'], { id: parent });
  return {
    parent_id: parent,
    parent_type: 'activity',
    thread_id: row?.thread_id ?? parent,
    thread_type: 'activity',
  };
}

/** `{"staff": [10], "affiliation": [13, 14], "emails": "x@example.com"}`. */
async function addRecipients(
  inside: WriteContext,
  activity: number,
  type: string,
  sent: ParameterValue | undefined,
): Promise<void> {
  if (sent === undefined || sent === null || sent === '') return;
  if (typeof sent !== 'object' || Array.isArray(sent))
    refuse('parameter.invalid', {
      field: type,
      detail: 'an object with staff, affiliation or emails is wanted',
    });
  const interacts = resourceNamed(inside.catalogue, 'activity_interacts');
  for (const [kind, list] of Object.entries(sent as Readonly<Record<string, ParameterValue>>)) {
    for (const each of Array.isArray(list) ? (list as readonly ParameterValue[]) : [list]) {
      if (each === null || each === '') continue;
      const values = recipient(type, kind, each);
      await insertObject(inside, interacts, {
        values: { ...values, activity, type },
        names: { owner_id: type, email: type, owner_type: type },
      });
    }
  }
}

function recipient(parameter: string, kind: string, sent: ParameterValue): Values {
  const text = typeof sent === 'object' ? '' : String(sent);
  if (kind === 'emails' || kind === 'email') {
    if (!text.includes('@') || text.length > 255)
      refuse('parameter.invalid', { field: parameter, detail: 'an email address is wanted' });
    return { email: text };
  }
  const id = Number(text);
  if ((kind !== 'staff' && kind !== 'affiliation') || !Number.isSafeInteger(id) || id < 1) {
    refuse('parameter.invalid', {
      field: parameter,
      detail: 'ids of staff or affiliation, or emails, are wanted',
    });
  }
  return { owner_type: kind, owner_id: id };
}

/** `PUT /activities/{id}`: subject and body are the owner's alone to change. Refuses `permission.lacking` for others. */
export const activitiesUpdate: WriteAction = {
  kind: 'write',
  run: async (asked, inside) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const { values, names } = parseValues(asked.parameters, owner, { required: [], optional: owner.update });
    const row = await inside.store.find(
      inside.deployment,
      owner.name,
      ['owner_type', 'owner_id', 'visibility', 'date_created'],
      { id },
    );
    const own = row?.owner_type === 'staff' && row.owner_id === inside.staffId;
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
    Object.assign(changed, await changeTime(inside, id, changed));
    await updateObject(inside, owner, id, { values: changed, names });
    if (values.visibility !== undefined) {
      const seen = { visibility: seenBy(values.visibility) };
      await inside.store.update(inside.deployment, 'resources', { activity_id: id }, seen);
    }
    return answerObject(asked, inside, id);
  },
};

/** `DELETE /activities/{id}`: the time it took is taken back. */
export const activitiesRemove: WriteAction = {
  kind: 'write',
  run: async (asked, inside) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const columns = ['owner_type', 'owner_id', 'visibility'];
    const row = await inside.store.find(inside.deployment, owner.name, columns, { id });
    const own = row?.owner_type === 'staff' && row.owner_id === inside.staffId;
    if (!row || (row.visibility === 'private' && !own)) missing(owner, id);
    await takeBackTime(inside, id);
    await removeObject(inside, owner, id);
    return { as: 'nothing' };
  },
};

/** `POST /activities/reports`: what came of a meeting, as the next activity of its thread, seen by whoever sees the meeting. */
export const activitiesReport: WriteAction = {
  kind: 'write',
  run: async (asked, inside) => {
    const { owner } = asked.route;
    const sent = textOf(asked.parameters, 'activity_id');
    if (!sent) refuse('parameter.missing', { field: 'activity_id' });
    if (!textOf(asked.parameters, 'body')) refuse('parameter.missing', { field: 'body' });
    const id = Number(sent);
    if (!Number.isSafeInteger(id))
      refuse('parameter.invalid', { field: 'activity_id', detail: 'an id is wanted' });
    const columns = ['subject', 'against_type', 'against_id', 'visibility', 'owner_type', 'owner_id'];
    const about = await inside.store.find(inside.deployment, owner.name, columns, { id });
    const own = about?.owner_type === 'staff' && about.owner_id === inside.staffId;
    if (!about || (about.visibility === 'private' && !own))
      refuse('parameter.invalid', { field: 'activity_id', detail: `Activity ${id} does not exist` });
    const { values, names } = parseValues(asked.parameters, owner, {
      required: [],
      optional: ['body', 'billable', 'nonbillable'],
    });
    const { subject = null, against_type = null, against_id = null, visibility = null } = about;
    const report = await createActivity(
      inside,
      owner,
      { ...values, subject, against_type, against_id, visibility, medium: 'report', parent_id: id },
      names,
    );
    if (['1', 'yes', 'true'].includes(textOf(asked.parameters, 'notify_staff_attendees') ?? ''))
      await notifyAttendees(inside, id, report);
    return answerObject(asked, inside, report);
  },
};

async function notifyAttendees(inside: WriteContext, meeting: number, report: number): Promise<void> {
  const interacts = resourceNamed(inside.catalogue, 'activity_interacts');
  const attendees = await inside.store.list(inside.deployment, {
    table: interacts.name,
    columns: ['owner_id'],
    where: { activity_id: meeting, owner_type: 'staff', type: 'attendee' },
    limit: Number.MAX_SAFE_INTEGER,
  });
  for (const { owner_id = null } of attendees) {
    await insertObject(inside, interacts, {
      values: { activity: report, type: 'to', owner_type: 'staff', owner_id },
      names: {},
    });
  }
}
