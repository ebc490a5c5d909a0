import type { RateLimiterRes } from 'rate-limiter-flexible';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import { memoryTallies } from './memory.ts';
import type { Marked, Tallies, Tally } from './tallies.ts';

/** Milliseconds a request may wait for a counter. */
const patience = 250;
/** Milliseconds after which a connection that says nothing is given up: a server that hangs must not cost every request its patience. */
const silence = 1_000;

/** Of the keys that say whom a counter is about. */
const whoPrefix = 'accord-who';

const tallyOf = (count: number, milliseconds: number): Tally => ({
  count,
  resetsIn: Math.max(0, Math.ceil(milliseconds / 1_000)),
});
const told = ({ consumedPoints, msBeforeNext }: RateLimiterRes): Tally =>
  tallyOf(consumedPoints, msBeforeNext);

/**
 * Counters that several processes share. While Redis is away, or does not answer, each process counts in its own memory, without waiting, and
 * goes back by itself: an outage of the counters is no outage of the server. `onTrouble` is told once per outage.
 */
export async function redisTallies(url: string, onTrouble: (message: string) => void): Promise<Tallies> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: patience,
    connectTimeout: 2_000,
    socketTimeout: silence,
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
  // Never used up: the counters count, and their users decide what is too many.
  const limiter = new RateLimiterRedis({
    storeClient: client,
    keyPrefix: 'accord',
    points: Number.MAX_SAFE_INTEGER,
    duration: 3_600,
  });
  const memory = memoryTallies();
  /** Beside the counter, and gone with it. */
  const whoName = (deployment: number, key: string): string => `${whoPrefix}:${deployment}:${key}`;

  async function markedOnRedis(prefix: string, deployment: number | undefined): Promise<readonly Marked[]> {
    const found: Marked[] = [];
    const match = `${whoPrefix}:${deployment ?? '*'}:${prefix}*`;
    let cursor = '0';
    do {
      const [next, names] = await client.scan(cursor, 'MATCH', match, 'COUNT', 1_000);
      cursor = next;
      for (const name of names) {
        const [, tenant = '', key = ''] = /^[^:]+:(\d+):(.*)$/s.exec(name) ?? [];
        const counter = limiter.getKey(`${tenant}:${key}`);
        const [who, count, left] = await Promise.all([
          client.get(name),
          client.get(counter),
          client.pttl(counter),
        ]);
        if (who !== null && count !== null && left > 0)
          found.push({ ...tallyOf(Number(count), left), deployment: Number(tenant), key, who });
      }
    } while (cursor !== '0');
    return found;
  }

  async function preferably<T>(onRedis: () => Promise<T>, inMemory: () => Promise<T>): Promise<T> {
    if (client.status !== 'ready') return inMemory();
    try {
      return await onRedis();
    } catch {
      return inMemory();
    }
  }

  return Object.freeze<Tallies>({
    add: (deployment, key, seconds) =>
      preferably(
        async () => told(await limiter.penalty(`${deployment}:${key}`, 1, { customDuration: seconds })),
        () => memory.add(deployment, key, seconds),
      ),
    read: (deployment, key) =>
      preferably(
        async () => {
          const found = await limiter.get(`${deployment}:${key}`);
          return found === null || found.msBeforeNext <= 0 ? undefined : told(found);
        },
        () => memory.read(deployment, key),
      ),
    restart: (deployment, key, seconds) =>
      preferably(
        async () => {
          const name = limiter.getKey(`${deployment}:${key}`);
          // One step: between the library's get and set, failures counted by other processes would be lost.
          const who = whoName(deployment, key);
          const done = await client.multi().get(name).expire(name, seconds).expire(who, seconds).exec();
          const [failure, count] = done?.[0] ?? [new Error('nothing was done'), null];
          if (failure) throw failure;
          return count === null ? tallyOf(0, 0) : tallyOf(Number(count), seconds * 1_000);
        },
        () => memory.restart(deployment, key, seconds),
      ),
    mark: (deployment, key, who) =>
      preferably(
        async () => {
          const left = await client.pttl(limiter.getKey(`${deployment}:${key}`));
          if (left > 0) await client.set(whoName(deployment, key), who, 'PX', left);
        },
        () => memory.mark(deployment, key, who),
      ),
    marked: (prefix, deployment) =>
      preferably(
        () => markedOnRedis(prefix, deployment),
        () => memory.marked(prefix, deployment),
      ),
    forget: async (deployment, key) => {
      await memory.forget(deployment, key);
      await preferably(
        async () => {
          await client.del(limiter.getKey(`${deployment}:${key}`), whoName(deployment, key));
        },
        async () => {},
      );
    },
    ready: async () => client.status === 'ready',
    close: async () => {
      client.disconnect();
      await memory.close();
    },
  });
}
