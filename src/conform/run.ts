import type { causes } from '../contract/causes.ts';
import { type Bench, benchOf } from './bench.ts';
import { everywhere } from './everywhere.ts';
import { greet } from './greeting.ts';
import type { Leftover } from './leftovers.ts';
import { type Limits, Stopped } from './manners.ts';
import { needs, type Pieces, secretsOf } from './pieces.ts';
import { type Difference, differs, NotProbed, type Probe, type RowName } from './probe.ts';
import { probes, unprobed } from './probes/probes.ts';
import { repeatLine } from './repeat.ts';
import type { Answered } from './sending.ts';
import { Unanswered, wireTo } from './wire.ts';

export type Profile = 'accord' | 'hosted';
export type Outcome = 'same' | 'differs' | 'absent' | 'not probed';

/** A difference as it may be shown: without secrets. */
export interface ShownDifference {
  readonly expected: string;
  readonly got: string;
  readonly requestId: string | undefined;
  /** A line for a shell. */
  readonly repeat: string | undefined;
}

export interface RowResult {
  readonly row: RowName;
  readonly name: string;
  /** `absent`: this project's own, at a server that is evidently another. */
  readonly outcome: Outcome;
  /** Why it was not probed. */
  readonly why: string | undefined;
  readonly differences: readonly ShownDifference[];
}

export interface ConformReport {
  readonly origin: string;
  readonly profile: Profile;
  readonly requests: number;
  readonly results: readonly RowResult[];
  /** What was made and could not be removed. */
  readonly left: readonly Leftover[];
}

export interface ConformRequest {
  readonly origin: URL;
  readonly pieces: Pieces;
  readonly limits: Limits;
  /** Whether a row is asked for. */
  readonly only: (row: RowName) => boolean;
  /** `undefined`: as the answers show. */
  readonly profile: Profile | undefined;
  readonly signal: AbortSignal;
  readonly mark: string;
  readonly sleep?: (seconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Before each probe. */
  readonly progress?: (probe: Probe) => void;
}

/** Of each row as many are shown: one deviation is in every answer. */
const shownAtMost = 3;

/** Runs the probes, one after the other, and clears up. Throws `BadUsage` when the server cannot be talked to at all. */
export async function conform(wanted: ConformRequest): Promise<ConformReport> {
  const { origin, pieces, limits, only, signal, mark } = wanted;
  const kept = secretsOf(pieces);
  const wire = wireTo(origin, limits.timeout);
  const watched = new Map(everywhere.map((each) => [each, [] as Difference[]] as const));
  const met = new Set<(typeof everywhere)[number]>();
  let isAccord = false;
  const observe = (answered: Answered): void => {
    isAccord ||= answered.headers['x-status'] !== undefined;
    for (const [each, found] of watched) {
      if (!each.of(answered)) continue;
      met.add(each);
      if (found.length < shownAtMost) found.push(...each.check(answered));
    }
  };
  const sleep = wanted.sleep === undefined ? {} : { sleep: wanted.sleep };
  const bench = benchOf({ wire, pieces, limits, secrets: kept, mark, signal, observe, ...sleep });
  const found: { readonly of: Named; readonly ended: Ended }[] = [];
  const left: Leftover[] = [];
  try {
    await greet(bench);
    for (const probe of probes.filter(({ row }) => only(row))) {
      wanted.progress?.(probe);
      // Once the hour is used up nothing can be removed any more.
      if (probe.needs.includes('exhaust')) left.push(...(await bench.remove()));
      found.push({ of: probe, ended: await runProbe(probe, bench, limits, signal) });
    }
  } finally {
    left.push(...(await bench.remove()));
    await bench.revoke();
    wire.close();
  }
  for (const [of, differences] of watched)
    if (only(of.row))
      found.push({
        of,
        ended: met.has(of)
          ? { differences }
          : { differences, why: 'no answer was one of those it holds for' },
      });
  for (const [row, why] of Object.entries(unprobed) as [keyof typeof causes, string][])
    if (only(row))
      found.push({ of: { row, name: 'not to be seen from outside' }, ended: { differences: [], why } });
  const profile = wanted.profile ?? (isAccord ? 'accord' : 'hosted');
  return {
    origin: origin.origin,
    profile,
    requests: bench.sent(),
    results: found.map(({ of, ended }) => resultOf(of, ended, profile, bench)),
    left,
  };
}

type Named = Pick<Probe, 'row' | 'name' | 'ours'>;

interface Ended {
  readonly differences: readonly Difference[];
  readonly why?: string;
}

async function runProbe(probe: Probe, bench: Bench, limits: Limits, signal: AbortSignal): Promise<Ended> {
  const missing = probe.needs.filter((need) => !needs[need].has(bench.pieces));
  if (missing.length > 0)
    return { differences: [], why: `needs ${missing.map((need) => needs[need].flag).join('; ')}` };
  if ((probe.waits ?? 0) > limits.patience)
    return { differences: [], why: `needs --patience ${probe.waits}: it waits so many seconds` };
  try {
    return { differences: await probe.run(bench) };
  } catch (error) {
    if (signal.aborted) return { differences: [], why: 'the run was stopped' };
    if (error instanceof NotProbed || error instanceof Stopped)
      return { differences: [], why: error.message };
    if (error instanceof Unanswered) return { differences: [differs('an answer', error.message)] };
    throw error;
  }
}

function resultOf(of: Named, { differences, why }: Ended, profile: Profile, bench: Bench): RowResult {
  const { row, name } = of;
  const foreign = profile === 'hosted' && of.ours === true;
  const outcome =
    why !== undefined ? 'not probed' : differences.length === 0 ? 'same' : foreign ? 'absent' : 'differs';
  const { hide } = bench.secrets;
  return {
    row,
    name,
    outcome,
    why: why === undefined ? undefined : hide(why),
    differences: differences.slice(0, shownAtMost).map(({ expected, got, answered }) => ({
      expected: hide(expected),
      got: hide(got),
      requestId: answered?.headers['x-request-id'],
      repeat: answered && repeatLine(bench.origin, answered.sending, bench.secrets),
    })),
  };
}
