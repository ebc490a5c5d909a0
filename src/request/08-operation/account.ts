import type { Person } from '../../identity/people.ts';
import type { Reading } from '../../store/store.ts';

/** What a staff member says of itself beside who it is; columns of the resource staff. */
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

/** Everything of an account that comes with a token, with `tokeninfo` and with `user`. */
export interface Account {
  readonly person: Person;
  readonly details: Readonly<Record<string, string | null>>;
}

export async function loadAccount(store: Reading, deployment: number, person: Person): Promise<Account> {
  const row = (await store.find(deployment, 'staff', columns, { id: person.id })) ?? {};
  const details = Object.fromEntries(
    columns.map((name) => [name, (row[name] as string | null | undefined) ?? null]),
  );
  return { person, details };
}
