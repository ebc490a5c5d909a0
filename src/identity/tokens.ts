import type { Query } from '../store/query.ts';
import type { Reading, Writing } from '../store/store.ts';
import type { ApplicationType } from './applications.ts';
import { type Person, personOf } from './people.ts';
import { accessToken, digestText, refreshToken } from './secrets.ts';

/** Seconds. A caller may ask for a shorter life of an access token, or a longer one up to `longest`. */
export const lifetimes = Object.freeze({
  token: 30 * 86_400,
  longest: 3 * 365 * 86_400,
  refresh: 180 * 86_400,
  code: 600,
  grace: 30,
});

/** What an access token says, with its application and its person, read by one statement. */
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

export interface NewTokens {
  readonly family: string;
  readonly applicationId: number;
  readonly staffId: number;
  readonly scope: string;
  /** Seconds the access token lives. */
  readonly lifetime: number;
  readonly refreshable: boolean;
  /** Only a sandbox pins a value. */
  readonly pinned?: string | undefined;
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly lifetime: number;
  readonly scope: string;
}

/** Writes an access token and, where the grant has one, its refresh token. `now` in unix seconds. */
export async function issueTokens(
  writing: Writing,
  deployment: number,
  given: NewTokens,
  now: number,
): Promise<Tokens> {
  const access = given.pinned ?? accessToken();
  const shared = {
    family: given.family,
    application_id: given.applicationId,
    staff_id: given.staffId,
    scope: given.scope,
  };
  await writing.insert(deployment, 'tokens', {
    digest: digestText(access),
    ...shared,
    date_created: now,
    date_expires: now + given.lifetime,
    date_revoked: null,
  });
  const refresh = given.refreshable ? refreshToken() : undefined;
  if (refresh !== undefined) {
    await writing.insert(deployment, 'refresh_tokens', {
      digest: digestText(refresh),
      ...shared,
      lifetime: given.lifetime,
      date_created: now,
      date_expires: now + lifetimes.refresh,
      date_revoked: null,
      date_replaced: null,
      successor: null,
    });
  }
  return { access, refresh, lifetime: given.lifetime, scope: given.scope };
}

/** Ends every access and refresh token that came of one authorization. */
export async function revokeFamily(
  writing: Writing,
  deployment: number,
  family: string,
  now: number,
): Promise<void> {
  await writing.update(deployment, 'tokens', { family, date_revoked: null }, { date_revoked: now });
  await writing.update(deployment, 'refresh_tokens', { family, date_revoked: null }, { date_revoked: now });
}

/**
 * Ends a token of one application, access or refresh; with a refresh token its whole family (RFC 7009). A token that is unknown,
 * or another application's, is left alone, and the caller is not told.
 */
export async function revokeToken(
  writing: Writing,
  deployment: number,
  token: string,
  applicationId: number,
  now: number,
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
