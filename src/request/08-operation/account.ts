import { refuse } from '../../contract/refuse.ts';
import { type Person, personColumns, personOf } from '../../identity/people.ts';
import type { Reading, Values } from '../../store/store.ts';

/** Columns of the resource staff that an account shows beside the person. */
const columns = [
  'title',
  'email',
  'mobile',
  'phone',
  'fax',
  'position',
  'username',
  'firstname',
  'surname',
  'timezone',
] as const;

/** What the answers with a token, of `tokeninfo` and of `user` show of an account. */
export interface Account {
  readonly person: Person;
  readonly details: Readonly<Record<string, string | null>>;
}

const accountColumns = Object.freeze([...new Set([...personColumns, ...columns])]);

/** The account that a token is for, by one statement. Refuses `user.invalid` for one that is gone or not active. */
export async function activeAccount(store: Reading, deployment: number, id: number): Promise<Account> {
  const row = await store.find(deployment, 'staff', accountColumns, { id });
  if (row?.standing !== 'active')
    refuse('user.invalid', { exact: `staff ${id} is ${row?.standing ?? 'gone'}` });
  return { person: personOf(row), details: detailsIn(row) };
}

export async function loadAccount(store: Reading, deployment: number, person: Person): Promise<Account> {
  const row = (await store.find(deployment, 'staff', columns, { id: person.id })) ?? {};
  return { person, details: detailsIn(row) };
}

function detailsIn(row: Values): Account['details'] {
  const details: Record<string, string | null> = {};
  for (const name of columns) details[name] = (row[name] as string | null | undefined) ?? null;
  return details;
}
