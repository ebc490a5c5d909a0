import type { Hand } from './hand.ts';
import type { Mutant } from './mutants.ts';

/** What a run of a test file without a mutant has shown. */
export interface Seen {
  readonly file: string;
  readonly tests: readonly SeenTest[];
  /** What its suites do before and after their tests, by the id of the suite. */
  readonly suites: ReadonlyMap<string, { readonly ms: number; readonly mutants: ReadonlySet<string> }>;
  /** Mutants in what runs once, when modules are loaded: they need a process of their own. */
  readonly atLoad: ReadonlySet<string>;
}

interface SeenTest {
  readonly id: string;
  readonly ms: number;
  readonly suites: readonly string[];
  readonly mutants: ReadonlySet<string>;
}

/** Tests of one file to run in one go, and how long they took without a mutant. */
export interface Step {
  readonly file: string;
  readonly tests: readonly string[];
  readonly ms: number;
  /** The same of each test and suite. */
  readonly each: Readonly<Record<string, number>>;
}

const patienceMs = 240_000;

export async function observe(hand: Hand, file: string): Promise<Seen> {
  const order = { file, tests: undefined, mutant: undefined, timeoutMs: patienceMs };
  const { passed, id, why, ran, atLoad } = await hand.run(order, patienceMs);
  if (!passed) throw new Error(`${id} fails without a mutant: ${why}`);
  const suites = new Map<string, { ms: number; mutants: Set<string> }>();
  for (const each of ran.filter(({ isTest }) => !isTest)) {
    const found = suites.get(each.id) ?? { ms: 0, mutants: new Set<string>() };
    for (const mutant of each.mutants) found.mutants.add(mutant);
    suites.set(each.id, { ms: found.ms + each.ms, mutants: found.mutants });
  }
  const tests = ran
    .filter(({ isTest }) => isTest)
    .map((each) => ({ ...each, mutants: new Set(each.mutants) }));
  return { file, tests, suites, atLoad: new Set(atLoad) };
}

export const isAtLoad = ({ id }: Mutant, seen: readonly Seen[]): boolean =>
  seen.some(({ atLoad }) => atLoad.has(id));

/**
 * The tests of a file that come past a mutant. All, where it is in what is loaded (`atLoad`): a process loads a module for the first file that
 * needs it, and which of the others it matters to is not seen.
 */
export function stepFor(
  { id }: Mutant,
  seen: Seen,
  more: { readonly atLoad: boolean; readonly isWhole: boolean },
): Step | undefined {
  const { suites } = seen;
  const meets = ({ mutants, suites: around }: SeenTest): boolean =>
    mutants.has(id) || around.some((suite) => suites.get(suite)?.mutants.has(id));
  const met = more.atLoad ? seen.tests : seen.tests.filter(meets);
  if (met.length === 0) return undefined;
  return stepOf(seen, more.isWhole ? seen.tests : met);
}

export function stepOf(seen: Seen, tests: readonly SeenTest[]): Step {
  const around = new Set(tests.flatMap(({ suites }) => suites));
  const each = Object.fromEntries([
    ...[...around].map((id) => [id, seen.suites.get(id)?.ms ?? 0] as const),
    ...tests.map(({ id, ms }) => [id, ms] as const),
  ]);
  return {
    file: seen.file,
    tests: tests.map(({ id }) => id),
    ms: Object.values(each).reduce((sum, ms) => sum + ms, 0),
    each,
  };
}
