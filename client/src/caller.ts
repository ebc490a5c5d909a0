import { direct } from './direct.ts';
import { createGate, type Gate, type Reserve } from './gate.ts';
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

/** What the answers so far have shown of the server. */
interface Server {
  /** An address that has never answered may be wrong. */
  answered: boolean;
  /** It is known to keep idempotency keys. */
  keepsKeys: boolean;
}

/**
 * Repeats a call only where the server says that it helps: after the wait it names, with a fresh token, and, when the server failed, where a
 * repetition does nothing twice.
 */
export function createCaller(sender: Sender): Caller {
  const { base, tokens, retries, patience, reserve, now, wait } = sender;
  const gate = createGate(now, wait, reserve);
  const server: Server = { answered: false, keepsKeys: false };
  const budget = createBudget(retries, wait);

  return async (given, read) => {
    const { method = 'GET', signal } = given;
    // A key of the client's own: a server that does not know keys would write twice, so it counts only where the server is known to.
    const own =
      method === 'POST' && retries !== undefined && given.idempotencyKey === undefined && !given.idempotent;
    const call = own ? { ...given, idempotencyKey: crypto.randomUUID() } : given;
    const { once } = sendingOf(base, given);
    const left: Patience = { left: patience * 1_000 };
    const repeatable = (): boolean =>
      method === 'GET' ||
      given.idempotent === true ||
      given.idempotencyKey !== undefined ||
      (own && server.keepsKeys);
    let refused: Failure | undefined;
    let renewed = false;
    for (let tried = 1; ; tried++) {
      if (!(await gate.enter(left, signal))) return { ok: false, verdict: refused ?? closedFor(gate.wait()) };
      const attempted = await attempt({ sender, gate, server }, call, read);
      if ('cut' in attempted) {
        signal?.throwIfAborted();
        const again =
          !once && server.answered && repeatable() && (await budget.again(1, tried, left, signal));
        if (!again) throw attempted.cut;
        continue;
      }
      const { verdict } = attempted;
      if (verdict.status === 'ok') {
        budget.refill();
        if (!('read' in attempted)) throw new TypeError('no answer');
        return { ok: true, response: attempted.read.response(), verdict };
      }
      refused = verdict;
      const result = { ok: false, verdict } as const;
      const sent = 'read' in attempted;
      // Of many that wait for one hour some are told to wait for the next: the patience bounds that, not the tries.
      if (sent && !once && verdict.status === 'too_many_requests') tried--;
      else if (sent && !once && verdict.status === 'invalid_client') {
        if (renewed || verdict.retry.when !== 'after re-authentication') return result;
        renewed = true;
        const failure = await renewal(tokens, attempted.token, verdict, signal);
        if (failure) return { ok: false, verdict: failure };
      } else if (verdict.status === 'server_error') {
        // Where the token could not be had, the call itself has not been sent, and may be.
        const stranger = sent && own && attempted.read.answer.headers.get('x-status') === null;
        const may = !sent || (!once && !stranger && repeatable());
        if (!may || !(await budget.again(verdict.retry.seconds, tried, left, signal))) return result;
      } else return result;
    }
  };
}

async function attempt<T>(
  { sender, gate, server }: { readonly sender: Sender; readonly gate: Gate; readonly server: Server },
  call: Call,
  read: (answer: Response) => Promise<Read<T>>,
): Promise<Attempt<T>> {
  let verdict: Verdict | undefined;
  const { signal } = call;
  try {
    const token = await unlessAborted(sender.tokens.current(), signal);
    const { url, init } = sendingOf(sender.base, call);
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${token}`);
    const arrived = await settled(unlessAborted(sender.send(url, { ...init, headers }), signal));
    if ('cut' in arrived) return arrived;
    const whole = await settled(unlessAborted(read(direct(arrived.value)), signal));
    if ('cut' in whole) return whole;
    const found = whole.value;
    server.answered = true;
    server.keepsKeys ||= found.answer.headers.get('x-status') !== null;
    verdict = readVerdict(found.answer, sender.now());
    return { read: found, verdict, token };
  } catch (error) {
    if (error instanceof Unauthenticated) return { verdict: error.verdict };
    throw error;
  } finally {
    const closed = verdict?.status === 'too_many_requests' ? verdict.retry.seconds : undefined;
    gate.left(verdict?.quota, closed);
  }
}

/** `undefined` when there is another token, else why there is none. */
async function renewal(
  tokens: TokenSource,
  token: string,
  refused: Failure,
  signal: AbortSignal | undefined,
): Promise<Failure | undefined> {
  try {
    return (await unlessAborted(tokens.renew(token), signal)) === undefined ? refused : undefined;
  } catch (error) {
    if (error instanceof Unauthenticated) return error.verdict;
    throw error;
  }
}

/** The repetitions that all calls of a client share. */
function createBudget(retries: Required<Retries> | undefined, wait: Sender['wait']) {
  /** In tenths of a repetition. */
  const full = (retries?.budget ?? 0) * 10;
  let budget = full;
  return {
    refill: (): void => {
      budget = Math.min(full, budget + 1);
    },
    /** Waits, twice as long each time, and not all clients at once; `false` when it has been tried enough. */
    again: async (
      seconds: number,
      tried: number,
      left: Patience,
      signal: AbortSignal | undefined,
    ): Promise<boolean> => {
      const ms = Math.max(1, seconds) * 1_000 * 2 ** (tried - 1) * (1 + Math.random() / 4);
      if (!retries || tried >= retries.tries || budget < 10 || ms > left.left) return false;
      budget -= 10;
      left.left -= ms;
      await wait(ms, signal);
      return true;
    },
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
