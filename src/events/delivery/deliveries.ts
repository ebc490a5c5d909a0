import type { Catalogue } from '../../catalogue/catalogue.ts';
import { listDeployments } from '../../identity/deployments.ts';
import { subscriptions } from '../../request/08-operation/outbox.ts';
import type { Deliveries } from '../../request/world.ts';
import { Busy, type Store, Unreachable } from '../../store/store.ts';
import { type LaneOptions, type Result, runLane } from './lane.ts';
import type { Sender } from './sender.ts';
import { spread } from './spread.ts';

interface Journal {
  note(level: 'warn' | 'debug', message: string, fields?: Readonly<Record<string, string | number>>): void;
}

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
  readonly onResult: (result: Result) => void;
  /** How many events wait in a deployment. */
  readonly onBacklog: (deployment: string, waiting: number) => void;
}

export interface Running extends Deliveries {
  /** Knows nothing more of a deployment that is gone; resolves when nothing of it is in flight. */
  forget(deployment: number): Promise<void>;
  /** Finishes what is in flight and takes up nothing more. */
  close(): Promise<void>;
}

/** Milliseconds: between looks at what is due, at deployments where others may have left something, and at which deployments those are. */
const tick = 250;
const scanning = 5_000;
const surveying = 60_000;
/** Subscriptions that are delivered to at once. */
const most = 32;

/**
 * Delivers events to their subscribers. A process that wrote an event is woken at once; what a process that ended (or one that has no time)
 * left behind is found by looking: every few seconds at deployments that have subscriptions, every minute at all.
 */
