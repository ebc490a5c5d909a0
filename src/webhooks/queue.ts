import { ascending, columnsNamed, selectRows } from '../store/select-named.ts';
import type { Reading, Writing } from '../store/store.ts';
import { newQueue } from './subscriptions.ts';

/** One event for one subscriber. */
export interface Queued {
  readonly subscriptionId: number;
  readonly event: string;
  readonly objectId: number;
}

/**
 * Waits until nobody else in the deployment adds to its queues, and keeps others out until the commit: rows come into a queue in the order
 * of their ids. Throws `Clash` the first time two do it at once; then the work has to be done again.
 */
export async function holdQueues(writing: Writing, deployment: number, now: number): Promise<void> {
  const taken = await writing.update(deployment, 'webhook_turns', { id: 1 }, { date_taken: now });
  if (taken === 0) await writing.insert(deployment, 'webhook_turns', { id: 1, date_taken: now });
}

/** Adds to the end of the queues, after `holdQueues`. Returns the ids. */
export async function enqueue(
  writing: Writing,
  deployment: number,
  rows: readonly Queued[],
  now: number,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const { subscriptionId, event, objectId } of rows) {
    const id = await writing.nextId(deployment, 'webhook_deliveries');
    await writing.insert(deployment, 'webhook_deliveries', {
      id,
      subscription_id: subscriptionId,
      event_id: event,
      object_id: objectId,
      state: 'waiting',
      attempts: 0,
      date_created: now,
      date_due: now,
    });
    ids.push(id);
  }
  for (const id of new Set(rows.map(({ subscriptionId }) => subscriptionId)))
    await openQueue(writing, deployment, id, now);
  return ids;
}

/** Makes sure that the queue is delivered. */
export async function openQueue(
  writing: Writing,
  deployment: number,
  id: number,
  now: number,
): Promise<void> {
  const queue = { id };
  // A run that is just about to leave the queue because it was empty has to commit first: only then its state can be seen.
  const there = await writing.update(deployment, 'webhook_lanes', queue, { date_touched: now });
  if (there === 0) await writing.insert(deployment, 'webhook_lanes', newQueue(id, 0, now));
  await writing.update(deployment, 'webhook_lanes', { ...queue, date_due: null }, { date_due: now });
}

export interface QueuedDelivery {
  readonly id: number;
  readonly event: string;
  readonly objectId: number;
  readonly attempts: number;
  /** Unix seconds. */
  readonly due: number;
  readonly created: number;
}

/** The head of a queue. */
export async function headOfQueue(
  store: Reading,
  deployment: number,
  subscriptionId: number,
  limit: number,
): Promise<readonly QueuedDelivery[]> {
  const rows = await selectRows(store, deployment, {
    table: 'webhook_deliveries',
    select: queuedColumns,
    where: {
      all: [
        { test: '=', on: { column: 'subscription_id' }, value: subscriptionId },
        { test: '=', on: { column: 'state' }, value: 'waiting' },
      ],
    },
    order: [ascending('id')],
    limit,
  });
  return rows.map((row) => ({
    id: row.id as number,
    event: row.event_id as string,
    objectId: row.object_id as number,
    attempts: row.attempts as number,
    due: row.date_due as number,
    created: row.date_created as number,
  }));
}

const queuedColumns = Object.freeze(
  columnsNamed('id', 'event_id', 'object_id', 'attempts', 'date_due', 'date_created'),
);
