import { hash } from 'node:crypto';
import type { Stored } from '../catalogue/kinds/kind.ts';

/** A value of a row of the query's table, as data. */
export type Expression =
  | { readonly column: string }
  /** Columns joined by single spaces, absent and empty ones left out. */
  | { readonly joined: readonly string[] }
  | { readonly any: readonly Expression[] }
  /** Of the row of `table` whose id is in `through`. */
  | { readonly through: string; readonly table: string; readonly expression: Expression }
  /** Of the rows of `having` whose column `by` is the row's id (and whose column `type.column` is `type.is`). In conditions only. */
  | {
      readonly having: string;
      readonly by: string;
      readonly type?: { readonly column: string; readonly is: string };
      readonly expression: Expression;
    }
  /** The sum over the rows that are tied to this one, kept within what a JavaScript number holds exactly. */
  | { readonly total: TiedRows; readonly expression: Expression }
  /** The lowest value over the rows that are tied to this one. */
  | { readonly lowest: TiedRows; readonly expression: Expression }
  /** With `where`: over those for which it holds. */
  | { readonly highest: TiedRows; readonly expression: Expression; readonly where?: Condition }
  /** How many rows are tied to this one; with `where`: those for which it holds. */
  | { readonly counted: TiedRows; readonly where?: Condition }
  /** Added up, absent ones as 0. */
  | { readonly plus: readonly Expression[] }
  | { readonly minus: Expression }
  /** The product in units of `per`, rounded; inside `total` only. */
  | { readonly times: readonly [Expression, Expression]; readonly per: number }
  /** By the value of a column; 0 for other values. */
  | { readonly choose: string; readonly cases: Readonly<Record<string, Expression>> }
  | { readonly nothing: true }
  /** The sum over all rows, kept within what a JavaScript number holds exactly; 0 when there are none. */
  | { readonly sum: Expression }
  /** The column where `when` holds, else `otherwise`. */
  | { readonly column: string; readonly when: Condition; readonly otherwise: string };

/** Which rows of `table` belong to the row of the query: all of `on` hold. The names in it are the catalogue's, never a caller's. */
export interface TiedRows {
  readonly table: string;
  /** The index that finds them, for engines that need index hints. */
  readonly index: string | undefined;
  readonly on: readonly (
    | { readonly column: string; readonly is: string }
    | { readonly column: string; readonly same: string }
    | { readonly column: string; readonly among: TiedRows }
    | { readonly column: string; readonly tree: string; readonly by: string; readonly same: string }
  )[];
}

export type Test = '=' | '<' | '>' | '<=' | '>=';

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly some: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly test: Test; readonly on: Expression; readonly value: number | string; readonly zero?: boolean }
  | { readonly among: readonly (number | string)[]; readonly on: Expression }
  | { readonly empty: Expression; readonly text?: boolean }
  /** The column has a value that `by` has in a row of `foundIn` for which `where` holds. */
  | {
      readonly column: string;
      readonly foundIn: string;
      readonly by: Expression;
      readonly where: Condition;
    }
  /** Case-insensitively, in any of the expressions. */
  | { readonly contains: string; readonly on: readonly Expression[] };

/**
 * A query of one table, within one deployment (always the first bound value). Frozen data: the store compiles it once
 * for each shape (everything but the values) and keeps the statement.
 */
export interface Query {
  readonly table: string;
  readonly select: readonly Expression[] | 'count';
  /** Each row once. */
  readonly distinct?: boolean;
  readonly where: Condition;
  readonly order: readonly { readonly by: Expression; readonly descending: boolean }[];
  readonly limit: number;
  readonly offset: number;
}

/** Holds for every row; the neutral element of `all`. */
export const always: Condition = Object.freeze({ all: [] });

/** Holds for no row; the neutral element of `some`. */
export const never: Condition = Object.freeze({ some: [] });

/** Holds where every condition holds. */
export const both = (...conditions: readonly Condition[]): Condition => {
  const real = conditions.filter((each) => !('all' in each && each.all.length === 0));
  return real.length === 1 && real[0] ? real[0] : { all: real };
};

