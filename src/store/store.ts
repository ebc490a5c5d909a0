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

/** What may be asked, inside a transaction and outside. `deployment` is the tenant: it is part of every statement's `where`. */
export interface Reading {
  select(deployment: number, query: Query): Promise<readonly Row[]>;
  count(deployment: number, query: Query): Promise<number>;
  /** The first row, with the columns asked for. */
  find(
    deployment: number,
    table: string,
    columns: readonly string[],
    where: Where,
  ): Promise<Values | undefined>;
  /** All rows in the order of the table's key, `limit` at most. */
  list(
    deployment: number,
    table: string,
    columns: readonly string[],
    where: Where,
    limit: number,
  ): Promise<readonly Values[]>;
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
  /** Rows changed; 0 means that someone was faster, or that there is none. */
  update(deployment: number, table: string, where: Where, values: Values): Promise<number>;
  remove(deployment: number, table: string, where: Where): Promise<number>;
  /** Whether the row is there; it will be until the commit. */
  holds(deployment: number, table: string, where: Where): Promise<boolean>;
  /** As `holds`; until the commit nobody else changes it either, so what is read of it from here on still is so when it is acted upon. */
  claim(deployment: number, table: string, where: Where): Promise<boolean>;
  /** Never gives ids up to `last` again (after rows came with ids of their own). */
  skipIds(deployment: number, table: string, last: number): Promise<void>;
}

/** A transaction that copies whole deployments. It sees one state of the database, from its first statement on. */
export interface Copying extends Writing {
  /** Adds the rows that `from` has in a table to those of `to`. Answers how many. Throws `Clash` where `to` has one already. */
  copy(from: number, to: number, table: string): Promise<number>;
  /** The next ids of these tables are in `to` what they are in `from`, lower ones too. */
  copyIds(from: number, to: number, tables: readonly string[]): Promise<void>;
  /** As if the deployment had never given an id up. */
  forgetIds(deployment: number): Promise<void>;
}

/** Where everything is kept. Reports facts (`Clash`, `Unreachable`), never statuses. */
export interface Store extends Reading {
  readonly engine: 'sqlite' | 'postgres';
  /** One durable transaction. `work` awaits nothing but its argument, and may be run again after a conflict. */
  within<T>(work: (writing: Writing) => Promise<T>): Promise<T>;
  /** As `within`; nobody else writes to the tables of `alone` meanwhile. */
  copying<T>(alone: readonly string[], work: (copying: Copying) => Promise<T>): Promise<T>;
  /** What is read from here to the end of this turn of the event loop may come from one snapshot: called when a request arrives. */
  share(): void;
  /** What is asked again under the same key in such a turn is asked once, and all get the one answer. */
  once<T>(key: string, ask: () => Promise<T>): Promise<T>;
  /** Resolves when the database was reached and its schema is right; it tries until then. */
  readonly ready: Promise<void>;
  /** Resolves when no index is missing any more that is built while requests are served, or could not be built. */
  readonly indexed: Promise<void>;
  isReady(): boolean;
  /** Why writes fail at present; `undefined` when they work. Writes something where that is not known. */
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

/** The database is there, and a turn at it was waited for in vain. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** The database cannot be reached. */
export class Unreachable extends Error {
  override readonly name: string = 'Unreachable';
}

/** The database is there, and refuses what it is given to keep: its disk is full, it fails, or it may only be read. */
export class Unwritable extends Unreachable {
  override readonly name = 'Unwritable';
}
