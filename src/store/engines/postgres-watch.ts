import pg from 'pg';

/** A connection that knows since when it waits for an answer. It is asked one thing at a time. */
export class WatchedClient extends pg.Client {
  /** `performance.now()` of the query under way; 0 when there is none. */
  askedAt = 0;
  /** A query may take as long as it has to: the schema is changed. */
  unlimited = false;

  constructor(config?: pg.ClientConfig) {
    super(config);
    const query = super.query.bind(this) as (config: unknown, values: unknown, callback: unknown) => unknown;
    this.query = ((config: unknown, values: unknown, callback: unknown) => {
      this.askedAt = performance.now();
      return query(config, values, callback);
    }) as pg.Client['query'];
    this.on('drain', () => {
      this.askedAt = 0;
    });
  }

  /** Ends the connection without a word: whatever was asked on it fails at once. */
  cut(): void {
    (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}

export interface PostgresWatchOptions {
  readonly url: string;
  /** Milliseconds without an answer after which the database is asked, on another connection, whether it is there. It has as long again to answer. */
  readonly silenceMs: number;
  /** Milliseconds that one query may take where the database is there. */
  readonly queryMs: number;
  /** The database has gone silent: its connections were cut. */
  readonly onSilence: (error: Error) => void;
}

export interface PostgresWatch {
  see(client: WatchedClient): void;
  forget(client: WatchedClient): void;
  /** Something was answered. */
  heard(): void;
  stop(): void;
}

/**
 * Neither the kernel nor PostgreSQL says so when a network swallows what is sent: a query would wait for a quarter of an hour. One timer
 * looks at all connections, so that a query costs no timer of its own. A query that takes long is no silence: another connection is asked first.
 */
export function createWatch({ url, silenceMs, queryMs, onSilence }: PostgresWatchOptions): PostgresWatch {
  const clients = new Set<WatchedClient>();
  let heardAt = 0;
  let probing = false;
  let probedAt = 0;

  async function probe(): Promise<void> {
    probing = true;
    const began = performance.now();
    const there = await answers(url, silenceMs);
    probing = false;
    probedAt = performance.now();
    if (there || heardAt > began) return;
    // What is idle is no better, and would be found so by the next request only.
    for (const client of clients) client.cut();
    onSilence(new Error(`Connection terminated: the database is silent for ${2 * silenceMs} ms`));
  }

  function sweep(): void {
    const now = performance.now();
    let suspected = false;
    for (const client of clients) {
      if (client.askedAt === 0) continue;
      const waits = now - client.askedAt;
      // The database ends a query by itself before that: this connection alone is dead.
      if (waits > queryMs && !client.unlimited) client.cut();
      else if (waits > silenceMs) suspected = true;
    }
    if (suspected && !probing && now - probedAt > silenceMs) void probe();
  }

  const timer = setInterval(sweep, Math.max(20, Math.min(500, silenceMs / 8)));
  timer.unref();
  return Object.freeze<PostgresWatch>({
    see: (client) => {
      clients.add(client);
      client.on('drain', () => {
        heardAt = performance.now();
      });
    },
    forget: (client) => {
      clients.delete(client);
    },
    heard: () => {
      heardAt = performance.now();
    },
    stop: () => clearInterval(timer),
  });
}

/** Whether the database answers a new connection, be it with a refusal. */
async function answers(url: string, limitMs: number): Promise<boolean> {
  const client = new WatchedClient({ connectionString: url, connectionTimeoutMillis: limitMs });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    // An SQLSTATE is the word of PostgreSQL itself.
    const { code } = error as { code?: unknown };
    return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);
  } finally {
    void client.end().catch(() => {});
  }
}
