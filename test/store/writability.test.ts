import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWritability } from '../../src/store/writability.ts';

class Full extends Error {}

/** A database whose disk may be full, and what was told of it. */
function setUp() {
  const state = { full: false, probes: 0, hangs: false };
  const changes: (string | undefined)[] = [];
  const writability = createWritability({
    probe: async () => {
      state.probes++;
      if (state.hangs) await new Promise(() => {});
      if (state.full) throw new Full();
    },
    reasonOf: (error) => (error instanceof Full ? 'the disk is full' : undefined),
    onChange: (reason) => changes.push(reason),
  });
  return { state, changes, ...writability };
}

const pause = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds));

test('a write is tried when nothing is known, and not again while the last one vouches for the next', async () => {
  const { state, check } = setUp();
  for (let i = 0; i < 5; i++) assert.equal(await check(), undefined);
  assert.equal(state.probes, 1);
});

test('a write that went through makes a probe needless, one that failed makes one needed', async () => {
  const { state, note, check, changes } = setUp();
  note();
  assert.equal(await check(), undefined);
  assert.equal(state.probes, 0);
  state.full = true;
  note(new Full());
  assert.equal(await check(), 'the disk is full');
  assert.equal(state.probes, 1);
  state.full = false;
  await pause(300);
  assert.equal(await check(), undefined);
  assert.deepEqual(changes, ['the disk is full', undefined]);
});

test('each change is told once, however many writes fail', async () => {
  const { note, changes } = setUp();
  for (let i = 0; i < 10; i++) note(new Full());
  for (let i = 0; i < 10; i++) note();
  assert.deepEqual(changes, ['the disk is full', undefined]);
});

test('a write that failed for another reason says nothing of the disk', async () => {
  const { note, changes, state, check } = setUp();
  note(new Error('taken'));
  assert.deepEqual(changes, []);
  state.full = true;
  note(new Full());
  note(new Error('taken'));
  assert.equal(await check(), 'the disk is full');
  assert.deepEqual(changes, ['the disk is full']);
});

test('many who ask at once cause one write, and who asks all the time few', async () => {
  const { state, check, note } = setUp();
  state.full = true;
  note(new Full());
  const said = await Promise.all(Array.from({ length: 100 }, () => check()));
  assert.deepEqual(new Set(said), new Set(['the disk is full']));
  for (let i = 0; i < 100; i++) await check();
  assert.ok(state.probes <= 3, `${state.probes} probes`);
});

test('a probe that waits for the transaction of another is waited for two seconds, and changes nothing', async () => {
  const { state, check, changes } = setUp();
  state.hangs = true;
  assert.equal(await check(), undefined);
  assert.deepEqual(changes, []);
});
