import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  DummyDriver,
  Kysely,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { key } from '../drive.ts';
import type { Bound } from '../query.ts';
import { wordsName } from '../schema.ts';
import type { Cell, CellRow, Dialect, Engine, Session, Statement } from './engine.ts';
import { snapshotOf } from './snapshot.ts';

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

const between = (on: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`max(min(${on}, ${sql.lit(Number.MAX_SAFE_INTEGER)}), ${sql.lit(Number.MIN_SAFE_INTEGER)})`;

/** A row of words is named by its deployment and, in so many bits, its id; larger ids, which only a load can bring, are looked for one by one. */
const idBits = 40;

const dialect: Dialect = Object.freeze<Dialect>({
  compile: (query) => query.compile(compiler),
  // SQLite prepares a statement anew at every run when a bare `LIMIT ?` is bound (3.48 and later).
  bound: (value) => sql`cast(${value} as integer)`,
  among: (on, list) => sql`${on} in (select value from json_each(${list}))`,
  contains: (on, text) => sql`instr(fold(${on}), ${text}) > 0`,
  // Without statistics SQLite takes all rows of a deployment for ten, and reads them.
  by: (index, table) =>
    index === undefined
      ? sql``
      : sql` indexed by ${sql.ref(index === key ? `sqlite_autoindex_${table}_1` : index)}`,
  driven: true,
  words: ({ name, searched }) => {
    const words = wordsName(name);
    const of = (row: string): string =>
      `fold(${searched.map((column) => `coalesce(${row}"${column}", '')`).join(` || char(10) || `)})`;
    const at = (row: string): string => `(${row}deployment_id << ${idBits}) | ${row}id`;
    const small = (row: string): string => `${row}id < ${1n << BigInt(idBits)}`;
    const add = `insert into "${words}" (rowid, words) values (${at('new.')}, ${of('new.')})`;
    const take = `delete from "${words}" where rowid = ${at('old.')}`;
    const changed = searched.map((column) => `old."${column}" is not new."${column}"`).join(' or ');
    return [
      `create virtual table "${words}" using fts5 (words, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1)`,
      `insert into "${words}" (rowid, words) select ${at('')}, ${of('')} from "${name}" where ${small('')}`,
      `create trigger "${words}_added" after insert on "${name}" when ${small('new.')} begin ${add}; end`,
      `create trigger "${words}_taken" after delete on "${name}" when ${small('old.')} begin ${take}; end`,
      `create trigger "${words}_changed" after update on "${name}" when ${small('new.')} and (${changed}) begin ${take}; ${add}; end`,
    ];
  },
  knowsWords: "select name from sqlite_master where type = 'table' and name = ?",
  wordsIn: (table, columns, deployment, text) => {
    const words = wordsName(table);
    const from = sql.lit(idBits);
    const large = columns.map((column) => sql`instr(fold(${sql.ref(column)}), ${text}) > 0`);
    return sql`(select rowid & ${sql.lit(2 ** idBits - 1)} from ${sql.table(words)}
      where ${sql.ref(words)} match '"' || replace(${text}, '"', '""') || '"' and rowid >= ${deployment} << ${from} and rowid < (${deployment} + 1) << ${from}
      union all select id from ${sql.table(table)} indexed by ${sql.ref(`sqlite_autoindex_${table}_1`)}
      where deployment_id = ${deployment} and id >= ${sql.lit(2 ** idBits)} and (${sql.join(large, sql` or `)}))`;
  },
  // sum() fails where it leaves 64 bits; total() is exact as long as it stays within what `bounded` lets through.
  total: (on) => between(sql`cast(total(${on}) as integer)`),
  bounded: (on) => between(on),
  // A product that leaves 64 bits becomes a float by itself; within, the division truncates.
  times: (one, other, per) =>
    sql`(${one} * ${other} + case when ${one} * ${other} < 0 then ${sql.lit(-per / 2)} else ${sql.lit(per / 2)} end) / ${sql.lit(per)}`,
  order: (by, descending) => (descending ? sql`${by} desc` : sql`${by} asc`),
  shareLock: '',
  changeLock: '',
  types: { integer: 'integer', text: 'text' },
  tableSuffix: ' strict, without rowid',
  indexed: (column) => `"${column}"`,
  columnsOf: 'select name from pragma_table_info(?)',
});

interface Settled {
  readonly job: Job;
  readonly value?: unknown;
  readonly error?: unknown;
}

interface Job {
  readonly work: (session: Session) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly file: string;
  /** Milliseconds to wait for another process's transaction before the store counts as unreachable. */
  readonly patience?: number;
}

const groupLimit = 256;
const busy = 5;

/** SQLite through `node:sqlite`: WAL, `synchronous=FULL`, one writer; the writes of one turn of the event loop share a commit. */
export function sqliteEngine({ file, patience = 30_000 }: SqliteOptions): Engine {
  const memory = file === ':memory:';
  if (!memory) mkdirSync(dirname(file), { recursive: true });
  const writer = open(file, false);
  // In memory there is one connection only; reads then wait for the transaction under way, so as not to see its rows.
  const reading = memory ? writer : open(file, true);
  const ids = idsOn(writer);
  const write: Session = { ...sessionOn(writer), ...ids.session };
  const [beginning, committing, saving, releasing] = [
    'begin immediate',
    'commit',
    'savepoint job',
    'release job',
  ].map((text) => writer.prepare(text)) as [StatementSync, StatementSync, StatementSync, StatementSync];
  let queue: Job[] = [];
  let under: Promise<void> | undefined;

  function schedule(): void {
    under ??= new Promise<void>((done) => {
      // The requests of one turn are all read before `setImmediate` comes: their writes share one commit.
      setImmediate(() => {
        drain().then(done, done);
      });
    }).then(() => {
      under = undefined;
      if (queue.length > 0) schedule();
    });
  }

  async function drain(): Promise<void> {
    const group = queue.slice(0, groupLimit);
    queue = queue.slice(groupLimit);
    try {
      await begin();
    } catch (error) {
      for (const job of group) job.reject(error);
      return;
    }
    let settled: Settled[];
    try {
      settled = (await allAtOnce(group)) ?? (await eachByItself(group));
      ids.keep();
      committing.run();
    } catch (error) {
      if (writer.isTransaction) writer.exec('rollback');
      ids.forget();
      for (const job of group) job.reject(error);
      return;
    }
    snapshot.leave();
    for (const { job, value, error } of settled) error === undefined ? job.resolve(value) : job.reject(error);
  }

  /** Most groups have no bad write in them, and then savepoints would cost for nothing; `undefined`, and nothing done, when one has. */
  async function allAtOnce(group: readonly Job[]): Promise<Settled[] | undefined> {
    const settled: Settled[] = [];
    try {
      for (const job of group) settled.push({ job, value: await job.work(write) });
      return settled;
    } catch (error) {
      writer.exec('rollback');
      ids.forget();
      const [job] = group;
      await begin();
      return job && group.length === 1 ? [{ job, error: failureOf(error) }] : undefined;
    }
  }

  /** One bad write must not undo its neighbours. */
  async function eachByItself(group: readonly Job[]): Promise<Settled[]> {
    const settled: Settled[] = [];
    for (const job of group) {
      saving.run();
      const before = ids.now();
      try {
        const value = await job.work(write);
        releasing.run();
        settled.push({ job, value });
      } catch (error) {
        writer.exec('rollback to job; release job');
        ids.back(before);
        settled.push({ job, error: failureOf(error) });
      }
    }
    return settled;
  }

  // Waiting inside SQLite would stop the event loop; another process (`accord load`) may hold the lock for seconds.
  async function begin(): Promise<void> {
    const until = performance.now() + patience;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      try {
        beginning.run();
        return;
      } catch (error) {
        if (codeOf(error) !== busy || performance.now() > until) throw error;
        await new Promise((resume) => setTimeout(resume, pause));
      }
    }
  }

  const enqueue = (work: Job['work']): Promise<unknown> =>
    new Promise((resolve, reject) => {
      queue.push({ work, resolve, reject });
      schedule();
    });

  const alone = sessionOn(reading);
  const [opening, closing] = ['begin', 'commit'].map((text) => reading.prepare(text));
  const snapshot = snapshotOf(
    () => opening?.run(),
    () => {
      // Some failures of a read end the transaction themselves.
      if (reading.isOpen && reading.isTransaction) closing?.run();
    },
  );
  const direct: Session = {
    ...alone,
    rows: (statement, values) => {
      snapshot.enter();
      return alone.rows(statement, values);
    },
    ...ids.session,
  };
  const settledFirst: Session = {
    rows: async (statement, values) => {
      while (under) await under;
      return direct.rows(statement, values);
    },
    run: async (statement, values) => {
      while (under) await under;
      return direct.run(statement, values);
    },
    ...ids.session,
  };

  return Object.freeze<Engine>({
    name: 'sqlite',
    dialect,
    reader: memory ? settledFirst : direct,
    write: <T>(work: (session: Session) => Promise<T>) => enqueue(work) as Promise<T>,
    share: memory ? () => {} : snapshot.share,
    migrate: async (work) => {
      await enqueue(work);
    },
    clash: (error) => {
      if (codeOf(error) !== 2067 && codeOf(error) !== 1555) return undefined;
      // "UNIQUE constraint failed: companies.deployment_id, companies.name"
      const [, names = ''] = (error as Error).message.split('failed: ');
      return names
        .split(', ')
        .map((name) => name.slice(name.indexOf('.') + 1))
        .filter((name) => name !== 'deployment_id');
    },
    unadvised: (error) => error instanceof Error && error.message.includes('no query solution'),
    // PERM BUSY LOCKED READONLY IOERR FULL CANTOPEN NOTADB
    unreachable: (error) =>
      [3, 5, 6, 8, 10, 13, 14, 26].includes((codeOf(error) ?? 0) & 0xff) || isClosed(error),
    close: async () => {
      while (under) await under;
      if (reading !== writer) reading.close();
      writer.close();
    },
  });
}

