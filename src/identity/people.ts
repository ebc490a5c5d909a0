import type { AccessLevel } from '../catalogue/resource.ts';
import { Bounded } from '../store/bounded.ts';
import type { Reading, Values } from '../store/store.ts';

/** A staff member, with what decides what they may do. */
export interface Person {
  readonly id: number;
  readonly username: string | null;
  readonly firstname: string | null;
  readonly surname: string | null;
  readonly email: string | null;
  readonly standing: string | null;
  readonly access: Access;
  /** `none`, `time` or `all`; `null`: not set. */
  readonly financialLevel: string | null;
}

/** What a person may do: a level for everything, and others for single resources (by scope name). */
export interface Access {
  readonly everything: AccessLevel;
  readonly single: Readonly<Record<string, AccessLevel>>;
}

const noAccess: Access = Object.freeze({ everything: 'none', single: {} });
/** A level for each name takes some five times its text. */
const parsedAccess = new Bounded<Access>({
  entriesMax: 10_000,
  bytesMax: 8 * 1_024 * 1_024,
  bytesOf: ({ single }) => 200 + 100 * Object.keys(single).length,
});

/** From the text kept with a staff member: `{"everything":"admin","companies":"none"}`. What does not parse gives no access. */
export function parseAccess(text: string | null): Access {
  if (text === null) return noAccess;
  return parsedAccess.keep(text, () => accessOf(text));
}

function accessOf(text: string): Access {
  try {
    const { everything, ...single } = JSON.parse(text) as Record<string, AccessLevel>;
    return Object.freeze({ everything: everything ?? 'none', single: Object.freeze(single) });
  } catch {
    return noAccess;
  }
}

export const printAccess = ({ everything, single }: Access): string =>
  JSON.stringify({ everything, ...single });

const rank = { none: 0, standard: 1, admin: 2 } as const;

/** Whether an access reaches a level for what a scope name governs. */
export function reaches(access: Access, scope: string, level: AccessLevel): boolean {
  const own = Object.hasOwn(access.single, scope) ? access.single[scope] : access.everything;
  return rank[own ?? 'none'] >= rank[level];
}

/** Full financial access: that of the level `all`, and that of administrators of whom nobody has said. */
export const seesFinances = ({ financialLevel, access }: Person, scope: string): boolean =>
  financialLevel === null ? reaches(access, scope, 'admin') : financialLevel === 'all';

/** The columns that `personOf` reads. */
export const personColumns = [
  'id',
  'username',
  'firstname',
  'surname',
  'email',
  'standing',
  'access',
  'financial_level',
] as const;

export const personOf = (row: Values): Person => ({
  id: row.id as number,
  username: row.username as string | null,
  firstname: row.firstname as string | null,
  surname: row.surname as string | null,
  email: row.email as string | null,
  standing: row.standing as string | null,
  access: parseAccess(row.access as string | null),
  financialLevel: (row.financial_level ?? null) as string | null,
});

/** With the argon2id hash of the password, for the sign-in. */
export async function findByUsername(
  store: Reading,
  deployment: number,
  username: string,
): Promise<{ readonly person: Person; readonly password: string | undefined } | undefined> {
  const row = await store.find(deployment, 'staff', [...personColumns, 'password'], { username });
  return row && { person: personOf(row), password: (row.password as string | null) ?? undefined };
}

export async function findPerson(
  store: Reading,
  deployment: number,
  id: number,
): Promise<Person | undefined> {
  const row = await store.find(deployment, 'staff', personColumns, { id });
  return row && personOf(row);
}
