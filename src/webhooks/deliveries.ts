import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Store } from '../store/store.ts';
import type { DeliveryResult } from './deliver.ts';
import { type DeliveryLog, logTrouble, reportResult } from './delivery-log.ts';
import { dueQueues, nextDue } from './due.ts';
import { type DeliveryStore, gated } from './gate.ts';
import { type DeliveryLimits, usualDeliveryLimits } from './limits.ts';
import type { Deliveries, DeliveryMessage } from './message.ts';
import { repeated } from './repeated.ts';
import { type QueueRunOptions, runQueue } from './run-queue.ts';
import type { Sender } from './sender.ts';
import { type ReadyQueue, Share } from './share.ts';
import { spread } from './spread.ts';
import { createSurvey, type Survey } from './survey.ts';
import { createVisits, type Visits } from './visits.ts';

export interface DeliveryOptions {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly sender: Sender;
  /** Unix seconds. */
  readonly clock: (deployment: number) => number;
  /** Milliseconds a receiver has to answer. */
  readonly timeout: number;
  /** Seconds before the second attempt. */
  readonly retry: number;
  readonly log: DeliveryLog;
  readonly onResult: (result: DeliveryResult) => void;
  /** How many events wait in a deployment. */
  readonly onBacklog: (deployment: string, waiting: number) => void;
  readonly limits?: Partial<DeliveryLimits>;
}

export interface RunningDeliveries extends Deliveries {
  /** Forgets a deployment that is gone; resolves when nothing of it is in flight. */
  forget(deployment: number): Promise<void>;
  /** Finishes what is in flight and starts nothing more. */
  close(): Promise<void>;
}

const tickMs = 250;
/** How long events are spread before queues are read and other deployments are visited. */
const spreadMs = 100;
const visitsMax = 4;
/** Queries at once. On PostgreSQL each takes a connection, and requests need some; on SQLite what is written together is cheap. */
const queriesMax = { sqlite: 64, postgres: 8 } as const;
/** Queues of one deployment that are remembered as ready, at least. */
const readyMin = 64;

/**
 * Delivers events to their subscribers. A process that wrote an event is woken at once; what a process that ended (or one that has no time)
 * left behind is found by looking: every few seconds at deployments that have subscriptions, every minute at all.
 *
 * A deployment is visited: its events are spread to queues, and its queues that are due are found. What is found is delivered queue by queue.
 * Visits come in the order in which they were asked for; `share.ts` decides which queue runs next.
 */
export function createDeliveries(options: DeliveryOptions): RunningDeliveries {
  const work = new DeliveryWork(options);
  return Object.freeze<RunningDeliveries>({
    wake: (deployment) => work.wake(deployment),
    send: (message) => work.send(message),
    forget: (deployment) => work.forget(deployment),
    close: () => work.close(),
  });
}

