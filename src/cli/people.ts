import { wholeNumber } from '../catalogue/kinds/kind.ts';
import { Failure } from '../contract/failure.ts';
import { findByUsername, findPerson, type Person } from '../identity/people.ts';
import type { Reading } from '../store/store.ts';

/** A member of staff by username, or else by id. */
export async function personNamed(
  store: Reading,
  deployment: { readonly id: number; readonly name: string },
  name: string,
): Promise<Person> {
  const found = (await findByUsername(store, deployment.id, name))?.person;
  if (found) return found;
  const id = wholeNumber(name);
  const person = id === undefined ? undefined : await findPerson(store, deployment.id, id);
  if (!person)
    throw new Failure(`deployment ${deployment.name} has no staff member ${name}: see accord staff list`);
  return person;
}

/** Usernames by id, for tables. */
export async function usernames(
  store: Reading,
  deployment: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string | null>> {
  const rows = await Promise.all(
    [...new Set(ids)].map((id) => store.find(deployment, 'staff', ['id', 'username'], { id })),
  );
  return new Map(
    rows.filter((row) => row !== undefined).map((row) => [row.id as number, row.username as string | null]),
  );
}