const failureOf = (error: unknown): unknown => error ?? new Error('a write failed without saying why');

function open(file: string, readOnly: boolean): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, timeout: readOnly ? 2_000 : 0 });
  if (!readOnly) {
    if (file !== ':memory:') setWal(database);
    database.exec('pragma synchronous = full; pragma foreign_keys = on;');
  }
  database.exec('pragma cache_size = -16000; pragma temp_store = memory;');
  // SQLite's own lower() knows ASCII only.
  database.function('fold', { deterministic: true }, (text) =>
    typeof text === 'string' ? text.toLowerCase() : text,
  );
  return database;
}

// Two processes that open a new file at once both want to switch it; whoever is second finds it done.
function setWal(database: DatabaseSync): void {
  for (let tries = 0; ; tries++) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (codeOf(error) !== busy || tries === 200) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function sessionOn(database: DatabaseSync): Pick<Session, 'rows' | 'run'> {
  const prepared = new WeakMap<Statement, StatementSync>();
  const prepare = (statement: Statement): StatementSync => {
    let found = prepared.get(statement);
    if (!found) {
      found = database.prepare(statement.sql);
      found.setReturnArrays(true);
      prepared.set(statement, found);
    }
    return found;
  };
  return {
    // `.all()` and never `.get()`: on a statement that writes, `.get()` can hide a failed commit.
    rows: async (statement, values) =>
      prepare(statement).all(...arranged(statement, values)) as unknown as CellRow[],
    run: async (statement, values) => Number(prepare(statement).run(...arranged(statement, values)).changes),
  };
}

interface Counter {
  readonly deployment: number;
  readonly table: string;
  last: number;
}

/**
 * Ids of one transaction. While it lasts nobody else can write, so a counter is read once and written once, however many ids it gives;
 * what a rolled back write took is a gap.
 */
function idsOn(database: DatabaseSync) {
  const prepare = once(() => {
    const reading = database.prepare('select last from counters where deployment_id = ? and name = ?');
    reading.setReturnArrays(true);
    const writing = database.prepare(
      'insert into counters (deployment_id, name, last) values (?, ?, ?) on conflict (deployment_id, name) do update set last = excluded.last',
    );
    const all = database.prepare('select name, last from counters where deployment_id = ?');
    all.setReturnArrays(true);
    const dropping = database.prepare('delete from counters where deployment_id = ?');
    return { reading, writing, all, dropping };
  });
  const counters = new Map<string, Counter>();
  const counter = (deployment: number, table: string) => {
    const key = `${deployment} ${table}`;
    let found = counters.get(key);
    if (!found) {
      const [row] = prepare().reading.all(deployment, table) as unknown as CellRow[];
      found = { deployment, table, last: Number(row?.[0] ?? 0) };
      counters.set(key, found);
    }
    return found;
  };
  /** What is kept, and what this transaction made of it. */
  const lastOf = (deployment: number): Map<string, number> => {
    const rows = prepare().all.all(deployment) as unknown as CellRow[];
    const last = new Map(rows.map(([table, value]) => [String(table), Number(value)]));
    for (const each of counters.values()) if (each.deployment === deployment) last.set(each.table, each.last);
    return last;
  };
  const session: Pick<Session, 'nextId' | 'skipIds' | 'copyIds' | 'forgetIds'> = {
    nextId: async (deployment, table) => ++counter(deployment, table).last,
    skipIds: async (deployment, table, last) => {
      const found = counter(deployment, table);
      found.last = Math.max(found.last, last);
    },
    copyIds: async (from, to, tables) => {
      const [given, had] = [lastOf(from), lastOf(to)];
      for (const table of tables) {
        const last = given.get(table) ?? (had.has(table) ? 0 : undefined);
        if (last !== undefined) counters.set(`${to} ${table}`, { deployment: to, table, last });
      }
    },
    forgetIds: async (deployment) => {
      prepare().dropping.run(deployment);
      for (const [key, counter] of counters) if (counter.deployment === deployment) counters.delete(key);
    },
  };
  return {
    session,
    now: (): readonly Counter[] => [...counters.values()].map((counter) => ({ ...counter })),
    /** After a rollback to the moment of `now`. */
    back: (before: readonly Counter[]) => {
      counters.clear();
      for (const counter of before) counters.set(`${counter.deployment} ${counter.table}`, { ...counter });
    },
    /** Before the commit. */
    keep: () => {
      for (const { deployment, table, last } of counters.values())
        prepare().writing.run(deployment, table, last);
      counters.clear();
    },
    forget: () => counters.clear(),
  };
}

/** The table is there only after the first migration. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function arranged(statement: Statement, values: readonly Bound[]): Cell[] {
  const { slots } = statement;
  const out = new Array<Cell>(slots.length);
  for (let i = 0; i < slots.length; i++) {
    const value = values[slots[i] as number] as Bound;
    out[i] = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  }
  return out;
}

const codeOf = (error: unknown): number | undefined => (error as { errcode?: number } | undefined)?.errcode;
const isClosed = (error: unknown): boolean =>
  (error as { code?: string } | undefined)?.code === 'ERR_INVALID_STATE';
