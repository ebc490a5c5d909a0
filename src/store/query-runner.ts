import { compileQuery, fixedLimit } from './compile.ts';
import type { CellRow, Engine } from './engines/engine.ts';
import type { IndexAdvisor, IndexHint } from './index-advisor.ts';
import { type Query, shapeOf } from './query.ts';
import type { StatementCache } from './statement-cache.ts';

export type RowSource = Engine['reader'];

/** Runs queries: the statement of a shape is compiled once, with the index hint of an advisor where there is one. */
export class QueryRunner {
  /** For an engine that needs index hints, once the schema is there. */
  advisor: IndexAdvisor | undefined;
  readonly #statements: StatementCache;
  readonly #rejectsHint: Engine['rejectsHint'];

  constructor(statements: StatementCache, engine: Engine) {
    this.#statements = statements;
    this.#rejectsHint = engine.rejectsHint;
  }

  async run(session: RowSource, deployment: number, query: Query): Promise<CellRow[]> {
    const { advisor } = this;
    if (!advisor || !isPaged(query)) return this.#rows(session, deployment, query, noHint);
    const hint = await advisor.choose(deployment, query, async (probe, tried) =>
      Number((await this.#rows(session, deployment, probe, tried))[0]?.[0]),
    );
    try {
      return await this.#rows(session, deployment, query, hint);
    } catch (error) {
      // A hint that the engine rejects is no reason to fail.
      if (!this.#rejectsHint(error)) throw error;
      return this.#rows(session, deployment, query, { unhinted: true });
    }
  }

  #rows(session: RowSource, deployment: number, query: Query, hint: IndexHint): Promise<CellRow[]> {
    const { shape, values } = shapeOf(query, deployment);
    const { index, wordSearch, unhinted } = hint;
    const { dialect } = this.#statements;
    const limit = fixedLimit(query, dialect);
    const limited = limit === undefined ? shape : `${shape}${limit}`;
    const key =
      index || wordSearch || unhinted ? `${index} ${wordSearch?.position} ${unhinted}\n${limited}` : limited;
    return session.rows(
      this.#statements.keep(key, () => compileQuery(query, dialect, hint, this.#indexOf(hint))),
      values,
    );
  }

  #indexOf({ unhinted }: IndexHint) {
    const { advisor } = this;
    return unhinted || !advisor
      ? undefined
      : (table: string, column: string) => advisor.indexOf(table, column);
  }
}

const noHint: IndexHint = Object.freeze({});

/** What reads one row by its key needs no hint. */
const isPaged = ({ select, order, limit }: Query): boolean =>
  select === 'count' || order.length > 0 || limit > 1;
