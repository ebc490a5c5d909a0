import type { RawBuilder } from 'kysely';
import type { Bound } from '../query.ts';
import type { Table } from '../schema.ts';

export type StoredCell = number | string | null;
export type CellRow = readonly StoredCell[];

/** SQL text, and which slot of the values goes to each of its placeholders. Compiled once, prepared once. */
export interface Statement {
  readonly sql: string;
  readonly slots: readonly number[];
}

/** Runs statements; inside `Engine.write` in the one transaction. */
export interface EngineSession {
  /** Rows as arrays, in the order of the selected columns. */
  rows(statement: Statement, values: readonly Bound[]): Promise<CellRow[]>;
  /** The number of rows changed. */
  run(statement: Statement, values: readonly Bound[]): Promise<number>;
  /** The next id of a table in a deployment. An id is never given twice; there may be gaps. */
  nextId(deployment: number, table: string): Promise<number>;
  /** No id up to `last` is given from now on. */
  skipIds(deployment: number, table: string, last: number): Promise<void>;
  /** The next ids of these tables are in `to` what they are in `from`. Inside `Engine.write` only, and last. */
  copyIds(from: number, to: number, tables: readonly string[]): Promise<void>;
  /** Drops the counters of a deployment. Inside `Engine.write` only, and last. */
  forgetIds(deployment: number): Promise<void>;
}

/** What differs between engines, and nothing else: `sqlite.ts`, `postgres.ts`. */
export interface Engine {
  readonly name: 'sqlite' | 'postgres';
  readonly dialect: Dialect;
  /** Reads outside a transaction. */
  readonly reader: Pick<EngineSession, 'rows'>;
  /**
   * One transaction, durable when the promise resolves; writes that arrive while a commit is under way share the next one.
   * `work` may be run again after a conflict, and awaits nothing but its session. With `alone` it sees one state of the database throughout, and
   * nobody else writes to these tables meanwhile.
   */
  write<T>(work: (session: EngineSession) => Promise<T>, alone?: readonly string[]): Promise<T>;
  /** What is read from here to the end of this turn of the event loop may come from one snapshot: called when a request arrives. */
  share(): void;
  /** Runs work that changes the schema, alone among all processes. It may take as long as it has to. */
  migrate(work: (session: EngineSession) => Promise<void>): Promise<void>;
  /** Builds indices while the tables are read and written. Absent where the engine cannot: they are built as the schema is changed. */
  readonly deferred?: DeferredIndices;
  /** The columns of a violated unique key (without `deployment_id`), if that is what the error says. */
  clash(error: unknown): readonly string[] | undefined;
  /** Whether the error means that a query cannot use the index it was told to. */
  rejectsHint(error: unknown): boolean;
  /** Whether the error means that the database is there, but too busy: the wait for a connection or a lock took too long. */
  busy(error: unknown): boolean;
  /** Why the database cannot be written, if that is what the error says: its disk is full, its disk fails, or it is read-only. */
  unwritable(error: unknown): string | undefined;
  /** Whether the error means that the database cannot be reached, or cannot be written. */
  unreachable(error: unknown): boolean;
  close(): Promise<void>;
}

/** An index that is built while requests are served. */
export interface DeferredIndex {
  readonly name: string;
  readonly statement: string;
  /** Run ahead of it. */
  readonly before: readonly string[];
  /** The index is left out when this finds no row. */
  readonly onlyIf?: string;
}

export interface DeferredIndices {
  index(name: string, statement: string): DeferredIndex;
  wordIndex(table: Table): DeferredIndex;
  /**
   * Builds those that are missing, one after the other. One that cannot be built does not stop the others. Fails as `busy` while another
   * process builds indices.
   */
  build(indices: readonly DeferredIndex[], onBegin: (index: DeferredIndex) => void): Promise<void>;
}

/** How one engine writes what SQL engines write differently. */
export interface Dialect {
  compile(query: RawBuilder<unknown>): { readonly sql: string; readonly parameters: readonly unknown[] };
  /** A bound `LIMIT` or `OFFSET`. */
  bound(value: unknown): RawBuilder<unknown>;
  /**
   * Limits that are written into the statement where the offset is 0: an engine that does not know a `LIMIT` makes a new plan at every
   * run. There are few, because each makes a statement of its own.
   */
  readonly fixedLimits: ReadonlySet<number>;
  /** `on` is one of a bound list. */
  among(on: RawBuilder<unknown>, list: unknown): RawBuilder<unknown>;
  /** `on`, folded as `foldCase` does, contains a bound text that is folded already. */
  contains(on: RawBuilder<unknown>, text: unknown): RawBuilder<unknown>;
  /** The statements that make the index of words of a table, which finds rows by parts of words, and keep it: none where the engine cannot. */
  wordIndex(table: Table): readonly string[];
  /** Queries for the kind (`table`, `index`, `trigger`) and the name of all that `wordIndex` has made, in an order in which it can be dropped. */
  readonly wordIndexParts: readonly string[];
  /** Finds a row if the index, or what `wordIndex` makes, with this (bound) name is there and valid. */
  readonly indexExists: string;
  /** The ids of the rows of a table that have a bound, folded text of three characters or more in one of its searched columns; `undefined`: `contains` finds them. */
  idsWithWord(
    table: string,
    columns: readonly string[],
    deployment: unknown,
    text: unknown,
  ): RawBuilder<unknown> | undefined;
  /** Whether queries are told which index to use: the engine keeps no count of how many rows a value has. */
  readonly needsIndexHints: boolean;
  /** Follows the name of a table whose rows this index is to find. */
  indexHint(index: string | undefined, table: string): RawBuilder<unknown>;
  /** Whether a value is among those that a `select` of one column finds. */
  foundIn(on: RawBuilder<unknown>, select: RawBuilder<unknown>): RawBuilder<unknown>;
  /** The sum of whole numbers over all rows, `clamped`, 0 when there are none. */
  total(on: RawBuilder<unknown>): RawBuilder<unknown>;
  /** A whole number kept within what a JavaScript number holds exactly. */
  clamped(on: RawBuilder<unknown>): RawBuilder<unknown>;
  /** The product of two whole numbers divided by `per`, rounded to a whole number, halves away from zero; as large as it has to be. */
  times(one: RawBuilder<unknown>, other: RawBuilder<unknown>, per: number): RawBuilder<unknown>;
  /** Ascending with absent values first, descending with absent values last; `present`: there are none. */
  order(by: RawBuilder<unknown>, descending: boolean, present: boolean): RawBuilder<unknown>;
  /** Keeps a row that a link is about to point to until the commit. */
  readonly shareLock: string;
  /** Keeps other transactions from changing a row until the commit; they may make links to it meanwhile. */
  readonly changeLock: string;
  readonly types: { readonly integer: string; readonly text: string };
  /** Follows the closing parenthesis of `create table`. */
  readonly tableSuffix: string;
  /** An index column in the order that `order` asks for. */
  indexed(column: string, present: boolean): string;
  /** The names of the columns of a table, none when it does not exist; its name is bound. */
  readonly columnsOf: string;
}
