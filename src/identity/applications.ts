import { Bounded } from '../store/bounded.ts';
import { Clash, type Reading, type Store, type Values } from '../store/store.ts';
import { parseRanges, type Ranges } from './address.ts';
import { covers, parseStoredScope, type Scope } from './scope.ts';
import { clientId, clientSecret, digestText } from './secrets.ts';

export type ApplicationType = 'service' | 'web' | 'installed';

/** A registered client. */
export interface Application {
  readonly id: number;
  readonly clientId: string;
  /** Digest of the client secret. */
  readonly secret: string;
  readonly name: string;
  readonly type: ApplicationType;
  /** The staff member who registered it; service applications act for this person. */
  readonly staffId: number;
  readonly redirectUris: readonly string[];
  /** JSON list of CIDR ranges, as stored; `null`: from anywhere. */
  readonly allowAddresses: string | null;
  /** JSON list of lower-case host names; `null`: no restriction (and no cross-origin access from browsers). */
  readonly allowDomains: string | null;
  readonly defaultScope: string;
  /** Canonical text of the most it may ask for; `null`: anything. */
  readonly allowScope: string | null;
  /** No authorization request without a PKCE challenge. */
  readonly requirePkce: boolean;
  readonly disabled: boolean;
}

const columns = [
  'id',
  'client_id',
  'secret',
  'name',
  'type',
  'staff_id',
  'redirect_uris',
  'allow_addresses',
  'allow_domains',
  'default_scope',
  'allow_scope',
  'require_pkce',
  'disabled',
] as const;

/** Parsed lists are kept by their text: a row is read at every request, its lists hardly ever change. */
const bounds = {
  entriesMax: 10_000,
  bytesMax: 8 * 1_024 * 1_024,
  bytesOf: (list: readonly unknown[]): number => 300 * list.length,
};
const lists = new Bounded<readonly string[]>(bounds);
const ranges = new Bounded<Ranges>(bounds);

export const domainsOf = (text: string): readonly string[] =>
  lists.keep(text, () => Object.freeze(JSON.parse(text) as string[]));
export const rangesOf = (text: string): Ranges =>
  ranges.keep(text, () => parseRanges(JSON.parse(text) as string[]));

function applicationOf(row: Values): Application {
  return Object.freeze({
    id: row.id as number,
    clientId: row.client_id as string,
    secret: row.secret as string,
    name: row.name as string,
    type: row.type as ApplicationType,
    staffId: row.staff_id as number,
    redirectUris: JSON.parse(row.redirect_uris as string) as string[],
    allowAddresses: row.allow_addresses as string | null,
    allowDomains: row.allow_domains as string | null,
    defaultScope: row.default_scope as string,
    allowScope: (row.allow_scope ?? null) as string | null,
    requirePkce: row.require_pkce === 1,
    disabled: row.disabled === 1,
  });
}

export async function findApplication(
  store: Reading,
  deployment: number,
  client: string,
): Promise<Application | undefined> {
  const row = await store.find(deployment, 'applications', columns, { client_id: client });
  return row && applicationOf(row);
}

export async function listApplications(store: Reading, deployment: number): Promise<readonly Application[]> {
  return (await store.list(deployment, { table: 'applications', columns, limit: 10_000 })).map(applicationOf);
}

export interface NewApplication {
  readonly type: ApplicationType;
  readonly name: string;
  readonly staffId: number;
  readonly redirectUris?: readonly string[] | undefined;
  readonly allowAddresses?: readonly string[] | undefined;
  readonly allowDomains?: readonly string[] | undefined;
  /** Canonical text of a scope; `allowScope`, else `read(all)`, unless told. */
  readonly defaultScope?: string | undefined;
  /** Canonical text of a scope; anything unless told. */
  readonly allowScope?: string | undefined;
  readonly requirePkce?: boolean | undefined;
  /** Only a sandbox pins these, so that documented examples stay the same. */
  readonly pinned?: { readonly clientId?: string; readonly secret?: string } | undefined;
}

