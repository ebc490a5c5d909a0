import type { DatabaseSync } from 'node:sqlite';
import type { Engine, EngineSession } from './engine.ts';
import { snapshotOf } from './snapshot.ts';
import { isBusy, openSqlite, preparedOn, type SqliteConnection } from './sqlite-connection.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { sqliteErrors } from './sqlite-errors.ts';
import { makeFile } from './sqlite-file.ts';
import { SqliteWriter } from './sqlite-writer.ts';

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly file: string;
  /** Milliseconds that a write waits for another process's transaction, from when it was queued. */
  readonly waitMs?: number;
}

/** SQLite through `node:sqlite`: WAL, `synchronous=FULL`, one writer; the writes of one turn of the event loop share a commit. */
export function sqliteEngine({ file, waitMs = 30_000 }: SqliteOptions): Engine {
  const memory = file === ':memory:';
  if (!memory) makeFile(file);
  const database = openSqlite(file, false);
  const connection = preparedOn(database);
  const snapshot = snapshotOn(database);
  const writer = new SqliteWriter({ database, connection, snapshot, waitMs });
  const second = secondConnection(file);
  // Reads use the writer's connection while it does not write: it keeps its pages in memory when it has written, and another has to read them again.
  const reader: Engine['reader'] = {
    rows: async (statement, values) => {
      // In memory there is one connection only: reads wait, so as not to see what is not committed.
      while (memory && writer.underWay) await writer.underWay;
      if (writer.isWriting) return second.get().read(statement, values);
      try {
        snapshot.enter();
        return connection.read(statement, values);
      } catch (error) {
        // The writer's connection waits for no lock. The second one does; it is rarely needed.
        if (memory || !isBusy(error)) throw error;
        return second.get().read(statement, values);
      }
    },
  };

  return Object.freeze<Engine>({
    name: 'sqlite',
    dialect: sqliteDialect,
    reader,
    write: <T>(work: (session: EngineSession) => Promise<T>) => writer.enqueue(work) as Promise<T>,
    share: memory ? () => {} : snapshot.share,
    migrate: async (work) => {
      await writer.enqueue(work);
    },
    ...sqliteErrors,
    close: async () => {
      while (writer.underWay) await writer.underWay;
      second.close();
      database.close();
    },
  });
}

function snapshotOn(database: DatabaseSync) {
  const [begin, commit] = ['begin', 'commit'].map((text) => database.prepare(text));
  return snapshotOf(
    () => begin?.run(),
    () => {
      // Some failures of a read end the transaction themselves.
      if (database.isOpen && database.isTransaction) commit?.run();
    },
  );
}

/** A connection that reads beside the writer's. It is opened when it is first needed. */
function secondConnection(file: string): { get(): SqliteConnection; close(): void } {
  let database: DatabaseSync | undefined;
  let connection: SqliteConnection | undefined;
  return {
    get: () => {
      database ??= openSqlite(file, true);
      connection ??= preparedOn(database);
      return connection;
    },
    close: () => database?.close(),
  };
}
