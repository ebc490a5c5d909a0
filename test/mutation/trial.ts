import { isAtLoad, type Seen, type Step, stepFor, stepOf } from './coverage.ts';
import { Hand } from './hand.ts';
import type { Mutant } from './mutants.ts';
import type { Outcome } from './worker.ts';

export type Verdict = 'killed' | 'timeout' | 'survived' | 'uncovered';

export interface Result {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  /** The test that failed, and with what. */
  readonly by: string;
  readonly why: string;
}

interface Noticed {
  readonly mutant: Mutant;
  readonly step: Step;
  readonly outcome: Outcome;
}

/** Kills whose proof is still to come, at most. */
const unprovenMax = 12;
/** A process is replaced after so many runs, before it grows. */
const runsMax = 400;

export interface TrialOptions {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly concurrency: number;
  /** What was seen of the test files that claim a source. */
  readonly seenOf: (source: string) => readonly Seen[];
  readonly onResult: (result: Result) => void;
}

/**
 * Tries each mutant on the tests that come past it, many in one process, until one fails. What one mutant leaves behind in a process
 * could fail the tests of the next: a kill counts when the same tests pass again in that process without the mutant. What has survived,
 * has hung or is in what is loaded once is tried in a new process, whose word counts.
 */
export class Trial {
  readonly #options: TrialOptions;
  readonly #queue: Mutant[];
  /** To be tried in a process of their own. */
  readonly #alone: Mutant[] = [];
  /** Test files whose tests need those before them. */
  readonly #whole = new Set<string>();
  /** Steps that passed alone, without a mutant. */
  readonly #independent = new Set<string>();
  /** How many mutants of a source each test has killed: the best is tried first. */
  readonly #kills = new Map<string, Map<string, number>>();

  constructor(mutants: readonly Mutant[], options: TrialOptions) {
    this.#options = options;
    this.#queue = mutants.toReversed();
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#work()));
  }

  async #work(): Promise<void> {
    const { folder, environment, seenOf, onResult } = this.#options;
    const hand = new Hand(folder, environment);
    let unproven: Noticed[] = [];
    const prove = async (): Promise<void> => {
      const noticed = unproven;
      unproven = [];
      await this.#prove(hand, noticed);
    };
    try {
      for (let mutant = this.#queue.pop(); mutant; mutant = this.#queue.pop()) {
        const steps = this.#stepsFor(mutant);
        if (steps.length === 0) onResult({ mutant, verdict: 'uncovered', by: '', why: '' });
        else if (isAtLoad(mutant, seenOf(mutant.file))) this.#alone.push(mutant);
        else {
          const noticed = await this.#try(hand, mutant, steps, 1);
          if (!noticed || noticed.outcome.isTimeout) this.#alone.push(mutant);
          else unproven.push(noticed);
          const isSpoiled = noticed !== undefined && (noticed.outcome.isTimeout || noticed.outcome.isDirty);
          if (isSpoiled || unproven.length >= unprovenMax || hand.runs > runsMax) await prove();
          if (isSpoiled || hand.runs > runsMax) hand.end();
        }
      }
      await prove();
    } finally {
      hand.end();
    }
    for (let mutant = this.#alone.pop(); mutant; mutant = this.#alone.pop()) await this.#settle(mutant);
  }

