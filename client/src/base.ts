/** Where the API is. */
export interface Base {
  /** `acme` for `https://acme.api.accelo.com`. */
  readonly deployment?: string | undefined;
  /** Another server, such as `http://planet-express.api.localhost:4280`. */
  readonly baseUrl?: string | undefined;
}

/** Without a slash at the end. Throws `TypeError` when neither is told. */
export function baseOf({ deployment, baseUrl }: Base): string {
  if (baseUrl !== undefined) return baseUrl.replace(/\/+$/, '');
  if (deployment === undefined || !/^[a-z0-9-]+$/i.test(deployment))
    throw new TypeError('createClient wants a deployment, such as acme, or a baseUrl');
  return `https://${deployment}.api.accelo.com`;
}
