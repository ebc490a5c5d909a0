import { type CauseName, causes, rowOf } from '../contract/causes.ts';
import { statuses } from '../contract/statuses.ts';
import type { Bench } from './bench.ts';
import type { PromiseName } from './promises.ts';
import { statusOf } from './reading.ts';
import type { ProbeAnswer, Sending } from './sending.ts';

/** What the caller of the command has to give, or to allow, for a probe. */
export type Need =
  | 'token'
  | 'service'
  | 'web'
  | 'sign-in'
  | 'code'
  | 'other'
  | 'restricted'
  | 'address'
  | 'domain'
  | 'writes'
  | 'lockout'
  | 'exhaust';

export interface Difference {
  readonly expected: string;
  readonly got: string;
  /** The answer that shows it. */
  readonly answered?: ProbeAnswer;
}

export type ProbeRow = keyof typeof causes | PromiseName;

/** One row of the contract, and a way to see from outside whether a server keeps it. */
export interface Probe {
  readonly row: ProbeRow;
  /** Which of several ways. */
  readonly name: string;
  /** This project's own: a server that is evidently another one need not have it. */
  readonly ours?: true;
  readonly needs: readonly Need[];
  /** Seconds it has to wait for something to end. */
  readonly waits?: number;
  /** Empty: no difference. */
  readonly run: (bench: Bench) => Promise<readonly Difference[]>;
}

/** A probe cannot be made here, for a reason that is no difference. */
export class NotProbed extends Error {
  override readonly name = 'NotProbed';
}

/** A request that has to be refused for a cause. */
export interface RefusedProbe {
  readonly row: keyof typeof causes;
  readonly name: string;
  readonly needs?: readonly Need[];
  readonly waits?: number;
  readonly sends: (bench: Bench) => Promise<Sending> | Sending;
  /** What else has to be so. */
  readonly also?: (
    answered: ProbeAnswer,
    bench: Bench,
  ) => Promise<readonly Difference[]> | readonly Difference[];
}

export function refusalProbe({ row, name, needs = [], waits, sends, also }: RefusedProbe): Probe {
  return {
    row,
    name,
    needs,
    ...(waits === undefined ? {} : { waits }),
    ...(causes[row].origin === 'ours' ? { ours: true } : {}),
    run: async (bench) => {
      const answered = await bench.send(await sends(bench));
      if (needs.includes('writes') && causes[row].status !== statusOf(answered)) mayWrite(answered);
      const found = refusedFor(row, answered);
      return found.length > 0 || !also ? found : also(answered, bench);
    },
  };
}

/** A caller that may not write learns nothing of the server. Throws `NotProbed`. */
export function mayWrite(answered: ProbeAnswer): void {
  const status = String(statusOf(answered));
  if (status === 'invalid_scope' || status === 'invalid_permission')
    throw new NotProbed(`the token may not write companies (${status})`);
}

/** HTTP code and status of a cause; a lock has one of two words, by the deployment's profile. */
export function refusedFor(cause: CauseName, answered: ProbeAnswer): readonly Difference[] {
  const { status } = rowOf(cause);
  const words = cause.endsWith('.locked') ? [status, 'too_many_failed_logins'] : [status];
  const { http } = statuses[status];
  const said = statusOf(answered);
  if (answered.http === http && words.includes(said as never)) return [];
  return [
    differs(`HTTP ${http}, ${words.join(' or ')}`, `HTTP ${answered.http}, ${displayed(said)}`, answered),
  ];
}

/** HTTP 200 and the status `ok`. */
export function succeeded(answered: ProbeAnswer): readonly Difference[] {
  const said = statusOf(answered);
  if (answered.http === 200 && said === 'ok') return [];
  return [differs('HTTP 200, ok', `HTTP ${answered.http}, ${displayed(said)}`, answered)];
}

export const differs = (expected: string, got: string, answered?: ProbeAnswer): Difference =>
  answered === undefined ? { expected, got } : { expected, got, answered };

/** No difference when `kept`. */
export const unless = (
  kept: boolean,
  expected: string,
  got: string,
  answered?: ProbeAnswer,
): readonly Difference[] => (kept ? [] : [differs(expected, got, answered)]);

const shownLengthMax = 160;

/** A value in a report: short, and on one line. */
export function displayed(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}
