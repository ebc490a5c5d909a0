import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { talliesOver, unlimited } from './over.ts';
import type { Tallies } from './tallies.ts';

/** Milliseconds a request may wait for a counter. */
const patience = 250;

/**
 * Counters that several processes share. While Redis is away each process counts in its own memory, without waiting, and goes back by
 * itself: an outage of the counters is no outage of the server. `onTrouble` is told once per outage.
 */
export async function redisTallies(url: string, onTrouble: (message: string) => void): Promise<Tallies> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: patience,
    connectTimeout: 2_000,
    retryStrategy: (tries: number) => Math.min(tries * 50, 1_000),
  });
  let away = false;
  client.on('error', (error: Error) => {
    if (!away)
      onTrouble(
        `Redis cannot be reached (${error.message}); rate limit and lockout count in memory until it is back`,
      );
    away = true;
  });
  client.on('ready', () => {
    if (away) onTrouble('Redis is back');
    away = false;
  });
  const limiter = new RateLimiterRedis({
    storeClient: client,
    keyPrefix: 'accord',
    points: unlimited,
    duration: 3_600,
    insuranceLimiter: new RateLimiterMemory({ points: unlimited, duration: 3_600 }),
  });
  return Object.freeze<Tallies>({
    ...talliesOver(limiter),
    ready: async () => client.status === 'ready',
    close: async () => client.disconnect(),
  });
}
