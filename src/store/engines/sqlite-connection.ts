import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { foldCase } from '../fold.ts';
import type { Bound } from '../query.ts';
import type { CellRow, Statement, StoredCell } from './engine.ts';

const busyCode = 5;

export function openSqlite(file: string, readOnly: boolean): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, timeout: readOnly ? 2_000 : 0 });
  if (!readOnly) {
    if (file !== ':memory:') setWal(database);
    database.exec('pragma synchronous = full; pragma foreign_keys = on;');
  }
  database.exec('pragma cache_size = -16000; pragma temp_store = memory;');
  // SQLite's own lower() knows ASCII only.
  database.function('fold_case', { deterministic: true }, (text) =>
    typeof text === 'string' ? foldCase(text) : text,
  );
  return database;
}

// Two processes that open a new file at once both switch it to WAL; the second one finds it done.
function setWal(database: DatabaseSync): void {
  for (let tries = 0; ; tries++) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (!isBusy(error) || tries === 200) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Statements on one connection, prepared once. Synchronous: SQLite has nothing to wait for. */
export interface SqliteConnection {
  read(statement: Statement, values: readonly Bound[]): CellRow[];
  /** The number of rows changed. */
  change(statement: Statement, values: readonly Bound[]): number;
}

export function preparedOn(database: DatabaseSync): SqliteConnection {
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
    read: (statement, values) =>
      prepare(statement).all(...arranged(statement, values)) as unknown as CellRow[],
    change: (statement, values) => Number(prepare(statement).run(...arranged(statement, values)).changes),
  };
}

function arranged(statement: Statement, values: readonly Bound[]): StoredCell[] {
  const { slots } = statement;
  const out = new Array<StoredCell>(slots.length);
  for (let i = 0; i < slots.length; i++) {
    const value = values[slots[i] as number] as Bound;
    out[i] = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  }
  return out;
}

export const codeOf = (error: unknown): number | undefined =>
  (error as { errcode?: number } | undefined)?.errcode;
export const isClosed = (error: unknown): boolean =>
  (error as { code?: string } | undefined)?.code === 'ERR_INVALID_STATE';

/** Another connection holds the lock; the higher bits of the code say what for. */
export const isBusy = (error: unknown): boolean => ((codeOf(error) ?? 0) & 0xff) === busyCode;
