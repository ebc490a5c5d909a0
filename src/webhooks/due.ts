import { both, type Condition, type Expression } from '../store/query.ts';
import type { DeliveryStore } from './gate.ts';
import { subscriptions } from './outbox.ts';
import type { ReadyQueue } from './share.ts';

const dueBy = (now: number): Condition => ({ test: '<=', on: { column: 'date_due' }, value: now });
const leasedAt = (now: number): Condition => ({ test: '>', on: { column: 'date_lease' }, value: now });
const queueColumns: readonly Expression[] = Object.freeze([
  { column: 'id' },
  { through: 'id', table: subscriptions, expression: { column: 'user_id' } },
]);

export interface DuePage {
  readonly now: number;
  /** The id of the last queue that was read before. */
  readonly after: number;
  readonly limit: number;
}

/** The queues that are due and that nobody holds, in the order of their ids. */
export async function dueQueues(
  store: DeliveryStore,
  deployment: number,
  { now, after, limit }: DuePage,
): Promise<readonly ReadyQueue[]> {
  const rows = await store.select(deployment, {
    table: 'webhook_lanes',
    select: queueColumns,
    where: both(dueBy(now), { not: leasedAt(now) }, { test: '>', on: { column: 'id' }, value: after }),
    order: [{ by: { column: 'id' }, descending: false }],
    limit,
    offset: 0,
  });
  return rows.map(([id, person]) => ({ id: id as number, person: (person as number | null) ?? 0 }));
}

/** When the first queue that is not due yet will be, or a lease will run out. */
export async function nextDue(
  store: DeliveryStore,
  deployment: number,
  now: number,
): Promise<number | undefined> {
  const found: number[] = [];
  for (const [column, where] of [
    ['date_due', { test: '>', on: { column: 'date_due' }, value: now }],
    ['date_lease', both(dueBy(now), leasedAt(now))],
  ] as const) {
    const [row] = await store.select(deployment, {
      table: 'webhook_lanes',
      select: [{ column }],
      where,
      order: [{ by: { column }, descending: false }],
      limit: 1,
      offset: 0,
    });
    if (row) found.push(row[0] as number);
  }
  return found.length === 0 ? undefined : Math.min(...found);
}
