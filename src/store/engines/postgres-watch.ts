import pg from 'pg';

/** A connection that knows since when it waits for an answer. It runs one query at a time. */
export class WatchedClient extends pg.Client {
  /** `performance.now()` of the query under way; 0 when there is none. */
  queriedAt = 0;
  /** A query may take as long as it needs: the schema is changed. */
  unlimited = false;

  constructor(config?: pg.ClientConfig) {
    super(config);
    const query = super.query.bind(this) as (config: unknown, values: unknown, callback: unknown) => unknown;
    this.query = ((config: unknown, values: unknown, callback: unknown) => {
      this.queriedAt = performance.now();
      return query(config, values, callback);
    }) as pg.Client['query'];
    this.on('drain', () => {
      this.queriedAt = 0;
    });
  }

  /** Ends the connection at once: the query under way fails. */
  cut(): void {
    (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}

export interface PostgresWatchOptions {
  readonly url: string;
  /** Milliseconds without an answer after which another connection tests whether the database is there. It has as long again to answer. */
  readonly silenceMs: number;
  /** Milliseconds that one query may take where the database is there. */
  readonly queryMs: number;
  /** The database has gone silent: its connections were cut. */
  readonly onSilence: (error: Error) => void;
}

export interface PostgresWatch {
  see(client: WatchedClient): void;
  forget(client: WatchedClient): void;
  /** The database answered something. */
  heard(): void;
  stop(): void;
}

/**
 * When a network drops packets silently, neither the kernel nor PostgreSQL reports it: a query would wait for a quarter of an hour. One timer
 * looks at all connections, so that a query costs no timer of its own. A query that takes long is not silence: another connection is tried first.
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
    // Idle connections are dead too; otherwise the next request would be the one to find out.
    for (const client of clients) client.cut();
    onSilence(new Error(`Connection terminated: the database is silent for ${2 * silenceMs} ms`));
  }

  function sweep(): void {
    const now = performance.now();
    let suspected = false;
    for (const client of clients) {
      if (client.queriedAt === 0) continue;
      const waits = now - client.queriedAt;
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

/** Whether the database answers a new connection, even with a refusal. */
async function answers(url: string, limitMs: number): Promise<boolean> {
  const client = new WatchedClient({ connectionString: url, connectionTimeoutMillis: limitMs });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    // An SQLSTATE comes from PostgreSQL itself.
    const { code } = error as { code?: unknown };
    return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);
  } finally {
    void client.end().catch(() => {});
  }
}
