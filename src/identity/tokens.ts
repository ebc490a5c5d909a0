import type { Query } from '../store/query.ts';
import type { Reading, Values, Writing } from '../store/store.ts';
import type { ApplicationType } from './applications.ts';
import { type Person, personOf } from './people.ts';
import { accessToken, digestText, refreshToken } from './secrets.ts';

/** Seconds. A caller may ask for a shorter life of an access token, or a longer one up to `tokenMax`. */
export const lifetimes = Object.freeze({
  token: 30 * 86_400,
  tokenMax: 3 * 365 * 86_400,
  refresh: 180 * 86_400,
  /** From the consent to the end of the last token that comes of it. */
  authorization: 3 * 365 * 86_400,
  code: 600,
  grace: 30,
});

/** An access token with its application and its person, read by one statement. */
export interface Bearer {
  readonly digest: string;
  readonly scope: string;
  readonly expires: number;
  readonly revoked: boolean;
  readonly application: {
    readonly id: number;
    readonly clientId: string;
    readonly name: string;
    readonly type: ApplicationType;
    readonly addresses: string | null;
    readonly domains: string | null;
    readonly disabled: boolean;
  };
  /** `undefined`: gone. */
  readonly person: Person | undefined;
}

const application = (column: string) => ({
  through: 'application_id',
  table: 'applications',
  expression: { column },
});
const staff = (column: string) => ({ through: 'staff_id', table: 'staff', expression: { column } });

const bearerColumns = Object.freeze([
  ...['scope', 'date_expires', 'date_revoked'].map((column) => ({ column })),
  ...['id', 'client_id', 'name', 'type', 'allow_addresses', 'allow_domains', 'disabled'].map(application),
  ...['id', 'username', 'firstname', 'surname', 'email', 'standing', 'access', 'financial_level'].map(staff),
]);

/** One statement for token, application and person: on Postgres it is one round trip. */
export async function findBearer(
  store: Reading,
  deployment: number,
  token: string,
): Promise<Bearer | undefined> {
  const hash = digestText(token);
  const query: Query = {
    table: 'tokens',
    select: bearerColumns,
    where: { test: '=', on: { column: 'digest' }, value: hash },
    order: [],
    limit: 1,
    offset: 0,
  };
  const [row] = await store.select(deployment, query);
  if (!row) return undefined;
  const [scope, expires, revoked, id, clientId, name, type, addresses, domains, disabled] = row;
  const [personId, username, firstname, surname, email, standing, access, financial_level] = row.slice(10);
  return {
    digest: hash,
    scope: scope as string,
    expires: expires as number,
    revoked: revoked !== null || id === null,
    application: {
      id: id as number,
      clientId: clientId as string,
      name: name as string,
      type: type as ApplicationType,
      addresses: (addresses ?? null) as string | null,
      domains: (domains ?? null) as string | null,
      disabled: disabled !== 0,
    },
    person:
      personId == null
        ? undefined
        : personOf({
            id: personId,
            username,
            firstname,
            surname,
            email,
            standing,
            access,
            financial_level,
          } as never),
  };
}

export interface NewAccess {
  readonly family: string;
  readonly applicationId: number;
  readonly staffId: number;
  readonly scope: string;
  /** Seconds the access token lives. */
  readonly lifetime: number;
  /** Only a sandbox pins a value. */
  readonly pinned?: string | undefined;
}

export interface NewTokens extends NewAccess {
  readonly refreshable: boolean;
  /** What the refresh token may ask for later; the scope of the access token by default. */
  readonly granted?: string | undefined;
  /** Whether the client gave its secret. */
  readonly authenticated?: boolean | undefined;
  /** Unix seconds at which the person agreed; now by default. */
  readonly authorized?: number | undefined;
  /** Seconds from then until all of the family ends; `lifetimes.authorization` by default. */
  readonly refreshableFor?: number | undefined;
}

export interface IssuedTokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly lifetime: number;
  readonly scope: string;
}

