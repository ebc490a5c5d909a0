import { createGate } from './gate.ts';
import type { Patience } from './pause.ts';
import { type Call, sendingOf } from './request.ts';
import { type TokenSource, Unauthenticated } from './tokens.ts';
import { type Answer, type Failure, readVerdict, type Verdict, type VerdictOf } from './verdict.ts';

/** What came of a call: what was asked for, or why not. */
export type Result<T> =
  | { readonly ok: true; readonly response: T; readonly verdict: VerdictOf<'ok'> }
  | { readonly ok: false; readonly verdict: Failure };

export interface Retries {
  /** How often one call is sent at most while the server fails: 5 unless told. */
  readonly tries?: number;
  /** How many repetitions are left at the start, and at most; each success brings back a tenth of one. 20 unless told. */
  readonly budget?: number;
}

export interface Sender {
  readonly base: string;
  readonly send: typeof fetch;
  readonly tokens: TokenSource;
  /** `undefined`: no call is repeated after a failure of the server. */
  readonly retries: Required<Retries> | undefined;
  /** Seconds. */
  readonly patience: number;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Sends a call and reads what came of it. Rejects when nothing was answered, or by something else than the API. */
export type Caller = <T>(call: Call, read: (answer: Response) => Promise<Read<T>>) => Promise<Result<T>>;

/** The answer for its verdict, and what to make of it if that is `ok`. */
export interface Read<T> {
  readonly answer: Answer;
  readonly response: () => T;
}

type Attempt<T> =
  | { readonly read: Read<T>; readonly verdict: Verdict; readonly token: string }
  | { readonly verdict: Failure };

/**
 * Tries again only on the server's word: after the wait it names, with a fresh token, and, when the server failed, where a repetition does
 * nothing twice.
 */
export function createCaller(sender: Sender): Caller {
  const { base, send, tokens, retries, patience, now, wait } = sender;
  const gate = createGate(now, wait);
  /** In tenths of a repetition. */
  const most = (retries?.budget ?? 0) * 10;
  let budget = most;

  async function attempt<T>(call: Call, read: (answer: Response) => Promise<Read<T>>): Promise<Attempt<T>> {
    let verdict: Verdict | undefined;
    try {
      const token = await tokens.current();
      const { url, init } = sendingOf(base, call);
      const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${token}` };
      const found = await read(await send(url, { ...init, headers }));
      verdict = readVerdict(found.answer, now());
      return { read: found, verdict, token };
    } catch (error) {
      if (error instanceof Unauthenticated) return { verdict: error.verdict };
      throw error;
    } finally {
      const closed = verdict?.status === 'too_many_requests' ? verdict.retry.seconds : undefined;
      gate.left(verdict?.quota, closed);
    }
  }

  return async (given, read) => {
    const { method = 'GET', signal } = given;
    // A key of our own: a server that does not know it would do it twice, so it counts only where the server is known to.
    const own = method === 'POST' && retries && given.idempotencyKey === undefined && !given.idempotent;
    const call = own ? { ...given, idempotencyKey: crypto.randomUUID() } : given;
    const { once } = sendingOf(base, given);
    const left: Patience = { left: patience * 1_000 };
    let refused: Failure | undefined;
    let renewed = false;
    for (let tried = 1; ; tried++) {
      if (!(await gate.enter(left, signal))) return { ok: false, verdict: refused ?? closedFor(gate.wait()) };
      const attempted = await attempt(call, read);
      const { verdict } = attempted;
      if (verdict.status === 'ok') {
        budget = Math.min(most, budget + 1);
        if (!('read' in attempted)) throw new TypeError('no answer');
        return { ok: true, response: attempted.read.response(), verdict };
      }
      refused = verdict;
      const result = { ok: false, verdict } as const;
      if (!('read' in attempted) || once) return result;
      if (verdict.status === 'too_many_requests') {
        // Of many that wait for one hour some are told to wait for the next: the patience bounds that, not the tries.
        tried--;
      } else if (verdict.status === 'invalid_client') {
        if (renewed || verdict.retry.when !== 'after re-authentication') return result;
        renewed = true;
        try {
          if ((await tokens.renew(attempted.token)) === undefined) return result;
        } catch (error) {
          if (error instanceof Unauthenticated) return { ok: false, verdict: error.verdict };
          throw error;
        }
      } else if (verdict.status === 'server_error') {
        const { headers } = attempted.read.answer;
        const repeatable =
          method === 'GET' ||
          given.idempotent ||
          given.idempotencyKey !== undefined ||
          (own && headers.get('x-status') !== null);
        if (!repeatable || !retries || tried >= retries.tries || budget < 10) return result;
        // Twice as long each time, and not all clients at once.
        const ms = verdict.retry.seconds * 1_000 * 2 ** (tried - 1) * (1 + Math.random() / 4);
        if (ms > left.left) return result;
        budget -= 10;
        left.left -= ms;
        await wait(ms, signal);
      } else return result;
    }
  };
}

const closedFor = (seconds: number): Failure => ({
  status: 'too_many_requests',
  http: 429,
  cause: undefined,
  message: 'Not sent: the deployment has used up its requests for this hour.',
  requestId: undefined,
  retry: { when: 'after', seconds },
  quota: undefined,
});
