import type { Engine } from './engines/engine.ts';
import { buildMissing, type Migrated, migrate, type SchemaState } from './migrations.ts';
import type { Table } from './schema.ts';
import { storeError } from './store-errors.ts';

/** Milliseconds between two tries: doubled each time. */
const retryMinMs = 50;
const retryMaxMs = 1_000;

export interface SchemaOptions {
  readonly schema?: SchemaState;
  readonly missing?: 'build' | 'leave';
  readonly onWait?: (error: unknown) => void;
  readonly onIndex?: (name: string) => void;
  readonly onIndexTrouble?: (error: unknown) => void;
  readonly isClosed: () => boolean;
  readonly onReady: (migrated: Migrated) => void;
}

export interface PreparedSchema {
  /** Resolves when the schema is right, or the store was closed before. */
  readonly ready: Promise<unknown>;
  /** Resolves when no index is missing any more that is built while requests are served, or could not be built. */
  readonly indexed: Promise<void>;
  isReady(): boolean;
}

/** Brings the schema to what the tables need, and then builds the indices that are missing. */
export function prepareSchema(
  engine: Engine,
  tables: readonly Table[],
  options: SchemaOptions,
): PreparedSchema {
  const { schema = 'full', missing = 'build', onIndex = () => {}, onIndexTrouble = () => {} } = options;
  let isReady = false;

  async function prepare(): Promise<Migrated | undefined> {
    const migrated = await untilDone(engine, options, () => migrate(engine, tables, schema, onIndex));
    if (!migrated) return undefined;
    options.onReady(migrated);
    isReady = true;
    return migrated;
  }

  const ready = prepare();
  const indexed = ready.then(async (migrated) => {
    if (!migrated || migrated.missing.length === 0 || missing === 'leave') return;
    const build = () => buildMissing(engine, tables, migrated, onIndex);
    await untilDone(engine, options, build).catch(onIndexTrouble);
  });
  // It fails as `ready` does.
  indexed.catch(() => {});
  return { ready, indexed, isReady: () => isReady };
}

/** Tries again, after a pause, while the database is away or busy. `undefined`: the store was closed. */
async function untilDone<T>(
  engine: Engine,
  { isClosed, onWait }: Pick<SchemaOptions, 'isClosed' | 'onWait'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  for (let pauseMs = retryMinMs; !isClosed(); pauseMs = Math.min(pauseMs * 2, retryMaxMs)) {
    try {
      return await work();
    } catch (error) {
      if (isClosed()) break;
      if (!engine.unreachable(error) && !engine.busy(error)) throw error;
      onWait?.(storeError(engine, error));
      await new Promise((resume) => setTimeout(resume, pauseMs).unref());
    }
  }
  return undefined;
}
