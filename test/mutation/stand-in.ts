import type { MockTracker, TestContext } from 'node:test';

/**
 * Stands in for `node:test` inside a worker, so that one process runs chosen tests of a file again and again, and ends at the first
 * failure. Knows what the tests here use of `node:test`, and throws for the rest.
 */
type Work = (t: TestContext) => unknown;

export interface Suite {
  readonly id: string;
  readonly parent: Suite | undefined;
  readonly children: (Suite | Test)[];
  readonly before: Work[];
  readonly after: Work[];
  readonly beforeEach: Work[];
  readonly afterEach: Work[];
  /** A `describe` may be asynchronous. */
  ready: unknown;
}

export interface Test {
  readonly id: string;
  readonly name: string;
  readonly work: Work;
}

export const isSuite = (each: Suite | Test): each is Suite => 'children' in each;

let current: Suite | undefined;
let counted = 0;

const suiteIn = (parent: Suite | undefined, id: string): Suite => ({
  id,
  parent,
  children: [],
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
  ready: undefined,
});

/** What `load` registers, as one suite. Ids are the same every time. */
export async function collect(name: string, load: () => Promise<unknown>): Promise<Suite> {
  const root = suiteIn(undefined, `${name}#root`);
  current = root;
  counted = 0;
  await load();
  await settle(root);
  return root;
}

async function settle(suite: Suite): Promise<void> {
  await suite.ready;
  for (const each of suite.children) if (isSuite(each)) await settle(each);
}

function here(): Suite {
  if (!current) throw new Error('nothing is being collected');
  return current;
}

const isLeftOut = (options: unknown): boolean => {
  const { skip = false, todo = false } = (options ?? {}) as { skip?: unknown; todo?: unknown };
  return skip !== false || todo !== false;
};

function told(given: readonly unknown[]): { name: string; leftOut: boolean; work: Work } {
  const work = given.findLast((each) => typeof each === 'function') as Work | undefined;
  const name = typeof given[0] === 'string' ? given[0] : (work?.name ?? '');
  const options = given.find((each) => typeof each === 'object');
  return { name, leftOut: isLeftOut(options) || !work, work: work ?? (() => {}) };
}

const nextId = (suite: Suite): string => {
  let root = suite;
  while (root.parent) root = root.parent;
  return root.id.replace(/root$/, String(counted++));
};

export function describe(...given: unknown[]): void {
  const { leftOut, work } = told(given);
  const parent = here();
  const suite = suiteIn(parent, nextId(parent));
  if (leftOut) return;
  parent.children.push(suite);
  current = suite;
  try {
    suite.ready = (work as () => unknown)();
  } finally {
    current = parent;
  }
}

export function test(...given: unknown[]): void {
  const { name, leftOut, work } = told(given);
  const suite = here();
  const id = nextId(suite);
  if (!leftOut) suite.children.push({ id, name, work });
}

export const suite = describe;
export const it = test;
export const before = (work: Work): unknown => here().before.push(work);
export const after = (work: Work): unknown => here().after.push(work);
export const beforeEach = (work: Work): unknown => here().beforeEach.push(work);
export const afterEach = (work: Work): unknown => here().afterEach.push(work);
export const mock: MockTracker = process.getBuiltinModule('node:test').mock;
export default test;

/** What a test is given. Its subtests run where they stand. */
class Context {
  readonly name: string;
  readonly mock = mock;
  readonly #after: (() => unknown)[] = [];
  readonly #ended = new AbortController();

  constructor(name: string) {
    this.name = name;
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  after(work: () => unknown): void {
    this.#after.push(work);
  }

  async test(...given: unknown[]): Promise<void> {
    const { name, leftOut, work } = told(given);
    if (!leftOut) await runWork(name, work);
  }

  diagnostic(): void {}

  skip(): void {}

  async end(): Promise<void> {
    this.#ended.abort();
    mock.timers.reset();
    mock.reset();
    for (const work of this.#after.toReversed()) await work();
  }
}

async function runWork(name: string, work: Work): Promise<void> {
  const context = new Context(name);
  try {
    await work(context as unknown as TestContext);
  } finally {
    await context.end();
  }
}

export interface Running {
  readonly isChosen: (test: Test) => boolean;
  /** Runs what is timed and watched: hooks have the id of their suite. */
  readonly step: (id: string, work: () => Promise<void>) => Promise<void>;
}

const hasChosen = (suite: Suite, isChosen: Running['isChosen']): boolean =>
  suite.children.some((each) => (isSuite(each) ? hasChosen(each, isChosen) : isChosen(each)));

const outward = (suite: Suite | undefined): Suite[] => (suite ? [...outward(suite.parent), suite] : []);

/** Runs the chosen tests in order, and what stands before and after them. Throws at the first failure, after what stands after it. */
export async function runSuite(suite: Suite, running: Running): Promise<void> {
  const { isChosen, step } = running;
  if (!hasChosen(suite, isChosen)) return;
  const hooks = (works: readonly Work[], name: string) =>
    step(suite.id, async () => {
      for (const work of works) await runWork(name, work);
    });
  try {
    await hooks(suite.before, 'before');
    for (const each of suite.children) {
      if (isSuite(each)) await runSuite(each, running);
      else if (isChosen(each)) await step(each.id, () => runTest(suite, each));
    }
  } finally {
    await hooks(suite.after, 'after');
  }
}

async function runTest(suite: Suite, { name, work }: Test): Promise<void> {
  const around = outward(suite);
  try {
    for (const each of around) for (const before of each.beforeEach) await runWork(name, before);
    await runWork(name, work);
  } finally {
    for (const each of around.toReversed()) for (const after of each.afterEach) await runWork(name, after);
  }
}
