import type { Catalogue } from '../catalogue/catalogue.ts';
import { findPerson, reaches } from '../identity/people.ts';
import type { Values, Writing } from '../store/store.ts';
import type { Desk } from './gate.ts';
import type { DeliveryAnswer } from './message.ts';
import { subscriptions } from './outbox.ts';
import type { Waiting } from './queue.ts';
import type { Sender } from './sender.ts';
import { isDelivered, resourceUrl, type State, tried, unsubscribe } from './subscriptions.ts';

/** What one try led to, as metrics count it. */
export type DeliveryResult = State | 'retried' | 'disabled';

export interface DeliverOptions {
  readonly store: Desk;
  readonly catalogue: Catalogue;
  readonly sender: Pick<Sender, 'send'>;
  /** Unix seconds. */
  readonly clock: (deployment: number) => number;
  /** Seconds a lease lasts: longer than one delivery can take. */
  readonly lease: number;
  /** Seconds before a second try. */
  readonly retry: number;
  readonly onResult: (result: DeliveryResult, about: DeliveryAbout) => void;
}

export interface DeliveryAbout {
  readonly deployment: number;
  readonly subscription: number;
  readonly delivery: number;
  readonly problem: string;
}

/** Tries of one delivery, and failed tries in a row after which a subscription is disabled. */
const mostTries = 10;
const mostFailures = 30;
/** Seconds. */
const longestPause = 3_600;

const columns = [
  'trigger_url',
  'content_type',
  'secret',
  'base_url',
  'user_id',
  'date_disabled',
  'date_created',
] as const;

/** Delivers one row and keeps what came of it. Answers whether the next one may follow at once. */
export async function deliver(
  options: DeliverOptions,
  deployment: number,
  id: number,
  owner: string,
  row: Waiting,
): Promise<boolean> {
  const { store, sender, lease } = options;
  const subscription = await store.find(deployment, subscriptions, columns, { id });
  if (!subscription) {
    await store.within((writing) => unsubscribe(writing, deployment, id));
    return false;
  }
  if (subscription.date_disabled !== null) return false;
  const sent = await attempt();
  const now = options.clock(deployment);
  const { result, goOn, problem } = await store.within(async (writing) => {
    const lane = await holdLane(writing, deployment, id, owner, now + lease);
    // The lease ran out and somebody else delivers now: what it will say counts.
    if (!lane) return { result: undefined, goOn: false, problem: '' };
    return settle(writing, deployment, id, row, sent, lane.failures as number, now, options.retry);
  });
  if (result) options.onResult(result, { deployment, subscription: id, delivery: row.id, problem });
  return goOn;

  /** Posts it; `undefined` when the subscriber may not know of it (any more). */
  async function attempt(): Promise<DeliveryAnswer | undefined> {
    const found = options.catalogue.events.get(row.event);
    const person = await findPerson(store, deployment, (subscription?.user_id as number | null) ?? 0);
    if (!found || !person || person.standing !== 'active') return undefined;
    const { resource } = found;
    if (!reaches(person.access, resource.scope, resource.access.read)) return undefined;
    return sender.send({
      url: String(subscription?.trigger_url),
      contentType: String(subscription?.content_type),
      secret: (subscription?.secret as string | null) ?? null,
      event: row.event,
      delivery: String(row.id),
      objectId: row.objectId,
      resourceUrl: resourceUrl((subscription?.base_url as string | null) ?? '', resource, row.objectId),
    });
  }
}

async function holdLane(
  writing: Writing,
  deployment: number,
  id: number,
  owner: string,
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

interface Settled {
  readonly result: DeliveryResult;
  readonly goOn: boolean;
  readonly problem: string;
}

/** Keeps what came of a try, in one transaction with what follows from it. */
async function settle(
  writing: Writing,
  deployment: number,
  id: number,
  row: Waiting,
  sent: DeliveryAnswer | undefined,
  failures: number,
  now: number,
  retry: number,
): Promise<Settled> {
  const attempts = row.attempts + 1;
  const log = (outcome: DeliveryAnswer, state: State, more: Values = {}) =>
    writing.update(
      deployment,
      'webhook_deliveries',
      { id: row.id },
      { attempts, ...tried(outcome, state, now), ...more },
    );
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
  const givenUp = attempts >= mostTries;
  await log(
    sent,
    givenUp ? 'failed' : 'waiting',
    givenUp ? {} : { date_due: now + pauseAfter(attempts, retry) },
  );
  await count(failures + 1);
  if (failures + 1 < mostFailures) return { result: givenUp ? 'failed' : 'retried', goOn: givenUp, problem };
  await writing.update(
    deployment,
    subscriptions,
    { id },
    { date_disabled: now, disabled_because: `${failures + 1} tries in a row failed; the last: ${problem}` },
  );
  return { result: 'disabled', goOn: false, problem };
}

/** Seconds until the next try: doubled each time, less up to a half by chance, so that what failed together does not come back together. */
export function pauseAfter(attempts: number, first: number): number {
  const whole = Math.min(first * 2 ** (attempts - 1), longestPause);
  return Math.ceil(whole * (0.5 + Math.random() / 2));
}
