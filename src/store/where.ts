import { sql } from 'kysely';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Bound } from './query.ts';
import { deploymentSlot, slot } from './statement.ts';
import type { Where } from './store.ts';

/** Equal to null means absent. The order of the keys is the order of the slots, which begin with `first`. */
export function whereClause(where: Where, first: number) {
  let at = first;
  const tests = Object.entries(where).map(([column, wanted]) => {
    const name = sql.ref(column);
    if (wanted === null) return sql`${name} is null`;
    const bound = slot(at++);
    if (typeof wanted !== 'object') return sql`${name} = ${bound}`;
    if ('below' in wanted) return sql`${name} < ${bound}`;
    if ('above' in wanted) return sql`${name} > ${bound}`;
    return sql`${name} <> ${bound}`;
  });
  return sql`where ${sql.join([sql`deployment_id = ${deploymentSlot}`, ...tests], sql` and `)}`;
}

function testOf(wanted: Where[string]): string {
  if (wanted === null) return '0';
  return typeof wanted !== 'object' ? '=' : Object.keys(wanted).join();
}

/** The same for conditions that differ only in values. */
export const whereShape = (where: Where): string =>
  Object.entries(where)
    .map(([column, wanted]) => `${column}${testOf(wanted)}`)
    .join(' ');

/** The values of the slots: the deployment, and one for each condition that has a value. */
export function whereValues(deployment: number, where: Where): Bound[] {
  const values: Bound[] = [deployment];
  for (const wanted of Object.values(where)) {
    if (wanted === null) continue;
    values.push(typeof wanted === 'object' ? (Object.values(wanted)[0] as Stored) : wanted);
  }
  return values;
}
