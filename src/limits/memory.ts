import { RateLimiterMemory } from 'rate-limiter-flexible';
import { talliesOver, unlimited } from './over.ts';
import type { Tallies } from './tallies.ts';

/** Counters of one process; its timers do not keep the process alive. */
export function memoryTallies(): Tallies {
  const limiter = new RateLimiterMemory({ points: unlimited, duration: 3_600 });
  return Object.freeze<Tallies>({ ...talliesOver(limiter), ready: async () => true, close: async () => {} });
}
