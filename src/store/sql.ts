import { sql } from 'kysely';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { Bounded } from './bounded.ts';
import { compileQuery, finish, fixedLimit, slot } from './compile.ts';
import { createDrives, type Drives, type Way } from './drive.ts';
import type { CellRow, Dialect, Engine, EngineSession, Statement } from './engines/engine.ts';
import { buildMissing, type Migrated, migrate, type SchemaState } from './migrations.ts';
import { type Bound, type Query, shapeOf } from './query.ts';
import type { Table } from './schema.ts';
import {
  Busy,
  Clash,
  type Copying,
  type Reading,
  type Store,
  Unreachable,
  Unwritable,
  type Where,
  type Writing,
} from './store.ts';
import { createWritability } from './writability.ts';

type Reader = Engine['reader'];

// The key comes from callers (filters, fields), so plans are bounded in number, length and bytes: a short shape can be a long statement.
const plans = 2_000;
const keptLength = 4_000;
const keptBytes = 64 * 1_024 * 1_024;
/** A statement that an engine has prepared takes many times its text. */
const bytesOf = ({ sql, slots }: Statement): number => 10 * sql.length + 8 * slots.length;

export interface Opening {
  /** What becomes of the indices of the tables; `full` unless told. */
  readonly schema?: SchemaState;
  /** The database is away, or its schema is locked; it is tried again. */
  readonly onWait?: (error: unknown) => void;
  /** Writes fail from now on, for a reason, or work again. */
  readonly onWritable?: (reason: string | undefined) => void;
  /** Indices that are missing of tables with rows: a command leaves them to the server. */
  readonly missing?: 'build' | 'leave';
  /** The building of an index begins. */
  readonly onIndex?: (name: string) => void;
  /** An index could not be built; what it would make fast is slow. */
  readonly onIndexTrouble?: (error: unknown) => void;
}

/** The deployment that has no host, and what belongs to none. */
const directory = 0;

