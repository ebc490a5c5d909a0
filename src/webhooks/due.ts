import { both, type Condition, type Expression } from '../store/query.ts';
import { ascending, selectRow, selectRows } from '../store/select-named.ts';
import type { DeliveryStore } from './gate.ts';
import { subscriptions } from './outbox.ts';
import type { ReadyQueue } from './share.ts';

const dueBy = (now: number): Condition => ({ test: '<=', on: { column: 'date_due' }, value: now });
const leasedAt = (now: number): Condition => ({ test: '>', on: { column: 'date_lease' }, value: now });
const queueColumns = Object.freeze({
  id: { column: 'id' },
  person: { through: 'id', table: subscriptions, expression: { column: 'user_id' } },
} satisfies Readonly<Record<string, Expression>>);

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
  const rows = await selectRows(store, deployment, {
    table: 'webhook_lanes',
    select: queueColumns,
    where: both(dueBy(now), { not: leasedAt(now) }, { test: '>', on: { column: 'id' }, value: after }),
    order: [ascending('id')],
    limit,
  });
  return rows.map(({ id, person }) => ({ id: id as number, person: (person as number | null) ?? 0 }));
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
    const row = await selectRow(store, deployment, {
      table: 'webhook_lanes',
      select: { at: { column } },
      where,
      order: [ascending(column)],
    });
    if (row) found.push(row.at as number);
  }
  return found.length === 0 ? undefined : Math.min(...found);
}
