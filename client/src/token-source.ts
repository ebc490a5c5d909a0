import { grantOf, identified, tokensIn } from './grants.ts';
import { type Application, type Auth, type TokenStorage, type Tokens, Unauthenticated } from './tokens.ts';
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
  if ('token' in auth) {
    const token = usable(auth.token);
    return {
      current: async () => token,
      renew: async () => undefined,
      revoke: async () => {
        throw new TypeError('a token from elsewhere is revoked by the application it was issued to');
      },
    };
  }
  const { storage } = auth;
  let loading: Promise<void> | undefined;
  let tokens: Tokens | undefined;
  /** Access tokens that were had: a storage that still says one of them says nothing new. */
  const had = new Set<string>();
  let unsaved = false;
  /** A refresh token that the server does not take any more, and what it said. */
  let ended: { readonly refresh: string; readonly error: Unauthenticated } | undefined;
  let code = auth.grant === 'authorization_code' ? auth.code : undefined;
  let renewing: Promise<Tokens> | undefined;

  const live = ({ access, expires = Number.POSITIVE_INFINITY }: Tokens): boolean =>
    access !== '' && expires > now() / 1_000 + leeway;
  const adopt = (given: Tokens): Tokens => {
    had.add(given.access);
    tokens = given;
    return given;
  };
  /** What was kept counts unless there is a code, which is newer. */
  const load = async (): Promise<void> => {
    const kept = code === undefined ? await storage?.load() : undefined;
    if (kept) adopt(kept);
    else if (auth.grant === 'refresh_token' && auth.refreshToken !== undefined)
      adopt({ access: '', refresh: auth.refreshToken, expires: 0 });
  };
  const loaded = (): Promise<void> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  /** Tried again with the next call: without it the refresh token would be lost. */
  const keep = async (kept: Tokens): Promise<Tokens> => {
    unsaved = true;
    await storage?.save(kept);
    unsaved = false;
    return kept;
  };
  const ask = async (): Promise<Tokens> => {
    // Another client may have renewed it: its refresh token would count as stolen if it were used again.
    const kept = code === undefined && !unsaved ? await storage?.load() : undefined;
    if (kept && !had.has(kept.access) && live(adopt(kept))) return kept;
    const { form, headers } = identified(auth);
    const grant = grantOf(auth, code, tokens);
    const { refresh_token: refresh } = grant;
    if (ended && ended.refresh === refresh) throw ended.error;
    // A code counts once, whatever comes of it.
    code = undefined;
    try {
      const answer = await post(`${endpoint}token`, { ...grant, ...form }, headers);
      // A server may keep the refresh token that it has given.
      adopt({ ...(refresh === undefined ? {} : { refresh }), ...tokensIn(answer, now) });
    } catch (error) {
      if (
        refresh !== undefined &&
        error instanceof Unauthenticated &&
        error.verdict.status === 'invalid_grant'
      )
        ended = { refresh, error };
      throw error;
    }
    return keep(tokens as Tokens);
  };
  const once = (work: () => Promise<Tokens>): Promise<Tokens> => {
    renewing ??= inTurn(storage, work).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  return {
    current: async () => {
      await loaded();
      const here = tokens;
      if (renewing || !here || !live(here)) return usable((await once(ask)).access);
      return usable((unsaved ? await once(() => keep(here)) : here).access);
    },
    renew: async (refused) => {
      if (tokens && tokens.access !== refused && !renewing) return usable(tokens.access);
      return usable((await once(ask)).access);
    },
    revoke: async () => {
      await loaded();
      await renewing?.catch(() => {});
      await inTurn(storage, async () => {
        if (tokens) await end(tokens, auth);
        tokens = undefined;
        unsaved = false;
        await storage?.save(undefined);
      });
    },
  };

  async function end(given: Tokens, application: Application): Promise<void> {
    const { form, headers } = identified(application);
    const token = given.refresh ?? given.access;
    const verdict = readVerdict(await post(`${endpoint}revoke`, { token, ...form }, headers), now());
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
