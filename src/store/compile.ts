import { type RawBuilder, sql } from 'kysely';
import type { Dialect, Statement } from './engines/engine.ts';
import type { Condition, Expression, Query } from './query.ts';

/** Marks where a value goes: compiled statements carry slots, never values. */
class Slot {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

interface Join {
  readonly alias: string;
  readonly table: string;
  readonly on: RawBuilder<unknown>;
}

/** One `select`, with the joins its expressions turn out to need. */
interface Scope {
  readonly alias: string;
  readonly joins: Map<string, Join>;
}

const deployment = new Slot(0);

/** SQL for one shape of query. Slots are numbered by the same walk as `shapeOf`. */
export function compileQuery(query: Query, dialect: Dialect): Statement {
  let slots = 1;
  let aliases = 0;
  const next = (): Slot => new Slot(slots++);
  const scope: Scope = { alias: 't', joins: new Map() };
  const ref = (alias: string, column: string) => sql.ref(`${alias}.${column}`);

  function joined(from: Scope, through: string, table: string): Scope {
    const key = `${from.alias}.${through} ${table}`;
    let join = scope.joins.get(key) ?? from.joins.get(key);
    if (!join) {
      const alias = `j${++aliases}`;
      const on = sql`${ref(alias, 'deployment_id')} = ${deployment} and ${ref(alias, 'id')} = ${ref(from.alias, through)}`;
      join = { alias, table, on };
      from.joins.set(key, join);
    }
    return { alias: join.alias, joins: from.joins };
  }

  /** The SQL of an expression; `any` and `having` have a meaning only in a condition, where `tested` takes them apart. */
  function value(expression: Expression, at: Scope): RawBuilder<unknown> {
    if ('when' in expression) {
      const when = condition(expression.when, at);
      return sql`case when ${when} then ${ref(at.alias, expression.column)} else ${sql.lit(expression.otherwise)} end`;
    }
    if ('column' in expression) return ref(at.alias, expression.column);
    if ('sum' in expression) return sql`coalesce(sum(${value(expression.sum, at)}), 0)`;
    if ('joined' in expression) {
      const parts = expression.joined.map(
        (name) => sql`coalesce(nullif(${ref(at.alias, name)}, '') || ' ', '')`,
      );
      return sql`trim(${sql.join(parts, sql` || `)})`;
    }
    if ('through' in expression)
      return value(expression.expression, joined(at, expression.through, expression.table));
    throw new Error('this expression has no single value');
  }

  function tested(
    expression: Expression,
    at: Scope,
    test: (on: RawBuilder<unknown>) => RawBuilder<unknown>,
  ): RawBuilder<unknown> {
    if ('any' in expression) return or(expression.any.map((each) => tested(each, at, test)));
    if ('through' in expression)
      return tested(expression.expression, joined(at, expression.through, expression.table), test);
    if ('having' in expression) {
      const inner: Scope = { alias: `h${++aliases}`, joins: new Map() };
      const holds = tested(expression.expression, inner, test);
      const { having, by } = expression;
      return sql`${ref(at.alias, 'id')} in (select ${ref(inner.alias, by)} from ${sql.table(having)} as ${sql.ref(inner.alias)}${joins(inner)}
        where ${ref(inner.alias, 'deployment_id')} = ${deployment} and ${holds})`;
    }
    return test(value(expression, at));
  }

  function condition(given: Condition, at: Scope): RawBuilder<unknown> {
    if ('all' in given)
      return given.all.length === 0
        ? sql`1 = 1`
        : sql`(${sql.join(
            given.all.map((each) => condition(each, at)),
            sql` and `,
          )})`;
    if ('some' in given) return or(given.some.map((each) => condition(each, at)));
    // An absent value does not satisfy a test, so it satisfies its opposite; SQL's own `not` would leave it out of both.
    if ('not' in given) return sql`(${condition(given.not, at)}) is not true`;
    if ('test' in given) {
      let slot: Slot | undefined;
      return withSlot(
        given.on,
        at,
        () => (slot ??= next()),
        (on, bound) => {
          const holds = sql`${on} ${sql.raw(given.test)} ${bound}`;
          return given.zero ? sql`(${holds} or ${on} is null)` : holds;
        },
      );
    }
    if ('among' in given) {
      let slot: Slot | undefined;
      return withSlot(
        given.on,
        at,
        () => (slot ??= next()),
        (on, bound) => dialect.among(on, bound),
      );
    }
    if ('empty' in given) {
      return tested(given.empty, at, (on) =>
        given.text ? sql`(${on} is null or ${on} = '')` : sql`${on} is null`,
      );
    }
    let slot: Slot | undefined;
    const parts = given.on.map((on) =>
      withSlot(
        on,
        at,
        () => (slot ??= next()),
        (each, bound) => dialect.contains(each, bound),
      ),
    );
    return or(parts);
  }

  // The slot is numbered after the expression has been walked, as `shapeOf` does.
  function withSlot(
    on: Expression,
    at: Scope,
    slot: () => Slot,
    make: (on: RawBuilder<unknown>, bound: Slot) => RawBuilder<unknown>,
  ): RawBuilder<unknown> {
    return tested(on, at, (inner) => make(inner, slot()));
  }

  const joins = (of: Scope): RawBuilder<unknown> =>
    sql.join(
      [...of.joins.values()].map(
        ({ alias, table, on }) => sql` left join ${sql.table(table)} as ${sql.ref(alias)} on ${on}`,
      ),
      sql``,
    );

  const select =
    query.select === 'count'
      ? sql`count(*)`
      : sql.join(query.select.map((each, i) => sql`${value(each, scope)} as ${sql.ref(`c${i}`)}`));
  const where = condition(query.where, scope);
  const order = query.order.map(({ by, descending }) => dialect.order(value(by, scope), descending));
  const limit = next();
  const offset = next();
  const tail =
    query.select === 'count'
      ? sql``
      : sql`${order.length > 0 ? sql` order by ${sql.join(order)}` : sql``} limit ${dialect.bound(limit)} offset ${dialect.bound(offset)}`;
  return finish(
    sql`select ${query.distinct ? sql`distinct ` : sql``}${select} from ${sql.table(query.table)} as ${sql.ref('t')}${joins(scope)} where ${ref('t', 'deployment_id')} = ${deployment} and ${where}${tail}`,
    dialect,
  );
}

const or = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  parts.length === 0 ? sql`1 = 0` : sql`(${sql.join(parts, sql` or `)})`;

/** Compiles SQL whose values are all slots. */
export function finish(built: RawBuilder<unknown>, dialect: Dialect): Statement {
  const { sql: text, parameters } = dialect.compile(built);
  return Object.freeze({ sql: text, slots: parameters.map((parameter) => (parameter as Slot).number) });
}

export const slot = (number: number): unknown => new Slot(number);
