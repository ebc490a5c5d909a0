import { createHash } from 'node:crypto';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely';
import pg from 'pg';
import type { Bound } from '../query.ts';
import { wordsName } from '../schema.ts';
import type { CellRow, Dialect, Engine, Session, Statement } from './engine.ts';

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

const between = (on: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`least(greatest(${on}, ${sql.lit(Number.MIN_SAFE_INTEGER)}), ${sql.lit(Number.MAX_SAFE_INTEGER)})::bigint`;

/** As `foldCase` does. Under the collation "C", which orders by code point, lower() knows ASCII only. */
const [beforeFolded, afterFolded] = [
  'replace(translate(lower(upper(lower((',
  `)::text collate "und-x-icu"))), '\u03c2', '\u03c3'), 'i\u0307', 'i')`,
];
const folded = (column: string): string => `${beforeFolded}${column}${afterFolded}`;

const dialect: Dialect = Object.freeze<Dialect>({
  compile: (query) => query.compile(compiler),
  bound: (value) => sql`${value}`,
  among: (on, list) => sql`${on} = any(${list})`,
  // An array is made once and looked up by its hash; of `in` a planner that has not counted the rows yet may make a loop in a loop.
  foundIn: (on, select) => sql`${on} = any(array(${select}))`,
  contains: (on, text) =>
    sql`${sql.raw(beforeFolded)}${on}${sql.raw(afterFolded)} like '%' || replace(replace(replace(${text}, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'`,
  words: ({ name, searched }) => {
    const columns = searched.map((column) => `${folded(`"${column}"`)} gin_trgm_ops`).join(', ');
    // Whoever runs the database decides what extensions it has: without this one a search reads all rows.
    return [
      'do $$ begin create extension if not exists pg_trgm; exception when others then null; end $$',
      `do $$ begin if exists (select 1 from pg_extension where extname = 'pg_trgm') then
        create index if not exists "${wordsName(name)}" on "${name}" using gin (${columns}); end if; end $$`,
    ];
  },
  wordsKept: [
    `select 'index', indexname from pg_indexes where schemaname = current_schema() and indexname like '%\\_words' and indexdef like '% gin %'`,
  ],
  knowsWords: 'select 1 from pg_indexes where schemaname = current_schema() and indexname = $1',
  wordsIn: () => undefined,
  driven: false,
  by: () => sql``,
  // The sum of bigints is a numeric, which has no end.
  total: (on) => between(sql`coalesce(sum(${on}), 0)`),
  bounded: (on) => between(on),
  times: (one, other, per) => sql`round(${one}::numeric * ${other} / ${sql.lit(per)})`,
  // The index of a key has no say in where absent values go; an order that names a place would not be its own.
  order: (by, descending, present) =>
    present
      ? sql`${by} ${sql.raw(descending ? 'desc' : 'asc')}`
      : descending
        ? sql`${by} desc nulls last`
        : sql`${by} asc nulls first`,
  shareLock: ' for key share',
  changeLock: ' for no key update',
  types: { integer: 'bigint', text: 'text collate "C"' },
  tableSuffix: '',
  indexed: (column, present) => (present ? `"${column}"` : `"${column}" nulls first`),
  columnsOf:
    'select column_name from information_schema.columns where table_schema = current_schema() and table_name = $1',
});

// Whole numbers fit a JavaScript number exactly: every kind refuses what does not.
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format),
};

const migrationLock = 4_280_001;

export interface PostgresOptions {
  readonly url: string;
  /** Connections at most. */
  readonly connections?: number;
}

/**
 * Who wants to be alone takes the locks of many tables, one after the other, while others hold some and want more: it gives way after so many
 * milliseconds, before the database finds the deadlock and ends either of them, and tries again.
 */
const yielding = 200;
const mostAlone = 60;

/** PostgreSQL through `pg`: named prepared statements, a pool with a limit and time-outs, one connection a transaction. */
export function postgresEngine({ url, connections = 16 }: PostgresOptions): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    // A connection keeps every statement it has prepared: an hour bounds what hostile filters can pile up.
    maxLifetimeSeconds: 3_600,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    types: types as never,
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  // A connection of its own: all those of the pool may be inside transactions that wait for an id.
  const counter = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: 3_000,
    statement_timeout: 30_000,
  });
  counter.on('error', () => {});
  const ids = idBlocks((deployment, table, count) =>
    counter
      .query({ name: 'ids', text: counting, values: [deployment, table, count] })
      .then(({ rows }) => Number(rows[0].last)),
  );

  async function transaction<T>(
    work: (session: Session) => Promise<T>,
    alone?: readonly string[],
  ): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    // A connection that breaks between two statements says so as an event, and an event that nobody hears ends the process.
    const hear = (error: Error): void => {
      broken = error;
    };
    client.on('error', hear);
    try {
      await client.query(alone ? 'begin isolation level repeatable read' : 'begin');
      // A lock is no look: the state that the transaction sees is that of its first statement after this one.
      if (alone && alone.length > 0) {
        const tables = alone.map((name) => `"${name}"`).join(', ');
        await client.query(`set local lock_timeout = ${yielding}`);
        await client.query(`lock table ${tables} in share row exclusive mode`);
        await client.query('set local lock_timeout to default');
      }
      const session = sessionOn(client);
      const value = await work({ ...session, nextId: ids, ...counted(session) });
      await client.query('commit');
      return value;
    } catch (error) {
      await client.query('rollback').catch((failed: Error) => {
        broken = failed;
      });
      throw error;
    } finally {
      client.off('error', hear);
      client.release(broken);
    }
  }

  async function write<T>(work: (session: Session) => Promise<T>, alone?: readonly string[]): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await transaction(work, alone);
      } catch (error) {
        // Serialization failure, deadlock, a lock that was not to be had: the other side went through, so another try does.
        if (tries === (alone ? mostAlone : 4) || !['40001', '40P01', '55P03'].includes(codeOf(error)))
          throw error;
        if (alone) await new Promise((resume) => setTimeout(resume, Math.random() * yielding));
      }
    }
  }

  return Object.freeze<Engine>({
    name: 'postgres',
    dialect,
    reader: sessionOn(pool),
    write,
    share: () => {},
    migrate: (work) =>
      transaction(async (session) => {
        await session.run({ sql: `select pg_advisory_xact_lock(${migrationLock})`, slots: [] }, []);
        await work(session);
      }),
    clash: (error) => {
      if (codeOf(error) !== '23505') return undefined;
      // "Key (deployment_id, name)=(1, MomCorp) already exists."
      const detail = (error as { detail?: string }).detail ?? '';
      const names = detail.slice(detail.indexOf('(') + 1, detail.indexOf(')='));
      return names.split(', ').filter((name) => name !== 'deployment_id');
    },
    unadvised: () => false,
    unreachable,
    close: async () => {
      await Promise.all([pool.end(), counter.end()]);
    },
  });
}

