/** It waited for its turn as long as it may, or found the queue full. No query was sent. */
export class NoTurn extends Error {
  override readonly name = 'NoTurn';
}

/** Limits how many run at once. When all slots are taken, the next ones wait in order, for a bounded time in a bounded queue. */
export interface Slots {
  /** Takes a slot, which `leave` gives back; `undefined` when one is free at once. Rejects with `NoTurn`. */
  enter(): Promise<void> | undefined;
  leave(): void;
  /** Rejects everybody who waits with this error. */
  refuseWaiting(error: Error): void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export interface SlotsOptions {
  readonly slots: number;
  readonly waitMs: number;
  /** Waiters at most. */
  readonly queueMax: number;
  /** What a slot is, for the message. */
  readonly what: string;
}

export function createSlots({ slots, waitMs, queueMax, what }: SlotsOptions): Slots {
  let free = slots;
  // In the order of arrival, and one that gives up leaves at once.
  const waiting = new Set<Waiter>();

  function wait(): Promise<void> {
    if (waiting.size >= queueMax)
      return Promise.reject(new NoTurn(`${queueMax} requests wait for ${what} already`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(waiter);
        reject(new NoTurn(`waited ${waitMs} ms for ${what}`));
      }, waitMs);
      const waiter: Waiter = { resolve, reject, timer };
      waiting.add(waiter);
    });
  }

  return Object.freeze<Slots>({
    enter: () => {
      if (free === 0) return wait();
      free--;
      return undefined;
    },
    leave: () => {
      for (const next of waiting) {
        waiting.delete(next);
        clearTimeout(next.timer);
        next.resolve();
        return;
      }
      free++;
    },
    refuseWaiting: (error) => {
      for (const { reject, timer } of waiting) {
        clearTimeout(timer);
        reject(error);
      }
      waiting.clear();
    },
  });
}