class DeliveryWork {
  readonly #options: DeliveryOptions;
  readonly #limits: DeliveryLimits;
  readonly #store: DeliveryStore;
  readonly #trouble: (error: unknown) => void;
  readonly #queueOptions: QueueRunOptions;
  readonly #visits: Visits;
  readonly #share: Share;
  readonly #survey: Survey;
  readonly #exploring: ReturnType<typeof repeated>;
  readonly #scanning: ReturnType<typeof repeated>;
  readonly #timer: NodeJS.Timeout;
  /** Deployments with something to do later, and when, in unix seconds. */
  readonly #due = new Map<number, number>();
  /** Deployments with more queues that are ready than are remembered, and the last one that is. */
  readonly #unread = new Map<number, number>();
  /** Deployments that are being forgotten. */
  readonly #leaving = new Set<number>();
  #closing = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#limits = { ...usualDeliveryLimits, ...options.limits };
    this.#store = gated(options.store, queriesMax[options.store.engine]);
    this.#trouble = logTrouble(options.log);
    const isClosing = (deployment?: number) => this.#isClosing(deployment);
    const { catalogue, sender, clock, timeout, retry } = options;
    this.#queueOptions = {
      store: this.#store,
      catalogue,
      sender,
      clock,
      // One delivery, what is left of its answer, and twice that for a database that takes its time.
      leaseSeconds: Math.ceil((2 * timeout) / 1_000) + 3,
      retrySeconds: retry,
      turnMs: this.#limits.turnMs,
      isClosing,
      onResult: reportResult(options.log, options.onResult),
    };
    this.#visits = createVisits({ visitsMax, visit: (deployment) => this.#visit(deployment) });
    this.#share = new Share({
      ...this.#limits,
      run: (deployment, id) => this.#run(deployment, id),
      onDry: (deployment) => {
        if (this.#unread.has(deployment)) this.#visits.ask(deployment);
      },
    });
    this.#survey = createSurvey({
      store: this.#store,
      isClosing,
      visit: this.#visits.ask,
      isDisabled: (deployment) => void this.#due.delete(deployment),
      onBacklog: options.onBacklog,
    });
    this.#exploring = repeated(this.#survey.explore, this.#limits.surveyMs, this.#trouble);
    this.#scanning = repeated(this.#survey.scan, this.#limits.scanMs, this.#trouble);
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  wake(deployment: number): void {
    this.#visits.ask(deployment);
  }

  send(message: DeliveryMessage) {
    return this.#options.sender.send(message);
  }

  async forget(deployment: number): Promise<void> {
    this.#survey.forget(deployment);
    this.#leaving.add(deployment);
    for (;;) {
      this.#due.delete(deployment);
      this.#unread.delete(deployment);
      const own = [this.#visits.drop(deployment), ...this.#share.drop(deployment)].filter(
        (work) => work !== undefined,
      );
      if (own.length === 0) break;
      await Promise.all(own);
    }
    this.#leaving.delete(deployment);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    await Promise.all([this.#exploring.under(), this.#scanning.under()]);
    await this.#visits.close();
    await this.#share.close();
    await this.#options.sender.close();
  }

  #isClosing(deployment?: number): boolean {
    return this.#closing || (deployment !== undefined && this.#leaving.has(deployment));
  }

  #tick(): void {
    if (!this.#options.store.isReady() || this.#closing) return;
    for (const [deployment, at] of this.#due) {
      if (at > this.#options.clock(deployment)) continue;
      this.#due.delete(deployment);
      this.#visits.ask(deployment);
    }
    this.#exploring.beat();
    this.#scanning.beat();
  }

  #later(deployment: number, at: number): void {
    this.#due.set(deployment, Math.min(at, this.#due.get(deployment) ?? at));
  }

  #failed(deployment: number, error: unknown): void {
    this.#trouble(error);
    this.#later(deployment, this.#options.clock(deployment) + 1);
  }

  /** Returns whether the queue wants another turn. */
  async #run(deployment: number, id: number): Promise<boolean> {
    try {
      const at = await runQueue(this.#queueOptions, deployment, id);
      if (at === undefined || this.#isClosing(deployment)) return false;
      // With queues unread it goes behind them: they are read when no other waits.
      if (at <= this.#options.clock(deployment)) return !this.#unread.has(deployment);
      this.#later(deployment, at);
    } catch (error) {
      // The lease runs out by itself; then another run takes the queue over.
      this.#failed(deployment, error);
    }
    return false;
  }

  async #visit(deployment: number): Promise<void> {
    try {
      await this.#look(deployment);
    } catch (error) {
      this.#failed(deployment, error);
    }
  }

  /** Spreads the events, offers the queues that are due, and notes when the next one is. */
  async #look(deployment: number): Promise<void> {
    const { clock } = this.#options;
    const end = performance.now() + spreadMs;
    while (!this.#isClosing(deployment) && (await spread(this.#store, deployment, clock(deployment)))) {
      if (performance.now() < end) continue;
      this.#visits.ask(deployment);
      break;
    }
    // Those that are remembered have their turn first.
    if (this.#unread.has(deployment) && this.#share.isWaiting(deployment)) return;
    const now = clock(deployment);
    const ready = await this.#readyAfter(deployment, now);
    const next = await nextDue(this.#store, deployment, now);
    if (next !== undefined) this.#later(deployment, next);
    if (!this.#isClosing(deployment)) this.#share.offer(deployment, ready);
  }

  /**
   * The queues that are due, as many as may be remembered: the more are remembered of all deployments, the fewer of one. The rest is read when
   * those have begun.
   */
  async #readyAfter(deployment: number, now: number): Promise<readonly ReadyQueue[]> {
    const { readyMax, readyInAllMax } = this.#limits;
    const room = Math.min(readyMax, Math.max(readyMin, Math.floor((readyInAllMax - this.#share.size) / 4)));
    const after = this.#unread.get(deployment) ?? 0;
    const ready = await dueQueues(this.#store, deployment, { now, after, limit: room });
    this.#unread.delete(deployment);
    if (ready.length === room) this.#unread.set(deployment, ready.at(-1)?.id as number);
    // Once more from the first one.
    else if (after > 0) this.#visits.ask(deployment);
    return ready;
  }
}