/** The one implementation of the store, over any engine. */
export function openStore(
  engine: Engine,
  tables: readonly Table[],
  {
    schema = 'full',
    missing = 'build',
    onWait = () => {},
    onWritable = () => {},
    onIndex = () => {},
    onIndexTrouble = () => {},
  }: Opening = {},
): Store {
  const statements = new Bounded<Statement>({ entriesMax: plans, bytesMax: keptBytes, bytesOf });
  let drives: Drives | undefined;
  let dialect = engine.dialect;
  const keys = new Map(tables.map((table) => [table.name, table.key]));
  const columnsOf = new Map(tables.map((table) => [table.name, Object.keys(table.columns)]));
  let closed = false;
  let settled = false;
  /** What was asked in this turn of the event loop, while requests are being read. */
  let turn: Map<string, Promise<unknown>> | undefined;

  // A key begins with what it is a plan of: the shape of a query has lines, `list`, `insert` and the others have none.
  const planned = (key: string, build: () => Statement): Statement =>
    key.length > keptLength ? build() : statements.keep(key, build);

  async function run(session: Reader, deployment: number, query: Query): Promise<CellRow[]> {
    if (!drives || !isPaged(query)) return goAlong(session, deployment, query, {});
    const way = await drives.choose(deployment, query, async (probe, way) =>
      Number((await goAlong(session, deployment, probe, way))[0]?.[0]),
    );
    try {
      return await goAlong(session, deployment, query, way);
    } catch (error) {
      // Advice that the engine cannot follow is no reason to fail.
      if (!engine.unadvised(error)) throw error;
      return goAlong(session, deployment, query, { plain: true });
    }
  }

  function goAlong(session: Reader, deployment: number, query: Query, way: Way): Promise<CellRow[]> {
    const { shape, values } = shapeOf(query, deployment);
    const { along, words, plain } = way;
    const limit = fixedLimit(query, dialect);
    const limited = limit === undefined ? shape : `${shape}${limit}`;
    const name = along || words || plain ? `${along} ${words?.at} ${plain}\n${limited}` : limited;
    return session.rows(
      planned(name, () => compileQuery(query, dialect, way, way.plain ? undefined : drives?.indexOf)),
      values,
    );
  }

  function readingOn(session: Reader): Reading {
    const select = (deployment: number, query: Query): Promise<CellRow[]> => run(session, deployment, query);
    const list = async (
      deployment: number,
      table: string,
      columns: readonly string[],
      where: Where,
      limit: number,
    ) => {
      const bound = boundBy(deployment, where);
      const statement = planned(`list ${table} ${columns} ${shapeOfWhere(where)}`, () => {
        const order = (keys.get(table) ?? []).map((name) => sql.ref(name));
        return finish(
          sql`select ${sql.join(columns.map((name) => sql.ref(name)))} from ${sql.table(table)} ${whereOf(where, 1)}
            order by ${sql.join(order)} limit ${dialect.bound(slot(bound.length))}`,
          dialect,
        );
      });
      const rows = await session.rows(statement, [...bound, limit]);
      return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] as Stored])));
    };
    return {
      select,
      count: async (deployment, query) => Number((await select(deployment, query))[0]?.[0]),
      list,
      find: async (deployment, table, columns, where) =>
        (await list(deployment, table, columns, where, 1))[0],
    };
  }

  const insertOf = (table: string, columns: readonly string[]) => {
    const names = ['deployment_id', ...columns].map((name) => sql.ref(name));
    const slots = names.map((_, i) => sql`${slot(i)}`);
    return sql`insert into ${sql.table(table)} (${sql.join(names)}) values (${sql.join(slots)})`;
  };

  function writingOn(session: EngineSession): Writing {
    const locked = async (deployment: number, table: string, where: Where, lock: string) => {
      const statement = planned(`locked${lock} ${table} ${shapeOfWhere(where)}`, () =>
        finish(sql`select 1 from ${sql.table(table)} ${whereOf(where, 1)}${sql.raw(lock)}`, dialect),
      );
      return (await session.rows(statement, boundBy(deployment, where))).length > 0;
    };
    return {
      ...readingOn(session),
      nextId: (deployment, table) => session.nextId(deployment, table),
      insert: async (deployment, table, values) => {
        const columns = Object.keys(values);
        const statement = planned(`insert ${table} ${columns}`, () =>
          finish(insertOf(table, columns), dialect),
        );
        try {
          await session.run(statement, [deployment, ...Object.values(values)]);
        } catch (error) {
          throw clashed(error);
        }
      },
      upsert: async (deployment, table, values) => {
        const columns = Object.keys(values);
        const statement = planned(`upsert ${table} ${columns}`, () => {
          const key = keys.get(table) ?? [];
          const sets = columns
            .filter((name) => !key.includes(name))
            .map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`);
          const taken = sql.join(['deployment_id', ...key].map((name) => sql.ref(name)));
          return finish(
            sql`${insertOf(table, columns)} on conflict (${taken}) do update set ${sql.join(sets)}`,
            dialect,
          );
        });
        await telling(session.run(statement, [deployment, ...Object.values(values)]));
      },
      update: async (deployment, table, where, values) => {
        const columns = Object.keys(values);
        if (columns.length === 0) return 0;
        const statement = planned(`update ${table} ${columns} ${shapeOfWhere(where)}`, () => {
          const sets = columns.map((name, i) => sql`${sql.ref(name)} = ${slot(i + 1)}`);
          return finish(
            sql`update ${sql.table(table)} set ${sql.join(sets)} ${whereOf(where, columns.length + 1)}`,
            dialect,
          );
        });
        return telling(
          session.run(statement, [
            deployment,
            ...Object.values(values),
            ...boundBy(deployment, where).slice(1),
          ]),
        );
      },
      remove: async (deployment, table, where) => {
        const statement = planned(`delete ${table} ${shapeOfWhere(where)}`, () =>
          finish(sql`delete from ${sql.table(table)} ${whereOf(where, 1)}`, dialect),
        );
        return session.run(statement, boundBy(deployment, where));
      },
      holds: (deployment, table, where) => locked(deployment, table, where, dialect.shareLock),
      claim: (deployment, table, where) => locked(deployment, table, where, dialect.changeLock),
      skipIds: (deployment, table, last) => session.skipIds(deployment, table, last),
    };
  }

  function copyingOn(session: EngineSession): Copying {
    return {
      ...writingOn(session),
      copy: async (from, to, table) => {
        const statement = planned(`copy ${table}`, () => {
          const names = (columnsOf.get(table) ?? []).map((name) => sql.ref(name));
          const its = sql`cast(${slot(1)} as ${sql.raw(dialect.types.integer)})`;
          return finish(
            sql`insert into ${sql.table(table)} (${sql.join([sql.ref('deployment_id'), ...names])})
              select ${sql.join([its, ...names])} from ${sql.table(table)} where deployment_id = ${slot(0)}`,
            dialect,
          );
        });
        return telling(session.run(statement, [from, to]));
      },
      copyIds: (from, to, names) => session.copyIds(from, to, names),
      forgetIds: (deployment) => session.forgetIds(deployment),
    };
  }

  /** WriteContext a transaction only this is told: the engine has to know a conflict by its own code, to try again. */
  const clashed = (error: unknown): unknown => {
    const columns = engine.clash(error);
    return columns ? new Clash(columns) : error;
  };
  const told = (error: unknown): unknown => {
    if (error instanceof Clash) return error;
    if (engine.busy(error))
      return new Busy(`the database is busy: ${(error as Error).message}`, { cause: error });
    const unwritable = engine.unwritable(error);
    if (unwritable !== undefined)
      return new Unwritable(`the database cannot be written: ${unwritable}`, { cause: error });
    return engine.unreachable(error)
      ? new Unreachable('the database cannot be reached', { cause: error })
      : clashed(error);
  };
  const telling = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw clashed(error);
    });
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!settled) throw new Unreachable('the database was not reached yet');
    try {
      return await work();
    } catch (error) {
      throw told(error);
    }
  };

  // The hot path: as `reading.select` under `guard`, with half of the promises.
  async function asked(deployment: number, query: Query): Promise<CellRow[]> {
    if (!settled) throw new Unreachable('the database was not reached yet');
    try {
      return await run(engine.reader, deployment, query);
    } catch (error) {
      throw told(error);
    }
  }

  /** Until it is done; again, after a pause, when the database is away or busy. Answers `undefined` when the store was closed. */
  async function persist<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (let pause = 50; !closed; pause = Math.min(pause * 2, 1_000)) {
      try {
        return await work();
      } catch (error) {
        if (closed) break;
        if (!engine.unreachable(error) && !engine.busy(error)) throw error;
        onWait(told(error));
        await new Promise((resume) => setTimeout(resume, pause).unref());
      }
    }
    return undefined;
  }

  async function settle(): Promise<Migrated | undefined> {
    const migrated = await persist(() => migrate(engine, tables, schema, onIndex));
    if (!migrated) return undefined;
    if (migrated.lean) dialect = unadvised(engine.dialect);
    else if (dialect.driven) drives = createDrives(tables);
    settled = true;
    return migrated;
  }

  const settling = settle();
  const indexed = settling.then(async (migrated) => {
    if (!migrated || migrated.missing.length === 0 || missing === 'leave') return;
    await persist(() => buildMissing(engine, tables, migrated, onIndex)).catch(onIndexTrouble);
  });
  // It fails as `ready` does.
  indexed.catch(() => {});

  const writability = createWritability({
    probe: () => engine.write((session) => session.nextId(directory, 'probes')),
    reasonOf: (error) => engine.unwritable(error instanceof Unreachable ? error.cause : error),
    onChange: onWritable,
  });
  /** One transaction, whose end tells whether the database can be written: one that changed nothing does not. */
  async function transact<T>(
    work: (session: EngineSession) => Promise<T>,
    alone?: readonly string[],
  ): Promise<T> {
    let changed = 0;
    const counted = (session: EngineSession): EngineSession => ({
      ...session,
      run: async (statement, values) => {
        const count = await session.run(statement, values);
        changed += count;
        return count;
      },
    });
    try {
      const value = await engine.write((session) => work(counted(session)), alone);
      if (changed > 0) writability.note();
      return value;
    } catch (error) {
      writability.note(error);
      throw error;
    }
  }

  const reading = readingOn(engine.reader);
  return Object.freeze<Store>({
    engine: engine.name,
    select: asked,
    count: (deployment, query) => guard(() => reading.count(deployment, query)),
    find: (deployment, table, columns, where) => guard(() => reading.find(deployment, table, columns, where)),
    list: (deployment, table, columns, where, limit) =>
      guard(() => reading.list(deployment, table, columns, where, limit)),
    within: (work) => guard(() => transact((session) => work(writingOn(session)))),
    copying: (alone, work) => guard(() => transact((session) => work(copyingOn(session)), alone)),
    // A request is read from its socket after the turn began: what was answered before it was sent is seen by all that the turn asks.
    share: () => {
      if (turn) return;
      turn = new Map();
      setImmediate(() => {
        turn = undefined;
      });
      engine.share();
    },
    once: <T>(key: string, ask: () => Promise<T>): Promise<T> => {
      const found = turn?.get(key) as Promise<T> | undefined;
      if (found) return found;
      const asked = ask();
      turn?.set(key, asked);
      return asked;
    },
    ready: settling.then(() => {}),
    indexed,
    isReady: () => settled,
    unwritable: () => (settled ? writability.check() : Promise.resolve(undefined)),
    close: async () => {
      if (closed) return;
      closed = true;
      await engine.close();
    },
  });
}

/** For a lean schema: there is no index that a query could be told to go along. */
const unadvised = (dialect: Dialect): Dialect => ({ ...dialect, by: () => sql`` });

/** What reads one row by its key needs no advice. */
const isPaged = ({ select, order, limit }: Query): boolean =>
  select === 'count' || order.length > 0 || limit > 1;

/** Equal to null means absent. The order of the keys is the order of the slots. */
function whereOf(where: Where, first: number) {
  let at = first;
  const tests = Object.entries(where).map(([column, wanted]) => {
    const name = sql.ref(column);
    if (wanted === null) return sql`${name} is null`;
    const bound = slot(at++);
    if (typeof wanted !== 'object') return sql`${name} = ${bound}`;
    if ('below' in wanted) return sql`${name} < ${bound}`;
    if ('above' in wanted) return sql`${name} > ${bound}`;
    return sql`${name} <> ${bound}`;
  });
  return sql`where ${sql.join([sql`deployment_id = ${slot(0)}`, ...tests], sql` and `)}`;
}

const kindOf = (wanted: Where[string]): string =>
  wanted === null ? '0' : typeof wanted !== 'object' ? '=' : Object.keys(wanted).join();

const shapeOfWhere = (where: Where): string =>
  Object.entries(where)
    .map(([column, wanted]) => `${column}${kindOf(wanted)}`)
    .join(' ');

function boundBy(deployment: number, where: Where): Bound[] {
  const bound: Bound[] = [deployment];
  for (const wanted of Object.values(where)) {
    if (wanted === null) continue;
    bound.push(typeof wanted === 'object' ? (Object.values(wanted)[0] as Stored) : wanted);
  }
  return bound;
}
