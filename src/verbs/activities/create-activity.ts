import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import { inherited } from '../../objects/derived.ts';
import { holdsSeen } from '../../objects/seen.ts';
import { insertObject } from '../../objects/write.ts';
import type { WriteContext } from '../../store/write-context.ts';
import { logTime } from './time.ts';

type Values = Record<string, Stored>;

/** An activity, its place in its thread, its sender, and the time it took. Answers its id. */
export async function createActivity(
  context: WriteContext,
  owner: Resource,
  given: Values,
  names: Readonly<Record<string, string>>,
): Promise<number> {
  const values: Values = { ...given, ...(await placeInThread(context, owner, given)) };
  // What the caller named of these two was looked at; the thread of a reply may have begun with what the caller may not see.
  const { parent_id: _, thread_id: __, ...others } = names;
  values.owner_type ??= 'staff';
  if (values.owner_type === 'staff') values.owner_id ??= context.staffId;
  values.confidential = values.visibility === 'confidential' ? 1 : 0;
  values.date_logged = values.date_started ?? context.now;
  // "The rate charged for any billable time": that of what the activity is against.
  values.rate ??= await inherited(context, owner, 'rate', values);
  values.rate_charged ??= (await inherited(context, owner, 'rate_charged', values)) ?? 0;
  Object.assign(values, await logTime(context, values));
  const id = await insertObject(context, owner, { values, names: others });
  const interacts = resourceNamed(context.catalogue, 'activity_interacts');
  const sender = {
    activity: id,
    type: 'creator',
    owner_type: values.owner_type,
    owner_id: values.owner_id ?? null,
    date_actioned: context.now,
  };
  await insertObject(context, interacts, { values: sender, names: {} });
  return id;
}

/** A reply belongs to the thread of what it replies to. Refuses `parameter.invalid` for what does not exist, or not for the one who replies. */
async function placeInThread(context: WriteContext, activities: Resource, values: Values): Promise<Values> {
  const parent = values.parent_id ?? values.thread_id;
  if (!parent) return {};
  const field = values.parent_id ? 'parent_id' : 'thread_id';
  if (!(await holdsSeen(context, activities, parent)))
    refuse('parameter.invalid', { field, detail: `Activity ${parent} does not exist` });
  const row = await context.store.find(context.deployment, activities.name, ['thread_id'], { id: parent });
  return {
    parent_id: parent,
    parent_type: 'activity',
    thread_id: row?.thread_id ?? parent,
    thread_type: 'activity',
  };
}
