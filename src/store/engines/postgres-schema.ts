import type pg from 'pg';
import type { DeferredIndex, EngineSession } from './engine.ts';
import { inTransaction } from './postgres-transaction.ts';
import { type PostgresWatch, WatchedClient } from './postgres-watch.ts';
import { NoTurn } from './slots.ts';

const schemaLock = 4_280_001;
const indexLock = 4_280_002;

/**
 * Milliseconds that a change of a table waits at most for the transactions that use it, before it gives way and is tried again: whoever comes
 * meanwhile waits behind it.
 */
const tableWaitMs = 5_000;

export interface SchemaWorkOptions extends pg.ClientConfig {
  readonly waitMs: number;
  readonly watch: PostgresWatch;
}

export interface SchemaWork {
  migrate(work: (session: EngineSession) => Promise<void>): Promise<void>;
  build(indices: readonly DeferredIndex[], onBegin: (index: DeferredIndex) => void): Promise<void>;
  close(): void;
}

/** What changes the schema: on connections of its own, whose statements may take as long as they have to. */
export function schemaWork({ waitMs, watch, ...config }: SchemaWorkOptions): SchemaWork {
  const clients = new Set<WatchedClient>();

  async function connected<T>(work: (client: WatchedClient) => Promise<T>): Promise<T> {
    const client = new WatchedClient(config);
    client.unlimited = true;
    // A connection that breaks fails the query under way, or the next one.
    client.on('error', () => {});
    clients.add(client);
    try {
      await client.connect();
      watch.see(client);
      return await work(client);
    } finally {
      watch.forget(client);
      clients.delete(client);
      void client.end().catch(() => {});
    }
  }

  return {
    migrate: (work) =>
      connected((client) =>
        inTransaction(
          client,
          [
            'begin',
            'set local statement_timeout = 0',
            `set local lock_timeout = ${waitMs}`,
            `select pg_advisory_xact_lock(${schemaLock})`,
            `set local lock_timeout = ${Math.min(waitMs, tableWaitMs)}`,
          ],
          (session) => work(session as EngineSession),
          () => {},
        ),
      ),
    build: (indices, onBegin) =>
      connected(async (client) => {
        await client.query('set statement_timeout = 0');
        await client.query('set lock_timeout = 0');
        // It does not wait for the lock: the building of an index waits for every statement, so for one that waits here it would wait for ever.
        const { rows } = await client.query(`select pg_try_advisory_lock(${indexLock}) as had`);
        if (!rows[0].had) throw new NoTurn('another process builds indices');
        const troubles: unknown[] = [];
        for (const index of indices) {
          await buildIndex(client, index, () => onBegin(index)).catch((error) => {
            if (!isDatabaseError(error)) throw error;
            troubles.push(error);
          });
        }
        if (troubles.length > 0) throw troubles[0];
      }),
    close: () => {
      // PostgreSQL finishes an index that it has begun to build.
      for (const client of clients) client.cut();
    },
  };
}

const isDatabaseError = (error: unknown): boolean => (error as { severity?: string }).severity === 'ERROR';

/** While the table is read and written. What an interrupted try has left is dropped first: it would be kept up to date and never used. */
async function buildIndex(client: pg.ClientBase, index: DeferredIndex, onBegin: () => void): Promise<void> {
  const { rows } = await client.query(
    `select indisvalid as valid from pg_index join pg_class on pg_class.oid = indexrelid join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = current_schema() and relname = cast($1 as name)`,
    [index.name],
  );
  if (rows[0]?.valid) return;
  onBegin();
  if (rows.length > 0) await client.query(`drop index concurrently if exists "${index.name}"`);
  for (const statement of index.before) await client.query(statement);
  if (index.onlyIf !== undefined && (await client.query(index.onlyIf)).rows.length === 0) return;
  await client.query(index.statement);
}
