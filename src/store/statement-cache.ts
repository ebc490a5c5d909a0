import { Bounded } from './bounded.ts';
import type { Dialect, Statement } from './engines/engine.ts';

// The key comes from callers (filters, fields), so statements are bounded in number, length and bytes: a short shape can be a long statement.
const statementsMax = 2_000;
const keyLengthMax = 4_000;
const bytesMax = 64 * 1_024 * 1_024;
/** A statement that an engine has prepared takes many times its text. */
const bytesOf = ({ sql, slots }: Statement): number => 10 * sql.length + 8 * slots.length;

/** Statements that are compiled once for each shape. */
export class StatementCache {
  /** How statements are written; it changes once, before the first of them, when the schema has no indices. */
  dialect: Dialect;
  readonly #statements = new Bounded<Statement>({ entriesMax: statementsMax, bytesMax, bytesOf });

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** A key begins with what it is for: the shape of a query has lines, `list`, `insert` and the others have none. */
  keep(key: string, compile: () => Statement): Statement {
    return key.length > keyLengthMax ? compile() : this.#statements.keep(key, compile);
  }
}