const counting = `insert into counters (deployment_id, name, last) values ($1, $2, $3)
  on conflict (deployment_id, name) do update set last = counters.last + $3 returning last`;

const skip: Statement = Object.freeze({
  sql: `insert into counters (deployment_id, name, last) values ($1, $2, $3)
    on conflict (deployment_id, name) do update set last = greatest(counters.last, excluded.last)`,
  slots: [0, 1, 2],
});

const plain = (text: string, ...slots: readonly number[]): Statement => Object.freeze({ sql: text, slots });
const dropAll = plain('delete from counters where deployment_id = $1', 0);
const dropSome = plain('delete from counters where deployment_id = $1 and name = any($2)', 1, 2);
const copySome = plain(
  `insert into counters (deployment_id, name, last)
    select cast($2 as bigint), name, last from counters where deployment_id = $1 and name = any($3)`,
  0,
  1,
  2,
);

/** What is done to counters as a whole, in the transaction that asks for it. */
const counted = (session: Pick<Session, 'run'>): Pick<Session, 'skipIds' | 'copyIds' | 'forgetIds'> => ({
  skipIds: async (deployment, table, last) => {
    await session.run(skip, [deployment, table, last]);
  },
  copyIds: async (from, to, tables) => {
    await session.run(dropSome, [from, to, tables]);
    await session.run(copySome, [from, to, tables]);
  },
  forgetIds: async (deployment) => {
    await session.run(dropAll, [deployment]);
  },
});

/**
 * Ids outside the writing transaction, so that creates of one tenant do not wait for one another's commit on the counter's
 * row: the requests that wait while a block is fetched share the next block, which is exactly as large as they need.
 */
function idBlocks(
  reserve: (deployment: number, table: string, count: number) => Promise<number>,
): Session['nextId'] {
  const waiting = new Map<string, { give: (id: number) => void; fail: (error: unknown) => void }[]>();
  const fetching = new Set<string>();
  async function fetchBlock(key: string, deployment: number, table: string): Promise<void> {
    fetching.add(key);
    for (let asked = waiting.get(key) ?? []; asked.length > 0; asked = waiting.get(key) ?? []) {
      waiting.delete(key);
      try {
        const first = (await reserve(deployment, table, asked.length)) - asked.length + 1;
        for (const [i, { give }] of asked.entries()) give(first + i);
      } catch (error) {
        for (const { fail } of asked) fail(error);
      }
    }
    fetching.delete(key);
  }
  return (deployment, table) =>
    new Promise((give, fail) => {
      const key = `${deployment} ${table}`;
      const asked = waiting.get(key);
      if (asked) asked.push({ give, fail });
      else waiting.set(key, [{ give, fail }]);
      if (!fetching.has(key)) void fetchBlock(key, deployment, table);
    });
}

const uses = new WeakMap<Statement, { name: string; count: number }>();

// A statement is named (and so kept by the server) from its second run: one-off filters are not.
function nameOf(statement: Statement): { name?: string } {
  const known = uses.get(statement);
  if (known) return { name: known.name };
  uses.set(statement, { name: createHash('sha1').update(statement.sql).digest('base64url'), count: 1 });
  return {};
}

function sessionOn(client: pg.Pool | pg.PoolClient): Pick<Session, 'rows' | 'run'> {
  const query = (statement: Statement, values: readonly Bound[]) =>
    client.query<never>({
      ...nameOf(statement),
      text: statement.sql,
      values: statement.slots.map((slot) => values[slot]),
      rowMode: 'array',
    } as pg.QueryArrayConfig);
  return {
    rows: async (statement, values) => (await query(statement, values)).rows as unknown as CellRow[],
    run: async (statement, values) => (await query(statement, values)).rowCount ?? 0,
  };
}

const codeOf = (error: unknown): string => String((error as { code?: string } | undefined)?.code ?? '');

const away = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);

function unreachable(error: unknown): boolean {
  const code = codeOf(error);
  if (away.has(code)) return true;
  // 08: connection; 53: resources; 57P: shutdown; 3D000: no such database; 28: not let in; 58: system; 25006: read-only
  if (code.length === 5 && ['08', '53', '28', '58'].includes(code.slice(0, 2))) return true;
  if (['57P01', '57P02', '57P03', '3D000', '25006'].includes(code)) return true;
  const message = (error as Error | undefined)?.message ?? '';
  return (
    message.startsWith('Connection terminated') ||
    message.startsWith('timeout exceeded when trying to connect') ||
    message.startsWith('Client has encountered a connection error') ||
    message.startsWith('Cannot use a pool after')
  );
}
