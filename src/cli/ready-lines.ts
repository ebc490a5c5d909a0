import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { announcement } from '../sandbox/announcement.ts';
import { BadUsage } from './failure.ts';

/**
 * Where a deployment is reached, for lines to paste: as told, else where the sandbox on this data folder says that it listens, else at this machine's
 * usual port.
 */
export function urlOf(deployment: string, told: string | undefined, { data }: Pick<Config, 'data'>): string {
  if (told === undefined) {
    const { protocol, port } = listening(data);
    return `${protocol}//${deployment}.api.localhost:${port}`;
  }
  if (!URL.canParse(told) || !['http:', 'https:'].includes(new URL(told).protocol)) {
    throw new BadUsage(`--url is "${told}": a URL that begins with http:// or https:// is wanted`);
  }
  return new URL(told).origin;
}

/** A sandbox says on its data folder where it listens; no other server does. */
function listening(data: string): { readonly protocol: string; readonly port: string } {
  const usual = { protocol: 'http:', port: process.env.ACCORD_PORT || process.env.PORT || '4280' };
  try {
    const { url } = JSON.parse(readFileSync(announcement(data), 'utf8')) as { readonly url: string };
    const { protocol, port } = new URL(url);
    return { protocol, port: port || (protocol === 'https:' ? '443' : '80') };
  } catch {
    return usual;
  }
}

/** What goes into a shell line between single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export const curlForToken = (url: string, client: string, secret: string): string =>
  `curl -u ${quoted(`${client}:${secret}`)} -d grant_type=client_credentials ${quoted(`${url}/oauth2/v0/token`)}`;

export const curlForList = (url: string, token: string): string =>
  `curl -H ${quoted(`Authorization: Bearer ${token}`)} ${quoted(`${url}/api/v0/companies`)}`;

/** The page where a person authorizes a web or installed application. */
export function authorizeUrl(url: string, client: string, redirectUri: string | undefined): string {
  const query = new URLSearchParams({
    client_id: client,
    response_type: 'code',
    ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
  });
  return `${url}/oauth2/v0/authorize?${query}`;
}
