import { randomUUID } from 'node:crypto';
import { type DeliverOptions, deliver } from './deliver.ts';
import { subscriptions } from './outbox.ts';
import { headOfQueue } from './queue.ts';

export interface QueueRunOptions extends DeliverOptions {
  /** Milliseconds after which others get a turn: a slow receiver must not hold a place for long. */
  readonly turnMs: number;
  /** Nothing more of this deployment is to be started. */
  readonly isClosing: (deployment: number) => boolean;
}

/** Deliveries that are read at once. */
const readAheadMax = 50;

/**
 * Delivers what waits for one subscription, in order, as long as it holds the queue's lease; a row that fails holds up those behind it until
 * it goes through or is given up. Returns when the queue has to be looked at again, in unix seconds; `undefined` when nothing waits.
 */
export async function runQueue(
  options: QueueRunOptions,
  deployment: number,
  id: number,
): Promise<number | undefined> {
  const { store, clock, leaseSeconds, turnMs, isClosing } = options;
  const end = performance.now() + turnMs;
  const owner = randomUUID();
  const queue = { id };
  const taken = await store.within((writing) =>
    writing.update(
      deployment,
      'webhook_lanes',
      { ...queue, date_lease: { below: clock(deployment) + 1 } },
      { owner, date_lease: clock(deployment) + leaseSeconds },
    ),
  );
  // Another process holds the lease: it may run out.
  if (taken === 0) return clock(deployment) + leaseSeconds;
  for (;;) {
    const waiting = await headOfQueue(store, deployment, id, readAheadMax);
    if (waiting.length === 0) return leave();
    for (const each of waiting) {
      if (each.due > clock(deployment) || isClosing(deployment)) return leave();
      if (!(await deliver(options, { deployment, id, owner }, each))) return leave();
      if (performance.now() >= end) return leave();
    }
  }

  /** Gives the lease back, and returns when to look again: when the next row is due; `undefined` when nothing waits. */
  async function leave(): Promise<number | undefined> {
    return store.within(async (writing) => {
      const own = await writing.update(deployment, 'webhook_lanes', { ...queue, owner }, { date_lease: 0 });
      // Another process has taken it, or it is gone.
      if (own === 0) return clock(deployment) + leaseSeconds;
      const [next] = await headOfQueue(writing, deployment, id, 1);
      const enabled = await writing.find(deployment, subscriptions, ['id'], { id, date_disabled: null });
      const due = next && enabled ? Math.max(next.due, clock(deployment)) : null;
      await writing.update(deployment, 'webhook_lanes', { ...queue, owner }, { owner: null, date_due: due });
      return due ?? undefined;
    });
  }
}
