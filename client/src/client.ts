import { type Base, baseOf } from './base.ts';
import { createCaller, type Read, type Retries } from './caller.ts';
import type { Calls } from './calls.ts';
import { direct, redirectOf } from './direct.ts';
import type { Reserve } from './gate.ts';
import { pause } from './pause.ts';
import { Refused } from './refused.ts';
import type { Call } from './request.ts';
import { type Bound, boundTo, pageSize, type Resources } from './resource.ts';
import { type Post, tokenSource } from './token-source.ts';
import type { Auth } from './tokens.ts';
import { type Answer, readVerdict } from './verdict.ts';

export interface ClientOptions<R extends Resources = Resources> extends Base {
  readonly auth: Auth;
  /** From `accord-client/resources/…`, by the names that the client is to give them. */
  readonly resources?: R;
  readonly fetch?: typeof fetch;
  /** Seconds a call may spend waiting, all its waits together: 60 unless told. What would take longer is answered at once. */
  readonly patience?: number;
  /**
   * Requests of each hour that this client leaves to others of the same deployment: a number, or `{ share: 0.1 }` of the limit; none unless given.
   * It waits for the next hour instead. One request of each hour is its own whatever the reserve.
   */
  readonly reserve?: Reserve;
  /** What is done when the server fails; `false`: nothing. */
  readonly retries?: Retries | false;
  /** Unix milliseconds; for tests. */
  readonly now?: () => number;
  /** Rejects when the signal says so; for tests. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export type Client<R extends Resources = Resources> = Calls & Bound<R>;

/** A client of one deployment. Calls of one client share its token and its hour. Throws `TypeError` for options that make no sense. */
export function createClient<const R extends Resources = Record<never, never>>(
  options: ClientOptions<R>,
): Client<R> {
  const { auth, patience = 60, reserve = 0, now = Date.now, wait = pause, retries = {} } = options;
  const base = baseOf(options);
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const post: Post = async (path, form, headers) => {
    const init = {
      method: 'POST',
      redirect: redirectOf('POST'),
      headers: { Accept: 'application/json', ...headers },
      body: new URLSearchParams(form),
    };
    return answerOf(direct(await send(`${base}${path}`, init)));
  };
  const tokens = tokenSource(auth, post, now);
  const caller = createCaller({
    base,
    send,
    tokens,
    retries: retries === false ? undefined : { tries: 5, budget: 20, ...retries },
    patience,
    reserve: checkedReserve(reserve),
    now,
    wait,
  });
  const calls: Calls = {
    call: <T>(call: Call) => caller(call, inEnvelope<T>),
    download: (call) => caller(call, asFile),
    revoke: () => tokens.revoke(),
    pages: async function* <T>(asked: Omit<Call, 'method' | 'body' | 'values'>, size?: number) {
      const limit = pageSize(size);
      for (let page = 0; ; page++) {
        const query = { ...asked.query, _page: page, _limit: limit };
        const result = await calls.call<readonly T[]>({ ...asked, query });
        if (!result.ok) throw new Refused(result.verdict);
        yield* result.response;
        if (result.response.length < limit) return;
      }
    },
  };
  const resources = Object.entries(options.resources ?? {}).map(([name, resource]) => [
    name,
    boundTo(calls, resource),
  ]);
  return { ...Object.fromEntries(resources), ...calls };
}

function checkedReserve(reserve: Reserve): Reserve {
  const valid = typeof reserve === 'number' ? reserve >= 0 : reserve.share >= 0 && reserve.share < 1;
  if (!valid) throw new TypeError('reserve is a number of requests, or a share from 0 to below 1');
  return reserve;
}

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: response.headers,
  body: await response.text(),
});

async function inEnvelope<T>(response: Response): Promise<Read<T>> {
  const answer = await answerOf(response);
  return { answer, response: () => responseIn<T>(answer.body) };
}

/** A refusal is read, also one that says 200 and has nothing but its body to tell; what is none stays as it is. */
async function asFile(response: Response): Promise<Read<Response>> {
  const { status, headers } = response;
  const told = headers.has('x-status') || headers.has('content-disposition');
  if (!told && headers.get('content-type')?.includes('json'))
    return { answer: await answerOf(response.clone()), response: () => response };
  const verdict = readVerdict({ status, headers, body: '' });
  const answer = verdict.status === 'ok' ? { status, headers, body: '' } : await answerOf(response);
  return { answer, response: () => response };
}

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
