import pg from 'pg';
import { createWatch, type PostgresWatch, WatchedClient } from './postgres-watch.ts';
import { createSlots, type Slots } from './slots.ts';

// Whole numbers fit a JavaScript number exactly: every kind refuses what does not.
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format),
};

/** Milliseconds after which PostgreSQL ends a statement itself, at least. */
const statementUsualMs = 30_000;
/** How much earlier a wait for a lock ends than its statement, which counts from its beginning: the wait is reported as busy, not as a defect. */
const lockMarginMs = 5_000;
/** Requests that wait for a connection; the next one is refused at once. */
const queueMax = 1_000;
/** Times `waitMs`: a copy takes longer than a request, and many of them run one after the other. */
const aloneWaits = 4;

export interface PoolOptions {
  readonly url: string;
  readonly connections: number;
  readonly waitMs: number;
  readonly silenceMs: number;
}

/** The connections of one engine, who waits for them, and what notices that the database is silent. */
export interface PostgresPools {
  readonly config: pg.ClientConfig;
  readonly pool: pg.Pool;
  readonly turns: Slots;
  /** A connection of its own for ids: all those of the pool may be inside transactions that wait for an id. */
  readonly counter: pg.Pool;
  readonly counterTurns: Slots;
  /** Transactions that lock whole tables run one at a time: all of them want the same tables, and those that wait would hold everybody's connections. */
  readonly aloneTurns: Slots;
  readonly watch: PostgresWatch;
}

export function createPools({ url, connections, waitMs, silenceMs }: PoolOptions): PostgresPools {
  const statementMs = Math.max(statementUsualMs, waitMs + lockMarginMs);
  const config = {
    connectionString: url,
    connectionTimeoutMillis: silenceMs,
    statement_timeout: statementMs,
    lock_timeout: waitMs,
    idle_in_transaction_session_timeout: statementMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: types as never,
  };
  const watched = { ...config, Client: WatchedClient as unknown as new () => pg.ClientBase };
  const pool = new pg.Pool({
    ...watched,
    max: connections,
    idleTimeoutMillis: 30_000,
    // A connection keeps every statement it has prepared: these bound how many hostile filters can add.
    maxLifetimeSeconds: 3_600,
    maxUses: 10_000,
  });
  const counter = new pg.Pool({ ...watched, max: 1 });
  // The pool's own queue has no bound, and takes a wait for a failed connection.
  const turns = createSlots({ slots: connections, waitMs, queueMax, what: 'a connection to the database' });
  const counterTurns = createSlots({ slots: 1, waitMs, queueMax, what: 'the counters of ids' });
  const aloneTurns = createSlots({ slots: 1, waitMs: aloneWaits * waitMs, queueMax, what: 'whole tables' });
  const watch = createWatch({
    url,
    silenceMs,
    queryMs: statementMs + silenceMs,
    onSilence: (error) => {
      for (const each of [turns, counterTurns, aloneTurns]) each.refuseWaiting(error);
    },
  });
  for (const each of [pool, counter]) watchPool(each, watch);
  return { config, pool, turns, counter, counterTurns, aloneTurns, watch };
}

function watchPool(pool: pg.Pool, watch: PostgresWatch): void {
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => watch.see(client as unknown as WatchedClient));
  pool.on('remove', (client) => watch.forget(client as unknown as WatchedClient));
  pool.on('release', (error) => {
    if (!error) watch.heard();
  });
}
