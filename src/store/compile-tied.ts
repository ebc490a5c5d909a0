import { type RawBuilder, sql } from 'kysely';
import type { ExpressionCompiler } from './compile-expression.ts';
import { columnRef, ofDeployment, type SelectScope } from './compile-scope.ts';
import type { Condition, Expression, TiedRows } from './query.ts';

type Wrap = (on: RawBuilder<unknown>) => RawBuilder<unknown>;

export interface TiedAggregate {
  readonly tie: TiedRows;
  readonly expression: Expression;
  readonly aggregate: Wrap;
  /** What is made of the values of the steps in between; `aggregate` by default. */
  readonly gather?: Wrap;
  /** Which of the rows; all by default. */
  readonly where?: Condition | undefined;
}

interface Step {
  readonly alias: string;
  readonly body: RawBuilder<unknown>;
  readonly joins: RawBuilder<unknown>;
  readonly holds: readonly RawBuilder<unknown>[];
}

/**
 * One value over the rows of another table that are tied to the row of `at`. What they are tied through stands around them, a subquery of
 * its own at every step: no engine then has a choice but to find them by an index, with or without statistics.
 */
export function overTied(compiler: ExpressionCompiler, at: SelectScope, over: TiedAggregate) {
  const { tie, expression, aggregate, gather = aggregate, where } = over;
  const inner = compiler.innerScope();
  const selected = compiler.value(expression, inner);
  const holds = where ? [compiler.condition(where, inner)] : [];
  const body = aggregate(selected);
  const steps = new TiedSteps(compiler, at, gather);
  return steps.compile(tie, { alias: inner.alias, body, joins: compiler.joinsOf(inner), holds });
}

type Tie = TiedRows['on'][number];

class TiedSteps {
  readonly #compiler: ExpressionCompiler;
  readonly #at: SelectScope;
  readonly #gather: Wrap;

  constructor(compiler: ExpressionCompiler, at: SelectScope, gather: Wrap) {
    this.#compiler = compiler;
    this.#at = at;
    this.#gather = gather;
  }

  compile({ table, index, on: ties }: TiedRows, { alias, body, joins, holds }: Step): RawBuilder<unknown> {
    const tests = [ofDeployment(alias), ...holds];
    const around: Wrap[] = [];
    for (const tie of ties) {
      const on = columnRef(alias, tie.column);
      if ('is' in tie) tests.push(sql`${on} = ${sql.lit(tie.is)}`);
      else if ('same' in tie && !('tree' in tie))
        tests.push(sql`${on} = ${columnRef(this.#at.alias, tie.same)}`);
      else {
        const through = this.#compiler.nextAlias();
        tests.push(sql`${on} = ${columnRef(through, 'id')}`);
        around.push((found) => this.#around(tie, through, found));
      }
    }
    const hint = this.#compiler.dialect.indexHint(index, table);
    const found = sql`(select ${body} from ${sql.table(table)} as ${sql.ref(alias)}${hint}${joins}
        where ${sql.join(tests, sql` and `)})`;
    return around.reduce((inside, wrap) => wrap(inside), found);
  }

  #around(
    tie: Extract<Tie, { among: TiedRows } | { tree: string }>,
    through: string,
    found: RawBuilder<unknown>,
  ) {
    const body = this.#gather(found);
    return 'among' in tie
      ? this.compile(tie.among, { alias: through, body, joins: sql``, holds: [] })
      : sql`(${this.#descent(tie, through)} select ${body} from ${sql.ref(through)})`;
  }

  /** The ids of a tree from one down. A `union` ends also where the links go round in a circle. */
  #descent({ tree, by, same }: Extract<Tie, { tree: string }>, name: string): RawBuilder<unknown> {
    const below = this.#compiler.nextAlias();
    return sql`with recursive ${sql.ref(name)} (id) as (select ${columnRef(this.#at.alias, same)} union select ${columnRef(below, 'id')}
        from ${sql.ref(name)} cross join ${sql.table(tree)} as ${sql.ref(below)}
        where ${columnRef(below, by)} = ${columnRef(name, 'id')} and ${ofDeployment(below)})`;
  }
}
