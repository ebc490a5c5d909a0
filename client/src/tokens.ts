import { type Answer, readVerdict, type Verdict } from './verdict.ts';

/** An access token, and what renews it. */
export interface Tokens {
  readonly access: string;
  readonly refresh?: string | undefined;
  /** Unix seconds. */
  readonly expires?: number | undefined;
}

/** Where tokens are kept between runs; both may be asynchronous. */
export interface TokenStorage {
  load(): Tokens | undefined | Promise<Tokens | undefined>;
  save(tokens: Tokens): void | Promise<void>;
}

/** How the client comes by a token. */
export type Auth =
  /** A token from elsewhere, which is not renewed. */
  | { readonly token: string }
  /** A service application. `scope` such as `read(all)`. */
  | {
      readonly grant: 'client_credentials';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope?: string;
    }
  /** A web or installed application, after its user has agreed: the tokens of `exchangeCode` wait in the storage. */
  | {
      readonly grant: 'refresh_token';
      readonly clientId: string;
      readonly clientSecret?: string | undefined;
      readonly storage: TokenStorage;
    };

export type Post = (
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** No token could be had. */
export class Unauthenticated extends Error {
  override readonly name = 'Unauthenticated';
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(verdict.message);
    this.verdict = verdict;
  }
}

export interface TokenSource {
  /** A token to call with. */
  current(): Promise<string>;
  /** A token other than `refused`; however many ask at once, one request is made. `undefined` when there is no way to one. */
  renew(refused: string): Promise<string | undefined>;
}

export function tokenSource(auth: Auth, post: Post, now: () => number): TokenSource {
  if ('token' in auth) {
    const { token } = auth;
    return { current: async () => token, renew: async () => undefined };
  }
  const kept: { tokens: Tokens | undefined } = { tokens: undefined };
  let renewing: Promise<Tokens> | undefined;

  const renewed = (): Promise<Tokens> => {
    renewing ??= ask(auth, post, now, kept.tokens)
      .then(async (tokens) => {
        kept.tokens = tokens;
        if (auth.grant === 'refresh_token') await auth.storage.save(tokens);
        return tokens;
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  };

  return {
    current: async () => {
      if (!kept.tokens && auth.grant === 'refresh_token') {
        const loaded = await auth.storage.load();
        kept.tokens ??= loaded;
      }
      if (renewing) return (await renewing).access;
      const { tokens } = kept;
      // A token about to end would end on its way.
      if (tokens && (tokens.expires === undefined || tokens.expires > now() / 1_000 + leeway))
        return tokens.access;
      return (await renewed()).access;
    },
    renew: async (refused) => {
      const { tokens } = kept;
      if (tokens && tokens.access !== refused && !renewing) return tokens.access;
      return (await renewed()).access;
    },
  };
}

/** Seconds. */
const leeway = 10;

async function ask(
  auth: Exclude<Auth, { token: string }>,
  post: Post,
  now: () => number,
  known: Tokens | undefined,
): Promise<Tokens> {
  if (auth.grant === 'client_credentials') {
    const { clientId, clientSecret, scope } = auth;
    return tokensIn(
      await post(
        '/oauth2/v0/token',
        { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) },
        basic(clientId, clientSecret),
      ),
      now,
    );
  }
  const refresh = known?.refresh;
  if (refresh === undefined) throw new Unauthenticated(nothingKept);
  const form = { grant_type: 'refresh_token', refresh_token: refresh };
  const { clientId, clientSecret } = auth;
  const answer =
    clientSecret === undefined
      ? await post('/oauth2/v0/token', { ...form, client_id: clientId }, {})
      : await post('/oauth2/v0/token', form, basic(clientId, clientSecret));
  // A server may keep the refresh token that it has given.
  return { refresh, ...tokensIn(answer, now) };
}

const nothingKept: Verdict = Object.freeze({
  status: 'invalid_grant',
  http: 400,
  cause: undefined,
  message: 'There is no refresh token: send the user through the authorization.',
  requestId: undefined,
  retry: Object.freeze({ when: 'after re-authentication' as const }),
  quota: undefined,
});

const basic = (id: string, secret: string): Record<string, string> => ({
  Authorization: `Basic ${btoa(`${id}:${secret}`)}`,
});

/** Reads the answer of the token endpoint. Throws `Unauthenticated` when there is no token in it. */
export function tokensIn(answer: Answer, now: () => number): Tokens {
  const verdict = readVerdict(answer, now());
  if (verdict.status !== 'ok') throw new Unauthenticated(verdict);
  const { access_token, refresh_token, expires_in } = JSON.parse(answer.body) as Record<string, unknown>;
  if (typeof access_token !== 'string')
    throw new Unauthenticated({
      ...verdict,
      status: 'server_error',
      http: 500,
      message: 'The answer has no token.',
    });
  return {
    access: access_token,
    ...(typeof refresh_token === 'string' ? { refresh: refresh_token } : {}),
    ...(Number(expires_in) > 0 ? { expires: Math.floor(now() / 1_000) + Number(expires_in) } : {}),
  };
}