export function createDeliveries(options: DeliveryOptions): Running {
  const { store, clock, log, sender } = options;
  /** Deployments with something to do, and when, in unix seconds. */
  const due = new Map<number, number>();
  /** Deployments that have subscriptions, by name. */
  const subscribed = new Map<number, string>();
  const visiting = new Map<number, Promise<void>>();
  const lanes = new Map<string, Promise<void>>();
  let closing = false;
  let surveys: Promise<void> | undefined;
  let scanned = 0;
  let surveyed = Number.NEGATIVE_INFINITY;

  const laneOptions: LaneOptions = {
    store,
    catalogue: options.catalogue,
    sender,
    clock,
    // One delivery, what is left of its answer, and twice that for a database that takes its time.
    lease: Math.ceil((2 * options.timeout) / 1_000) + 3,
    retry: options.retry,
    isClosing: () => closing,
    onResult: (result, about) => {
      options.onResult(result);
      if (result === 'disabled' || result === 'gone')
        log.note(
          'warn',
          `a webhook subscription was ${result === 'gone' ? 'ended by its receiver' : result}`,
          {
            ...about,
          },
        );
      else if (result !== 'delivered') log.note('debug', `a webhook was ${result}`, { ...about });
    },
  };

  const trouble = (error: unknown): void =>
    error instanceof Unreachable || error instanceof Busy
      ? log.note('debug', 'webhooks wait for the database', { reason: String(error).slice(0, 200) })
      : log.note('warn', 'webhooks could not be delivered; trying again', {
          reason: String((error as Error | undefined)?.stack ?? error).slice(0, 1_000),
        });

  function wake(deployment: number): void {
    due.set(deployment, 0);
    setImmediate(() => visit(deployment));
  }

  function visit(deployment: number): void {
    if (closing || visiting.has(deployment)) return;
    due.delete(deployment);
    const work = look(deployment)
      .catch((error: unknown) => {
        trouble(error);
        retryLater(deployment);
      })
      .finally(() => {
        visiting.delete(deployment);
        // Woken meanwhile.
        if (due.get(deployment) === 0) setImmediate(() => visit(deployment));
      });
    visiting.set(deployment, work);
  }

  const retryLater = (deployment: number): void => {
    if (due.get(deployment) !== 0) due.set(deployment, clock(deployment) + 1);
  };

  /** Spreads what happened, takes up the lanes that are due, and notes when the next one is. */
  async function look(deployment: number): Promise<void> {
    while (!closing && (await spread(store, deployment, clock(deployment))));
    const now = clock(deployment);
    const rows = await store.select(deployment, {
      table: 'webhook_lanes',
      select: laneColumns,
      where: { not: { empty: { column: 'date_due' } } },
      order: [{ by: { column: 'date_due' }, descending: false }],
      limit: 4 * most,
      offset: 0,
    });
    let next = Number.POSITIVE_INFINITY;
    for (const [id, dateDue, dateLease] of rows) {
      const at = Math.max(dateDue as number, dateLease as number);
      const key = `${deployment} ${id}`;
      if (at > now) next = Math.min(next, at);
      else if (lanes.has(key)) continue;
      else if (lanes.size >= most || closing) next = 0;
      else start(key, deployment, id as number);
    }
    // 0 would be a wake; a lane that found no room is looked at again at the next tick.
    if (next < Number.POSITIVE_INFINITY && due.get(deployment) !== 0) due.set(deployment, Math.max(next, 1));
  }

  function start(key: string, deployment: number, id: number): void {
    const work = runLane(laneOptions, deployment, id)
      .then(
        () => wakeUnlessClosing(deployment),
        (error: unknown) => {
          // The lease runs out by itself; then somebody takes the lane up again.
          trouble(error);
          retryLater(deployment);
        },
      )
      .finally(() => lanes.delete(key));
    lanes.set(key, work);
  }

  // After `lanes` has let go of it.
  const wakeUnlessClosing = (deployment: number): void => {
    if (!closing) setImmediate(() => wake(deployment));
  };

  /** Finds the deployments that have subscriptions, and tells how much waits in each. */
  async function survey(): Promise<void> {
    for (const { id, name, disabled } of await listDeployments(store)) {
      if (closing) return;
      const has = !disabled && (await store.find(id, subscriptions, ['id'], {})) !== undefined;
      if (has) subscribed.set(id, name);
      else if (subscribed.delete(id)) options.onBacklog(name, 0);
      if (disabled) due.delete(id);
    }
  }

  async function scan(): Promise<void> {
    if (performance.now() - surveyed >= surveying) {
      surveyed = performance.now();
      await survey();
    }
    for (const [id, name] of subscribed) {
      if (closing) return;
      visit(id);
      options.onBacklog(name, await backlog(id));
    }
  }

  async function backlog(deployment: number): Promise<number> {
    const counted = { select: 'count', order: [], limit: 0, offset: 0 } as const;
    const waiting = { test: '=', on: { column: 'state' }, value: 'waiting' } as const;
    const [queued, fresh] = await Promise.all([
      store.count(deployment, { ...counted, table: 'webhook_deliveries', where: waiting }),
      store.count(deployment, { ...counted, table: 'webhook_events', where: { all: [] } }),
    ]);
    return queued + fresh;
  }

  const timer = setInterval(() => {
    if (!store.isReady() || closing) return;
    for (const [deployment, at] of due) if (at <= clock(deployment)) visit(deployment);
    if (surveys || performance.now() - scanned < scanning) return;
    surveys = scan()
      .catch(trouble)
      .finally(() => {
        scanned = performance.now();
        surveys = undefined;
      });
  }, tick);
  timer.unref();
  scanned = performance.now() - scanning;

  return Object.freeze<Running>({
    wake,
    send: (message) => sender.send(message),
    forget: async (deployment) => {
      subscribed.delete(deployment);
      for (;;) {
        due.delete(deployment);
        const own = [...lanes].filter(([key]) => key.startsWith(`${deployment} `)).map(([, lane]) => lane);
        const visit = visiting.get(deployment);
        if (!visit && own.length === 0) return;
        await Promise.all([visit, ...own]);
        // A lane that ends wakes its deployment in the next turn.
        await new Promise((resume) => setImmediate(resume));
      }
    },
    close: async () => {
      closing = true;
      clearInterval(timer);
      await surveys;
      await Promise.all(visiting.values());
      await Promise.all(lanes.values());
      await sender.close();
    },
  });
}

const laneColumns = Object.freeze(['id', 'date_due', 'date_lease'].map((column) => ({ column })));
