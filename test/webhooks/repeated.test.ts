import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { repeated } from '../../src/webhooks/repeated.ts';
import { pause } from './hooks.ts';

/** Work that ends when the test says so, and the time. */
function started(t: TestContext, every: number) {
  const time = { now: 5_000 };
  t.mock.method(performance, 'now', () => time.now);
  const ends: PromiseWithResolvers<void>[] = [];
  const troubles: unknown[] = [];
  const again = repeated(
    () => {
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    },
    every,
    (error) => troubles.push(error),
  );
  /** How often it has begun, after a beat at this time. */
  const beatAt = (now: number): number => {
    time.now = now;
    again.beat();
    return ends.length;
  };
  const end = async (error?: Error): Promise<void> => {
    if (error) ends.at(-1)?.reject(error);
    else ends.at(-1)?.resolve();
    await pause(0);
  };
  return { again, troubles, beatAt, end };
}

test('it is done at the first beat, and again so long after it was done', async (t) => {
  const { beatAt, end, troubles } = started(t, 3_000);
  assert.equal(beatAt(-9_000), 1);
  beatAt(20);
  await end();
  assert.equal(beatAt(3_019), 1);
  assert.equal(beatAt(3_020), 2);
  assert.deepEqual(troubles, []);
});

test('it is not begun while it is under way, and says what is', async (t) => {
  const { again, beatAt, end } = started(t, 3_000);
  assert.equal(again.under(), undefined);
  beatAt(0);
  const under = again.under();
  assert.ok(under instanceof Promise);
  assert.equal(beatAt(90_000), 1);
  assert.equal(again.under(), under);
  await end();
  await under;
  assert.equal(again.under(), undefined);
});

for (const [every, soon] of [
  [3_000, 1_000],
  [400, 400],
] as const)
  test(`what fails is told, and of what is done every ${every} ms it is done again after ${soon}`, async (t) => {
    const { again, beatAt, end, troubles } = started(t, every);
    const error = new Error('broken');
    beatAt(0);
    await end(error);
    assert.deepEqual([troubles, again.under()], [[error], undefined]);
    assert.equal(beatAt(soon - 1), 1);
    assert.equal(beatAt(soon), 2);
    await end();
    assert.equal(beatAt(soon + every - 1), 2);
    assert.equal(beatAt(soon + every), 3);
  });
