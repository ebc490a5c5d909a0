import { sql } from 'kysely';
import type { Engine, EngineSession } from './engines/engine.ts';
import { IndexAdvisor } from './index-advisor.ts';
import type { SchemaState } from './migrations.ts';
import { QueryRunner } from './query-runner.ts';
import { RowStatements } from './row-statements.ts';
import type { Table } from './schema.ts';
import { prepareSchema } from './schema-work.ts';
import { copyingOn, readingOn, type SessionTools, writingOn } from './sessions.ts';
import { createSharedReads } from './shared-reads.ts';
import { StatementCache } from './statement-cache.ts';
import { type Store, Unreachable } from './store.ts';
import { storeError } from './store-errors.ts';
import { createWritability, type Writability } from './writability.ts';

export interface StoreOptions {
  /** What becomes of the indices of the tables; `full` by default. */
  readonly schema?: SchemaState;
  /** The database is away, or its schema is locked; it is tried again. */
  readonly onWait?: (error: unknown) => void;
  /** Writes fail from now on, for a reason, or work again. */
  readonly onWritable?: (reason: string | undefined) => void;
  /** Indices that tables with rows lack: a command leaves them to the server. */
  readonly missing?: 'build' | 'leave';
  /** The building of an index begins. */
  readonly onIndex?: (name: string) => void;
  /** An index could not be built; what it would make fast is slow. */
  readonly onIndexTrouble?: (error: unknown) => void;
}

/** The deployment that has no host, and what belongs to none. */
const directory = 0;

/** The one implementation of the store, over any engine. */
export function openStore(engine: Engine, tables: readonly Table[], options: StoreOptions = {}): Store {
  const cache = new StatementCache(engine.dialect);
  const queries = new QueryRunner(cache, engine);
  const tools: SessionTools = { engine, queries, statements: new RowStatements(cache, tables) };
  let closed = false;
  const schema = prepareSchema(engine, tables, {
    ...options,
    isClosed: () => closed,
    onReady: ({ lean }) => {
      if (lean) cache.dialect = { ...engine.dialect, indexHint: noHint };
      else if (engine.dialect.needsIndexHints) queries.advisor = new IndexAdvisor(tables);
    },
  });
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!schema.isReady()) throw unreached();
    try {
      return await work();
    } catch (error) {
      throw storeError(engine, error);
    }
  };
  const writability = createWritability({
    probe: () => engine.write((session) => session.nextId(directory, 'probes')),
    reasonOf: (error) => engine.unwritable(error instanceof Unreachable ? error.cause : error),
    onChange: options.onWritable ?? (() => {}),
  });
  const reading = readingOn(tools, engine.reader);
  const shared = createSharedReads(() => engine.share());
  return Object.freeze<Store>({
    engine: engine.name,
    // The hot path: as `reading.select` under `guard`, with half of the promises.
    select: async (deployment, query) => {
      if (!schema.isReady()) throw unreached();
      try {
        return await queries.run(engine.reader, deployment, query);
      } catch (error) {
        throw storeError(engine, error);
      }
    },
    count: (deployment, query) => guard(() => reading.count(deployment, query)),
    find: (deployment, table, columns, where) => guard(() => reading.find(deployment, table, columns, where)),
    list: (deployment, rows) => guard(() => reading.list(deployment, rows)),
    within: (work) =>
      guard(() => transact(engine, writability, (session) => work(writingOn(tools, session)))),
    copying: (alone, work) =>
      guard(() => transact(engine, writability, (session) => work(copyingOn(tools, session)), alone)),
    ...shared,
    ready: schema.ready.then(() => {}),
    indexed: schema.indexed,
    isReady: schema.isReady,
    unwritable: () => (schema.isReady() ? writability.check() : Promise.resolve(undefined)),
    close: async () => {
      if (closed) return;
      closed = true;
      await engine.close();
    },
  });
}

/** For a lean schema: it has no index that a query could be told to use. */
const noHint: Engine['dialect']['indexHint'] = () => sql``;

const unreached = (): Unreachable => new Unreachable('the database was not reached yet');

/** One transaction, whose end tells whether the database can be written: one that changed nothing does not. */
async function transact<T>(
  engine: Engine,
  writability: Writability,
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
