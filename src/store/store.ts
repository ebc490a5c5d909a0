import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Query } from './query.ts';

/** A row's values in the order of what was selected. */
export type Row = readonly Stored[];

/** A row by column. */
export type Values = Readonly<Record<string, Stored>>;

/** Which rows: each column equal to a value, or as a comparison says. Always within one deployment. */
export type Where = Readonly<
  Record<string, Stored | { readonly below: number } | { readonly above: number } | { readonly not: Stored }>
>;

/** Some rows of one table, in the order of the table's key. */
export interface RowQuery {
  readonly table: string;
  readonly columns: readonly string[];
  /** All rows by default. */
  readonly where?: Where;
  readonly limit: number;
}

/** What can be read, inside a transaction and outside. `deployment` is the tenant: it is part of every statement's `where`. */
export interface Reading {
  select(deployment: number, query: Query): Promise<readonly Row[]>;
  count(deployment: number, query: Query): Promise<number>;
  /** The first row, with these columns. */
  find(
    deployment: number,
    table: string,
    columns: readonly string[],
    where: Where,
  ): Promise<Values | undefined>;
  list(deployment: number, rows: RowQuery): Promise<readonly Values[]>;
}

/** One transaction. Every write of a request happens in one, so that it is all or nothing. */
export interface Writing extends Reading {
  nextId(deployment: number, table: string): Promise<number>;
  /** Throws `Clash` when a unique key is taken. */
  insert(deployment: number, table: string, values: Values): Promise<void>;
  /**
   * Inserts the row, or gives the one that has its key these values. Until the commit nobody else changes it: a second caller waits
   * here, also where the row did not exist yet.
   */
  upsert(deployment: number, table: string, values: Values): Promise<void>;
  /** Returns the number of rows changed; 0 means that somebody else was faster, or that there is none. */
  update(deployment: number, table: string, where: Where, values: Values): Promise<number>;
  remove(deployment: number, table: string, where: Where): Promise<number>;
  /** Whether the row is there; it will be until the commit. */
  holds(deployment: number, table: string, where: Where): Promise<boolean>;
  /** As `holds`; until the commit nobody else changes it either, so what is read of it from here on still is so when it is acted upon. */
  claim(deployment: number, table: string, where: Where): Promise<boolean>;
  /** No id up to `last` is given from now on (after rows came with ids of their own). */
  skipIds(deployment: number, table: string, last: number): Promise<void>;
}

/** A transaction that copies whole deployments. It sees one state of the database, from its first statement on. */
export interface DeploymentCopying extends Writing {
  /** Adds the rows that `from` has in a table to those of `to`. Returns how many. Throws `Clash` where `to` has one already. */
  copy(from: number, to: number, table: string): Promise<number>;
  /** The next ids of these tables are in `to` what they are in `from`, lower ones too. */
  copyIds(from: number, to: number, tables: readonly string[]): Promise<void>;
  /** The deployment's ids begin at 1 again. */
  forgetIds(deployment: number): Promise<void>;
}

/** Where everything is kept. It throws facts (`Clash`, `Unreachable`), never statuses. */
export interface Store extends Reading {
  readonly engine: 'sqlite' | 'postgres';
  /** One durable transaction. `work` awaits nothing but its argument, and may be run again after a conflict. */
  within<T>(work: (writing: Writing) => Promise<T>): Promise<T>;
  /** As `within`; nobody else writes to the tables of `alone` meanwhile. */
  copying<T>(alone: readonly string[], work: (copying: DeploymentCopying) => Promise<T>): Promise<T>;
  /** What is read from here to the end of this turn of the event loop may come from one snapshot: called when a request arrives. */
  share(): void;
  /** In such a turn what has the same key is read once, and everybody gets the one result. */
  once<T>(key: string, read: () => Promise<T>): Promise<T>;
  /** Resolves when the database was reached and its schema is right; the store tries until then. */
  readonly ready: Promise<void>;
  /** Resolves when no index is missing any more that is built while requests are served, or could not be built. */
  readonly indexed: Promise<void>;
  isReady(): boolean;
  /** Why writes fail now; `undefined` when they work. Writes a little where that is not known. */
  unwritable(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** A unique key is taken: the columns that clashed. */
export class Clash extends Error {
  override readonly name = 'Clash';
  readonly columns: readonly string[];
  constructor(columns: readonly string[]) {
    super(`taken: ${columns.join(', ')}`);
    this.columns = columns;
  }
}

/** The database is there, but too busy: the wait for a connection or a lock took too long. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** The database cannot be reached. */
export class Unreachable extends Error {
  override readonly name: string = 'Unreachable';
}

/** The database is there and cannot be written: its disk is full, its disk fails, or it is read-only. */
export class Unwritable extends Unreachable {
  override readonly name = 'Unwritable';
}
