import { grantOf, identified, tokensIn } from './grants.ts';
import { type Auth, type TokenStorage, type Tokens, Unauthenticated } from './tokens.ts';
import { type Answer, readVerdict } from './verdict.ts';

export type Post = (
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
) => Promise<Answer>;

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
  return 'token' in auth ? fixedToken(auth.token) : new RenewedTokens(auth, post, now);
}

function fixedToken(given: string): TokenSource {
  const token = usable(given);
  return {
    current: async () => token,
    renew: async () => undefined,
    revoke: async () => {
      throw new TypeError('a token from elsewhere is revoked by the application it was issued to');
    },
  };
}

type RenewableAuth = Exclude<Auth, { readonly token: string }>;

class RenewedTokens implements TokenSource {
  readonly #auth: RenewableAuth;
  readonly #post: Post;
  readonly #now: () => number;
  #loading: Promise<void> | undefined;
  #tokens: Tokens | undefined;
  /** Access tokens that were used: a storage that still has one of them has nothing new. */
  readonly #used = new Set<string>();
  #unsaved = false;
  /** A refresh token that the server no longer accepts, and its error. */
  #ended: { readonly refresh: string; readonly error: Unauthenticated } | undefined;
  #code: string | undefined;
  #renewing: Promise<Tokens> | undefined;

  constructor(auth: RenewableAuth, post: Post, now: () => number) {
    this.#auth = auth;
    this.#post = post;
    this.#now = now;
    if (auth.grant === 'authorization_code') this.#code = auth.code;
  }

  async current(): Promise<string> {
    await this.#loaded();
    const here = this.#tokens;
    if (this.#renewing || !here || !this.#live(here))
      return usable((await this.#once(() => this.#request())).access);
    return usable((this.#unsaved ? await this.#once(() => this.#save(here)) : here).access);
  }

  async renew(refused: string): Promise<string> {
    const here = this.#tokens;
    if (here && here.access !== refused && !this.#renewing) return usable(here.access);
    return usable((await this.#once(() => this.#request())).access);
  }

  async revoke(): Promise<void> {
    const { storage } = this.#auth;
    await this.#loaded();
    await this.#renewing?.catch(() => {});
    await inTurn(storage, async () => {
      if (this.#tokens) await this.#end(this.#tokens);
      this.#tokens = undefined;
      this.#unsaved = false;
      await storage?.save(undefined);
    });
  }

  #live({ access, expires = Number.POSITIVE_INFINITY }: Tokens): boolean {
    return access !== '' && expires > this.#now() / 1_000 + leeway;
  }

  #adopt(given: Tokens): Tokens {
    this.#used.add(given.access);
    this.#tokens = given;
    return given;
  }

  #loaded(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** What was saved counts unless there is a code, which is newer. */
  async #load(): Promise<void> {
    const auth = this.#auth;
    const saved = this.#code === undefined ? await auth.storage?.load() : undefined;
    if (saved) this.#adopt(saved);
    else if (auth.grant === 'refresh_token' && auth.refreshToken !== undefined)
      this.#adopt({ access: '', refresh: auth.refreshToken, expires: 0 });
  }

  /** If it fails, the next call saves again: otherwise the refresh token would be lost. */
  async #save(tokens: Tokens): Promise<Tokens> {
    this.#unsaved = true;
    await this.#auth.storage?.save(tokens);
    this.#unsaved = false;
    return tokens;
  }

  async #request(): Promise<Tokens> {
    // Another client may have renewed it: to use its refresh token again would look like theft.
    const saved = this.#code === undefined && !this.#unsaved ? await this.#auth.storage?.load() : undefined;
    if (saved && !this.#used.has(saved.access) && this.#live(this.#adopt(saved))) return saved;
    const { form, headers } = identified(this.#auth);
    const grant = grantOf(this.#auth, this.#code, this.#tokens);
    const { refresh_token: refresh } = grant;
    if (this.#ended && this.#ended.refresh === refresh) throw this.#ended.error;
    // A code is used once, whatever the answer is.
    this.#code = undefined;
    try {
      const answer = await this.#post(`${endpoint}token`, { ...grant, ...form }, headers);
      // A server may keep the refresh token that it has given.
      const tokens = { ...(refresh === undefined ? {} : { refresh }), ...tokensIn(answer, this.#now) };
      return await this.#save(this.#adopt(tokens));
    } catch (error) {
      const ends = error instanceof Unauthenticated && error.verdict.status === 'invalid_grant';
      if (refresh !== undefined && ends) this.#ended = { refresh, error };
      throw error;
    }
  }

  #once(work: () => Promise<Tokens>): Promise<Tokens> {
    this.#renewing ??= inTurn(this.#auth.storage, work).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #end(given: Tokens): Promise<void> {
    const { form, headers } = identified(this.#auth);
    const token = given.refresh ?? given.access;
    const answer = await this.#post(`${endpoint}revoke`, { token, ...form }, headers);
    const verdict = readVerdict(answer, this.#now());
    if (verdict.status !== 'ok') throw new Unauthenticated(verdict);
  }
}

const turns = new WeakMap<TokenStorage, Promise<unknown>>();

/** One after the other, of all that use one storage. */
function inTurn<T>(storage: TokenStorage | undefined, work: () => Promise<T>): Promise<T> {
  if (!storage) return work();
  const turn = (turns.get(storage) ?? Promise.resolve()).then(work);
  turns.set(
    storage,
    turn.catch(() => {}),
  );
  return turn;
}

/** Throws `TypeError` for what no header takes: `fetch` would throw too, with the token in its message. */
function usable(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new TypeError(
      'the token is none: it is empty, or has a space or a letter of another alphabet in it',
    );
  return token;
}
