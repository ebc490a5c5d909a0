import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Tallies, Tally } from './tallies.ts';

/** Never reached: the counters count, and their users decide what is too many. */
export const unlimited = Number.MAX_SAFE_INTEGER;

const tallyOf = ({ consumedPoints, msBeforeNext }: RateLimiterRes): Tally => ({
  count: consumedPoints,
  resetsIn: Math.max(0, Math.ceil(msBeforeNext / 1_000)),
});

/** The port over any limiter of rate-limiter-flexible. */
export const talliesOver = (
  limiter: RateLimiterAbstract,
): Pick<Tallies, 'add' | 'read' | 'restart' | 'forget'> => ({
  add: async (key, seconds) => tallyOf(await limiter.penalty(key, 1, { customDuration: seconds })),
  read: async (key) => {
    const found = await limiter.get(key);
    return found === null || found.msBeforeNext <= 0 ? undefined : tallyOf(found);
  },
  restart: async (key, seconds) => {
    const found = await limiter.get(key);
    return tallyOf(await limiter.set(key, found?.consumedPoints ?? 0, seconds));
  },
  forget: async (key) => {
    await limiter.delete(key);
  },
});
