import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../src/contract/refuse.ts';
import { lockout } from '../../src/identity/lockout.ts';
import { memoryTallies } from '../../src/limits/memory.ts';
import { type FullHour, meter } from '../../src/request/04-rate-limit/meter.ts';
import type { World } from '../../src/request/world.ts';

/** Counters by a clock that the test moves. */
function counters(most?: number) {
  const at = { now: 1_000_000 };
  return { at, tallies: memoryTallies(most, () => at.now) };
}

describe('counters in memory', () => {
  test('a window lasts from the first to just before its end', async () => {
    const { at, tallies } = counters();
    assert.deepEqual(await tallies.add(1, 'a', 10), { count: 1, resetsIn: 10 });
    at.now += 9_001;
    assert.deepEqual(await tallies.add(1, 'a', 10), { count: 2, resetsIn: 1 }, 'the end stays where it was');
    at.now += 998;
    assert.deepEqual(await tallies.read(1, 'a'), { count: 2, resetsIn: 1 });
    at.now += 1;
    assert.equal(await tallies.read(1, 'a'), undefined);
    assert.deepEqual(await tallies.restart(1, 'a', 10), { count: 0, resetsIn: 0 });
    assert.equal(await tallies.read(1, 'a'), undefined, 'nothing was started');
    assert.deepEqual(await tallies.add(1, 'a', 10), { count: 1, resetsIn: 10 });
  });

  test('a clock that goes back behind the beginning ends a window, to the beginning does not', async () => {
    const { at, tallies } = counters();
    await tallies.add(1, 'a', 10);
    at.now += 5_000;
    await tallies.restart(1, 'a', 10);
    assert.deepEqual(await tallies.read(1, 'a'), { count: 1, resetsIn: 10 });
    at.now -= 1;
    assert.equal(await tallies.read(1, 'a'), undefined, 'a restart moves the beginning too');
    at.now += 1;
    assert.equal((await tallies.read(1, 'a'))?.count, 1);
  });

  test('a deployment has its own, and is cleared alone', async () => {
    const { tallies } = counters();
    await tallies.add(1, 'a', 10);
    await tallies.add(12, 'a', 10);
    await tallies.add(12, 'b', 10);
    await tallies.mark(12, 'b', 'somebody');
    await tallies.mark(1, 'never counted', 'nobody');
    assert.deepEqual(await tallies.marked(''), [
      { deployment: 12, key: 'b', who: 'somebody', count: 1, resetsIn: 10 },
    ]);
    assert.deepEqual(await tallies.marked('a'), []);
    tallies.clear(12);
    assert.equal(await tallies.read(12, 'a'), undefined);
    assert.equal(await tallies.read(12, 'b'), undefined);
    assert.deepEqual(await tallies.marked(''), []);
    assert.equal((await tallies.read(1, 'a'))?.count, 1);
    await tallies.forget(1, 'a');
    assert.equal(await tallies.read(1, 'a'), undefined);
  });

  test('a flood of names frees nobody who is locked, and takes bounded room', async () => {
    const { at, tallies } = counters(100);
    for (let i = 0; i < 50; i++) await tallies.add(1, 'locked', 300);
    for (let i = 0; i < 5_000; i++) await tallies.add(1, `flood ${i}`, 300);
    assert.equal((await tallies.read(1, 'locked'))?.count, 50);
    let kept = 0;
    for (let i = 0; i < 5_000; i++) if (await tallies.read(1, `flood ${i}`)) kept++;
    assert.ok(kept <= 100 && kept >= 98, `${kept} are kept`);
    at.now += 300_000;
    assert.equal(await tallies.read(1, 'locked'), undefined);
    // What has ended gives way to what has not, however high it counted.
    await tallies.add(1, 'new', 300);
    for (let i = 0; i < 98; i++) await tallies.add(1, `later ${i}`, 300);
    assert.equal((await tallies.read(1, 'new'))?.count, 1);
  });

  test('what has ended gives way before what has not, however high it counted', async () => {
    const { at, tallies } = counters(2);
    for (let i = 0; i < 50; i++) await tallies.add(1, 'ended', 10);
    at.now += 10_000;
    await tallies.add(1, 'live', 10);
    await tallies.add(1, 'new', 10);
    assert.equal((await tallies.read(1, 'live'))?.count, 1);
    assert.equal((await tallies.read(1, 'new'))?.count, 1);
  });

  test('are where they should be, and gone when closed', async () => {
    const { tallies } = counters();
    assert.equal(await tallies.ready(), true);
    await tallies.add(1, 'a', 10);
    await tallies.close();
    assert.equal(await tallies.read(1, 'a'), undefined);
  });
});

const refusedFor = (work: Promise<unknown>): Promise<Refusal | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => {
      assert.ok(error instanceof Refusal, String(error));
      return error;
    },
  );

