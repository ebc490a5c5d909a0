import { type RawBuilder, sql } from 'kysely';
import { columnRef, ofDeployment, QueryScopes, type SelectScope } from './compile-scope.ts';
import { overTied } from './compile-tied.ts';
import type { Dialect } from './engines/engine.ts';
import type { Condition, Expression } from './query.ts';
import { anyOf, deploymentSlot } from './statement.ts';

type Test = (on: RawBuilder<unknown>) => RawBuilder<unknown>;

/** The index of a column, where there is one. */
export type IndexOf = (table: string, column: string) => string | undefined;

/** SQL for the values of rows, and for tests of them. */
export abstract class ExpressionCompiler extends QueryScopes {
  readonly dialect: Dialect;
  readonly #table: string;
  readonly #indexOf: IndexOf;

  constructor(table: string, dialect: Dialect, indexOf: IndexOf) {
    super();
    this.#table = table;
    this.dialect = dialect;
    this.#indexOf = indexOf;
  }

  abstract condition(condition: Condition, at: SelectScope): RawBuilder<unknown>;

  /** `any` and `having` have a meaning only in a condition, where `tested` takes them apart. */
  value(expression: Expression, at: SelectScope): RawBuilder<unknown> {
    if ('when' in expression) {
      const when = this.condition(expression.when, at);
      return sql`case when ${when} then ${columnRef(at.alias, expression.column)} else ${sql.lit(expression.otherwise)} end`;
    }
    if ('column' in expression) return columnRef(at.alias, expression.column);
    if ('sum' in expression) return this.dialect.total(this.value(expression.sum, at));
    if ('joined' in expression) {
      const parts = expression.joined.map(
        (name) => sql`coalesce(nullif(${columnRef(at.alias, name)}, '') || ' ', '')`,
      );
      return sql`trim(${sql.join(parts, sql` || `)})`;
    }
    if ('through' in expression)
      return this.value(expression.expression, this.linked(at, expression.through, expression.table));
    if ('nothing' in expression) return sql`null`;
    return this.#ofTied(expression, at) ?? this.#arithmetic(expression, at);
  }

  #ofTied(expression: Expression, at: SelectScope): RawBuilder<unknown> | undefined {
    if ('total' in expression) {
      const aggregate: Test = (on) => this.dialect.total(on);
      return overTied(this, at, { tie: expression.total, expression: expression.expression, aggregate });
    }
    if ('lowest' in expression) {
      const aggregate: Test = (on) => sql`min(${on})`;
      return overTied(this, at, { tie: expression.lowest, expression: expression.expression, aggregate });
    }
    if ('highest' in expression) {
      const { highest, expression: of, where } = expression;
      const aggregate: Test = (on) => sql`max(${on})`;
      return overTied(this, at, { tie: highest, expression: of, aggregate, where });
    }
    if ('counted' in expression) {
      const { counted, where } = expression;
      const aggregate: Test = (on) => sql`count(${on})`;
      const gather: Test = (counts) => this.dialect.total(counts);
      return overTied(this, at, { tie: counted, expression: { column: 'id' }, aggregate, gather, where });
    }
    return undefined;
  }

  #arithmetic(expression: Expression, at: SelectScope): RawBuilder<unknown> {
    if ('plus' in expression) {
      const parts = expression.plus.map((each) => sql`coalesce(${this.value(each, at)}, 0)`);
      return this.dialect.clamped(sql`(${sql.join(parts, sql` + `)})`);
    }
    if ('minus' in expression) return sql`(-coalesce(${this.value(expression.minus, at)}, 0))`;
    if ('times' in expression) {
      const [one, other] = expression.times;
      return this.dialect.times(this.value(one, at), this.value(other, at), expression.per);
    }
    if ('choose' in expression) {
      const cases = Object.entries(expression.cases).map(
        ([is, each]) => sql` when ${sql.lit(is)} then ${this.value(each, at)}`,
      );
      return sql`case ${columnRef(at.alias, expression.choose)}${sql.join(cases, sql``)} else 0 end`;
    }
    throw new Error('this expression has no single value');
  }

  /** Whether the test holds for the expression; for one of its values, where it has several. */
  protected tested(expression: Expression, at: SelectScope, test: Test): RawBuilder<unknown> {
    if ('any' in expression)
      return (
        this.#inAnyColumn(expression.any, at, test) ??
        anyOf(expression.any.map((each) => this.tested(each, at, test)))
      );
    if ('through' in expression) {
      const linked = this.linked(at, expression.through, expression.table);
      return this.tested(expression.expression, linked, test);
    }
    if ('having' in expression) {
      const inner = this.innerScope();
      const holds = this.tested(expression.expression, inner, test);
      const { having, by, type } = expression;
      const kind = type ? sql` and ${columnRef(inner.alias, type.column)} = ${sql.lit(type.is)}` : sql``;
      return sql`${columnRef(at.alias, 'id')} in (select ${columnRef(inner.alias, by)} from ${sql.table(having)} as ${sql.ref(inner.alias)}${this.joinsOf(inner)}
        where ${ofDeployment(inner.alias)}${kind} and ${holds})`;
    }
    return test(this.value(expression, at));
  }

  /** Each column by its own index: an engine without statistics would read all rows rather than use two indices. */
  #inAnyColumn(any: readonly Expression[], at: SelectScope, test: Test): RawBuilder<unknown> | undefined {
    if (at !== this.scope) return undefined;
    const parts: RawBuilder<unknown>[] = [];
    for (const each of any) {
      const column = 'column' in each && !('when' in each) ? each.column : undefined;
      const index = column === undefined ? undefined : this.#indexOf(this.#table, column);
      if (column === undefined || index === undefined) return undefined;
      parts.push(sql`select ${sql.ref('id')} from ${sql.table(this.#table)}${this.dialect.indexHint(index, this.#table)}
        where ${sql.ref('deployment_id')} = ${deploymentSlot} and ${test(sql.ref(column))}`);
    }
    return sql`${columnRef(at.alias, 'id')} in (${sql.join(parts, sql` union `)})`;
  }
}
