import { readFileSync } from 'node:fs';
import { BadUsage } from '../contract/failure.ts';
import { announcement } from '../sandbox/announcement.ts';
import type { Environment } from './terminal.ts';

/** The host of a deployment without a port, by the settings of the environment. */
export const hostOf = (deployment: string, { ACCORD_DOMAIN }: Environment): string =>
  `${deployment}.${ACCORD_DOMAIN?.toLowerCase() || 'api.localhost'}`;

/** Where a server that has the settings of the environment serves a deployment. */
export function usualUrl(deployment: string, environment: Environment): string {
  const { ACCORD_TLS_CERT, ACCORD_TRUST = '', ACCORD_PORT, PORT } = environment;
  const secure = Boolean(ACCORD_TLS_CERT) || ['1', 'yes', 'true'].includes(ACCORD_TRUST);
  return originOf(
    secure ? 'https:' : 'http:',
    hostOf(deployment, environment),
    ACCORD_PORT || PORT || '4280',
  );
}

interface Known {
  /** That of the flag. */
  readonly url: string | undefined;
  /** Data folder. */
  readonly data: string;
  readonly environment: Environment;
}

/** Where a deployment is reached, for lines to paste: at the URL of the flag, else where the sandbox of the data folder listens, else by the settings. */
export function urlOf(deployment: string, { url, data, environment }: Known): string {
  if (url === undefined) {
    const running = sandboxOn(data);
    return running
      ? originOf(running.protocol, hostOf(deployment, environment), running.port)
      : usualUrl(deployment, environment);
  }
  if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol)) {
    throw new BadUsage(`--url is "${url}": a URL that begins with http:// or https:// is wanted`);
  }
  return new URL(url).origin;
}

/** Without the port that the scheme implies. */
const originOf = (protocol: string, host: string, port: string): string =>
  new URL(`${protocol}//${host}:${port || (protocol === 'https:' ? '443' : '80')}`).origin;

/** The sandbox that runs on a data folder, by what it announced there. */
export function sandboxOn(data: string): URL | undefined {
  try {
    return new URL((JSON.parse(readFileSync(announcement(data), 'utf8')) as { url: string }).url);
  } catch {
    return undefined;
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