describe('a lockout', () => {
  test('begins with one failure more than the maximum, and refuses by its kind', async () => {
    const { tallies } = counters();
    const locks = lockout(tallies, { attempts: 3, window: 60 });
    for (const kind of ['client', 'user'] as const) {
      for (let i = 0; i < 3; i++) await locks.fail(kind, 1, { subject: 'ada', address: '192.0.2.1' });
      await locks.check(kind, 1, { subject: 'ada', address: '192.0.2.1' });
      await locks.fail(kind, 1, { subject: 'ada', address: '192.0.2.1' });
      const refusal = await refusedFor(locks.check(kind, 1, { subject: 'ada', address: '192.0.2.1' }));
      assert.equal(refusal?.because, `${kind}.locked`);
      assert.deepEqual(refusal?.particulars, { retryAfter: 60, exact: '4 failures from 192.0.2.1' });
    }
    assert.equal(locks.window, 60);
  });

  test('starts anew with each try while it lasts, and only then', async () => {
    const { at, tallies } = counters();
    const locks = lockout(tallies, { attempts: 1, window: 60 });
    await locks.fail('user', 1, { subject: 'ada', address: '192.0.2.1' });
    at.now += 59_000;
    await locks.check('user', 1, { subject: 'ada', address: '192.0.2.1' });
    at.now += 1_000;
    await locks.fail('user', 1, { subject: 'ada', address: '192.0.2.1' });
    await locks.check('user', 1, { subject: 'ada', address: '192.0.2.1' });
    await locks.fail('user', 1, { subject: 'ada', address: '192.0.2.1' });
    for (let i = 0; i < 3; i++) {
      at.now += 59_000;
      assert.ok(
        await refusedFor(locks.check('user', 1, { subject: 'ada', address: '192.0.2.1' })),
        'locked anew',
      );
    }
    at.now += 60_000;
    await locks.check('user', 1, { subject: 'ada', address: '192.0.2.1' });
  });

  test('is of one subject, kind, deployment and network', async () => {
    const { tallies } = counters();
    const locks = lockout(tallies, { attempts: 1, window: 60 });
    const locked = async (kind: 'client' | 'user', deployment: number, subject: string, address: string) =>
      (await refusedFor(locks.check(kind, deployment, { subject, address }))) !== undefined;
    const lock = async (address: string, subject = 'ada') => {
      for (let i = 0; i < 2; i++) await locks.fail('user', 1, { subject, address });
    };
    await lock('192.0.2.1');
    assert.equal(await locked('user', 1, 'ada', '192.0.2.1'), true);
    assert.equal(
      await locked('user', 1, 'ada', '::ffff:192.0.2.1'),
      true,
      'the same address, written as IPv6',
    );
    assert.equal(await locked('user', 1, 'ada', '192.0.2.2'), false);
    assert.equal(await locked('user', 1, 'bob', '192.0.2.1'), false);
    assert.equal(await locked('client', 1, 'ada', '192.0.2.1'), false);
    assert.equal(await locked('user', 2, 'ada', '192.0.2.1'), false);
    await lock('2001:db8:1:2::1');
    assert.equal(await locked('user', 1, 'ada', '2001:db8:1:2:ffff::9'), true, 'its whole /64');
    assert.equal(await locked('user', 1, 'ada', '2001:db8:1:3::1'), false);
    assert.equal(await locked('user', 1, 'ada', '2001:db8:1:12::1'), false);
    await lock('not: an address');
    assert.equal(await locked('user', 1, 'ada', 'not: an address'), true);
    assert.equal(await locked('user', 1, 'ada', 'not: another'), false);
    await lock('192.0.2.9', 'x'.repeat(1_024));
    assert.equal(
      await locked('user', 1, `${'x'.repeat(1_024)}y`, '192.0.2.9'),
      true,
      'what is cut off does not count',
    );
    assert.equal(await locked('user', 1, 'x'.repeat(1_023), '192.0.2.9'), false);
  });

  test('an address has a bounded number of counters, however many names it tries', async () => {
    const keys = new Set<string>();
    const locks = lockout(
      {
        ...memoryTallies(),
        add: async (_: number, key: string) => {
          keys.add(key);
          return { count: 1, resetsIn: 1 };
        },
      },
      { attempts: 1, window: 60 },
    );
    for (let i = 0; i < 20_000; i++)
      await locks.fail('user', 1, { subject: `name ${i}`, address: '192.0.2.1' });
    for (const key of keys) assert.match(key, /^lockout:user:192\.0\.2\.1:\d{1,5}$/);
    // 20,000 of 65,536 places: hardly two names share one, and no more than that.
    assert.ok(keys.size > 16_000, `${keys.size}`);
  });
});

describe('the hour of a deployment', () => {
  const at = 1_800_000_123;
  async function metered(counted: number, full?: FullHour) {
    const asked: unknown[][] = [];
    const world = {
      clock: (deployment: number) => (deployment === 7 ? at : 0),
      settings: { rateLimit: 5 },
      tallies: {
        add: async (...said: unknown[]) => {
          asked.push(said);
          return { count: counted, resetsIn: 1 };
        },
      },
    } as unknown as World;
    const told: unknown[] = [];
    const authenticated = { deployment: { id: 7 } } as Parameters<typeof meter>[0];
    const refusal = await refusedFor(meter(authenticated, world, (quota) => told.push(quota), full));
    assert.deepEqual(asked, [[7, `rate:${Math.floor(at / 3_600)}`, 3_600]]);
    assert.equal(told.length, 1, 'the quota is told, also of what is refused');
    return { refusal, quota: told[0] as Record<string, number> };
  }
  const reset = Math.ceil(at / 3_600) * 3_600;

  test('ends with the first request past the limit', async () => {
    const last = await metered(5);
    assert.equal(last.refusal, undefined);
    assert.deepEqual(last.quota, { limit: 5, remaining: 0, reset, left: reset - at });
    assert.equal((await metered(1)).quota.remaining, 4);
    const over = await metered(6);
    assert.equal(over.refusal?.because, 'window.exhausted');
    assert.deepEqual(over.refusal?.particulars, {
      retryAfter: reset - at,
      exact: 'request 6 of 5 this hour',
    });
    assert.equal((await metered(9)).quota.remaining, 0, 'never below nothing');
  });

  test('counts as used up when a fault says so, and no less than it is', async () => {
    const forced = await metered(2, { why: 'a fault' });
    assert.equal(forced.refusal?.particulars.exact, 'a fault');
    assert.equal(forced.quota.remaining, 0);
    assert.ok((await metered(9, { why: 'a fault' })).refusal);
  });
});
