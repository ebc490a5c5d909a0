import { type RawBuilder, sql } from 'kysely';
import { ExpressionCompiler, type IndexOf } from './compile-expression.ts';
import { columnRef, ofDeployment, type SelectScope } from './compile-scope.ts';
import type { Dialect, Statement } from './engines/engine.ts';
import type { IndexHint } from './index-advisor.ts';
import type { Condition, Query } from './query.ts';
import { allOf, anyOf, deploymentSlot, statementOf } from './statement.ts';

const noIndex: IndexOf = () => undefined;

/** SQL for one shape of query. Slots are numbered by the same walk as `shapeOf`. A count with a limit counts no further. */
export const compileQuery = (
  query: Query,
  dialect: Dialect,
  hint: IndexHint = {},
  indexOf: IndexOf = noIndex,
): Statement => new QueryCompiler(query, dialect, hint, indexOf).compile();

/** The limit that the statement of this query has in its text, which is a part of its shape; `undefined`: limit and offset are bound. */
export const fixedLimit = (
  { limit, offset }: Pick<Query, 'limit' | 'offset'>,
  { fixedLimits }: Dialect,
): number | undefined => (offset === 0 && fixedLimits.has(limit) ? limit : undefined);

class QueryCompiler extends ExpressionCompiler {
  readonly #query: Query;
  readonly #hint: IndexHint;

  constructor(query: Query, dialect: Dialect, hint: IndexHint, indexOf: IndexOf) {
    super(query.table, dialect, indexOf);
    this.#query = query;
    this.#hint = hint;
  }

  compile(): Statement {
    const query = this.#query;
    const select =
      query.select === 'count'
        ? sql`count(*)`
        : sql.join(
            query.select.map((each, i) => sql`${this.value(each, this.scope)} as ${sql.ref(`c${i}`)}`),
          );
    const where = this.condition(query.where, this.scope);
    const order = query.order.map(({ by, descending }) =>
      this.dialect.order(this.value(by, this.scope), descending, 'column' in by && by.column === 'id'),
    );
    const page = this.#page();
    const rows = sql`from ${this.#from()} where ${ofDeployment('t')} and ${where}`;
    return statementOf(this.#selected({ select, rows, order, page }), this.dialect);
  }

  #selected({
    select,
    rows,
    order,
    page,
  }: {
    readonly select: RawBuilder<unknown>;
    readonly rows: RawBuilder<unknown>;
    readonly order: readonly RawBuilder<unknown>[];
    readonly page: RawBuilder<unknown>;
  }): RawBuilder<unknown> {
    const { select: selection, limit, distinct } = this.#query;
    const first = sql`select ${distinct ? sql`distinct ` : sql``}${select} ${rows}`;
    if (selection !== 'count')
      return sql`${first}${order.length > 0 ? sql` order by ${sql.join(order)}` : sql``}${page}`;
    return limit > 0 ? sql`select count(*) from (select 1 ${rows}${page})${sql.raw(' as found')}` : first;
  }

  #page(): RawBuilder<unknown> {
    const limit = this.nextSlot();
    const offset = this.nextSlot();
    return fixedLimit(this.#query, this.dialect) === undefined
      ? sql` limit ${this.dialect.bound(limit)} offset ${this.dialect.bound(offset)}`
      : sql` limit ${sql.lit(this.#query.limit)}`;
  }

  #from(): RawBuilder<unknown> {
    const { table } = this.#query;
    const { index } = this.#hint;
    const hint = index === undefined ? sql`` : this.dialect.indexHint(index, table);
    return sql`${sql.table(table)} as ${sql.ref('t')}${hint}${this.joinsOf(this.scope)}`;
  }

  condition(given: Condition, at: SelectScope): RawBuilder<unknown> {
    if ('all' in given) return allOf(given.all.map((each) => this.condition(each, at)));
    if ('some' in given) return anyOf(given.some.map((each) => this.condition(each, at)));
    // An absent value does not satisfy a test, so it satisfies its opposite; SQL's own `not` would leave it out of both.
    if ('not' in given) return sql`(${this.condition(given.not, at)}) is not true`;
    if ('test' in given) {
      const bound = this.lateSlot();
      return this.tested(given.on, at, (on) => {
        const holds = sql`${on} ${sql.raw(given.test)} ${bound()}`;
        return given.zero ? sql`(${holds} or ${on} is null)` : holds;
      });
    }
    if ('among' in given) {
      const bound = this.lateSlot();
      return this.tested(given.on, at, (on) => this.dialect.among(on, bound()));
    }
    if ('foundIn' in given) return this.#foundIn(given, at);
    if ('empty' in given)
      return this.tested(given.empty, at, (on) =>
        given.text ? sql`(${on} is null or ${on} = '')` : sql`${on} is null`,
      );
    return this.#contains(given, at);
  }

  #foundIn(given: Extract<Condition, { foundIn: string }>, at: SelectScope): RawBuilder<unknown> {
    const inner = this.innerScope();
    const by = this.value(given.by, inner);
    const holds = this.condition(given.where, inner);
    return this.dialect.foundIn(
      columnRef(at.alias, given.column),
      sql`select distinct ${by} from ${sql.table(given.foundIn)} as ${sql.ref(inner.alias)}${this.joinsOf(inner)}
        where ${ofDeployment(inner.alias)} and ${holds}`,
    );
  }

  #contains(given: Extract<Condition, { contains: string }>, at: SelectScope): RawBuilder<unknown> {
    if (given === this.#hint.wordSearch?.condition) {
      const columns = given.on.flatMap((on) => ('column' in on ? on.column : []));
      const found = this.dialect.idsWithWord(this.#query.table, columns, deploymentSlot, this.nextSlot());
      if (found) return sql`${columnRef(at.alias, 'id')} in ${found}`;
    }
    const bound = this.lateSlot();
    return anyOf(given.on.map((on) => this.tested(on, at, (each) => this.dialect.contains(each, bound()))));
  }
}
