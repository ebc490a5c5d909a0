import { type Auth, type Post, tokenSource, Unauthenticated } from './tokens.ts';
import { type Answer, readVerdict, type Verdict } from './verdict.ts';

export interface ClientOptions {
  /** `acme` for `https://acme.api.accelo.com`. */
  readonly deployment?: string;
  /** Another server, such as `http://planet-express.api.localhost:4280`. */
  readonly baseUrl?: string;
  readonly auth: Auth;
  readonly fetch?: typeof fetch;
  /** Seconds a call may spend waiting, all its waits together: 60 unless told. What would take longer is answered at once. */
  readonly patience?: number;
  /** Unix milliseconds; for tests. */
  readonly now?: () => number;
  /** Rejects when the signal says so; for tests. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export type Value = string | number | boolean;

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v0/`, such as `companies/12`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, Value>>;
  /** Sent as a form. */
  readonly body?: Readonly<Record<string, Value>>;
  /** With a key a write may be repeated: the server does it once. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** What came of a call: what was asked for, or why not. */
export type Result<T> =
  | { readonly ok: true; readonly response: T; readonly verdict: Verdict }
  | { readonly ok: false; readonly verdict: Verdict };

export interface Client {
  /** Never rejects for what the server says; does when it cannot be reached, is no such server, or the signal is aborted. */
  call<T = unknown>(call: Call): Promise<Result<T>>;
  /** Each object of a list, page after page. Rejects with `Refused`. */
  pages<T = unknown>(call: Omit<Call, 'method' | 'body'>, size?: number): AsyncIterable<T>;
}

/** A call that did not succeed, where there is no place for a result. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(`${verdict.status}: ${verdict.message}`);
    this.verdict = verdict;
  }
}

const tries = 5;

/**
 * A client that tries again only on the server's word: after the wait it names, with a fresh token, and, when the server failed, where
 * a repetition does nothing twice. A deployment whose hour is used up is left alone until it ends, by all calls of this client.
 */
export function createClient(options: ClientOptions): Client {
  const { auth, patience = 60, now = Date.now, wait = pause } = options;
  const base = baseOf(options);
  const send = options.fetch ?? fetch;
  /** Unix milliseconds until which the server wants to be left alone. */
  let closedUntil = 0;

  const post: Post = async (path, form, headers) =>
    answerOf(
      await send(`${base}${path}`, {
        method: 'POST',
        headers: { Accept: 'application/json', ...headers },
        body: new URLSearchParams(form),
      }),
    );
  const tokens = tokenSource(auth, post, now);

  async function once(call: Call, token: string): Promise<Answer> {
    const { method = 'GET', path, query, body, idempotencyKey, signal } = call;
    const url = new URL(`${base}/api/v0/${path.replace(/^\/+/, '')}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { Accept: 'application/json', Authorization: `Bearer ${token}` };
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    return answerOf(
      await send(url, {
        method,
        headers,
        ...(body ? { body: formOf(body) } : {}),
        ...(signal ? { signal } : {}),
      }),
    );
  }

  /** Waits if that is within the patience of the call. */
  async function bide(ms: number, left: { ms: number }, signal: AbortSignal | undefined): Promise<boolean> {
    if (ms > left.ms) return false;
    left.ms -= ms;
    await wait(ms, signal);
    return true;
  }

  async function call<T>(asked: Call): Promise<Result<T>> {
    const { method = 'GET', idempotencyKey, signal } = asked;
    const repeatable = method === 'GET' || idempotencyKey !== undefined;
    const left = { ms: patience * 1_000 };
    let renewed = false;
    let refusedFor: Verdict | undefined;
    for (let attempt = 1; ; attempt++) {
      // Others may have been told to wait in the meantime.
      while (closedUntil > now()) {
        const closed = await bide(closedUntil - now(), left, signal);
        if (!closed)
          return { ok: false, verdict: refusedFor ?? closedFor(Math.ceil((closedUntil - now()) / 1_000)) };
      }
      let token: string;
      let answer: Answer;
      try {
        token = await tokens.current();
        answer = await once(asked, token);
      } catch (error) {
        if (error instanceof Unauthenticated) return { ok: false, verdict: error.verdict };
        throw error;
      }
      const verdict = readVerdict(answer, now());
      if (verdict.status === 'ok') return { ok: true, response: responseIn<T>(answer.body), verdict };
      const { retry } = verdict;
      const refused: Result<T> = { ok: false, verdict };
      if (attempt === tries) return refused;
      // Of the scope that was asked for, a new token would have no more.
      if (retry.when === 'after re-authentication' && verdict.status === 'invalid_client' && !renewed) {
        renewed = true;
        try {
          if ((await tokens.renew(token)) === undefined) return refused;
        } catch (error) {
          if (error instanceof Unauthenticated) return { ok: false, verdict: error.verdict };
          throw error;
        }
        continue;
      }
      if (retry.when !== 'after') return refused;
      if (verdict.status === 'too_many_requests') {
        refusedFor = verdict;
        closedUntil = Math.max(closedUntil, now() + retry.seconds * 1_000);
        // Of many that wait for one hour some are told to wait for the next: the patience of the call bounds that.
        attempt--;
        continue;
      }
      if (verdict.status !== 'server_error' || !repeatable) return refused;
      // Twice as long each time, and not all clients at once.
      const ms = retry.seconds * 1_000 * 2 ** (attempt - 1) * (1 + Math.random() / 4);
      if (!(await bide(ms, left, signal))) return refused;
    }
  }

  async function* pages<T>(asked: Omit<Call, 'method' | 'body'>, size = 100): AsyncGenerator<T> {
    for (let page = 0; ; page++) {
      const result = await call<readonly T[]>({
        ...asked,
        query: { ...asked.query, _page: page, _limit: size },
      });
      if (!result.ok) throw new Refused(result.verdict);
      yield* result.response;
      if (result.response.length < size) return;
    }
  }

  return { call, pages };
}

function baseOf({ deployment, baseUrl }: ClientOptions): string {
  if (baseUrl !== undefined) return baseUrl.replace(/\/+$/, '');
  if (deployment === undefined || !/^[a-z0-9-]+$/i.test(deployment))
    throw new TypeError('createClient wants a deployment, such as acme, or a baseUrl');
  return `https://${deployment}.api.accelo.com`;
}

const formOf = (body: Readonly<Record<string, Value>>): URLSearchParams =>
  new URLSearchParams(Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]));

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: response.headers,
  body: await response.text(),
});

/** Throws when the answer is no envelope, as that of a download, or of something else that listens there. */
function responseIn<T>(body: string): T {
  let tree: unknown;
  try {
    tree = JSON.parse(body);
  } catch {
    tree = undefined;
  }
  if (typeof tree !== 'object' || tree === null || !('response' in tree))
    throw new TypeError(`this is no answer of the API: ${body.slice(0, 60)}`);
  return tree.response as T;
}

const closedFor = (seconds: number): Verdict => ({
  status: 'too_many_requests',
  http: 429,
  cause: undefined,
  message: 'Not sent: the deployment has used up its requests for this hour.',
  requestId: undefined,
  retry: { when: 'after', seconds },
  quota: undefined,
});

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const over = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', over);
      resolve();
    }, ms);
    signal?.addEventListener('abort', over, { once: true });
  });
}
