import type { CellRow, Engine, EngineSession } from './engine.ts';
import { postgresDeferred, postgresDialect } from './postgres-dialect.ts';
import { isNoConnection, isPassing, postgresErrors } from './postgres-errors.ts';
import { countersOn, idBlocks, reserveIds } from './postgres-ids.ts';
import { createPools, type PostgresPools } from './postgres-pools.ts';
import { schemaWork } from './postgres-schema.ts';
import { inTransaction, runStatement } from './postgres-transaction.ts';

export interface PostgresOptions {
  readonly url: string;
  /** Connections at most. */
  readonly connections?: number;
  /** Milliseconds that a request waits at most: for a connection, or for a lock that another transaction holds. */
  readonly waitMs?: number;
  /** Milliseconds without an answer after which the database is suspected to be away; see `createWatch`. */
  readonly silenceMs?: number;
}

export const waitUsualMs = 30_000;
export const silenceUsualMs = 4_000;

const triesMax = 10;
const aloneTriesMax = 60;
/**
 * A transaction that wants to be alone takes the locks of many tables, one after the other, while others hold some and want more: it gives way
 * after this time, before the database finds the deadlock and ends either of them, and tries again. The longest pause between two tries, too.
 */
const yieldMs = 200;

/** PostgreSQL through `pg`: named prepared statements, a pool with a bounded queue and time-outs, one connection a transaction. */
export function postgresEngine({
  url,
  connections = 16,
  waitMs = waitUsualMs,
  silenceMs = silenceUsualMs,
}: PostgresOptions): Engine {
  const pools = createPools({ url, connections, waitMs, silenceMs });
  const { pool, turns, counter, watch } = pools;
  const transactions = new Transactions(pools);
  const schema = schemaWork({ ...pools.config, waitMs, watch });
  return Object.freeze<Engine>({
    name: 'postgres',
    dialect: postgresDialect,
    reader: {
      rows: async (statement, values) => {
        const turn = turns.enter();
        if (turn) await turn;
        try {
          return (await runStatement(pool, statement, values)).rows as unknown as CellRow[];
        } catch (error) {
          refuseWaiting(pools, error);
          throw error;
        } finally {
          turns.leave();
        }
      },
    },
    write: (work, alone) => transactions.write(work, alone),
    share: () => {},
    migrate: schema.migrate,
    deferred: { ...postgresDeferred, build: schema.build },
    ...postgresErrors,
    close: async () => {
      schema.close();
      await Promise.all([pool.end(), counter.end()]);
      watch.stop();
    },
  });
}

/** Ends the wait for a connection when none can be made. */
function refuseWaiting({ turns }: PostgresPools, error: unknown): void {
  if (isNoConnection(error)) turns.refuseWaiting(error as Error);
}

type Work<T> = (session: EngineSession) => Promise<T>;

class Transactions {
  readonly #pools: PostgresPools;
  readonly #nextId: EngineSession['nextId'];

  constructor(pools: PostgresPools) {
    this.#pools = pools;
    this.#nextId = idBlocks((deployment, table, count) => this.#reserveIds(deployment, table, count));
  }

  write<T>(work: Work<T>, alone?: readonly string[]): Promise<T> {
    return alone ? this.#alone(work, alone) : this.#untilDone(work);
  }

  async #alone<T>(work: Work<T>, alone: readonly string[]): Promise<T> {
    const { aloneTurns } = this.#pools;
    const turn = aloneTurns.enter();
    if (turn) await turn;
    try {
      return await this.#untilDone(work, alone);
    } finally {
      aloneTurns.leave();
    }
  }

  async #untilDone<T>(work: Work<T>, alone?: readonly string[]): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(work, alone);
      } catch (error) {
        if (tries === (alone ? aloneTriesMax : triesMax) || !isPassing(error, alone !== undefined))
          throw error;
        const pauseMs = alone ? yieldMs : Math.min(yieldMs, 5 * 2 ** tries);
        await new Promise((resume) => setTimeout(resume, Math.random() * pauseMs));
      }
    }
  }

  async #once<T>(work: Work<T>, alone?: readonly string[]): Promise<T> {
    const { pool, turns } = this.#pools;
    const turn = turns.enter();
    if (turn) await turn;
    try {
      const client = await pool.connect();
      // A connection that breaks between two statements says so as an event, and an event without a listener ends the process.
      let broken: Error | undefined;
      const onBroken = (error: Error): void => {
        broken = error;
      };
      client.on('error', onBroken);
      try {
        return await inTransaction(
          client,
          alone ? beginAlone(alone) : ['begin'],
          (session) => work({ ...session, nextId: this.#nextId, ...countersOn(session) }),
          onBroken,
        );
      } finally {
        client.off('error', onBroken);
        client.release(broken);
      }
    } catch (error) {
      refuseWaiting(this.#pools, error);
      throw error;
    } finally {
      turns.leave();
    }
  }

  async #reserveIds(deployment: number, table: string, count: number): Promise<number> {
    const { counter, counterTurns } = this.#pools;
    const turn = counterTurns.enter();
    if (turn) await turn;
    try {
      const values = [deployment, table, count];
      const { rows } = await counter.query({ name: 'ids', text: reserveIds, values });
      return Number(rows[0].last);
    } finally {
      counterTurns.leave();
    }
  }
}

// A lock reads nothing: the state that the transaction sees is that of its first statement after these.
const beginAlone = (tables: readonly string[]): readonly string[] => [
  'begin isolation level repeatable read',
  ...(tables.length === 0
    ? []
    : [
        `set local lock_timeout = ${yieldMs}`,
        `lock table ${tables.map((name) => `"${name}"`).join(', ')} in share row exclusive mode`,
        'set local lock_timeout to default',
      ]),
];
