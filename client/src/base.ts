/** Where the API is. */
export interface Base {
  /** `acme` for `https://acme.api.accelo.com`. */
  readonly deployment?: string | undefined;
  /** Another server, such as `http://planet-express.api.localhost:4280`; a path below which it is may follow, and `/api/v0`. */
  readonly baseUrl?: string | undefined;
}

/**
 * Without a slash at the end. Throws `TypeError` when neither is told, or it is no address; the message does not repeat it, for there may
 * be a password in it.
 */
export function baseOf({ deployment, baseUrl }: Base): string {
  if (baseUrl !== undefined) return addressIn(baseUrl);
  if (typeof deployment !== 'string' || !/^[a-z0-9-]+$/i.test(deployment))
    throw new TypeError('createClient wants a deployment, such as acme, or a baseUrl');
  return `https://${deployment.toLowerCase()}.api.accelo.com`;
}

function addressIn(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TypeError('the baseUrl is no address: http://host:port or https://host is wanted');
  if (url.username || url.password || url.search || url.hash)
    throw new TypeError('the baseUrl may have a host, a port and a path, but neither a user nor ? nor #');
  return url.origin + url.pathname.replace(/(\/api\/v0)?\/*$/, '');
}
