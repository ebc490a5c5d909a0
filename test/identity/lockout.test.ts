import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/contract/refuse.ts';
import {
  clearLocks,
  factorLimits,
  type LockKind,
  listLocks,
  lockout,
  type ReportedLock,
} from '../../src/identity/lockout.ts';
import { memoryTallies } from '../../src/limits/memory.ts';

const here = '203.0.113.5';

function locking(attempts = 1, window = 60) {
  const time = { now: 1_000_000 };
  const told: ReportedLock[] = [];
  const tallies = memoryTallies(1_000, () => time.now);
  const locks = lockout(tallies, { attempts, window, onLock: (lock) => told.push(lock) });
  const fail = async (
    [kind, deployment, who]: readonly [LockKind, number, string],
    times: number,
    address = here,
    name?: string,
  ) => {
    for (let i = 0; i < times; i++) await locks.fail(kind, deployment, { subject: who, address, who: name });
  };
  return { time, told, tallies, locks, fail };
}

test('a lock is told with what it is about, once in a window', async (t) => {
  let now = 5;
  t.mock.method(performance, 'now', () => now);
  const { told, locks, fail, tallies, time } = locking();
  await fail(['client', 1, 'robot'], 1, here, 'robot');
  assert.deepEqual(told, []);
  await fail(['client', 1, 'robot'], 2, here, 'robot');
  const lock = { kind: 'client', deployment: 1, who: 'robot', address: here, failures: 2, left: 60 };
  assert.deepEqual(told, [lock]);
  const tried = () =>
    locks.check('client', 1, { subject: 'robot', address: here }).catch((error: unknown) => error);
  const refusal = await tried();
  assert.ok(refusal instanceof Refusal);
  assert.deepEqual(
    [refusal.because, refusal.particulars.retryAfter, refusal.particulars.exact],
    ['client.locked', 60, `3 failures from ${here}`],
  );
  assert.equal(told.length, 1);
  now += 60_000;
  time.now += 30_000;
  await tried();
  assert.deepEqual(told.slice(1), [{ ...lock, failures: 3 }], 'with the name from before');
  await tried();
  now += 59_999;
  await tried();
  assert.equal(told.length, 2);
  // The same name in another deployment is another lock.
  await fail(['client', 2, 'robot'], 2);
  assert.deepEqual(told.at(-1), { ...lock, deployment: 2, who: '' });
  assert.equal((await listLocks(tallies)).length, 2);
});

test('a lock that began in another process is told without a name, not as of nobody', async () => {
  const { fail, tallies } = locking();
  await fail(['client', 1, 'robot'], 2, here, 'robot');
  const told: ReportedLock[] = [];
  const other = lockout(tallies, { attempts: 1, window: 60, onLock: (lock) => told.push(lock) });
  await assert.rejects(other.check('client', 1, { subject: 'robot', address: here }));
  assert.deepEqual(told, [{ kind: 'client', deployment: 1, address: here, failures: 2, left: 60 }]);
});

test('an address in IPv6 is told as its network', async () => {
  const { told, fail, tallies } = locking();
  await fail(['user', 1, 'fry'], 2, '2001:db8:0:1:a::1', 'fry');
  assert.equal(told[0]?.address, '2001:db8:0:1::/64');
  for (const address of ['2001:db8:0:1::/64', '2001:db8:0:1:ffff::2', '2001:db8:0:1::'])
    assert.equal((await listLocks(tallies, { address })).length, 1, address);
  assert.equal((await listLocks(tallies, { address: '2001:db8:0:2::1' })).length, 0);
  await fail(['user', 1, 'leela'], 2, '::ffff:203.0.113.9');
  assert.equal((await listLocks(tallies, { address: '203.0.113.9' })).length, 1);
});

test('locks are listed and cleared by everything that is said', async () => {
  const { fail, tallies, locks } = locking();
  const who = async (which = {}) =>
    (await listLocks(tallies, which)).map((lock) => `${lock.kind} ${lock.deployment} ${lock.who}`);
  await fail(['client', 1, 'robot'], 2, here, 'robot');
  await fail(['user', 1, 'fry'], 3, here, 'fry');
  await fail(['user', 2, 'fry'], 2, '203.0.113.6', 'fry');
  await fail(['user', 1, 'typed by mistake'], 2);
  await fail(['user', 1, 'not locked'], 1, here, 'not locked');
  assert.deepEqual(await who(), ['client 1 robot', 'user 1 fry', 'user 2 fry', 'user 1 ']);
  assert.deepEqual(await who({ kind: 'client' }), ['client 1 robot']);
  assert.deepEqual(await who({ deployment: 2 }), ['user 2 fry']);
  assert.deepEqual(await who({ who: 'fry' }), ['user 1 fry', 'user 2 fry']);
  assert.deepEqual(await who({ who: 'fry', address: here }), ['user 1 fry']);
  assert.deepEqual(await who({ kind: 'client', who: 'fry' }), []);
  const [fry] = await listLocks(tallies, { who: 'fry', deployment: 1 });
  assert.deepEqual(fry, { kind: 'user', deployment: 1, who: 'fry', address: here, failures: 3, left: 60 });
  await assert.rejects(
    locks.check('user', 1, { subject: 'fry', address: here }),
    (error: Refusal) => error.because === 'user.locked',
  );
  assert.deepEqual(await clearLocks(tallies, { who: 'fry', deployment: 1 }), [fry]);
  await locks.check('user', 1, { subject: 'fry', address: here });
  assert.deepEqual(await who(), ['client 1 robot', 'user 2 fry', 'user 1 ']);
  await locks.succeed('client', 1, { subject: 'robot', address: here });
  await locks.check('client', 1, { subject: 'robot', address: here });
});

