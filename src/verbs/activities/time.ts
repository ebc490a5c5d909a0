import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import { refuse } from '../../contract/refuse.ts';
import { productOf, sumOf } from '../../objects/arithmetic.ts';
import { insertObject, removeObject } from '../../objects/write.ts';
import type { WriteContext } from '../../store/write-context.ts';

type Values = Readonly<Record<string, Stored>>;

const secondsIn = ({ billable, nonbillable }: Values): number =>
  sumOf(Number(billable ?? 0), Number(nonbillable ?? 0));

/** Minor units an hour, times seconds. Refuses `parameter.invalid` for more than can be kept: money is never rounded down to what fits. */
const chargeOf = ({ billable, rate_charged }: Values): number =>
  productOf(Number(billable ?? 0), Number(rate_charged ?? 0), 3_600) ??
  refuse('parameter.invalid', { field: 'billable', detail: 'time whose charge can be kept is wanted' });

/**
 * Logs the time of a new activity, by the names of its fields: an allocation against what the activity is against. Time needs a member of staff
 * whose it is: "otherwise no time allocation is created". Answers what of it the activity keeps. Refuses as `chargeOf`.
 */
export async function logTime(context: WriteContext, values: Values): Promise<Values> {
  if (secondsIn(values) === 0) return {};
  if (values.owner_type !== 'staff' || values.owner_id == null) return { billable: 0, nonbillable: 0 };
  const { against_type = null, against_id = null, billable = 0, nonbillable = 0 } = values;
  const id = await insertObject(context, resourceNamed(context.catalogue, 'time_allocations'), {
    values: { against_type, against_id, billable, nonbillable, charged: chargeOf(values) },
    names: {},
  });
  await spend(context, values, secondsIn(values));
  return {
    time_allocation: id,
    staff: values.owner_id,
    standing: 'unapproved',
    is_billable: Number(billable) > 0 ? 1 : 0,
  };
}

const columns = [
  'against_type',
  'against_id',
  'owner_type',
  'owner_id',
  'billable',
  'nonbillable',
  'rate_charged',
  'time_allocation_id',
] as const;

/** Before an activity is changed: its allocation follows its time. Answers what else of the activity changes with it. */
export async function changeTime(context: WriteContext, activity: number, changed: Values): Promise<Values> {
  if (changed.billable === undefined && changed.nonbillable === undefined) return {};
  const { store, deployment } = context;
  await store.claim(deployment, 'activities', { id: activity });
  const before = await store.find(deployment, 'activities', columns, { id: activity });
  if (!before) return {};
  const after = {
    ...before,
    ...(changed.billable === undefined ? {} : { billable: changed.billable }),
    ...(changed.nonbillable === undefined ? {} : { nonbillable: changed.nonbillable }),
  };
  const allocation = before.time_allocation_id ?? null;
  if (allocation === null) return logTime(context, after);
  const { billable, nonbillable } = after;
  const values = { billable: billable ?? 0, nonbillable: nonbillable ?? 0, charged: chargeOf(after) };
  await store.update(deployment, 'time_allocations', { id: allocation }, values);
  await spend(context, before, sumOf(secondsIn(after), -secondsIn(before)));
  return { is_billable: Number(billable ?? 0) > 0 ? 1 : 0 };
}

/** Before an activity goes: the time it took is taken back. */
export async function takeBackTime(context: WriteContext, activity: number): Promise<void> {
  await context.store.claim(context.deployment, 'activities', { id: activity });
  const before = await context.store.find(context.deployment, 'activities', columns, { id: activity });
  const allocation = before?.time_allocation_id ?? null;
  if (!before || allocation === null) return;
  await removeObject(context, resourceNamed(context.catalogue, 'time_allocations'), Number(allocation));
  await spend(context, before, -secondsIn(before));
}

/** Time against a task lessens what remains of it, not below nothing. */
async function spend(
  { store, deployment }: WriteContext,
  { against_type, against_id = null }: Values,
  seconds: number,
): Promise<void> {
  if (against_type !== 'task' || seconds === 0) return;
  for (;;) {
    const task = await store.find(deployment, 'tasks', ['remaining'], { id: against_id });
    if (!task) return;
    const { remaining = null } = task;
    const left = Math.max(0, sumOf(Number(remaining ?? 0), -seconds));
    // Somebody else may log time on the same task at the same moment: each counts.
    const changed = await store.update(
      deployment,
      'tasks',
      { id: against_id, remaining },
      { remaining: left },
    );
    if (changed > 0) return;
  }
}
