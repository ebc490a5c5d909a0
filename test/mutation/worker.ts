import { pathToFileURL } from 'node:url';
import { collect, isSuite, runSuite, type Suite, type Test } from './stand-in.ts';

/** What the parent asks for: `tests` of a file (all unless named), with one mutant in effect or none. */
export interface Order {
  readonly file: string;
  readonly tests: readonly string[] | undefined;
  readonly mutant: string | undefined;
  /** For each test, and for what its suites do before and after it. */
  readonly timeoutMs: number;
  /** By the id of a test or suite, where it is less. */
  readonly timeoutsMs?: Readonly<Record<string, number>> | undefined;
}

/** What has failed is cleaned up after, but not waited for. */
const cleanUpMs = 2_000;

export interface Outcome {
  readonly passed: boolean;
  /** The test or suite that failed, and how. */
  readonly id: string;
  readonly why: string;
  readonly isTimeout: boolean;
  /** Something was thrown where nobody waited for it: what runs next in this process may meet more. */
  readonly isDirty: boolean;
  readonly ran: readonly Ran[];
  /** Mutants in what runs when a module is loaded. */
  readonly atLoad: readonly string[];
}

export interface Ran {
  readonly id: string;
  readonly suites: readonly string[];
  readonly ms: number;
  readonly isTest: boolean;
  readonly mutants: readonly string[];
}

interface Switch {
  activeMutant: string | undefined;
  currentTestId: string | undefined;
  hitCount: number;
  hitLimit: number;
  mutantCoverage: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}

const toggle: Switch = {
  activeMutant: undefined,
  currentTestId: undefined,
  hitCount: 0,
  hitLimit: 2_000_000,
  mutantCoverage: { static: {}, perTest: {} },
};
Object.assign(globalThis, { __stryker__: toggle });
const covered = toggle.mutantCoverage;

/** Also while a test has another `performance.now`. */
const clock = performance.now.bind(performance);

class TimedOut extends Error {}

let loads = 0;
let interrupt: ((error: unknown) => void) | undefined;
let isDirty = false;

const onStray = (error: unknown): void => {
  isDirty = true;
  interrupt?.(error);
};
process.on('uncaughtException', onStray);
process.on('unhandledRejection', onStray);

async function within(timeoutMs: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      work(),
      new Promise<never>((_, reject) => {
        interrupt = reject;
        timer = setTimeout(() => reject(new TimedOut(`took longer than ${timeoutMs} ms`)), timeoutMs);
      }),
    ]);
  } finally {
    interrupt = undefined;
    clearTimeout(timer);
  }
}

function activate(mutant: string | undefined): void {
  toggle.activeMutant = mutant;
  toggle.hitCount = 0;
  // Processes that a test starts go by this one.
  if (mutant === undefined) delete process.env.__STRYKER_ACTIVE_MUTANT__;
  else process.env.__STRYKER_ACTIVE_MUTANT__ = mutant;
}

const load = (file: string): Promise<unknown> => import(`${pathToFileURL(file).href}?load=${++loads}`);

async function obey({ file, tests, mutant, timeoutMs, timeoutsMs = {} }: Order): Promise<Outcome> {
  isDirty = false;
  const ran: Ran[] = [];
  const chosen = tests && new Set(tests);
  const root = `${file}#root`;
  let failure: { readonly id: string; readonly error: unknown } | undefined;
  let isEndless = false;
  covered.static = {};
  covered.perTest = {};
  let atLoad: string[] = [];
  const take = (id: string): string[] => Object.keys(covered.perTest[id] ?? {});
  const step =
    (suites: readonly string[], isTest: boolean) => async (id: string, work: () => Promise<void>) => {
      const began = clock();
      toggle.currentTestId = id;
      try {
        await within(failure ? cleanUpMs : (timeoutsMs[id] ?? timeoutMs), work);
      } catch (error) {
        failure ??= { id, error };
        throw error;
      }
      toggle.currentTestId = suites.at(-1);
      ran.push({ id, suites, ms: clock() - began, isTest, mutants: [] });
    };
  try {
    if (mutant === undefined && tests === undefined) {
      // What runs while modules are loaded runs once in a process. The second time only what the test file itself does is left.
      toggle.currentTestId = undefined;
      await collect(file, () => load(file));
      atLoad = Object.keys(covered.static);
    }
    activate(mutant);
    toggle.currentTestId = root;
    const suite = await collect(file, () => load(file));
    const suitesOf = ancestry(suite);
    await runSuite(suite, {
      isChosen: ({ id }) => !chosen || chosen.has(id),
      step: (id, work) => step(suitesOf.get(id) ?? [id], suitesOf.has(id))(id, work),
    });
  } catch (error) {
    failure ??= { id: root, error };
  } finally {
    isEndless = toggle.hitCount > toggle.hitLimit;
    activate(undefined);
    toggle.currentTestId = undefined;
  }
  return {
    passed: failure === undefined,
    id: failure?.id ?? root,
    why: failure ? String((failure.error as Error)?.message ?? failure.error).slice(0, 500) : '',
    isTimeout: failure?.error instanceof TimedOut || isEndless,
    isDirty,
    ran: mutant === undefined ? ran.map((each) => ({ ...each, mutants: take(each.id) })) : [],
    atLoad,
  };
}

/** Test id to the ids of the suites it stands in, from the outermost. */
function ancestry(root: Suite): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const walk = (each: Suite | Test, above: readonly string[]): void => {
    if (!isSuite(each)) found.set(each.id, above);
    else for (const child of each.children) walk(child, [...above, each.id]);
  };
  walk(root, []);
  return found;
}

process.on('message', async (order: Order) => {
  process.send?.(await obey(order));
});
process.send?.('ready');
