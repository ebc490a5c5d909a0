import { randomUUID } from 'node:crypto';
import { type DeliverOptions, deliver } from './deliver.ts';
import { subscriptions } from './outbox.ts';
import { waitingFor } from './queue.ts';

export interface LaneOptions extends DeliverOptions {
  /** Milliseconds after which others get a turn: whoever answers slowly must not hold a place for long. */
  readonly turn: number;
  /** Nothing more of this deployment is to be begun. */
  readonly isClosing: (deployment: number) => boolean;
}

/** Deliveries that are read at once. */
const ahead = 50;

/**
 * Delivers what waits for one subscription, in order, as long as it holds the lane's lease; a row that fails holds up those behind it until
 * it goes through or is given up. Answers when somebody has to look at the lane again, in unix seconds; `undefined` when nothing waits.
 */
export async function runLane(
  options: LaneOptions,
  deployment: number,
  id: number,
): Promise<number | undefined> {
  const { store, clock, lease, turn, isClosing } = options;
  const end = performance.now() + turn;
  const owner = randomUUID();
  const lane = { id };
  const taken = await store.within((writing) =>
    writing.update(
      deployment,
      'webhook_lanes',
      { ...lane, date_lease: { below: clock(deployment) + 1 } },
      { owner, date_lease: clock(deployment) + lease },
    ),
  );
  // Somebody else's lease: it may run out.
  if (taken === 0) return clock(deployment) + lease;
  for (;;) {
    const waiting = await waitingFor(store, deployment, id, ahead);
    if (waiting.length === 0) return leave();
    for (const each of waiting) {
      if (each.due > clock(deployment) || isClosing(deployment)) return leave();
      if (!(await deliver(options, deployment, id, owner, each))) return leave();
      if (performance.now() >= end) return leave();
    }
  }

  /** Gives the lease back, and says when somebody has to look again: at what waits, or (nothing does) when the next event comes. */
  async function leave(): Promise<number | undefined> {
    return store.within(async (writing) => {
      const own = await writing.update(deployment, 'webhook_lanes', { ...lane, owner }, { date_lease: 0 });
      // Somebody else has taken it, or it is gone.
      if (own === 0) return clock(deployment) + lease;
      const [next] = await waitingFor(writing, deployment, id, 1);
      const enabled = await writing.find(deployment, subscriptions, ['id'], { id, date_disabled: null });
      const due = next && enabled ? Math.max(next.due, clock(deployment)) : null;
      await writing.update(deployment, 'webhook_lanes', { ...lane, owner }, { owner: null, date_due: due });
      return due ?? undefined;
    });
  }
}
