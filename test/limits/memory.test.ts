import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryTallies } from '../../src/limits/memory.ts';

/** Counters with a clock that the test moves, in milliseconds. */
function counting(most?: number) {
  const time = { now: 1_000_000 };
  const tallies = memoryTallies(most, () => time.now);
  const add = async (name: string, times = 1, deployment = 1) => {
    for (let i = 0; i < times; i++) await tallies.add(deployment, name, 60);
  };
  const count = async (name: string, deployment = 1) => (await tallies.read(deployment, name))?.count;
  return { time, tallies, add, count };
}

test('a window lasts to its last millisecond, and its seconds are rounded up', async () => {
  const { time, tallies } = counting();
  assert.deepEqual(await tallies.add(1, 'a', 60), { count: 1, resetsIn: 60 });
  time.now += 1;
  assert.deepEqual(await tallies.add(1, 'a', 60), { count: 2, resetsIn: 60 });
  time.now += 58_999;
  assert.deepEqual(await tallies.read(1, 'a'), { count: 2, resetsIn: 1 });
  time.now += 999;
  assert.deepEqual(await tallies.add(1, 'a', 60), { count: 3, resetsIn: 1 });
  time.now += 1;
  assert.equal(await tallies.read(1, 'a'), undefined);
  assert.deepEqual(await tallies.add(1, 'a', 60), { count: 1, resetsIn: 60 });
});

test('a clock that goes back behind the beginning ends the window', async () => {
  const { time, tallies, add, count } = counting();
  await add('a', 3);
  time.now -= 1;
  assert.equal(await count('a'), undefined);
  assert.deepEqual(await tallies.restart(1, 'a', 60), { count: 0, resetsIn: 0 });
  await add('a');
  assert.equal(await count('a'), 1);
});

test('a restart keeps the count, and its time is counted from now', async () => {
  const { time, tallies, add, count } = counting();
  await add('a', 2);
  time.now += 40_000;
  assert.deepEqual(await tallies.restart(1, 'a', 30), { count: 2, resetsIn: 30 });
  time.now += 29_999;
  assert.equal(await count('a'), 2);
  time.now -= 30_000;
  assert.equal(await count('a'), undefined, 'the clock went back behind the restart');
  time.now += 30_001;
  assert.equal(await count('a'), undefined);
  assert.deepEqual(await tallies.restart(1, 'b', 30), { count: 0, resetsIn: 0 });
  assert.equal(await count('b'), undefined, 'nothing is started');
});

test('a counter belongs to a deployment, and goes with it', async () => {
  const { tallies, add, count } = counting();
  await add('a', 2, 1);
  await add('a', 3, 2);
  await add('b', 1, 1);
  assert.deepEqual([await count('a', 1), await count('a', 2)], [2, 3]);
  await tallies.forget(2, 'a');
  assert.deepEqual([await count('a', 1), await count('a', 2)], [2, undefined]);
  await add('a', 1, 2);
  tallies.clear(1);
  assert.deepEqual(
    [await count('a', 1), await count('b', 1), await count('a', 2)],
    [undefined, undefined, 1],
  );
  await tallies.close();
  assert.equal(await count('a', 2), undefined);
  assert.equal(await tallies.ready(), true);
});

test('when there is no room the lowest gives way, however many new names come', async () => {
  const { add, count } = counting(10);
  for (let i = 0; i < 9; i++) await add(`high ${i}`, 2);
  await add('low');
  for (let i = 0; i < 200; i++) {
    await add(`new ${i}`);
    assert.equal(await count(`new ${i}`), 1);
  }
  for (let i = 0; i < 9; i++) assert.equal(await count(`high ${i}`), 2);
  assert.equal(await count('low'), undefined);
  assert.equal(await count('new 198'), undefined);
});

test('with room for one more nothing gives way', async () => {
  const { add, count } = counting(3);
  for (const name of ['a', 'b', 'c']) await add(name);
  for (const name of ['a', 'b', 'c']) assert.equal(await count(name), 1);
  await add('d');
  const left = await Promise.all(['a', 'b', 'c'].map((name) => count(name)));
  assert.equal(left.filter((each) => each === 1).length, 2, 'one of them has made room');
  assert.equal(await count('d'), 1);
});

test('what is over gives way before what lasts', async () => {
  const { time, tallies, add, count } = counting(4);
  await tallies.add(1, 'long', 600);
  await add('short');
  await add('short too');
  time.now += 60_000;
  for (const name of ['a', 'b']) await add(name);
  for (const name of ['long', 'a', 'b']) assert.equal(await count(name), 1);
});

test('also the last of many is found to be the lowest, in its turn', async () => {
  const { add, count } = counting(100);
  for (let i = 0; i < 100; i++) await add(`n${i}`, i === 50 ? 2 : 3);
  // Each new one looks at 64, and the new ones are lower still.
  for (const name of ['a', 'b']) await add(name, 4);
  assert.equal(await count('n50'), undefined);
  assert.deepEqual([await count('a'), await count('b')], [4, 4]);
});

test('the clock of a deployment decides, and by itself it is the monotonic one', async () => {
  const clocks = new Map([
    [1, 0],
    [2, 0],
  ]);
  const tallies = memoryTallies(10, (deployment) => clocks.get(deployment) ?? 0);
  await tallies.add(1, 'a', 60);
  await tallies.add(2, 'a', 60);
  clocks.set(2, 60_000);
  assert.equal((await tallies.read(1, 'a'))?.count, 1);
  assert.equal(await tallies.read(2, 'a'), undefined);
  const own = memoryTallies();
  const { count, resetsIn } = await own.add(1, 'a', 60);
  assert.deepEqual([count, resetsIn], [1, 60]);
  assert.deepEqual((await own.add(1, 'a', 60)).count, 2);
});

test('a counter that is marked is found by its beginning and its deployment, while it lasts', async () => {
  const { time, tallies, add } = counting();
  for (const deployment of [1, 12])
    for (const name of ['lock:a', 'lock:b', 'a:lock:']) {
      await add(name, 1, deployment);
      await tallies.mark(deployment, name, `who of ${deployment}`);
    }
  await add('lock:unmarked');
  await tallies.mark(1, 'lock:uncounted', 'nobody');
  const found = async (prefix: string, deployment?: number) =>
    (await tallies.marked(prefix, deployment)).map(
      ({ deployment, key, who }) => `${deployment} ${key} ${who}`,
    );
  assert.deepEqual(await found('lock:', 1), ['1 lock:a who of 1', '1 lock:b who of 1']);
  assert.deepEqual(await found('lock:', 2), []);
  assert.equal((await found('lock:')).length, 4);
  assert.deepEqual(await tallies.marked('lock:a', 12), [
    { deployment: 12, key: 'lock:a', who: 'who of 12', count: 1, resetsIn: 60 },
  ]);
  await tallies.forget(1, 'lock:a');
  assert.deepEqual(await found('lock:', 1), ['1 lock:b who of 1']);
  time.now += 60_000;
  assert.deepEqual(await found('lock:'), []);
});
