import { direct } from './direct.ts';
import { createGate, type Reserve } from './gate.ts';
import { type Patience, unlessAborted } from './pause.ts';
import { type Call, sendingOf } from './request.ts';
import type { TokenSource } from './token-source.ts';
import { Unauthenticated } from './tokens.ts';
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
  readonly reserve: Reserve;
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
  /** Why no answer came, or not all of it. */
  | { readonly cut: unknown }
  | { readonly read: Read<T>; readonly verdict: Verdict; readonly token: string }
  | { readonly verdict: Failure };

/**
 * Tries again only on the server's word: after the wait it names, with a fresh token, and, when the server failed, where a repetition does
 * nothing twice.
 */
export function createCaller(sender: Sender): Caller {
  const { base, send, tokens, retries, patience, reserve, now, wait } = sender;
  const gate = createGate(now, wait, reserve);
  /** In tenths of a repetition. */
  const most = (retries?.budget ?? 0) * 10;
  let budget = most;
  /** An address where nobody has answered yet may be mistaken. */
  let answered = false;
  let keepsKeys = false;

  async function attempt<T>(call: Call, read: (answer: Response) => Promise<Read<T>>): Promise<Attempt<T>> {
    let verdict: Verdict | undefined;
    const { signal } = call;
    try {
      const token = await unlessAborted(tokens.current(), signal);
      const { url, init } = sendingOf(base, call);
      const headers = new Headers(init.headers);
      headers.set('Authorization', `Bearer ${token}`);
      const sent = send(url, { ...init, headers });
      const arrived = await settled(unlessAborted(sent, signal));
      if ('cut' in arrived) return arrived;
      const whole = await settled(unlessAborted(read(direct(arrived.value)), signal));
      if ('cut' in whole) return whole;
      const found = whole.value;
      answered = true;
      keepsKeys ||= found.answer.headers.get('x-status') !== null;
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

  /** Waits, twice as long each time, and not all clients at once; `false` when it has been tried enough. */
  async function again(
    seconds: number,
    tried: number,
    left: Patience,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const ms = Math.max(1, seconds) * 1_000 * 2 ** (tried - 1) * (1 + Math.random() / 4);
    if (!retries || tried >= retries.tries || budget < 10 || ms > left.left) return false;
    budget -= 10;
    left.left -= ms;
    await wait(ms, signal);
    return true;
  }

  return async (given, read) => {
    const { method = 'GET', signal } = given;
    // A key of our own: a server that does not know it would do it twice, so it counts only where the server is known to.
    const own =
      method === 'POST' && retries !== undefined && given.idempotencyKey === undefined && !given.idempotent;
    const call = own ? { ...given, idempotencyKey: crypto.randomUUID() } : given;
    const { once } = sendingOf(base, given);
    const left: Patience = { left: patience * 1_000 };
    const repeatable = (): boolean =>
      method === 'GET' ||
      given.idempotent === true ||
      given.idempotencyKey !== undefined ||
      (own && keepsKeys);
    let refused: Failure | undefined;
    let renewed = false;
    for (let tried = 1; ; tried++) {
      if (!(await gate.enter(left, signal))) return { ok: false, verdict: refused ?? closedFor(gate.wait()) };
      const attempted = await attempt(call, read);
      if ('cut' in attempted) {
        signal?.throwIfAborted();
        if (once || !answered || !repeatable() || !(await again(1, tried, left, signal))) throw attempted.cut;
        continue;
      }
      const { verdict } = attempted;
      if (verdict.status === 'ok') {
        budget = Math.min(most, budget + 1);
        if (!('read' in attempted)) throw new TypeError('no answer');
        return { ok: true, response: attempted.read.response(), verdict };
      }
      refused = verdict;
      const result = { ok: false, verdict } as const;
      if (!('read' in attempted)) {
        // It was about the token: the call itself has not been sent.
        if (verdict.status === 'server_error' && (await again(verdict.retry.seconds, tried, left, signal)))
          continue;
        return result;
      }
      if (once) return result;
      if (verdict.status === 'too_many_requests') {
        // Of many that wait for one hour some are told to wait for the next: the patience bounds that, not the tries.
        tried--;
      } else if (verdict.status === 'invalid_client') {
        if (renewed || verdict.retry.when !== 'after re-authentication') return result;
        renewed = true;
        try {
          if ((await unlessAborted(tokens.renew(attempted.token), signal)) === undefined) return result;
        } catch (error) {
          if (error instanceof Unauthenticated) return { ok: false, verdict: error.verdict };
          throw error;
        }
      } else if (verdict.status === 'server_error') {
        const stranger = own && attempted.read.answer.headers.get('x-status') === null;
        if (stranger || !repeatable() || !(await again(verdict.retry.seconds, tried, left, signal)))
          return result;
      } else return result;
    }
  };
}

const settled = <T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly cut: unknown }> =>
  work.then(
    (value) => ({ value }),
    (cut: unknown) => ({ cut }),
  );

const closedFor = (seconds: number): Failure => ({
  status: 'too_many_requests',
  http: 429,
  cause: undefined,
  message: 'Not sent: the deployment has used up its requests for this hour.',
  requestId: undefined,
  retry: { when: 'after', seconds },
  quota: undefined,
});
