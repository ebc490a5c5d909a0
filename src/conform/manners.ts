import { isApiRequest, type ProbeAnswer, type Sending } from './sending.ts';
import { Unanswered } from './wire.ts';

/** Requests without an answer, one after the other. */
const unansweredMax = 5;

/** The run goes on no longer, or not at resources: what is left is not probed. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface ProbeLimits {
  readonly maxRequests: number;
  /** Seconds a probe may wait. */
  readonly patience: number;
  /** Milliseconds for one answer. */
  readonly timeout: number;
}

/** How a run behaves towards a server that others need too. */
export interface Manners {
  readonly sent: () => number;
  /** Counts a request. Throws `Stopped` when it may not be sent any more. */
  admit(sending: Sending): void;
  /** Counts one that clears up, which always may be sent. */
  count(): void;
  /** Counts one that was not answered: a server that is silent again and again is asked no more. */
  missed(error: unknown): void;
  /** Seconds to wait before the same request is sent again; `undefined`: go on. Throws `Stopped`. */
  heed(answered: ProbeAnswer, again: boolean): number | undefined;
}

/** `exhaust`: the last tenth of the hour may be used too. */
export function mannersOf(limits: ProbeLimits, exhaust: boolean, signal: AbortSignal): Manners {
  let sent = 0;
  let unanswered = 0;
  let stopped: string | undefined;
  let resourcesStopped: string | undefined;
  return Object.freeze<Manners>({
    sent: () => sent,
    admit: (sending) => {
      if (signal.aborted) throw new Stopped('the run was stopped');
      if (stopped !== undefined) throw new Stopped(stopped);
      if (sending.metered && resourcesStopped !== undefined) throw new Stopped(resourcesStopped);
      if (sent >= limits.maxRequests)
        throw new Stopped(`${limits.maxRequests} requests were sent (--max-requests)`);
      sent++;
    },
    count: () => {
      sent++;
    },
    missed: (error) => {
      if (!(error instanceof Unanswered) || ++unanswered < unansweredMax) return;
      stopped = `the server did not answer ${unanswered} times in a row (${error.message})`;
    },
    heed: ({ sending, http, headers }, again) => {
      unanswered = 0;
      const number = (name: string): number => Number(headers[name] ?? Number.NaN);
      const [limit, left] = [number('x-ratelimit-limit'), number('x-ratelimit-remaining')];
      // The rest is for those whose deployment it is.
      if (isApiRequest(sending) && !exhaust && left <= limit / 10)
        resourcesStopped = `${left} of ${limit} requests are left of this hour`;
      if (sending.provokes) return undefined;
      const wait = number('retry-after');
      if (http === 429 || http === 503) {
        if (again && wait <= limits.patience) return wait;
        resourcesStopped = `the server asked to wait${wait >= 0 ? ` ${wait} s` : ''} (HTTP ${http})`;
        throw new Stopped(resourcesStopped);
      }
      if (http === 401 && wait >= 0) {
        stopped = `the server has locked us out for ${wait} s`;
        throw new Stopped(stopped);
      }
      return undefined;
    },
  });
}
