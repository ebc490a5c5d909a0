import { channel } from 'node:diagnostics_channel';
import { type RawBuilder, sql } from 'kysely';
import type { Dialect, Statement } from './engines/engine.ts';

/** Marks where a value goes: compiled statements carry slots, never values. */
export class Slot {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

/** Stands in SQL for the value of that number. */
export const slot = (number: number): Slot => new Slot(number);

/** Slot 0 of every statement. */
export const deploymentSlot = new Slot(0);

/** Publishes every statement when it is compiled (once for each shape), so that tests can hold all of them to a rule. */
export const compiledStatements = channel('accord.statement.compiled');

/** Compiles SQL whose values are all slots. */
export function statementOf(built: RawBuilder<unknown>, dialect: Dialect): Statement {
  const { sql: text, parameters } = dialect.compile(built);
  const slots = parameters.map((parameter) => (parameter as Slot).number);
  const statement: Statement = Object.freeze({ sql: text, slots });
  if (compiledStatements.hasSubscribers) compiledStatements.publish(statement);
  return statement;
}

/** A statement without values. */
export const fixedStatement = (text: string): Statement => ({ sql: text, slots: [] });

/** Terms in one flat chain. */
const chainMax = 50;

/** A long chain as a chain of chains: to an engine each term is one level deeper, and levels are few (1,000 on SQLite). */
export function chained(
  parts: readonly RawBuilder<unknown>[],
  operator: ' and ' | ' or ',
): RawBuilder<unknown> {
  if (parts.length <= chainMax) return sql`(${sql.join(parts, sql.raw(operator))})`;
  const links: RawBuilder<unknown>[] = [];
  for (let at = 0; at < parts.length; at += chainMax)
    links.push(chained(parts.slice(at, at + chainMax), operator));
  return chained(links, operator);
}

export const anyOf = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  parts.length === 0 ? sql`1 = 0` : chained(parts, ' or ');

export const allOf = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  parts.length === 0 ? sql`1 = 1` : chained(parts, ' and ');
