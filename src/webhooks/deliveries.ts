import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Store } from '../store/store.ts';
import type { DeliveryResult } from './deliver.ts';
import { dueLanes, nextDue } from './due.ts';
import { gated } from './gate.ts';
import { type Journal, told, troubleOn } from './journal.ts';
import { type LaneOptions, runLane } from './lane.ts';
import { type DeliveryLimits, usualLimits } from './limits.ts';
import type { Deliveries } from './message.ts';
import { repeated } from './repeated.ts';
import type { Sender } from './sender.ts';
import { createShare, type Ready } from './share.ts';
import { spread } from './spread.ts';
import { createSurvey } from './survey.ts';
import { createVisits } from './visits.ts';

export interface DeliveryOptions {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly sender: Sender;
  /** Unix seconds. */
  readonly clock: (deployment: number) => number;
  /** Milliseconds a receiver has to answer. */
  readonly timeout: number;
  /** Seconds before a second try. */
  readonly retry: number;
  readonly log: Journal;
  readonly onResult: (result: DeliveryResult) => void;
  /** How many events wait in a deployment. */
  readonly onBacklog: (deployment: string, waiting: number) => void;
  readonly limits?: Partial<DeliveryLimits>;
}

export interface Running extends Deliveries {
  /** Knows nothing more of a deployment that is gone; resolves when nothing of it is in flight. */
  forget(deployment: number): Promise<void>;
  /** Finishes what is in flight and takes up nothing more. */
  close(): Promise<void>;
}

/** Milliseconds between looks at what is due. */
const tick = 250;
/** Milliseconds of spreading before lanes are looked at, and others visited. */
const spreading = 100;
const visitsAtOnce = 4;
/** Questions to the store at once. On PostgreSQL each takes a connection, and requests need some; on SQLite what is written together is cheap. */
const asking = { sqlite: 64, postgres: 8 } as const;

/**
 * Delivers events to their subscribers. A process that wrote an event is woken at once; what a process that ended (or one that has no time)
 * left behind is found by looking: every few seconds at deployments that have subscriptions, every minute at all.
 *
 * A deployment is visited (its events are spread to queues, its queues that are due are found), and what is found is delivered by lanes,
 * one a queue. Visits come in the order in which they were asked for; which lane runs next is decided by `share.ts`.
 */
export function createDeliveries(options: DeliveryOptions): Running {
  const { clock, sender } = options;
  const limits: DeliveryLimits = { ...usualLimits, ...options.limits };
  const store = gated(options.store, asking[options.store.engine]);
  const trouble = troubleOn(options.log);
  /** Deployments with something to do later, and when, in unix seconds. */
  const due = new Map<number, number>();
  /** Deployments with more lanes that are ready than are remembered, and the last one that is. */
  const unread = new Map<number, number>();
  /** Deployments that are being forgotten. */
  const leaving = new Set<number>();
  let closing = false;
  const isClosing = (deployment?: number): boolean =>
    closing || (deployment !== undefined && leaving.has(deployment));

  const laneOptions: LaneOptions = {
    store,
    catalogue: options.catalogue,
    sender,
    clock,
    // One delivery, what is left of its answer, and twice that for a database that takes its time.
    lease: Math.ceil((2 * options.timeout) / 1_000) + 3,
    retry: options.retry,
    turn: limits.turnMs,
    isClosing,
    onResult: told(options.log, options.onResult),
  };

  const later = (deployment: number, at: number): void => {
    due.set(deployment, Math.min(at, due.get(deployment) ?? at));
  };
  const visits = createVisits({
    most: visitsAtOnce,
    visit: (deployment) =>
      look(deployment).catch((error: unknown) => {
        trouble(error);
        later(deployment, clock(deployment) + 1);
      }),
  });
  const share = createShare({
    ...limits,
    run: (deployment, id) =>
      runLane(laneOptions, deployment, id).then(
        (at) => {
          if (at === undefined || isClosing(deployment)) return false;
          // With lanes unread it goes behind them: they are read when no other waits.
          if (at <= clock(deployment)) return !unread.has(deployment);
          later(deployment, at);
          return false;
        },
        (error: unknown) => {
          // The lease runs out by itself; then somebody takes the lane up again.
          trouble(error);
          later(deployment, clock(deployment) + 1);
          return false;
        },
      ),
    onDry: (deployment) => {
      if (unread.has(deployment)) visits.ask(deployment);
    },
  });

  /** Spreads what happened, offers the lanes that are due, and notes when the next one is. */
  async function look(deployment: number): Promise<void> {
    const end = performance.now() + spreading;
    while (!isClosing(deployment) && (await spread(store, deployment, clock(deployment)))) {
      if (performance.now() < end) continue;
      visits.ask(deployment);
      break;
    }
    // Those that are remembered have their turn first.
    if (unread.has(deployment) && share.isWaiting(deployment)) return;
    const now = clock(deployment);
    const ready = await readyAfter(deployment, now);
    const next = await nextDue(store, deployment, now);
    if (next !== undefined) later(deployment, next);
    if (!isClosing(deployment)) share.offer(deployment, ready);
  }

  /** The lanes that are due, as many as may be remembered: the more are of all, the fewer of one. The rest is read when those have begun. */
  async function readyAfter(deployment: number, now: number): Promise<readonly Ready[]> {
    const room = Math.min(limits.ready, Math.max(64, Math.floor((limits.readyInAll - share.size) / 4)));
    const after = unread.get(deployment) ?? 0;
    const ready = await dueLanes(store, deployment, { now, after, most: room });
    unread.delete(deployment);
    if (ready.length === room) unread.set(deployment, ready.at(-1)?.id as number);
    // And round again.
    else if (after > 0) visits.ask(deployment);
    return ready;
  }

  const survey = createSurvey({
    store,
    isClosing,
    visit: visits.ask,
    isDisabled: (deployment) => void due.delete(deployment),
    onBacklog: options.onBacklog,
  });
  const exploring = repeated(survey.explore, limits.surveyMs, trouble);
  const scanning = repeated(survey.scan, limits.scanMs, trouble);

  const timer = setInterval(() => {
    if (!options.store.isReady() || closing) return;
    for (const [deployment, at] of due) {
      if (at > clock(deployment)) continue;
      due.delete(deployment);
      visits.ask(deployment);
    }
    exploring.beat();
    scanning.beat();
  }, tick);
  timer.unref();

  return Object.freeze<Running>({
    wake: visits.ask,
    send: (message) => sender.send(message),
    forget: async (deployment) => {
      survey.forget(deployment);
      leaving.add(deployment);
      for (;;) {
        due.delete(deployment);
        unread.delete(deployment);
        const own = [visits.drop(deployment), ...share.drop(deployment)].filter((work) => work !== undefined);
        if (own.length === 0) break;
        await Promise.all(own);
      }
      leaving.delete(deployment);
    },
    close: async () => {
      closing = true;
      clearInterval(timer);
      await Promise.all([exploring.under(), scanning.under()]);
      await visits.close();
      await share.close();
      await sender.close();
    },
  });
}
