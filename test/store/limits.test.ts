import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Refusal } from '../../src/contract/refuse.ts';
import { lockout } from '../../src/identity/lockout.ts';
import { memoryTallies } from '../../src/limits/memory.ts';
import { redisTallies } from '../../src/limits/redis.ts';
import type { Tallies } from '../../src/limits/tallies.ts';
import { sqlite } from '../engines.ts';
import { closeConnections } from '../http.ts';
import { startWorld } from '../world.ts';

const url = process.env.ACCORD_TEST_REDIS ?? 'redis://127.0.0.1:6379';
const hasRedis = await new Promise<boolean>((resolve) => {
  const socket = connect(Number(new URL(url).port || 6379), new URL(url).hostname);
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  socket.once('connect', () => socket.destroy());
});

async function ready(tallies: Tallies): Promise<void> {
  for (let tries = 0; tries < 200 && !(await tallies.ready()); tries++)
    await new Promise((resume) => setTimeout(resume, 20));
}

function keepsItsPromises(open: () => Promise<Tallies>): void {
  let tallies: Tallies;
  const key = (name: string): string => `test:${name}:${randomBytes(6).toString('hex')}`;
  before(async () => {
    tallies = await open();
    await ready(tallies);
    assert.equal(await tallies.ready(), true);
  });
  after(() => tallies.close());

  test('counts each one, also of many at once', async () => {
    const one = key('count');
    const seen = await Promise.all(Array.from({ length: 50 }, () => tallies.add(one, 60)));
    assert.deepEqual(
      seen.map(({ count }) => count).sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    assert.equal((await tallies.read(one))?.count, 50);
    await tallies.forget(one);
    assert.equal(await tallies.read(one), undefined);
  });
  test('a window ends by itself', async () => {
    const one = key('end');
    assert.ok((await tallies.add(one, 1)).resetsIn <= 1);
    await new Promise((resume) => setTimeout(resume, 1_100));
    assert.equal(await tallies.read(one), undefined);
    assert.equal((await tallies.add(one, 1)).count, 1);
    await tallies.forget(one);
  });
  test('a restart keeps the count and begins the wait anew', async () => {
    const one = key('restart');
    await tallies.add(one, 5);
    await tallies.add(one, 5);
    const again = await tallies.restart(one, 100);
    assert.equal(again.count, 2);
    assert.ok(again.resetsIn > 90);
    assert.deepEqual(await tallies.read(one), again);
    assert.equal((await tallies.add(one, 5)).count, 3, 'and it goes on from there');
    await tallies.forget(one);
  });
  test('a restart begins nothing where nothing is counted', async () => {
    const one = key('nothing');
    assert.deepEqual(await tallies.restart(one, 100), { count: 0, resetsIn: 0 });
    assert.equal(await tallies.read(one), undefined);
    assert.deepEqual(await tallies.add(one, 60), { count: 1, resetsIn: 60 });
    await tallies.forget(one);
  });
  test('what is counted while a wait starts anew is not lost', async () => {
    const one = key('atomic');
    await tallies.add(one, 60);
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? tallies.add(one, 60) : tallies.restart(one, 60))),
    );
    assert.equal((await tallies.read(one))?.count, 51);
    await tallies.forget(one);
  });
  test('a window is not made longer by what is counted in it', async () => {
    const one = key('fixed');
    await tallies.add(one, 2);
    assert.ok((await tallies.add(one, 600)).resetsIn <= 2);
    await tallies.forget(one);
  });
  test('each try while locked starts the wait anew, and the wait ends', async () => {
    const locks = lockout(tallies, { attempts: 1, window: 2 });
    const who = ['client', 1, key('again'), '203.0.113.9'] as const;
    const locked = (): Promise<boolean> =>
      locks.check(...who).then(
        () => false,
        (error: Refusal) => error.because === 'client.locked',
      );
    await locks.fail(...who);
    assert.equal(await locked(), false, 'as many as are allowed');
    await locks.fail(...who);
    for (let i = 0; i < 2; i++) {
      await new Promise((resume) => setTimeout(resume, 1_300));
      assert.equal(await locked(), true, `after ${(i + 1) * 1.3} seconds`);
    }
    await new Promise((resume) => setTimeout(resume, 2_200));
    assert.equal(await locked(), false);
  });
  test('whatever is sent as a subject or an address is counted apart, however long', async () => {
    const locks = lockout(tallies, { attempts: 0, window: 5 });
    const subject = key('hostile');
    const hostile = [`${subject}\0`, `${subject}:1`, `${subject}${'x'.repeat(50_000)}`, `${subject} é\n`];
    for (const each of hostile) {
      await locks.fail('user', 1, each, '198.51.100.7');
      await assert.rejects(locks.check('user', 1, each, '198.51.100.7'), Refusal);
      await locks.check('user', 1, subject, '198.51.100.7');
      await locks.check('user', 1, each, `198.51.100.8`);
      await locks.succeed('user', 1, each, '198.51.100.7');
    }
    const strange = 'not an address '.repeat(10_000);
    await locks.fail('user', 1, subject, strange);
    await assert.rejects(locks.check('user', 1, subject, strange), Refusal);
    await locks.succeed('user', 1, subject, strange);
  });
  test('an IPv4 address is the same in its IPv6 form, and another /64 is another caller', async () => {
    const locks = lockout(tallies, { attempts: 0, window: 5 });
    const subject = key('mapped');
    await locks.fail('user', 1, subject, '::ffff:203.0.113.77');
    await assert.rejects(locks.check('user', 1, subject, '203.0.113.77'), Refusal);
    await locks.succeed('user', 1, subject, '203.0.113.77');
    await locks.fail('user', 1, subject, '2001:db8:0:1::1');
    await assert.rejects(locks.check('user', 1, subject, '2001:0db8:0000:0001:ffff:ffff:ffff:ffff'), Refusal);
    await locks.check('user', 1, subject, '2001:db8:0:2::1');
    await locks.succeed('user', 1, subject, '2001:db8:0:1::1');
  });
  test('a lockout is by address and subject, and ends with success', async () => {
    const locks = lockout(tallies, { attempts: 2, window: 60 });
    const subject = key('subject');
    for (let i = 0; i < 3; i++) await locks.fail('client', 1, subject, '203.0.113.5');
    await assert.rejects(
      locks.check('client', 1, subject, '203.0.113.5'),
      (error: Refusal) => error.because === 'client.locked' && error.particulars.retryAfter === 60,
    );
    await locks.check('client', 1, subject, '203.0.113.6');
    await locks.check('user', 1, subject, '203.0.113.5');
    await locks.check('client', 2, subject, '203.0.113.5');
    await locks.succeed('client', 1, subject, '203.0.113.5');
    await locks.check('client', 1, subject, '203.0.113.5');
    for (let i = 0; i < 3; i++) await locks.fail('user', 1, subject, `2001:db8::${i + 1}`);
    await assert.rejects(
      locks.check('user', 1, subject, '2001:db8::ffff'),
      (error: Refusal) => error instanceof Refusal,
    );
    await locks.succeed('user', 1, subject, '2001:db8::1');
  });
}

