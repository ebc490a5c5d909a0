import type { Patience } from './pause.ts';
import { hour as longest, type Quota } from './quota.ts';

/** Requests of each hour that are left to other clients of the deployment: a number, or a share of its limit such as 0.1. */
export type Reserve = number | { readonly share: number };

/** Lets calls through as the deployment's hour allows, so that none is sent that is known to be refused. */
export interface Gate {
  /**
   * Resolves to `true` when a call may be sent, which then has to be followed by `left`; to `false` when it would have to wait longer than its
   * patience. Rejects when the signal is aborted.
   */
  enter(patience: Patience, signal: AbortSignal | undefined): Promise<boolean>;
  /** The call was answered, or never will be. `wait`: seconds that the server wants to be left alone. */
  left(quota: Quota | undefined, wait?: number): void;
  /** Seconds until the next hour, as far as is known. */
  wait(): number;
}

interface Hour {
  readonly remaining: number;
  /** Unix milliseconds. */
  readonly until: number;
}

/**
 * Of the calls that the last answers say remain, less the reserve, no more than so many are under way; the rest waits for the hour to end. When it
 * has ended and nothing is known of the next one, as many go ahead as an hour allows, or a single one where that is not known either.
 */
export function createGate(
  now: () => number,
  wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>,
  reserve: Reserve = 0,
): Gate {
  let hour: Hour | undefined;
  let limit = 1;
  let underWay = 0;
  const waiting = new Set<() => void>();

  const wake = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };

  /** What remains for this client. At least one request of each hour is its own: it could not go on otherwise. */
  const own = (remaining: number): number => {
    const kept = typeof reserve === 'number' ? reserve : Math.ceil(limit * reserve.share);
    return Math.max(0, remaining - Math.min(kept, limit - 1));
  };

  /** The hour that runs. */
  const current = (): Hour | undefined => {
    if (hour && hour.until <= now()) hour = { remaining: own(limit), until: Number.POSITIVE_INFINITY };
    return hour;
  };

  /** Ends with the time (`true`), with an answer to another call, or with the signal. */
  async function bide(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    const stop = new AbortController();
    const over = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', over, { once: true });
    let resume = (): void => {};
    const woken = new Promise<false>((resolve) => {
      resume = () => resolve(false);
    });
    waiting.add(resume);
    try {
      // Without an end in sight only an answer ends it.
      const time = Number.isFinite(ms) ? wait(ms, stop.signal).then(() => true) : aborted(stop.signal);
      return await Promise.race([time, woken]);
    } finally {
      waiting.delete(resume);
      signal?.removeEventListener('abort', over);
      stop.abort();
    }
  }

  return {
    enter: async (patience, signal) => {
      for (;;) {
        signal?.throwIfAborted();
        const here = current();
        if (!here || underWay < here.remaining) {
          underWay++;
          return true;
        }
        const began = now();
        const ms = here.until - began;
        // What is under way may turn out not to have counted.
        const hope = here.remaining > 0;
        if (patience.left <= 0 || (ms > patience.left && !hope)) return false;
        const most = Math.min(ms, patience.left);
        const whole = await bide(most, signal);
        patience.left -= whole ? most : Math.max(0, now() - began);
      }
    },
    left: (quota, seconds) => {
      underWay--;
      if (quota) limit = Math.max(1, quota.limit);
      if (seconds !== undefined)
        hour = { remaining: 0, until: Math.max(now() + shutFor(seconds) * 1_000, closedUntil(hour)) };
      else if (quota)
        hour = later(hour, { remaining: own(quota.remaining), until: now() + quota.seconds * 1_000 });
      // A server that says nothing of its hours: nothing holds calls back until it does.
      else if (hour?.until === Number.POSITIVE_INFINITY) hour = undefined;
      wake();
    },
    wait: () => {
      const here = current();
      return here && Number.isFinite(here.until) ? Math.max(1, Math.ceil((here.until - now()) / 1_000)) : 1;
    },
  };
}

/** At least a second, that a server that says 0 is not asked on and on; at most an hour, which is all that is ever used up. */
const shutFor = (seconds: number): number => Math.min(Math.max(1, seconds), longest);

const closedUntil = (hour: Hour | undefined): number => (hour?.remaining === 0 ? hour.until : 0);

/** Two answers of one hour may overtake each other: the fewer remain, the later it was said. Those of two hours are far apart. */
function later(known: Hour | undefined, told: Hour): Hour {
  if (!known || !Number.isFinite(known.until)) return told;
  if (Math.abs(known.until - told.until) > slack) return known.until > told.until ? known : told;
  return { remaining: Math.min(known.remaining, told.remaining), until: Math.max(known.until, told.until) };
}

/** Milliseconds by which two answers may differ on the end of one hour: the way they took, and whole seconds. */
const slack = 60_000;

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
