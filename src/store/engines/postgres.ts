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
import { type Table, wordsName } from '../schema.ts';
import type { CellRow, Dialect, Engine, EngineSession, Statement } from './engine.ts';
import { schemaWork } from './postgres-schema.ts';
import { ask, inTransaction } from './postgres-transaction.ts';
import { createWatch, WatchedClient } from './postgres-watch.ts';
import { createSlots, NoTurn } from './slots.ts';

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

const trigrams =
  'do $$ begin create extension if not exists pg_trgm; exception when others then null; end $$';
const hasTrigrams = "select 1 from pg_extension where extname = 'pg_trgm'";

const wordsIndex = ({ name, searched }: Table): string => {
  const columns = searched.map((column) => `${folded(`"${column}"`)} gin_trgm_ops`).join(', ');
  return `"${wordsName(name)}" on "${name}" using gin (${columns})`;
};

const dialect: Dialect = Object.freeze<Dialect>({
  compile: (query) => query.compile(compiler),
  bound: (value) => sql`${value}`,
  // One object, and the pages that clients ask for.
  fixedLimits: new Set([1, 10, 20, 25, 50, 100]),
  among: (on, list) => sql`${on} = any(${list})`,
  // An array is made once and looked up by its hash; of `in` a planner that has not counted the rows yet may make a loop in a loop.
  foundIn: (on, select) => sql`${on} = any(array(${select}))`,
  contains: (on, text) =>
    sql`${sql.raw(beforeFolded)}${on}${sql.raw(afterFolded)} like '%' || replace(replace(replace(${text}, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'`,
  words: (table) => [
    // Whoever runs the database decides what extensions it has: without this one a search reads all rows.
    trigrams,
    `do $$ begin if exists (${hasTrigrams}) then
        create index if not exists ${wordsIndex(table)}; end if; end $$`,
  ],
  wordsKept: [
    `select 'index', indexname from pg_indexes where schemaname = current_schema() and indexname like '%\\_words' and indexdef like '% gin %'`,
  ],
  // An index whose building was interrupted is there, but does not count. Longer names are cut to what a name can hold.
  knows: `select 1 from pg_index join pg_class on pg_class.oid = indexrelid join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = current_schema() and relname = cast($1 as name) and indisvalid`,
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

export interface PostgresOptions {
  readonly url: string;
  /** Connections at most. */
  readonly connections?: number;
  /** Milliseconds that a request waits for its turn at most: for a connection, or for a lock that another transaction holds. */
  readonly waitMs?: number;
  /** Milliseconds without an answer after which the database is suspected to be away; see `createWatch`. */
  readonly silenceMs?: number;
}

export const waitUsualMs = 30_000;
export const silenceUsualMs = 4_000;
/** Milliseconds after which PostgreSQL ends a statement itself, at least. */
const statementUsualMs = 30_000;
/** Milliseconds that a wait for a lock ends before its statement would be ended, which counts from its beginning: it is told as a wait, and is no defect. */
const lockMarginMs = 5_000;
/** Requests that wait for a connection at most; whoever comes then is refused at once. */
const queueMax = 1_000;

/**
 * Who wants to be alone takes the locks of many tables, one after the other, while others hold some and want more: it gives way after so many
 * milliseconds, before the database finds the deadlock and ends either of them, and tries again.
 */
const yielding = 200;
const mostAlone = 60;
/** Times `waitMs`: a copy takes longer than a request, and a crowd of them goes one by one. */
const aloneWaits = 4;
const most = 10;

/** PostgreSQL through `pg`: named prepared statements, a pool with a bounded queue and time-outs, one connection a transaction. */
export function postgresEngine({
  url,
  connections = 16,
  waitMs = waitUsualMs,
  silenceMs = silenceUsualMs,
}: PostgresOptions): Engine {
  const statementMs = Math.max(statementUsualMs, waitMs + lockMarginMs);
  const usual = {
    connectionString: url,
    connectionTimeoutMillis: silenceMs,
    statement_timeout: statementMs,
    lock_timeout: waitMs,
    idle_in_transaction_session_timeout: statementMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: types as never,
  };
  const watched = { ...usual, Client: WatchedClient as unknown as new () => pg.ClientBase };
  const pool = new pg.Pool({
    ...watched,
    max: connections,
    idleTimeoutMillis: 30_000,
    // A connection keeps every statement it has prepared: these bound what hostile filters can pile up.
    maxLifetimeSeconds: 3_600,
    maxUses: 10_000,
  });
  // A connection of its own: all those of the pool may be inside transactions that wait for an id.
  const counter = new pg.Pool({ ...watched, max: 1 });
  // The queue of the pool itself has no bound, and takes a wait for a failed connection.
  const turns = createSlots({ slots: connections, waitMs, queueMax, what: 'a connection to the database' });
  const counterTurns = createSlots({ slots: 1, waitMs, queueMax, what: 'the counters of ids' });
  // One at a time: all of them want the same tables, and those that wait would take the connections of everyone.
  const aloneTurns = createSlots({ slots: 1, waitMs: aloneWaits * waitMs, queueMax, what: 'whole tables' });
  const watch = createWatch({
    url,
    silenceMs,
    queryMs: statementMs + silenceMs,
    onSilence: (error) => {
      for (const each of [turns, counterTurns, aloneTurns]) each.refuseWaiting(error);
    },
  });
  for (const each of [pool, counter]) {
    // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
    each.on('error', () => {});
    each.on('connect', (client) => watch.see(client as unknown as WatchedClient));
    each.on('remove', (client) => watch.forget(client as unknown as WatchedClient));
    each.on('release', (error) => {
      if (!error) watch.heard();
    });
  }
  /** Who waits for a connection waits in vain when none can be made. */
  const failed = (error: unknown): void => {
    if ((error as Error | undefined)?.message === noConnection) turns.refuseWaiting(error as Error);
  };

  const reader: Engine['reader'] = {
    rows: async (statement, values) => {
      const turn = turns.enter();
      if (turn) await turn;
      try {
        return (await ask(pool, statement, values)).rows as unknown as CellRow[];
      } catch (error) {
        failed(error);
        throw error;
      } finally {
        turns.leave();
      }
    },
  };
  const ids = idBlocks(async (deployment, table, count) => {
    const turn = counterTurns.enter();
    if (turn) await turn;
    try {
      const { rows } = await counter.query({
        name: 'ids',
        text: counting,
        values: [deployment, table, count],
      });
      return Number(rows[0].last);
    } finally {
      counterTurns.leave();
    }
  });

  async function transaction<T>(
    work: (session: EngineSession) => Promise<T>,
    alone?: readonly string[],
  ): Promise<T> {
    const turn = turns.enter();
    if (turn) await turn;
    try {
      const client = await pool.connect();
      // A connection that breaks between two statements says so as an event, and an event that nobody hears ends the process.
      let broken: Error | undefined;
      const hear = (error: Error): void => {
        broken = error;
      };
      client.on('error', hear);
      try {
        const begin = alone ? beginAlone(alone) : ['begin'];
        return await inTransaction(
          client,
          begin,
          (session) => work({ ...session, nextId: ids, ...counted(session) }),
          hear,
        );
      } finally {
        client.off('error', hear);
        client.release(broken);
      }
    } catch (error) {
      failed(error);
      throw error;
    } finally {
      turns.leave();
    }
  }

  async function write<T>(
    work: (session: EngineSession) => Promise<T>,
    alone?: readonly string[],
  ): Promise<T> {
    const turn = alone && aloneTurns.enter();
    if (turn) await turn;
    try {
      for (let tries = 1; ; tries++) {
        try {
          return await transaction(work, alone);
        } catch (error) {
          // Serialization failure, deadlock, a lock that was not to be had: the other side went through, so another try does.
          if (tries === (alone ? mostAlone : most) || !(alone ? passing : conflicting).has(codeOf(error)))
            throw error;
          const pauseMs = alone ? yielding : Math.min(yielding, 5 * 2 ** tries);
          await new Promise((resume) => setTimeout(resume, Math.random() * pauseMs));
        }
      }
    } finally {
      if (alone) aloneTurns.leave();
    }
  }

  const schema = schemaWork({ ...usual, waitMs, watch });
  return Object.freeze<Engine>({
    name: 'postgres',
    dialect,
    reader,
    write,
    share: () => {},
    migrate: schema.migrate,
    later: {
      index: (name, statement) => ({
        name,
        statement: statement.replace('create index', 'create index concurrently'),
        before: [],
      }),
      words: (table) => ({
        name: wordsName(table.name),
        statement: `create index concurrently if not exists ${wordsIndex(table)}`,
        before: [trigrams],
        needs: hasTrigrams,
      }),
      build: schema.build,
    },
    clash: (error) => {
      if (codeOf(error) !== '23505') return undefined;
      // "Key (deployment_id, name)=(1, MomCorp) already exists."
      const detail = (error as { detail?: string }).detail ?? '';
      const names = detail.slice(detail.indexOf('(') + 1, detail.indexOf(')='));
      return names.split(', ').filter((name) => name !== 'deployment_id');
    },
    unadvised: () => false,
    unwritable: (error) => refusals[codeOf(error)],
    unreachable,
    busy: (error) => error instanceof NoTurn || passing.has(codeOf(error)) || codeOf(error) === '53300',
    close: async () => {
      schema.close();
      await Promise.all([pool.end(), counter.end()]);
      watch.stop();
    },
  });
}

const conflicting = new Set(['40001', '40P01']);
const passing = new Set([...conflicting, '55P03']);

// A lock is no look: the state that the transaction sees is that of its first statement after these.
const beginAlone = (tables: readonly string[]): readonly string[] => [
  'begin isolation level repeatable read',
  ...(tables.length === 0
    ? []
    : [
        `set local lock_timeout = ${yielding}`,
        `lock table ${tables.map((name) => `"${name}"`).join(', ')} in share row exclusive mode`,
        'set local lock_timeout to default',
      ]),
];

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
const counted = (
  session: Pick<EngineSession, 'run'>,
): Pick<EngineSession, 'skipIds' | 'copyIds' | 'forgetIds'> => ({
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
): EngineSession['nextId'] {
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

const codeOf = (error: unknown): string => String((error as { code?: string } | undefined)?.code ?? '');

/** What the pool says when the database did not answer a new connection in time. */
const noConnection = 'Connection terminated due to connection timeout';

/** By SQLSTATE: disk_full, read_only_sql_transaction, io_error. */
const refusals: Readonly<Record<string, string>> = Object.freeze({
  '53100': 'the disk is full',
  '25006': 'it may only be read',
  '58030': 'the disk fails',
});

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
    message === 'timeout expired' ||
    message.startsWith('Cannot use a pool after')
  );
}