/** Creates an application; the secret is told once, here. Throws an Error fit for people when something does not fit. */
export async function createApplication(
  store: Store,
  deployment: { readonly id: number; readonly name: string },
  given: NewApplication,
  now: number,
): Promise<{ readonly application: Application; readonly secret: string }> {
  const redirectUris = given.redirectUris ?? [];
  for (const uri of redirectUris) checkRedirectUri(uri);
  if (given.type === 'service' && redirectUris.length > 0)
    throw new Error('a service application has no redirect URI');
  if (given.type === 'web' && redirectUris.length === 0)
    throw new Error('a web application needs at least one redirect URI');
  if (given.type === 'installed' && redirectUris.length > 1)
    throw new Error('an installed application has one redirect URI at most');
  if (given.allowAddresses) parseRanges(given.allowAddresses);
  // As a browser writes it in an Origin: nothing else would ever be equal.
  for (const domain of given.allowDomains ?? [])
    if (URL.parse(`http://${domain}`)?.hostname !== domain.toLowerCase())
      throw new Error(
        `"${domain}" is no host name: use one without scheme and port, such as app.example.com`,
      );
  const { allowScope, defaultScope = allowScope ?? 'read(all)' } = given;
  if (!mayAsk({ allowScope: allowScope ?? null }, parseStoredScope(defaultScope)))
    throw new Error(
      `the default scope ${defaultScope} is more than the application may ask for: ${allowScope}`,
    );
  if (given.type === 'service' && given.requirePkce)
    throw new Error('a service application asks nobody, so there is no PKCE to require');
  const secret = given.pinned?.secret ?? clientSecret();
  try {
    return await store.within(async (writing) => {
      const row: Values = {
        id: await writing.nextId(deployment.id, 'applications'),
        client_id: given.pinned?.clientId ?? clientId(deployment.name),
        secret: digestText(secret),
        name: given.name,
        type: given.type,
        staff_id: given.staffId,
        redirect_uris: JSON.stringify(redirectUris),
        allow_addresses: given.allowAddresses?.length ? JSON.stringify(given.allowAddresses) : null,
        allow_domains: given.allowDomains?.length
          ? JSON.stringify(given.allowDomains.map((domain) => domain.toLowerCase()))
          : null,
        default_scope: defaultScope,
        disabled: 0,
        date_created: now,
        allow_scope: given.allowScope ?? null,
        require_pkce: given.requirePkce ? 1 : 0,
      };
      await writing.insert(deployment.id, 'applications', row);
      return { application: applicationOf(row), secret };
    });
  } catch (error) {
    if (error instanceof Clash)
      throw new Error('an application with that client id exists already', { cause: error });
    throw error;
  }
}

/** Whether an application may ask for a scope. */
export const mayAsk = ({ allowScope }: Pick<Application, 'allowScope'>, asked: Scope): boolean =>
  allowScope === null || covers(parseStoredScope(allowScope), asked);

/** A new secret for an application; the old one ends at once. `undefined` when there is no such application. */
export async function rotateSecret(
  store: Store,
  deployment: number,
  client: string,
): Promise<string | undefined> {
  const secret = clientSecret();
  const changed = await store.within((writing) =>
    writing.update(deployment, 'applications', { client_id: client }, { secret: digestText(secret) }),
  );
  return changed > 0 ? secret : undefined;
}

/** A disabled application is unknown, and its tokens count as revoked for as long as it is. */
export async function disableApplication(
  store: Store,
  deployment: number,
  client: string,
  disabled: boolean,
): Promise<boolean> {
  const changed = await store.within((writing) =>
    writing.update(deployment, 'applications', { client_id: client }, { disabled: disabled ? 1 : 0 }),
  );
  return changed > 0;
}

/** `https`, loopback `http`, or a private scheme (RFC 8252); absolute, without a fragment. Throws an Error fit for people. */
export function checkRedirectUri(uri: string): void {
  if (!URL.canParse(uri)) throw new Error(`"${uri}" is not an absolute URI`);
  const { protocol, hostname, hash } = new URL(uri);
  if (hash !== '' || uri.includes('#')) throw new Error(`"${uri}" has a fragment: a redirect URI has none`);
  if (['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:'].includes(protocol))
    throw new Error(`"${uri}" has a scheme that a browser would run`);
  const loopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  if (protocol === 'http:' && !loopback)
    throw new Error(`"${uri}" is not safe: use https, or http on a loopback address only`);
}