describe('counters in memory', () => {
  keepsItsPromises(async () => memoryTallies());

  test('are bounded: the oldest and lowest give way, and a flood of new names frees nobody who is locked', async () => {
    const tallies = memoryTallies(1_000);
    const kept = Array.from({ length: 50 }, (_, i) => `locked ${i}`);
    for (const each of kept) for (let i = 0; i < 5; i++) await tallies.add(each, 60);
    for (let i = 0; i < 20_000; i++) await tallies.add(`flood ${i}`, 60);
    for (const each of kept) assert.equal((await tallies.read(each))?.count, 5, each);
    let left = 0;
    for (let i = 0; i < 20_000; i++) if (await tallies.read(`flood ${i}`)) left++;
    assert.equal(left, 950);
    assert.deepEqual(await tallies.add('flood 19999', 60), { count: 2, resetsIn: 60 });
  });

  test('what has ended gives way before what has not', async () => {
    const tallies = memoryTallies(100);
    for (let i = 0; i < 60; i++) await tallies.add(`short ${i}`, 0.05);
    for (let i = 0; i < 40; i++) await tallies.add(`long ${i}`, 60);
    await new Promise((resume) => setTimeout(resume, 60));
    for (let i = 0; i < 60; i++) await tallies.add(`new ${i}`, 60);
    for (let i = 0; i < 40; i++) assert.ok(await tallies.read(`long ${i}`), `long ${i}`);
  });

  test('keep no process alive', async () => {
    const script = `
      import { memoryTallies } from '${new URL('../../src/limits/memory.ts', import.meta.url).href}';
      await memoryTallies().add('a', 3600);
      process.stdout.write('done');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { timeout: 5_000 });
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });
});

const wanted = hasRedis || process.env.CI ? {} : { skip: `no Redis at ${url}` };

describe('counters on Redis', wanted, () => {
  keepsItsPromises(() => redisTallies(url, () => {}));

  test('two servers share one hour', async () => {
    const worlds = [
      await startWorld(sqlite, { 'redis-url': url, 'rate-limit': '3' }),
      await startWorld(sqlite, { 'redis-url': url, 'rate-limit': '3' }),
    ];
    try {
      const tenants = await Promise.all(worlds.map((world) => world.tenant()));
      for (const world of worlds) await ready(world.server.world.tallies);
      // Both are the first deployment of their own database: to the counters they are the same tenant.
      const window = Math.floor((worlds[0]?.now ?? 0) / 3_600);
      const key = `rate:${tenants[0]?.deployment.id}:${window}`;
      await worlds[0]?.server.world.tallies.forget(key);
      const codes = [];
      for (let i = 0; i < 4; i++) codes.push((await tenants[i % 2]?.get('/api/v0/companies'))?.http);
      assert.deepEqual(codes, [200, 200, 200, 429]);
      await worlds[0]?.server.world.tallies.forget(key);
    } finally {
      closeConnections();
      for (const world of worlds) await world.close();
    }
  });

  test('while Redis is away memory counts, without waiting; and it comes back by itself', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((done) => probe.close(done));
    const start = (): ChildProcess =>
      spawn(
        'redis-server',
        ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
        { stdio: 'ignore' },
      );
    const troubles: string[] = [];
    const tallies = await redisTallies(`redis://127.0.0.1:${port}`, (message) => troubles.push(message));
    let server: ChildProcess | undefined;
    try {
      const began = performance.now();
      assert.equal((await tallies.add('a', 60)).count, 1);
      assert.equal((await tallies.add('a', 60)).count, 2);
      assert.ok(performance.now() - began < 1_000, 'nobody waits for a server that is away');
      assert.equal(await tallies.ready(), false);
      server = start();
      await ready(tallies);
      assert.equal(await tallies.ready(), true);
      assert.equal((await tallies.add('a', 60)).count, 1, 'Redis has its own count');
      server.kill('SIGKILL');
      await once(server, 'close');
      await tallies.add('a', 60);
      assert.ok(troubles.length >= 2);
      server = start();
      await ready(tallies);
      assert.equal(await tallies.ready(), true);

      // It hangs: the connection is there, and no answer.
      const before = troubles.length;
      server.kill('SIGSTOP');
      const noticed = performance.now();
      while (await tallies.ready()) await tallies.add('hung', 60);
      assert.ok(performance.now() - noticed < 3_000, 'it is noticed soon');
      const hung = performance.now();
      for (let i = 0; i < 100; i++) await tallies.add('hung', 60);
      assert.ok(performance.now() - hung < 500, 'and then nobody waits for an answer');
      assert.equal(troubles.length, before + 1, 'told once');
      server.kill('SIGCONT');
      await ready(tallies);
      assert.equal(await tallies.ready(), true);
      assert.ok((await tallies.add('fresh', 60)).count === 1 && (await tallies.read('hung')) !== undefined);
    } finally {
      await tallies.close();
      server?.kill('SIGKILL');
    }
  });
});