/** Writes an access token and returns it. `now` in unix seconds. */
export async function issueAccess(
  writing: Writing,
  deployment: number,
  given: NewAccess,
  now: number,
): Promise<string> {
  const access = given.pinned ?? accessToken();
  await writing.insert(deployment, 'tokens', {
    digest: digestText(access),
    family: given.family,
    application_id: given.applicationId,
    staff_id: given.staffId,
    scope: given.scope,
    date_created: now,
    date_expires: now + given.lifetime,
    date_revoked: null,
  });
  return access;
}

/**
 * Writes an access token and, where the grant has one, its refresh token. `now` in unix seconds. The family of a refresh token is locked
 * before (`findLocked`).
 */
export async function issueTokens(
  writing: Writing,
  deployment: number,
  given: NewTokens,
  now: number,
): Promise<IssuedTokens> {
  const { scope, authorized = now, refreshableFor = lifetimes.authorization } = given;
  if (!given.refreshable) {
    const access = await issueAccess(writing, deployment, given, now);
    return { access, refresh: undefined, lifetime: given.lifetime, scope };
  }
  // However often it is renewed, all of it ends with the authorization.
  const ends = authorized + refreshableFor;
  const lifetime = Math.min(given.lifetime, ends - now);
  const access = await issueAccess(writing, deployment, { ...given, lifetime }, now);
  const refresh = refreshToken();
  await writing.insert(deployment, 'refresh_tokens', {
    digest: digestText(refresh),
    family: given.family,
    application_id: given.applicationId,
    staff_id: given.staffId,
    scope: given.granted ?? scope,
    lifetime,
    date_created: now,
    date_expires: Math.min(now + lifetimes.refresh, ends),
    date_authorized: authorized,
    date_revoked: null,
    date_replaced: null,
    successor: null,
    authenticated: given.authenticated ? 1 : 0,
  });
  return { access, refresh, lifetime, scope };
}

/**
 * Until the commit nobody else issues or revokes tokens of this family. Only a later statement sees what the previous holder of the lock has
 * left: do not act upon what was read before. The row is swept when no token of the family can be left; locking the family after that makes
 * the row again.
 */
async function lockFamily(writing: Writing, deployment: number, family: string, now: number): Promise<void> {
  await writing.upsert(deployment, 'token_families', { family, date_expires: now + lifetimes.refresh });
}

interface LockedRow {
  readonly table: 'grants' | 'refresh_tokens';
  readonly columns: readonly string[];
  readonly digest: string;
  /** Unix seconds. */
  readonly now: number;
}

/** A grant or a refresh token, read when its family is locked. */
export async function findLocked(
  writing: Writing,
  deployment: number,
  { table, columns, digest, now }: LockedRow,
): Promise<Values | undefined> {
  const found = await writing.find(deployment, table, ['family'], { digest });
  if (!found) return undefined;
  await lockFamily(writing, deployment, found.family as string, now);
  return writing.find(deployment, table, columns, { digest });
}

/** Ends every access and refresh token that came of one authorization. */
export async function revokeFamily(
  writing: Writing,
  deployment: number,
  family: string,
  now: number,
): Promise<void> {
  await lockFamily(writing, deployment, family, now);
  await writing.update(deployment, 'tokens', { family, date_revoked: null }, { date_revoked: now });
  await writing.update(deployment, 'refresh_tokens', { family, date_revoked: null }, { date_revoked: now });
  await writing.update(deployment, 'token_families', { family, date_revoked: null }, { date_revoked: now });
}

export interface Revocation {
  readonly token: string;
  readonly applicationId: number;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Ends a token of one application, access or refresh; with a refresh token its whole family (RFC 7009). A token that is unknown,
 * or another application's, is left alone; the answer does not tell the caller so.
 */
export async function revokeToken(
  writing: Writing,
  deployment: number,
  { token, applicationId, now }: Revocation,
): Promise<boolean> {
  const hash = digestText(token);
  const own = { digest: hash, application_id: applicationId };
  const refresh = await writing.find(deployment, 'refresh_tokens', ['family'], own);
  if (refresh) {
    await revokeFamily(writing, deployment, refresh.family as string, now);
    return true;
  }
  return (
    (await writing.update(deployment, 'tokens', { ...own, date_revoked: null }, { date_revoked: now })) > 0
  );
}
