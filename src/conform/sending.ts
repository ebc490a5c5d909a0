/** A request as a probe describes it; the wire adds `Host` and the length of the body. */
export interface Sending {
  readonly method?: string;
  /** With the query, encoded as it is to go out. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Another `Host` than that of the server. */
  readonly host?: string;
  /** Whether a caller who is let in sends it to a resource: it then counts against the hour of the deployment. */
  readonly metered?: true;
  /** The path of a list that this may add an object to; the object is removed at the end. */
  readonly creates?: string;
  /** Meant to meet a lock or the end of the quota, which ends the run elsewhere. */
  readonly provokes?: true;
}

/** What came back. */
export interface ProbeAnswer {
  readonly sending: Sending;
  readonly http: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names as they were written on the wire. */
  readonly names: readonly string[];
  readonly text: string;
}

type Values = Readonly<Record<string, string>>;

/** A form in the body. */
export const form = (values: Values, headers: Values = {}): Pick<Sending, 'headers' | 'body'> => ({
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(values).toString(),
});

export const json = (body: unknown, headers: Values = {}): Pick<Sending, 'headers' | 'body'> => ({
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export const bearer = (token: string): Values => ({ Authorization: `Bearer ${token}` });

export const basic = ({ id, secret }: { readonly id: string; readonly secret: string }): Values => ({
  Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

export const api = '/api/v0';
export const tokenPath = '/oauth2/v0/token';
export const revokePath = '/oauth2/v0/revoke';
export const authorizePath = '/oauth2/v0/authorize';

/** Whether a path belongs to resources, not to OAuth or the pages. */
export const isApiRequest = ({ path }: Sending): boolean => /^\/(public_)?api\//.test(path);
export const isOAuth = ({ path }: Sending): boolean =>
  path.startsWith('/oauth2/') && !path.startsWith(authorizePath);
