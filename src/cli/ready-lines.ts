import { BadUsage } from './failure.ts';

/** Where a deployment is reached, for lines to paste: as told, else at this machine's usual port. */
export function urlOf(deployment: string, told: string | undefined): string {
  if (told === undefined)
    return `http://${deployment}.api.localhost:${process.env.ACCORD_PORT || process.env.PORT || '4280'}`;
  if (!URL.canParse(told) || !['http:', 'https:'].includes(new URL(told).protocol)) {
    throw new BadUsage(`--url is "${told}": a URL that begins with http:// or https:// is wanted`);
  }
  return new URL(told).origin;
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
