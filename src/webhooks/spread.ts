import { both, type Expression } from '../store/query.ts';
import { ascending, selectRows } from '../store/select-named.ts';
import { Clash, type Writing } from '../store/store.ts';
import type { DeliveryStore } from './gate.ts';
import { subscriptions } from './outbox.ts';
import { enqueue, holdQueues, type Queued } from './queue.ts';

// A transaction must not keep other writers waiting.
/** Events that one transaction spreads. */
const eventsMax = 200;
/** Rows after which it ends. */
const rowsEnough = 500;
/** Subscriptions of one event. */
const subscribersMax = 100_000;

/**
 * Takes events out of the outbox and puts each into the queue of everybody who had subscribed to it before it happened and may know of it.
 * Returns whether there may be more. `now` in unix seconds.
 */
export async function spread(store: DeliveryStore, deployment: number, now: number): Promise<boolean> {
  if (!(await store.find(deployment, 'webhook_events', ['id'], {}))) return false;
  try {
    await store.within((writing) => spreadSome(writing, deployment, now));
  } catch (error) {
    if (!(error instanceof Clash)) throw error;
  }
  return true;
}

async function spreadSome(writing: Writing, deployment: number, now: number): Promise<void> {
  await holdQueues(writing, deployment, now);
  const columns = ['id', 'event_id', 'object_id', 'only_staff_id'];
  const events = await writing.list(deployment, { table: 'webhook_events', columns, limit: eventsMax });
  const subscribers = new Map<string, readonly Subscriber[]>();
  const rows: Queued[] = [];
  for (const event of events) {
    const name = event.event_id as string;
    let known = subscribers.get(name);
    if (!known) {
      known = await subscribersOf(writing, deployment, name);
      subscribers.set(name, known);
    }
    for (const { id, userId, after } of known) {
      if (after >= (event.id as number)) continue;
      if (event.only_staff_id !== null && event.only_staff_id !== userId) continue;
      rows.push({ subscriptionId: id, event: name, objectId: event.object_id as number });
    }
    await writing.remove(deployment, 'webhook_events', { id: event.id as number });
    if (rows.length >= rowsEnough) break;
  }
  await enqueue(writing, deployment, rows, now);
}

interface Subscriber {
  readonly id: number;
  readonly userId: number | null;
  /** The last event there was before the subscription. */
  readonly after: number;
}

/** The subscriptions of an event that are enabled. */
async function subscribersOf(
  writing: Writing,
  deployment: number,
  event: string,
): Promise<readonly Subscriber[]> {
  const rows = await selectRows(writing, deployment, {
    table: subscriptions,
    select: subscriberColumns,
    where: both(
      { test: '=', on: { column: 'event_id' }, value: event },
      { empty: { column: 'date_disabled' } },
    ),
    order: [ascending('id')],
    limit: subscribersMax,
  });
  return rows.map(({ id, userId, after }) => ({
    id: id as number,
    userId: userId as number | null,
    after: (after as number | null) ?? 0,
  }));
}

const subscriberColumns = Object.freeze({
  id: { column: 'id' },
  userId: { column: 'user_id' },
  after: { through: 'id', table: 'webhook_lanes', expression: { column: 'after_event_id' } },
} satisfies Readonly<Record<string, Expression>>);