  #stepsFor(mutant: Mutant): readonly Step[] {
    const seen = this.#options.seenOf(mutant.file);
    const atLoad = isAtLoad(mutant, seen);
    const steps = seen.flatMap(
      (each) => stepFor(mutant, each, { atLoad, isWhole: this.#whole.has(each.file) }) ?? [],
    );
    const ordered = steps.toSorted((one, other) => one.ms - other.ms);
    const kills = this.#kills.get(mutant.file);
    if (!kills || ordered.length === 0) return ordered;
    let [best, most] = ['', 1];
    for (const id of ordered.flatMap(({ tests }) => tests))
      if ((kills.get(id) ?? 0) > most) [best, most] = [id, kills.get(id) ?? 0];
    const home = seen.find(
      ({ file, tests }) => !this.#whole.has(file) && tests.some(({ id }) => id === best),
    );
    if (!home) return ordered;
    return [
      stepOf(
        home,
        home.tests.filter(({ id }) => id === best),
      ),
      ...ordered,
    ];
  }

  /** The first step that fails with the mutant in effect. */
  async #try(
    hand: Hand,
    mutant: Mutant,
    steps: readonly Step[],
    patience: number,
  ): Promise<Noticed | undefined> {
    for (const step of steps) {
      const outcome = await run(hand, step, mutant.id, patience);
      if (!outcome.passed) return { mutant, step: upTo(step, outcome.id), outcome };
    }
    return undefined;
  }

  /** Runs the steps that failed once more without the mutants. */
  async #prove(hand: Hand, noticed: readonly Noticed[]): Promise<void> {
    const passes = new Map<string, boolean>();
    for (const { mutant, step, outcome } of noticed) {
      const key = keyOf(step);
      if (!passes.has(key)) passes.set(key, hand.runs > 0 && (await run(hand, step, undefined, 2)).passed);
      if (!passes.get(key)) this.#alone.push(mutant);
      else {
        this.#independent.add(key);
        this.#finish({ mutant, verdict: 'killed', by: outcome.id, why: outcome.why });
      }
    }
  }

  /** In a process of its own. */
  async #settle(mutant: Mutant): Promise<void> {
    const { folder, environment, seenOf } = this.#options;
    // What is loaded once may be the tables themselves.
    const template = isAtLoad(mutant, seenOf(mutant.file)) ? { ACCORD_TEST_TEMPLATES: '' } : {};
    const hand = new Hand(folder, { ...environment, ...template });
    let noticed: Noticed | undefined;
    try {
      noticed = await this.#try(hand, mutant, this.#stepsFor(mutant), 2);
    } finally {
      hand.end();
    }
    if (!noticed) return this.#finish({ mutant, verdict: 'survived', by: '', why: '' });
    const { step, outcome } = noticed;
    if (!(await this.#isIndependent(step))) {
      this.#whole.add(step.file);
      return this.#settle(mutant);
    }
    this.#finish({
      mutant,
      verdict: outcome.isTimeout ? 'timeout' : 'killed',
      by: outcome.id,
      why: outcome.why,
    });
  }

  async #isIndependent(step: Step): Promise<boolean> {
    const key = keyOf(step);
    if (this.#independent.has(key) || this.#whole.has(step.file)) return true;
    const hand = new Hand(this.#options.folder, this.#options.environment);
    try {
      const { passed } = await run(hand, step, undefined, 2);
      if (passed) this.#independent.add(key);
      return passed;
    } finally {
      hand.end();
    }
  }

  #finish(result: Result): void {
    const { mutant, by } = result;
    const kills = this.#kills.get(mutant.file) ?? new Map<string, number>();
    this.#kills.set(mutant.file, kills.set(by, (kills.get(by) ?? 0) + 1));
    this.#options.onResult(result);
  }
}

/** Milliseconds beyond five times what it took without a mutant, after which a test counts as hanging. */
const graceMs = 2_500;

function run(hand: Hand, { file, tests, ms, each }: Step, mutant: string | undefined, patience: number) {
  const limit = (took: number): number => Math.ceil((took * 5 + graceMs) * patience);
  const timeoutsMs = Object.fromEntries(Object.entries(each).map(([id, took]) => [id, limit(took)]));
  return hand.run({ file, tests, mutant, timeoutMs: limit(0), timeoutsMs }, limit(ms) + 5 * limit(0));
}

const keyOf = ({ file, tests }: Step): string => `${file} ${tests.join(' ')}`;

/** The step as far as the test that failed. */
function upTo(step: Step, id: string): Step {
  const at = step.tests.indexOf(id);
  return at < 0 ? step : { ...step, tests: step.tests.slice(0, at + 1) };
}
