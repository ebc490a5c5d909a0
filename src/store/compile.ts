import { channel } from 'node:diagnostics_channel';
import { type RawBuilder, sql } from 'kysely';
import type { Way } from './drive.ts';
import type { Dialect, Statement } from './engines/engine.ts';
import type { Condition, Expression, Query, Tied } from './query.ts';

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

/**
 * SQL for one shape of query. Slots are numbered by the same walk as `shapeOf`. `way`: for engines that are told. A count
 * with a limit counts no further. `indexOf`: the index of a column, where there is one.
 */
export function compileQuery(
  query: Query,
  dialect: Dialect,
  { along, words }: Way = {},
  indexOf: (table: string, column: string) => string | undefined = () => undefined,
): Statement {
  let slots = 1;
  let aliases = 0;
  const next = (): Slot => new Slot(slots++);
  const scope: Scope = { alias: 't', joins: new Map() };
  const ref = (alias: string, column: string) => sql.ref(`${alias}.${column}`);

  function joined(from: Scope, through: string, table: string): Scope {
    const key = `${from.alias}.${through} ${table}`;
    let join = from.joins.get(key);
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
    if ('sum' in expression) return dialect.total(value(expression.sum, at));
    if ('joined' in expression) {
      const parts = expression.joined.map(
        (name) => sql`coalesce(nullif(${ref(at.alias, name)}, '') || ' ', '')`,
      );
      return sql`trim(${sql.join(parts, sql` || `)})`;
    }
    if ('through' in expression)
      return value(expression.expression, joined(at, expression.through, expression.table));
    if ('total' in expression)
      return overTied(expression.total, at, expression.expression, { aggregate: (on) => dialect.total(on) });
    if ('lowest' in expression)
      return overTied(expression.lowest, at, expression.expression, { aggregate: (on) => sql`min(${on})` });
    if ('highest' in expression) {
      const { highest, expression: of, where } = expression;
      return overTied(highest, at, of, { aggregate: (on) => sql`max(${on})`, where });
    }
    if ('counted' in expression) {
      const { counted, where } = expression;
      const gather = (counts: RawBuilder<unknown>) => dialect.total(counts);
      return overTied(counted, at, { column: 'id' }, { aggregate: (on) => sql`count(${on})`, gather, where });
    }
    if ('plus' in expression) {
      const parts = expression.plus.map((each) => sql`coalesce(${value(each, at)}, 0)`);
      return dialect.bounded(sql`(${sql.join(parts, sql` + `)})`);
    }
    if ('minus' in expression) return sql`(-coalesce(${value(expression.minus, at)}, 0))`;
    if ('times' in expression) {
      const [one, other] = expression.times;
      return dialect.times(value(one, at), value(other, at), expression.per);
    }
    if ('choose' in expression) {
      const cases = Object.entries(expression.cases).map(
        ([is, each]) => sql` when ${sql.lit(is)} then ${value(each, at)}`,
      );
      return sql`case ${ref(at.alias, expression.choose)}${sql.join(cases, sql``)} else 0 end`;
    }
    if ('nothing' in expression) return sql`null`;
    throw new Error('this expression has no single value');
  }

  /**
   * One value over the rows of another table that are tied to the row of `at`. What they are tied through stands around them, a subquery of
   * its own at every step: no engine then has a choice but to find them by an index, with or without statistics. `gather`: what is made of
   * the values of such steps, `aggregate` unless told. `where`: which of the rows.
   */
  function overTied(
    tie: Tied,
    at: Scope,
    expression: Expression,
    over: {
      readonly aggregate: (on: RawBuilder<unknown>) => RawBuilder<unknown>;
      readonly gather?: (on: RawBuilder<unknown>) => RawBuilder<unknown>;
      readonly where?: Condition | undefined;
    },
  ): RawBuilder<unknown> {
    const { aggregate, gather = aggregate, where } = over;
    const inner: Scope = { alias: `h${++aliases}`, joins: new Map() };
    const selected = value(expression, inner);
    const holds = where ? [condition(where, inner)] : [];
    return step(tie, inner.alias, aggregate(selected), joins(inner), holds);

    function step(
      { table, index, on: conditions }: Tied,
      alias: string,
      body: RawBuilder<unknown>,
      joined: RawBuilder<unknown>,
      holds: readonly RawBuilder<unknown>[] = [],
    ): RawBuilder<unknown> {
      const tests = [sql`${ref(alias, 'deployment_id')} = ${deployment}`, ...holds];
      const around: ((found: RawBuilder<unknown>) => RawBuilder<unknown>)[] = [];
      for (const each of conditions) {
        const on = ref(alias, each.column);
        if ('is' in each) tests.push(sql`${on} = ${sql.lit(each.is)}`);
        else if ('same' in each && !('tree' in each)) tests.push(sql`${on} = ${ref(at.alias, each.same)}`);
        else {
          const through = `h${++aliases}`;
          tests.push(sql`${on} = ${ref(through, 'id')}`);
          around.push((found) =>
            'among' in each
              ? step(each.among, through, gather(found), sql``)
              : sql`(${descent(each, through)} select ${gather(found)} from ${sql.ref(through)})`,
          );
        }
      }
      const found = sql`(select ${body} from ${sql.table(table)} as ${sql.ref(alias)}${dialect.by(index, table)}${joined}
        where ${sql.join(tests, sql` and `)})`;
      return around.reduce((inside, wrap) => wrap(inside), found);
    }

    /** The ids of a tree from one down. A `union` ends also where the links go round in a circle. */
    function descent(
      { tree, by, same }: { readonly tree: string; readonly by: string; readonly same: string },
      name: string,
    ): RawBuilder<unknown> {
      const below = `h${++aliases}`;
      return sql`with recursive ${sql.ref(name)} (id) as (select ${ref(at.alias, same)} union select ${ref(below, 'id')}
        from ${sql.ref(name)} cross join ${sql.table(tree)} as ${sql.ref(below)}
        where ${ref(below, by)} = ${ref(name, 'id')} and ${ref(below, 'deployment_id')} = ${deployment})`;
    }
  }

  function tested(
    expression: Expression,
    at: Scope,
    test: (on: RawBuilder<unknown>) => RawBuilder<unknown>,
  ): RawBuilder<unknown> {
    if ('any' in expression)
      return (
        inAnyColumn(expression.any, at, test) ?? or(expression.any.map((each) => tested(each, at, test)))
      );
    if ('through' in expression)
      return tested(expression.expression, joined(at, expression.through, expression.table), test);
    if ('having' in expression) {
      const inner: Scope = { alias: `h${++aliases}`, joins: new Map() };
      const holds = tested(expression.expression, inner, test);
      const { having, by, type } = expression;
      const kind = type ? sql` and ${ref(inner.alias, type.column)} = ${sql.lit(type.is)}` : sql``;
      return sql`${ref(at.alias, 'id')} in (select ${ref(inner.alias, by)} from ${sql.table(having)} as ${sql.ref(inner.alias)}${joins(inner)}
        where ${ref(inner.alias, 'deployment_id')} = ${deployment}${kind} and ${holds})`;
    }
    return test(value(expression, at));
  }

  /** Each column by its own index: an engine without statistics would rather read all rows than go along two indices. */
  function inAnyColumn(
    any: readonly Expression[],
    at: Scope,
    test: (on: RawBuilder<unknown>) => RawBuilder<unknown>,
  ): RawBuilder<unknown> | undefined {
    if (at !== scope) return undefined;
    const parts: RawBuilder<unknown>[] = [];
    for (const each of any) {
      const column = 'column' in each && !('when' in each) ? each.column : undefined;
      const index = column === undefined ? undefined : indexOf(query.table, column);
      if (column === undefined || index === undefined) return undefined;
      parts.push(sql`select ${sql.ref('id')} from ${sql.table(query.table)}${dialect.by(index, query.table)}
        where ${sql.ref('deployment_id')} = ${deployment} and ${test(sql.ref(column))}`);
    }
    return sql`${ref(at.alias, 'id')} in (${sql.join(parts, sql` union `)})`;
  }

  function condition(given: Condition, at: Scope): RawBuilder<unknown> {
    if ('all' in given)
      return given.all.length === 0
        ? sql`1 = 1`
        : chained(
            given.all.map((each) => condition(each, at)),
            ' and ',
          );
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
    if ('foundIn' in given) {
      const inner: Scope = { alias: `h${++aliases}`, joins: new Map() };
      const by = value(given.by, inner);
      const holds = condition(given.where, inner);
      return dialect.foundIn(
        ref(at.alias, given.column),
        sql`select distinct ${by} from ${sql.table(given.foundIn)} as ${sql.ref(inner.alias)}${joins(inner)}
        where ${ref(inner.alias, 'deployment_id')} = ${deployment} and ${holds}`,
      );
    }
    if ('empty' in given) {
      return tested(given.empty, at, (on) =>
        given.text ? sql`(${on} is null or ${on} = '')` : sql`${on} is null`,
      );
    }
    let slot: Slot | undefined;
    if (given === words?.condition) {
      const columns = given.on.flatMap((on) => ('column' in on ? on.column : []));
      const found = dialect.wordsIn(query.table, columns, deployment, next());
      if (found) return sql`${ref(at.alias, 'id')} in ${found}`;
    }
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
  const order = query.order.map(({ by, descending }) =>
    dialect.order(value(by, scope), descending, 'column' in by && by.column === 'id'),
  );
  const limit = next();
  const offset = next();
  const page =
    fixedLimit(query, dialect) === undefined
      ? sql` limit ${dialect.bound(limit)} offset ${dialect.bound(offset)}`
      : sql` limit ${sql.lit(query.limit)}`;
  const tail =
    query.select === 'count'
      ? sql``
      : sql`${order.length > 0 ? sql` order by ${sql.join(order)}` : sql``}${page}`;
  const from = sql`${sql.table(query.table)} as ${sql.ref('t')}${along === undefined ? sql`` : dialect.by(along, query.table)}${joins(scope)}`;
  if (query.select === 'count' && query.limit > 0)
    return finish(
      sql`select count(*) from (select 1 from ${from} where ${ref('t', 'deployment_id')} = ${deployment} and ${where}${page})${sql.raw(' as found')}`,
      dialect,
    );
  return finish(
    sql`select ${query.distinct ? sql`distinct ` : sql``}${select} from ${from} where ${ref('t', 'deployment_id')} = ${deployment} and ${where}${tail}`,
    dialect,
  );
}

/** The limit that the statement of this query has in its text, which is a part of its shape; `undefined`: limit and offset are bound. */
export const fixedLimit = (
  { limit, offset }: Pick<Query, 'limit' | 'offset'>,
  { fixedLimits }: Dialect,
): number | undefined => (offset === 0 && fixedLimits.has(limit) ? limit : undefined);

const or = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  parts.length === 0 ? sql`1 = 0` : chained(parts, ' or ');

const chain = 50;

/** A long chain as a chain of chains: to an engine each link is one level deeper, and levels are few (1,000 on SQLite). */
function chained(parts: readonly RawBuilder<unknown>[], operator: ' and ' | ' or '): RawBuilder<unknown> {
  if (parts.length <= chain) return sql`(${sql.join(parts, sql.raw(operator))})`;
  const links: RawBuilder<unknown>[] = [];
  for (let at = 0; at < parts.length; at += chain) links.push(chained(parts.slice(at, at + chain), operator));
  return chained(links, operator);
}

/** Publishes every statement when it is compiled (once for each shape), so that tests can hold all of them to a rule. */
export const compiledStatements = channel('accord.statement.compiled');

/** Compiles SQL whose values are all slots. */
export function finish(built: RawBuilder<unknown>, dialect: Dialect): Statement {
  const { sql: text, parameters } = dialect.compile(built);
  const slots = parameters.map((parameter) => (parameter as Slot).number);
  const statement: Statement = Object.freeze({ sql: text, slots });
  if (compiledStatements.hasSubscribers) compiledStatements.publish(statement);
  return statement;
}

/** Stands in SQL for the value of that number. */
export function slot(number: number): unknown {
  return new Slot(number);
}
