import type { Resource } from '../catalogue/resource.ts';
import type { Values, Writing } from '../store/store.ts';
import type { DeliveryAnswer } from './message.ts';
import { subscriptions } from './outbox.ts';

/** Ends a subscription: it, its queue, and what waits in it. The log of what was delivered stays. */
export async function unsubscribe(writing: Writing, deployment: number, id: number): Promise<void> {
  await writing.remove(deployment, subscriptions, { id });
  await writing.remove(deployment, 'webhook_lanes', { id });
  await writing.remove(deployment, 'webhook_deliveries', { subscription_id: id, state: 'waiting' });
}

/** The queue of a subscription that has nothing to deliver yet. */
export const newQueue = (id: number, afterEventId: number, now: number): Values => ({
  id,
  owner: null,
  date_lease: 0,
  date_due: null,
  failures: 0,
  after_event_id: afterEventId,
  date_touched: now,
});

/** The result of the last attempt, as the log keeps it. */
export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'gone' | 'withheld';

export const isDelivered = ({ http }: DeliveryAnswer): boolean => http !== null && http >= 200 && http < 300;

/** The columns of a delivery that was attempted. `now` in unix seconds. */
export const attempted = (sent: DeliveryAnswer, state: DeliveryState, now: number): Values => ({
  state,
  http: sent.http,
  problem: sent.problem,
  ms: sent.ms,
  date_finished: state === 'waiting' ? null : now,
});

/** "The full URL of the object changed", below the base where the subscriber reached the API. */
export function resourceUrl(base: string, { plural, requests }: Resource, id: number): string {
  const path = requests.find(({ act }) => act === 'read')?.path ?? `${plural}/{id}`;
  return `${base}/api/v0/${path.replace(/\{\w+\}/, String(id))}`;
}
