import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createGate } from '../../client/src/gate.ts';
import type { Quota } from '../../client/src/quota.ts';

/** A clock that passes when somebody waits for it, and no sooner. */
function clock() {
  let ms = 1_000_000;
  const alarms = new Set<{ at: number; ring: () => void }>();
  return {
    now: () => ms,
    wait: (time: number, signal: AbortSignal | undefined) =>
      new Promise<void>((resolve, reject) => {
        const alarm = { at: ms + time, ring: resolve };
        alarms.add(alarm);
        signal?.addEventListener('abort', () => {
          alarms.delete(alarm);
          reject(signal.reason);
        });
      }),
    pass: async (time: number): Promise<void> => {
      ms += time;
      for (const alarm of alarms)
        if (alarm.at <= ms) {
          alarms.delete(alarm);
          alarm.ring();
        }
      await settled();
    },
    waiting: () => alarms.size,
  };
}

const settled = (): Promise<void> => new Promise((resume) => setImmediate(resume));
const quota = (remaining: number, seconds = 100): Quota => ({ limit: 5, remaining, reset: 0, seconds });
const patient = () => ({ left: 1_000_000 });

/** Sends so many calls, and tells how many are under way. */
function crowd(gate: ReturnType<typeof createGate>, size: number, patience = patient) {
  const state = { sent: 0, refused: 0 };
  for (let i = 0; i < size; i++)
    void gate.enter(patience(), undefined).then((may) => {
      if (may) state.sent++;
      else state.refused++;
    });
  return state;
}

describe('the hour of a deployment', () => {
  test('of the calls that remain, no more are under way; the rest waits for the next hour', async () => {
    const time = clock();
    const gate = createGate(time.now, time.wait);
    assert.equal(await gate.enter(patient(), undefined), true);
    gate.left(quota(3));
    const state = crowd(gate, 10);
    await settled();
    assert.equal(state.sent, 3);
    for (const remaining of [2, 1, 0]) {
      gate.left(quota(remaining));
      await settled();
      assert.equal(state.sent, 3, `${remaining} remain, and ${remaining} are under way`);
    }
    await time.pass(99_999);
    assert.equal(state.sent, 3);
    await time.pass(1);
    assert.equal(state.sent, 8, 'as many as an hour allows');
    gate.left(quota(4, 3_600));
    await settled();
    assert.equal(state.sent, 8);
    for (const remaining of [3, 2, 1, 0]) gate.left(quota(remaining, 3_600));
    await time.pass(3_600_000);
    assert.deepEqual([state.sent, state.refused, time.waiting()], [10, 0, 0]);
  });

  test('answers that overtake each other count by what remains', async () => {
    const time = clock();
    const gate = createGate(time.now, time.wait);
    const state = crowd(gate, 3);
    await settled();
    assert.equal(state.sent, 3);
    gate.left(quota(1));
    gate.left(quota(3));
    gate.left(quota(2));
    const more = crowd(gate, 5);
    await settled();
    assert.equal(more.sent, 1);
  });

  test('what did not count lets another one through', async () => {
    const time = clock();
    const gate = createGate(time.now, time.wait);
    await gate.enter(patient(), undefined);
    gate.left(quota(1));
    const state = crowd(gate, 2);
    await settled();
    assert.equal(state.sent, 1);
    gate.left(undefined);
    await settled();
    assert.equal(state.sent, 2);
  });

  test('closed by the server: a single call finds out whether it is open again', async () => {
    const time = clock();
    const gate = createGate(time.now, time.wait);
    await gate.enter(patient(), undefined);
    gate.left(undefined, 30);
    assert.equal(gate.wait(), 30);
    const state = crowd(gate, 4);
    await time.pass(29_000);
    assert.equal(state.sent, 0);
    await time.pass(1_000);
    assert.equal(state.sent, 1);
    gate.left(undefined);
    await settled();
    assert.equal(state.sent, 4, 'a server that says nothing of its hours holds nobody back');
  });

  test('a reserve is left to other clients, hour by hour', async () => {
    for (const reserve of [2, { share: 0.4 }] as const) {
      const time = clock();
      const gate = createGate(time.now, time.wait, reserve);
      await gate.enter(patient(), undefined);
      gate.left(quota(4));
      const state = crowd(gate, 8);
      await settled();
      assert.equal(state.sent, 2, 'four remain, and two of them are for others');
      for (const remaining of [3, 2]) gate.left(quota(remaining));
      await settled();
      assert.equal(state.sent, 2);
      await time.pass(100_000);
      assert.equal(state.sent, 5, 'three of the five that an hour allows');
    }
  });

  test('a reserve of more than the hour allows leaves one request', async () => {
    const time = clock();
    const gate = createGate(time.now, time.wait, 1_000);
    await gate.enter(patient(), undefined);
    gate.left(quota(4));
    const state = crowd(gate, 3);
    await settled();
    assert.equal(state.sent, 0);
    await time.pass(100_000);
    assert.equal(state.sent, 1);
  });

  test('patience bounds the wait, and a signal ends it', async () => {
    const time = clock();
    const gate = createGate(time.now, time.wait);
    await gate.enter(patient(), undefined);
    gate.left(quota(0));
    assert.equal(await gate.enter({ left: 99_999 }, undefined), false);
    assert.equal(time.waiting(), 0, 'at once');
    const stop = new AbortController();
    const waiting = gate.enter(patient(), stop.signal);
    await settled();
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    assert.equal(time.waiting(), 0);
    await assert.rejects(gate.enter(patient(), AbortSignal.abort(new Error('before'))), /before/);
  });
});