test('names and addresses of any length are cut', async () => {
  const { fail, tallies, locks, told } = locking();
  const long = 'x'.repeat(5_000);
  await fail(['user', 1, long], 2, long, long);
  assert.deepEqual([told[0]?.who, told[0]?.address], [long.slice(0, 255), long.slice(0, 64)]);
  assert.equal((await listLocks(tallies))[0]?.who, long.slice(0, 255));
  await assert.rejects(
    locks.check('user', 1, { subject: `${long.slice(0, 1_024)}y`, address: `${long.slice(0, 64)}z` }),
  );
  await locks.check('user', 1, { subject: long.slice(0, 1_023), address: long });
});

test('nobody needs to be told', async () => {
  const tallies = memoryTallies();
  const locks = lockout(tallies, { attempts: 0, window: 60 });
  assert.equal(locks.window, 60);
  await locks.check('user', 1, { subject: 'a', address: here });
  await locks.fail('user', 1, { subject: 'a', address: here });
  await assert.rejects(locks.check('user', 1, { subject: 'a', address: here }));
});

test('of ten thousand locks it is remembered that they were told, the oldest give way', async () => {
  const told: string[] = [];
  const locks = lockout(memoryTallies(), {
    attempts: 0,
    window: 3_600,
    onLock: ({ address }) => told.push(address),
  });
  const at = (i: number): string => `10.0.${i >> 8}.${i & 255}`;
  for (let i = 0; i < 10_000; i++) await locks.fail('user', 1, { subject: 'a', address: at(i) });
  assert.equal(told.length, 10_000);
  for (const i of [0, 1, 9_999]) await locks.fail('user', 1, { subject: 'a', address: at(i) });
  assert.equal(told.length, 10_000, 'each was told already');
  await locks.fail('user', 1, { subject: 'a', address: at(10_000) });
  await locks.fail('user', 1, { subject: 'a', address: at(1) });
  assert.deepEqual(told.slice(10_000), [at(10_000)]);
  await locks.fail('user', 1, { subject: 'a', address: at(0) });
  assert.equal(told.at(-1), at(0), 'the first one was forgotten');
});

test('tries at a second factor count together from everywhere, for longer, and lock nothing else', async () => {
  assert.deepEqual(factorLimits({ attempts: 100, window: 300 }), { attempts: 10, window: 3_600 });
  assert.deepEqual(factorLimits({ attempts: 3, window: 1 }), { attempts: 5, window: 12 });
  const { told, locks, fail, tallies } = locking(60, 60);
  const addresses = ['203.0.113.5', '198.51.100.7', '2001:db8::1', '2001:db8:1::1', '192.0.2.1', '192.0.2.2'];
  for (const address of addresses) await fail(['factor', 1, 'fry'], 1, address, 'fry');
  await locks.check('factor', 1, { subject: 'fry', address: here });
  await fail(['factor', 1, 'fry'], 1, '192.0.2.3', 'fry');
  const lock = { kind: 'factor', deployment: 1, who: 'fry', address: 'everywhere', failures: 7, left: 720 };
  assert.deepEqual(told, [lock]);
  const refusal = await locks
    .check('factor', 1, { subject: 'fry', address: '192.0.2.77' })
    .catch((error: unknown) => error);
  assert.ok(refusal instanceof Refusal);
  assert.deepEqual([refusal.because, refusal.particulars.retryAfter], ['user.locked', 720]);
  await locks.check('user', 1, { subject: 'fry', address: here });
  await locks.check('factor', 2, { subject: 'fry', address: here });
  assert.deepEqual(await listLocks(tallies, { kind: 'factor' }), [lock]);
  assert.deepEqual(await listLocks(tallies, { kind: 'user' }), []);
  assert.equal((await clearLocks(tallies, { who: 'fry' })).length, 1);
  await locks.check('factor', 1, { subject: 'fry', address: here });
});
