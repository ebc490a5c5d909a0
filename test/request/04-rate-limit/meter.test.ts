import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../../src/contract/refuse.ts';
import { memoryTallies } from '../../../src/limits/memory.ts';
import type { Authenticated } from '../../../src/request/03-authentication/authenticate.ts';
import { type FullHour, meter, type Quota } from '../../../src/request/04-rate-limit/meter.ts';
import type { World } from '../../../src/request/world.ts';

const hour = 3_600;

function metering(rateLimit: number) {
  const time = { now: 10 * hour + 600 };
  const tallies = memoryTallies(100, () => time.now * 1_000);
  const world = { clock: () => time.now, settings: { rateLimit }, tallies } as unknown as World;
  const heard: Quota[] = [];
  const ask = async (id = 1, full?: FullHour) => {
    const given = { deployment: { id }, caller: 'somebody' } as unknown as Authenticated;
    const { quota, ...rest } = await meter(given, world, (quota) => heard.push(quota), full);
    assert.deepEqual(rest, given);
    assert.equal(quota, heard.at(-1));
    return quota;
  };
  const refusal = async (id = 1, full?: FullHour) => {
    heard.length = 0;
    const error = await ask(id, full).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(error instanceof Refusal);
    assert.equal(error.because, 'window.exhausted');
    return { told: heard.at(-1), ...error.particulars };
  };
  return { time, ask, refusal };
}

test('a deployment has so many requests in each hour of the clock', async () => {
  const { time, ask, refusal } = metering(2);
  const rest = { limit: 2, reset: 11 * hour, left: 3_000 };
  assert.deepEqual(await ask(), { ...rest, remaining: 1 });
  assert.deepEqual(await ask(), { ...rest, remaining: 0 });
  assert.deepEqual(await refusal(), {
    told: { ...rest, remaining: 0 },
    retryAfter: 3_000,
    exact: 'request 3 of 2 this hour',
  });
  assert.deepEqual(await ask(2), { ...rest, remaining: 1 }, 'another deployment has its own');
  time.now = 11 * hour;
  assert.deepEqual(await ask(), { limit: 2, remaining: 1, reset: 12 * hour, left: hour });
});

test('an hour may count as used up although it is not', async () => {
  const { ask, refusal } = metering(5);
  await ask();
  const full = await refusal(1, { why: 'it was said to be full' });
  assert.deepEqual([full.exact, full.told?.remaining], ['it was said to be full', 0]);
  assert.equal((await ask()).remaining, 2, 'it is counted as one request');
});

test('an hour that counts as used up may end when it is told to', async () => {
  const { time, ask, refusal } = metering(5);
  const { retryAfter, told } = await refusal(1, { why: 'it was said to be full', left: 7 });
  assert.equal(retryAfter, 7);
  assert.deepEqual(told, { limit: 5, remaining: 0, reset: time.now + 7, left: 7 });
  assert.deepEqual(await ask(), { limit: 5, remaining: 3, reset: 11 * hour, left: 3_000 });
});
