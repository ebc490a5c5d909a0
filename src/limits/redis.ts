import type { Redis } from 'ioredis';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import { memoryTallies } from './memory.ts';
import type { Marked, Tallies, WindowCount } from './tallies.ts';

/** How long a request may wait for a counter. */
const commandTimeoutMs = 250;
const connectTimeoutMs = 2_000;
/** After this time without a byte a connection is given up: a server that hangs must not cost every request the time-out of a command. */
const silenceMs = 1_000;
const reconnectMaxMs = 1_000;

/** Of the keys that hold whom a counter is about. */
const whoPrefix = 'accord-who';

const countOf = (count: number, milliseconds: number): WindowCount => ({
  count,
  resetsIn: Math.max(0, Math.ceil(milliseconds / 1_000)),
});
const limiterCount = ({ consumedPoints, msBeforeNext }: RateLimiterRes): WindowCount =>
  countOf(consumedPoints, msBeforeNext);

/**
 * Counters that several processes share. While Redis is away, or does not answer, each process counts in its own memory, without waiting, and
 * returns to Redis by itself: an outage of the counters is no outage of the server. `onTrouble` is called once per outage, and when it is over.
 */
export async function redisTallies(url: string, onTrouble: (message: string) => void): Promise<Tallies> {
  const ioredis = await import('ioredis');
  const client = new ioredis.Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMs,
    retryStrategy: (tries: number) => Math.min(tries * 50, reconnectMaxMs),
  });
  reportOutages(client, onTrouble);
  const counters = new RedisCounters(client);
  const memory = memoryTallies();

  async function preferably<T>(onRedis: () => Promise<T>, inMemory: () => Promise<T>): Promise<T> {
    if (client.status !== 'ready') return inMemory();
    try {
      return await onRedis();
    } catch {
      return inMemory();
    }
  }

  return Object.freeze<Tallies>({
    add: (...of) =>
      preferably(
        () => counters.add(...of),
        () => memory.add(...of),
      ),
    read: (...of) =>
      preferably(
        () => counters.read(...of),
        () => memory.read(...of),
      ),
    restart: (...of) =>
      preferably(
        () => counters.restart(...of),
        () => memory.restart(...of),
      ),
    mark: (...of) =>
      preferably(
        () => counters.mark(...of),
        () => memory.mark(...of),
      ),
    marked: (...of) =>
      preferably(
        () => counters.marked(...of),
        () => memory.marked(...of),
      ),
    forget: async (...of) => {
      await memory.forget(...of);
      await preferably(
        () => counters.forget(...of),
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

function reportOutages(client: Redis, onTrouble: (message: string) => void): void {
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
}

/** The counters on Redis, as long as it can be reached. */
class RedisCounters implements Omit<Tallies, 'ready' | 'close'> {
  readonly #client: Redis;
  readonly #limiter: RateLimiterRedis;

  constructor(client: Redis) {
    this.#client = client;
    // Never used up: it only counts, and its users decide what is too many.
    this.#limiter = new RateLimiterRedis({
      storeClient: client,
      keyPrefix: 'accord',
      points: Number.MAX_SAFE_INTEGER,
      duration: 3_600,
    });
  }

  async add(deployment: number, key: string, seconds: number): Promise<WindowCount> {
    const counted = await this.#limiter.penalty(`${deployment}:${key}`, 1, { customDuration: seconds });
    return limiterCount(counted);
  }

  async read(deployment: number, key: string): Promise<WindowCount | undefined> {
    const found = await this.#limiter.get(`${deployment}:${key}`);
    return found === null || found.msBeforeNext <= 0 ? undefined : limiterCount(found);
  }

  async restart(deployment: number, key: string, seconds: number): Promise<WindowCount> {
    const name = this.#limiter.getKey(`${deployment}:${key}`);
    const who = whoName(deployment, key);
    // In one step: between the library's get and set, failures counted by other processes would be lost.
    const done = await this.#client.multi().get(name).expire(name, seconds).expire(who, seconds).exec();
    const [failure, count] = done?.[0] ?? [new Error('nothing was done'), null];
    if (failure) throw failure;
    return count === null ? countOf(0, 0) : countOf(Number(count), seconds * 1_000);
  }

  async mark(deployment: number, key: string, who: string): Promise<void> {
    const left = await this.#client.pttl(this.#limiter.getKey(`${deployment}:${key}`));
    if (left > 0) await this.#client.set(whoName(deployment, key), who, 'PX', left);
  }

  async marked(prefix: string, deployment: number | undefined): Promise<readonly Marked[]> {
    const found: Marked[] = [];
    const match = `${whoPrefix}:${deployment ?? '*'}:${prefix}*`;
    let cursor = '0';
    do {
      const [next, names] = await this.#client.scan(cursor, 'MATCH', match, 'COUNT', 1_000);
      cursor = next;
      for (const name of names) {
        const marked = await this.#markedAt(name);
        if (marked) found.push(marked);
      }
    } while (cursor !== '0');
    return found;
  }

  async forget(deployment: number, key: string): Promise<void> {
    await this.#client.del(this.#limiter.getKey(`${deployment}:${key}`), whoName(deployment, key));
  }

  async #markedAt(name: string): Promise<Marked | undefined> {
    const [, tenant = '', key = ''] = /^[^:]+:(\d+):(.*)$/s.exec(name) ?? [];
    const counter = this.#limiter.getKey(`${tenant}:${key}`);
    const [who, count, left] = await Promise.all([
      this.#client.get(name),
      this.#client.get(counter),
      this.#client.pttl(counter),
    ]);
    if (who !== null && count !== null && left > 0)
      return { ...countOf(Number(count), left), deployment: Number(tenant), key, who };
    return undefined;
  }
}

/** Beside the counter, and gone with it. */
const whoName = (deployment: number, key: string): string => `${whoPrefix}:${deployment}:${key}`;
