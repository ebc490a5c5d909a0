import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { observe } from './coverage.ts';
import { Hand } from './hand.ts';
import { mutate } from './mutants.ts';
import { sampled } from './random.ts';
import { changedIn } from './select.ts';
import * as standIn from './stand-in.ts';
import { root, writeAll } from './tree.ts';
import { type Result, Trial } from './trial.ts';

const source = `export const limit = 3;
export function isOver(count: number): boolean {
  return count > limit;
}
export function firstOver(counts: readonly number[]): number {
  let at = 0;
  while (at < counts.length && !isOver(counts[at] ?? 0)) at++;
  return at;
}
export const unused = (count: number): number => count + 1;
`;

const tests = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstOver, isOver } from '../src/sum.ts';

test('more than three are over', () => {
  assert.equal(isOver(4), true);
  assert.equal(isOver(1), false);
});
test('the first that is over is found', () => {
  assert.equal(firstOver([1, 2, 9, 1]), 2);
});
`;

test('a mutant is killed, survives, hangs or is not met', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'accord-mutation-'));
  try {
    for (const name of ['src', 'test']) await mkdir(join(folder, name));
    await cp(join(root, 'test', 'mutation'), join(folder, 'test', 'mutation'), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'test', 'sum.test.ts'), tests);
    const { mutants, sources } = await mutate(new Map([['src/sum.ts', source]]));
    await writeAll(folder, sources);
    const hand = new Hand(folder, {});
    const seen = await observe(hand, 'test/sum.test.ts');
    hand.end();
    assert.equal(seen.tests.length, 2);
    const expected = {
      'count > limit → false': 'killed',
      'count > limit → count <= limit': 'killed',
      'count > limit → count >= limit': 'survived',
      'at++ → at--': 'timeout',
      'count + 1 → count - 1': 'uncovered',
    };
    const chosen = mutants.filter(({ key }) => Object.keys(expected).some((part) => key.endsWith(part)));
    assert.equal(chosen.length, 5);
    const results: Result[] = [];
    const options = { folder, environment: {}, concurrency: 1, seenOf: () => [seen] };
    await new Trial(chosen, { ...options, onResult: (result) => results.push(result) }).run();
    const verdicts = Object.fromEntries(
      results.map(({ mutant, verdict }) => [mutant.key.split(' | ').at(-1), verdict]),
    );
    assert.deepEqual(verdicts, expected);
    assert.match(results.find(({ verdict }) => verdict === 'killed')?.by ?? '', /^test\/sum\.test\.ts#\d$/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('what stands in for node:test', () => {
  const ran = async (chosen: readonly string[] | undefined, failing?: string): Promise<string[]> => {
    const told: string[] = [];
    const says = (name: string) => () => {
      told.push(name);
      if (name === failing) throw new Error(name);
    };
    const suite = await standIn.collect('f', async () => {
      standIn.before(says('before all'));
      standIn.beforeEach(says('before each'));
      standIn.test('one', says('one'));
      standIn.test('left out', { skip: true }, says('left out'));
      standIn.describe('inner', () => {
        standIn.before(says('before inner'));
        standIn.afterEach(says('after each'));
        standIn.test('two', { timeout: 5 }, async (t: TestContext) => {
          t.after(says('after two'));
          await t.test('sub', says('sub'));
          says('two')();
        });
        standIn.after(says('after inner'));
      });
      standIn.test('three', says('three'));
      standIn.after(says('after all'));
    });
    const running: standIn.Running = {
      isChosen: ({ name }) => chosen?.includes(name) ?? true,
      step: (_, work) => work(),
    };
    await standIn.runSuite(suite, running).catch((error: Error) => told.push(`! ${error.message}`));
    return told;
  };

  test('runs everything in order, with what stands before and after it', async () => {
    assert.deepEqual(await ran(undefined), [
      ...['before all', 'before each', 'one', 'before inner', 'before each', 'sub', 'two', 'after two'],
      ...['after each', 'after inner', 'before each', 'three', 'after all'],
    ]);
  });
  test('runs chosen tests only, and nothing for suites without one', async () => {
    assert.deepEqual(await ran(['three']), ['before all', 'before each', 'three', 'after all']);
    assert.deepEqual(await ran([]), []);
  });
  test('stops at the first failure, and cleans up', async () => {
    const told = await ran(undefined, 'sub');
    assert.deepEqual(told.slice(-5), ['after two', 'after each', 'after inner', 'after all', '! sub']);
    assert.ok(!told.includes('three'));
    assert.deepEqual(await ran(undefined, 'before all'), ['before all', 'after all', '! before all']);
  });
});

test('a sample is the same for the same seed, and of few files', () => {
  const all = Array.from({ length: 1_000 }, (_, i) => ({ file: `f${i % 20}`, i }));
  const one = sampled(all, 20, 'a');
  assert.equal(new Set(one).size, 20);
  assert.deepEqual(sampled(all, 20, 'a'), one);
  assert.notDeepEqual(sampled(all, 20, 'b'), one);
  assert.equal(new Set(one.map(({ file }) => file)).size, 2);
  assert.equal(sampled(all.slice(0, 5), 20, 'a').length, 5);
});

test('the lines that a difference adds or changes are known by file', () => {
  const difference = `diff --git a/src/a.ts b/src/a.ts
--- a/src/a.ts
+++ b/src/a.ts
@@ -3 +3,2 @@ function one() {
-old
+new
+more
@@ -10,2 +11,0 @@
-gone
diff --git a/src/b.ts b/src/b.ts
--- /dev/null
+++ b/src/b.ts
@@ -0,0 +1 @@
+first
`;
  const changed = changedIn(difference);
  assert.deepEqual([...(changed.get('src/a.ts') ?? [])], [3, 4]);
  assert.deepEqual([...(changed.get('src/b.ts') ?? [])], [1]);
});
