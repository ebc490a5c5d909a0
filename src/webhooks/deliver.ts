import type { Catalogue } from '../catalogue/catalogue.ts';
import { findPerson, reaches } from '../identity/people.ts';
import type { Values, Writing } from '../store/store.ts';
import type { DeliveryStore } from './gate.ts';
import type { DeliveryAnswer } from './message.ts';
import { subscriptions } from './outbox.ts';
import type { QueuedDelivery } from './queue.ts';
import type { Sender } from './sender.ts';
import { attempted, type DeliveryState, isDelivered, resourceUrl, unsubscribe } from './subscriptions.ts';

/** The result of one attempt, as metrics count it. */
export type DeliveryResult = DeliveryState | 'retried' | 'disabled';

export interface DeliverOptions {
  readonly store: DeliveryStore;
  readonly catalogue: Catalogue;
  readonly sender: Pick<Sender, 'send'>;
  /** Unix seconds. */
  readonly clock: (deployment: number) => number;
  /** Longer than one delivery can take. */
  readonly leaseSeconds: number;
  /** Before the second attempt. */
  readonly retrySeconds: number;
  readonly onResult: (result: DeliveryResult, about: DeliveryAbout) => void;
}

export interface DeliveryAbout {
  readonly deployment: number;
  readonly subscription: number;
  readonly delivery: number;
  readonly problem: string;
}

/** The lease of a subscription's queue. */
export interface QueueLease {
  readonly deployment: number;
  /** The subscription's id. */
  readonly id: number;
  readonly owner: string;
}

/** Attempts of one delivery. */
const attemptsMax = 10;
/** Failed attempts in a row after which a subscription is disabled. */
const failuresMax = 30;
const backOffMaxSeconds = 3_600;

const columns = [
  'trigger_url',
  'content_type',
  'secret',
  'base_url',
  'user_id',
  'date_disabled',
  'date_created',
] as const;

/** Delivers one row and records the result. Returns whether the next one may follow at once. */
export async function deliver(
  options: DeliverOptions,
  lease: QueueLease,
  row: QueuedDelivery,
): Promise<boolean> {
  const { store, leaseSeconds } = options;
  const { deployment, id } = lease;
  const subscription = await store.find(deployment, subscriptions, columns, { id });
  if (!subscription) {
    await store.within((writing) => unsubscribe(writing, deployment, id));
    return false;
  }
  if (subscription.date_disabled !== null) return false;
  const sent = await attempt(options, deployment, subscription, row);
  const now = options.clock(deployment);
  const { result, goOn, problem } = await store.within(async (writing) => {
    const queue = await renewLease(writing, lease, now + leaseSeconds);
    // The lease ran out and another process delivers now: its result counts.
    if (!queue) return { result: undefined, goOn: false, problem: '' };
    const { retrySeconds } = options;
    return record(writing, lease, row, { sent, failures: queue.failures as number, now, retrySeconds });
  });
  if (result) options.onResult(result, { deployment, subscription: id, delivery: row.id, problem });
  return goOn;
}

/** Posts it; `undefined` when the subscriber may not know of it, or no longer. */
async function attempt(
  { store, catalogue, sender }: DeliverOptions,
  deployment: number,
  subscription: Values,
  row: QueuedDelivery,
): Promise<DeliveryAnswer | undefined> {
  const found = catalogue.events.get(row.event);
  const person = await findPerson(store, deployment, (subscription.user_id as number | null) ?? 0);
  if (!found || !person || person.standing !== 'active') return undefined;
  const { resource } = found;
  if (!reaches(person.access, resource.scope, resource.access.read)) return undefined;
  return sender.send({
    url: String(subscription.trigger_url),
    contentType: String(subscription.content_type),
    secret: (subscription.secret as string | null) ?? null,
    event: row.event,
    delivery: String(row.id),
    objectId: row.objectId,
    resourceUrl: resourceUrl((subscription.base_url as string | null) ?? '', resource, row.objectId),
  });
}

async function renewLease(
  writing: Writing,
  { deployment, id, owner }: QueueLease,
  until: number,
): Promise<Values | undefined> {
  const own = { id, owner };
  if ((await writing.update(deployment, 'webhook_lanes', own, { date_lease: until })) === 0) return undefined;
  return writing.find(deployment, 'webhook_lanes', ['failures'], own);
}

const withheld: DeliveryAnswer = Object.freeze({
  http: null,
  problem: 'its user may not see the object, or is not active',
  ms: 0,
});

interface Recorded {
  readonly result: DeliveryResult;
  readonly goOn: boolean;
  readonly problem: string;
}

interface Attempt {
  readonly sent: DeliveryAnswer | undefined;
  /** Failed attempts in a row before this one. */
  readonly failures: number;
  readonly now: number;
  readonly retrySeconds: number;
}

/** Records the result of an attempt, in one transaction with what follows from it. */
async function record(
  writing: Writing,
  { deployment, id }: QueueLease,
  row: QueuedDelivery,
  { sent, failures, now, retrySeconds }: Attempt,
): Promise<Recorded> {
  const attempts = row.attempts + 1;
  const log = (answer: DeliveryAnswer, state: DeliveryState, more: Values = {}) => {
    const values = { attempts, ...attempted(answer, state, now), ...more };
    return writing.update(deployment, 'webhook_deliveries', { id: row.id }, values);
  };
  const count = (next: number) => writing.update(deployment, 'webhook_lanes', { id }, { failures: next });
  const problem = sent ? (sent.problem ?? `it answered ${sent.http}`) : (withheld.problem as string);
  if (!sent) {
    await log(withheld, 'withheld');
    return { result: 'withheld', goOn: true, problem };
  }
  if (isDelivered(sent)) {
    await log(sent, 'delivered');
    if (failures > 0) await count(0);
    return { result: 'delivered', goOn: true, problem: '' };
  }
  if (sent.http === 410) {
    await log(sent, 'gone');
    await unsubscribe(writing, deployment, id);
    return { result: 'gone', goOn: false, problem };
  }
  const givenUp = attempts >= attemptsMax;
  if (givenUp) await log(sent, 'failed');
  else await log(sent, 'waiting', { date_due: now + backOffSeconds(attempts, retrySeconds) });
  await count(failures + 1);
  if (failures + 1 < failuresMax) return { result: givenUp ? 'failed' : 'retried', goOn: givenUp, problem };
  await writing.update(
    deployment,
    subscriptions,
    { id },
    { date_disabled: now, disabled_because: `${failures + 1} tries in a row failed; the last: ${problem}` },
  );
  return { result: 'disabled', goOn: false, problem };
}

/** Seconds until the next attempt: doubled each time, less up to a half by chance, so that what failed together does not come back together. */
export function backOffSeconds(attempts: number, first: number): number {
  const whole = Math.min(first * 2 ** (attempts - 1), backOffMaxSeconds);
  return Math.ceil(whole * (0.5 + Math.random() / 2));
}
