import { type Answer, type Failure, readVerdict } from './verdict.ts';

/** An access token, and what renews it. */
export interface Tokens {
  readonly access: string;
  readonly refresh?: string | undefined;
  /** Unix seconds. */
  readonly expires?: number | undefined;
}

/** Where tokens are kept between runs; all may be asynchronous. */
export interface TokenStorage {
  load(): Tokens | undefined | Promise<Tokens | undefined>;
  /** `undefined`: forget them, they were revoked. */
  save(tokens: Tokens | undefined): void | Promise<void>;
}

interface Application {
  readonly clientId: string;
  /** Installed applications may have none. */
  readonly clientSecret?: string | undefined;
  readonly storage?: TokenStorage | undefined;
}

/** How the client comes by a token. */
export type Auth =
  /** A token from elsewhere, which is not renewed. */
  | { readonly token: string }
  /** A service application. `scope` such as `read(all)`; `expiresIn` in seconds. */
  | (Application & {
      readonly grant: 'client_credentials';
      readonly clientSecret: string;
      readonly scope?: string | undefined;
      readonly expiresIn?: number | undefined;
    })
  /** A web or installed application, just after its user has agreed: `code` and `verifier` as `authorization` tells, `redirectUri` as it was asked for. */
  | (Application & {
      readonly grant: 'authorization_code';
      readonly code: string;
      readonly redirectUri?: string | undefined;
      readonly verifier?: string | undefined;
    })
  /** The same application later: the tokens wait in the storage, or `refreshToken` begins. */
  | (Application & { readonly grant: 'refresh_token'; readonly refreshToken?: string | undefined });

export type Post = (
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** No token could be had. */
export class Unauthenticated extends Error {
  override readonly name = 'Unauthenticated';
  readonly verdict: Failure;
  constructor(verdict: Failure) {
    super(verdict.message);
    this.verdict = verdict;
  }
}

export interface TokenSource {
  /** A token to call with. Rejects with `Unauthenticated`. */
  current(): Promise<string>;
  /** A token other than `refused`; however many ask at once, one request is made. `undefined` when there is no way to one. */
  renew(refused: string): Promise<string | undefined>;
  /** Ends the tokens at the server and forgets them. Rejects with `Unauthenticated` when the server refuses. */
  revoke(): Promise<void>;
}

/** Seconds: a token about to end would end on its way. */
const leeway = 10;

const endpoint = '/oauth2/v0/';

export function tokenSource(auth: Auth, post: Post, now: () => number): TokenSource {
  const end = async (tokens: Tokens, application: Partial<Application>): Promise<void> => {
    const { form, headers } = identified(application);
    const token = tokens.refresh ?? tokens.access;
    const verdict = readVerdict(await post(`${endpoint}revoke`, { token, ...form }, headers), now());
    if (verdict.status !== 'ok') throw new Unauthenticated(verdict);
  };
  if ('token' in auth) {
    const { token } = auth;
    return {
      current: async () => token,
      renew: async () => undefined,
      revoke: async () => {
        throw new TypeError('a token from elsewhere is revoked by the application it was issued to');
      },
    };
  }
  let loaded: Promise<void> | undefined;
  let tokens: Tokens | undefined;
  let code = auth.grant === 'authorization_code' ? auth.code : undefined;
  let renewing: Promise<Tokens> | undefined;

  const ask = async (): Promise<Tokens> => {
    const { form, headers } = identified(auth);
    const grant = grantOf(auth, code, tokens);
    // A code counts once, whatever comes of it.
    code = undefined;
    const answer = await post(`${endpoint}token`, { ...grant, ...form }, headers);
    const refresh = grant.refresh_token;
    // A server may keep the refresh token that it has given.
    tokens = { ...(refresh === undefined ? {} : { refresh }), ...tokensIn(answer, now) };
    await auth.storage?.save(tokens);
    return tokens;
  };
  const renewed = (): Promise<Tokens> => {
    renewing ??= ask().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  /** What was kept counts unless there is a code, which is newer. */
  const load = async (): Promise<void> => {
    if (code === undefined) tokens = await auth.storage?.load();
    if (!tokens && auth.grant === 'refresh_token' && auth.refreshToken !== undefined)
      tokens = { access: '', refresh: auth.refreshToken, expires: 0 };
  };

  return {
    current: async () => {
      loaded ??= load();
      await loaded;
      if (renewing) return (await renewing).access;
      const { access, expires = Number.POSITIVE_INFINITY } = tokens ?? {};
      if (access !== undefined && expires > now() / 1_000 + leeway) return access;
      return (await renewed()).access;
    },
    renew: async (refused) => {
      if (tokens && tokens.access !== refused && !renewing) return tokens.access;
      return (await renewed()).access;
    },
    revoke: async () => {
      loaded ??= load();
      await loaded;
      if (tokens) await end(tokens, auth);
      tokens = undefined;
      await auth.storage?.save(undefined);
    },
  };
}

function grantOf(
  auth: Exclude<Auth, { token: string }>,
  code: string | undefined,
  tokens: Tokens | undefined,
): Readonly<Record<string, string>> {
  if (auth.grant === 'client_credentials')
    return defined({
      grant_type: auth.grant,
      scope: auth.scope,
      expires_in: auth.expiresIn === undefined ? undefined : String(auth.expiresIn),
    });
  if (auth.grant === 'authorization_code' && code !== undefined)
    return defined({
      grant_type: auth.grant,
      code,
      redirect_uri: auth.redirectUri,
      code_verifier: auth.verifier,
    });
  if (tokens?.refresh === undefined) throw new Unauthenticated(nothingKept);
  return { grant_type: 'refresh_token', refresh_token: tokens.refresh };
}

const defined = (form: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Basic for who has a secret, else the id alone, in the form (RFC 6749 3.2.1). */
const identified = ({ clientId = '', clientSecret }: Partial<Application>) =>
  clientSecret === undefined
    ? { form: { client_id: clientId }, headers: {} }
    : { form: {}, headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` } };

const nothingKept: Failure = Object.freeze({
  status: 'invalid_grant',
  http: 400,
  cause: undefined,
  message: 'There is no refresh token: send the user through the authorization.',
  requestId: undefined,
  retry: Object.freeze({ when: 'after re-authentication' as const }),
  quota: undefined,
});

/** Reads the answer of the token endpoint. Throws `Unauthenticated` when it refuses, `TypeError` when it is no such endpoint. */
function tokensIn(answer: Answer, now: () => number): Tokens {
  const verdict = readVerdict(answer, now());
  if (verdict.status !== 'ok') throw new Unauthenticated(verdict);
  const { access_token, refresh_token, expires_in } = treeIn(answer.body);
  if (typeof access_token !== 'string') throw new TypeError('the answer of the token endpoint has no token');
  return {
    access: access_token,
    ...(typeof refresh_token === 'string' ? { refresh: refresh_token } : {}),
    ...(Number(expires_in) > 0 ? { expires: Math.floor(now() / 1_000) + Number(expires_in) } : {}),
  };
}

function treeIn(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}