/**
 * Walks a query in a fixed order and returns its shape (a text that is the same for queries that differ only in values) and
 * its values. Slot 0 is the deployment; slots follow in the order of the walk, which `compile.ts` repeats.
 */
export function shapeOf(
  query: Query,
  deployment: number,
): { readonly shape: string; readonly values: readonly Bound[] } {
  const values: Bound[] = [deployment];
  const limited = query.select === 'count' && query.limit > 0 ? '#' : '';
  let shape = `${query.table}${limited}\n${query.distinct ? 'distinct ' : ''}${query.select === 'count' ? '#' : selectShape(query.select, values)}`;
  shape += `\n${conditionShape(query.where, values)}\n`;
  for (const { by, descending } of query.order)
    shape += `${descending ? '-' : '+'}${expressionShape(by, values)};`;
  values.push(query.limit, query.offset);
  return { shape, values };
}

// The columns of a selection are the same frozen list at every request: a short name stands for their shape, because the key of a statement
// is made and looked up at every request, and its cost grows with its length. The name is a digest: a selection that was not kept and is made
// again finds its old statement.
const selectNames = new WeakMap<readonly Expression[], string>();

function selectShape(select: readonly Expression[], values: Bound[]): string {
  const known = selectNames.get(select);
  if (known !== undefined) return known;
  const before = values.length;
  let shape = '';
  for (const each of select) shape += `${expressionShape(each, values)};`;
  if (values.length === before && Object.isFrozen(select))
    selectNames.set(select, `@${hash('sha256', shape, 'base64url')}`);
  return selectNames.get(select) ?? shape;
}

/** What is bound to a slot: a value, or a list for `among`. */
export type Bound = Stored | readonly (number | string)[];

function expressionShape(expression: Expression, values: Bound[]): string {
  if ('when' in expression) {
    const when = conditionShape(expression.when, values);
    return `${expression.column}?${when}:${expression.otherwise}`;
  }
  if ('column' in expression) return expression.column;
  if ('sum' in expression) return `sum(${expressionShape(expression.sum, values)})`;
  if ('joined' in expression) return `j(${expression.joined.join(' ')})`;
  if ('any' in expression)
    return `a(${expression.any.map((each) => expressionShape(each, values)).join(',')})`;
  if ('through' in expression) {
    return `${expression.through}>${expression.table}.${expressionShape(expression.expression, values)}`;
  }
  if ('having' in expression) {
    const type = expression.type ? `(${expression.type.column}=${expression.type.is})` : '';
    return `${expression.having}<${expression.by}${type}.${expressionShape(expression.expression, values)}`;
  }
  if (('counted' in expression || 'highest' in expression) && expression.where) {
    const { where, ...rest } = expression;
    return `${JSON.stringify(rest)}[${conditionShape(where, values)}]`;
  }
  // The rest holds no values of a caller: its own text is its shape, made once.
  let known = constantShapes.get(expression);
  if (known === undefined) {
    known = JSON.stringify(expression);
    constantShapes.set(expression, known);
  }
  return known;
}

const constantShapes = new WeakMap<Expression, string>();

function conditionShape(condition: Condition, values: Bound[]): string {
  if ('all' in condition) return `&(${condition.all.map((each) => conditionShape(each, values)).join(',')})`;
  if ('some' in condition)
    return `|(${condition.some.map((each) => conditionShape(each, values)).join(',')})`;
  if ('not' in condition) return `!(${conditionShape(condition.not, values)})`;
  if ('test' in condition) {
    const on = expressionShape(condition.on, values);
    values.push(condition.value);
    return `${condition.test}${condition.zero ? '0' : ''}(${on})`;
  }
  if ('among' in condition) {
    const on = expressionShape(condition.on, values);
    values.push(condition.among);
    return `in(${on})`;
  }
  if ('foundIn' in condition) {
    const by = expressionShape(condition.by, values);
    return `${condition.column}<${condition.foundIn}.${by}[${conditionShape(condition.where, values)}]`;
  }
  if ('empty' in condition)
    return `e${condition.text ? 't' : ''}(${expressionShape(condition.empty, values)})`;
  const on = condition.on.map((each) => expressionShape(each, values)).join(',');
  values.push(condition.contains);
  return `~(${on})`;
}
