import type { Stored } from '../catalogue/kinds/kind.ts';
import { Refusal } from '../contract/refuse.ts';
import type { Reading } from '../store/store.ts';
import type { Prepared } from './prepare.ts';
import { type Problems, placeWithId } from './problems.ts';

/**
 * After a write found that something is taken: all ids and unique values of a load that are, by an object that is there or by one before it in the
 * load. A database tells of the first only. Answers whether there are any.
 */
export async function addTaken(
  rows: readonly Prepared[],
  store: Reading,
  deployment: number,
  problems: Problems,
): Promise<boolean> {
  let some = false;
  const seen = new Set<string>();
  for (const row of rows) {
    for (const names of [['id'], ...row.resource.unique]) {
      const values = names.map((name) => (name === 'id' ? (row.id ?? null) : (row.values[name] ?? null)));
      if (values.some((value) => value === null || value === '')) continue;
      const key = JSON.stringify([row.resource.name, names, values]);
      if (seen.has(key) || (await isThere(row, names, values, { store, deployment }))) {
        some = true;
        problems.addRefusal(takenRefusal(row, names.at(-1) as string), placeWithId(row));
        break;
      }
      seen.add(key);
    }
  }
  return some;
}

async function isThere(
  { resource }: Prepared,
  names: readonly string[],
  values: readonly Stored[],
  { store, deployment }: { readonly store: Reading; readonly deployment: number },
): Promise<boolean> {
  const where = Object.fromEntries(
    names.map((name, i) => [resource.fields[name]?.column ?? name, values[i] ?? null]),
  );
  return (await store.find(deployment, resource.name, ['id'], where)) !== undefined;
}

/** What the API would say of a field that is taken. */
export const takenRefusal = ({ resource, names }: Prepared, field: string): Refusal =>
  new Refusal(`${field}.taken` as Refusal['because'], {
    field: names[field] ?? field,
    object: resource.title,
    singular: resource.singular.replaceAll('_', ' '),
  });
