import { hash } from 'node:crypto';

/** Which of the requests that a rule is about it hits. Moments are unix seconds of the deployment's clock. */
export interface Timing {
  /** From the nth on: that one, or `times` of them, or all that come `for` seconds. */
  readonly nth: number | undefined;
  readonly every: number | undefined;
  /** More than 0, at most 1. */
  readonly probability: number | undefined;
  /** The same seed chooses the same requests. */
  readonly seed: string;
  /** At most so many. */
  readonly times: number | undefined;
  readonly after: number | undefined;
  readonly until: number | undefined;
  /** Seconds. */
  readonly for: number | undefined;
  /** What `for` counts from: when the rule was made, or its first hit. */
  readonly from: 'now' | 'hit';
}

/** How many requests a rule matched, and how many of them it hit. */
export interface Count {
  readonly matches: number;
  readonly hits: number;
  readonly since: number;
  readonly firstHit: number | undefined;
}

export const uncounted = (now: number): Count => ({ matches: 0, hits: 0, since: now, firstHit: undefined });

/** Whether the rule is in force: outside of its time nothing is counted. */
export function inForce(timing: Timing, { since, firstHit }: Count, now: number): boolean {
  const { after, until, from } = timing;
  if ((after !== undefined && now < after) || (until !== undefined && now >= until)) return false;
  const begun = from === 'now' ? since : firstHit;
  return timing.for === undefined || begun === undefined || now < begun + timing.for;
}

/** Whether the request that was counted last is one to hit. */
export function chooses(timing: Timing, { matches, hits }: Count): boolean {
  const { nth, every, probability, seed, times = Number.POSITIVE_INFINITY } = timing;
  if (nth !== undefined && timing.for === undefined)
    return matches >= nth && matches < nth + (timing.times ?? 1);
  if (hits >= times) return false;
  if (nth !== undefined) return matches >= nth;
  if (every !== undefined) return matches % every === 0;
  return probability === undefined || roll(seed, matches) < probability;
}

/** From 0 to 1, the same for the same seed and number: who comes at the same time changes nothing. */
const roll = (seed: string, number: number): number =>
  Number.parseInt(hash('sha256', `${seed}:${number}`, 'hex').slice(0, 8), 16) / 0x1_0000_0000;
