import { both, type Expression } from '../store/query.ts';
import { Clash, type Row, type Writing } from '../store/store.ts';
import type { Desk } from './gate.ts';
import { subscriptions } from './outbox.ts';
import { enqueue, type Queued, takeTurn } from './queue.ts';

/** Events of one turn, and rows after which it ends: a transaction must not keep other writers waiting. */
const batch = 200;
const enough = 500;
/** Subscriptions of one event. */
const most = 100_000;

/**
 * Takes events out of the outbox and puts each into the queue of everybody who had subscribed to it before it happened and may know of it.
 * Answers whether there may be more. `now` in unix seconds.
 */
export async function spread(store: Desk, deployment: number, now: number): Promise<boolean> {
  if (!(await store.find(deployment, 'webhook_events', ['id'], {}))) return false;
  try {
    await store.within((writing) => spreadSome(writing, deployment, now));
  } catch (error) {
    if (!(error instanceof Clash)) throw error;
  }
  return true;
}

async function spreadSome(writing: Writing, deployment: number, now: number): Promise<void> {
  await takeTurn(writing, deployment, now);
  const columns = ['id', 'event_id', 'object_id', 'only_staff_id'];
  const events = await writing.list(deployment, { table: 'webhook_events', columns, limit: batch });
  const subscribers = new Map<string, readonly Row[]>();
  const rows: Queued[] = [];
  for (const event of events) {
    const name = event.event_id as string;
    let known = subscribers.get(name);
    if (!known) {
      known = await subscribersOf(writing, deployment, name);
      subscribers.set(name, known);
    }
    for (const [id, userId, after] of known) {
      if (((after as number | null) ?? 0) >= (event.id as number)) continue;
      if (event.only_staff_id !== null && event.only_staff_id !== userId) continue;
      rows.push({ subscriptionId: id as number, event: name, objectId: event.object_id as number });
    }
    await writing.remove(deployment, 'webhook_events', { id: event.id as number });
    if (rows.length >= enough) break;
  }
  await enqueue(writing, deployment, rows, now);
}

/** Subscriptions that are enabled: id, whose, and the last event before each. */
const subscribersOf = (writing: Writing, deployment: number, event: string): Promise<readonly Row[]> =>
  writing.select(deployment, {
    table: subscriptions,
    select: subscriberColumns,
    where: both(
      { test: '=', on: { column: 'event_id' }, value: event },
      { empty: { column: 'date_disabled' } },
    ),
    order: [{ by: { column: 'id' }, descending: false }],
    limit: most,
    offset: 0,
  });

const subscriberColumns: readonly Expression[] = Object.freeze([
  { column: 'id' },
  { column: 'user_id' },
  { through: 'id', table: 'webhook_lanes', expression: { column: 'after_event_id' } },
]);
