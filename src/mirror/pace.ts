import { setTimeout as delay } from 'node:timers/promises';
import type { HttpAnswer } from '../http/exchange.ts';

export interface PaceOptions {
  /** Requests of each window that are left to the owner's other clients: a number, or a share of the limit. */
  readonly reserve: number | { readonly share: number };
  /** Called before a wait of more than a moment: how long, in seconds, and why. */
  readonly onWait: (seconds: number, why: string) => void;
  /** Unix milliseconds. */
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** Doubled with each failure. */
const firstBackOffMs = 1_000;
const backOffMsMax = 60_000;
/** Shorter waits are not announced. */
const announcedMsMin = 5_000;

/** When the next request may be sent. */
export class Pace {
  readonly #reserve: PaceOptions['reserve'];
  readonly #onWait: PaceOptions['onWait'];
  readonly #clock: () => number;
  readonly #sleep: (milliseconds: number) => Promise<unknown>;
  /** Unix milliseconds. */
  #notBefore = 0;
  /** So far. */
  waitedMs = 0;

  constructor({ reserve, onWait, clock = Date.now, sleep = delay }: PaceOptions) {
    this.#reserve = reserve;
    this.#onWait = onWait;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  async wait(why: string): Promise<void> {
    for (let left = this.#notBefore - this.#clock(); left > 0; left = this.#notBefore - this.#clock()) {
      if (left >= announcedMsMin) this.#onWait(Math.ceil(left / 1_000), why);
      await this.#sleep(left);
      this.waitedMs += left;
    }
  }

  /** No request for so many seconds. */
  pause(seconds: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock() + seconds * 1_000);
  }

  /** As `pause`, and longer with each failure. */
  backOff(failed: number, seconds: number): void {
    this.pause(Math.max(Math.min(backOffMsMax, firstBackOffMs * 2 ** (failed - 1)) / 1_000, seconds));
  }

  /** Waits for the next window once what an answer says is left is no more than the reserve. */
  heed(answer: HttpAnswer): void {
    const quota = quotaIn(answer, this.#clock());
    if (!quota) return;
    const { limit, remaining, reset } = quota;
    const kept = typeof this.#reserve === 'number' ? this.#reserve : Math.ceil(limit * this.#reserve.share);
    if (remaining <= Math.min(kept, limit - 1)) this.#notBefore = Math.max(this.#notBefore, reset);
  }
}

interface SourceQuota {
  readonly limit: number;
  readonly remaining: number;
  /** Unix milliseconds. */
  readonly reset: number;
}

function quotaIn(answered: HttpAnswer, now: number): SourceQuota | undefined {
  const limit = numberHeader(answered, 'x-ratelimit-limit');
  const remaining = numberHeader(answered, 'x-ratelimit-remaining');
  const reset = numberHeader(answered, 'x-ratelimit-reset');
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  // The clocks of both may differ: where the server says its time, the time that is left counts.
  const left = reset - (dateIn(answered) ?? now / 1_000);
  // An hour is the longest window there is; a second more, so that it has surely begun.
  return { limit, remaining, reset: now + Math.min(Math.max(left, 0) + 1, 3_601) * 1_000 };
}

/** The number in a header of digits only. */
export function numberHeader({ headers }: HttpAnswer, name: string): number | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** The server's time in unix seconds. */
export function dateIn({ headers }: HttpAnswer): number | undefined {
  const at = typeof headers.date === 'string' ? Date.parse(headers.date) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.floor(at / 1_000);
}
