import type { Application } from '../identity/applications.ts';

/** Whether an application registered this URI: to the letter, but for the port on a loopback address of an installed one. */
export function isRegistered({ type, redirectUris }: Application, uri: string): boolean {
  if (redirectUris.includes(uri)) return true;
  if (type !== 'installed') return false;
  const wanted = withoutPort(uri);
  return wanted !== undefined && redirectUris.some((registered) => withoutPort(registered) === wanted);
}

const loopback = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?=[/?]|$)/;

/**
 * "The authorization server MUST allow any port to be specified at the time of the request for loopback IP redirect URIs"
 * — RFC 8252, 7.3. `localhost` is none: it is a name, which may lead elsewhere (8.3).
 */
function withoutPort(uri: string): string | undefined {
  const [start, address] = loopback.exec(uri) ?? [];
  return start === undefined || !URL.canParse(uri) ? undefined : `${address}${uri.slice(start.length)}`;
}

export type Sendable = Readonly<Record<string, string | undefined>>;

/** A redirect URI with parameters behind those it has (RFC 6749, 4.1.2); ASCII throughout, so that it may stand in a header. */
export function withParameters(uri: string, parameters: Sendable): string {
  const url = new URL(uri);
  const added = queryOf(parameters);
  url.search = url.search === '' ? added : `${url.search}&${added}`;
  return url.href;
}

/** As `application/x-www-form-urlencoded`, without what is `undefined`. */
export function queryOf(parameters: Sendable): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.append(name, value);
  return query.toString();
}

/** The part of a redirect URI by which a person can judge it: its host, or the scheme of an application on the device. */
export function redirectHostOf(uri: string): string {
  const { protocol, host } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? host : protocol;
}
