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
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld } from '../harness/world.ts';

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
    const seen = await Promise.all(Array.from({ length: 50 }, () => tallies.add(1, one, 60)));
    assert.deepEqual(
      seen.map(({ count }) => count).sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    assert.equal((await tallies.read(1, one))?.count, 50);
    await tallies.forget(1, one);
    assert.equal(await tallies.read(1, one), undefined);
  });
  test('a window ends by itself', async () => {
    const one = key('end');
    assert.ok((await tallies.add(1, one, 1)).resetsIn <= 1);
    await new Promise((resume) => setTimeout(resume, 1_100));
    assert.equal(await tallies.read(1, one), undefined);
    assert.equal((await tallies.add(1, one, 1)).count, 1);
    await tallies.forget(1, one);
  });
  test('a restart keeps the count and begins the wait anew', async () => {
    const one = key('restart');
    await tallies.add(1, one, 5);
    await tallies.add(1, one, 5);
    const again = await tallies.restart(1, one, 100);
    assert.equal(again.count, 2);
    assert.ok(again.resetsIn > 90);
    await tallies.forget(1, one);
  });
  test('a lockout is by address and subject, and ends with success', async () => {
    const locks = lockout(tallies, { attempts: 2, window: 60 });
    const subject = key('subject');
    for (let i = 0; i < 3; i++) await locks.fail('client', 1, { subject, address: '203.0.113.5' });
    await assert.rejects(
      locks.check('client', 1, { subject, address: '203.0.113.5' }),
      (error: Refusal) => error.because === 'client.locked' && error.particulars.retryAfter === 60,
    );
    await locks.check('client', 1, { subject, address: '203.0.113.6' });
    await locks.check('user', 1, { subject, address: '203.0.113.5' });
    await locks.check('client', 2, { subject, address: '203.0.113.5' });
    await locks.succeed('client', 1, { subject, address: '203.0.113.5' });
    await locks.check('client', 1, { subject, address: '203.0.113.5' });
    for (let i = 0; i < 3; i++) await locks.fail('user', 1, { subject, address: `2001:db8::${i + 1}` });
    await assert.rejects(
      locks.check('user', 1, { subject, address: '2001:db8::ffff' }),
      (error: Refusal) => error instanceof Refusal,
    );
    await locks.succeed('user', 1, { subject, address: '2001:db8::1' });
  });
}

describe('counters in memory', () => keepsItsPromises(async () => memoryTallies()));

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
      const key = `rate:${window}`;
      await worlds[0]?.server.world.tallies.forget(1, key);
      const codes = [];
      for (let i = 0; i < 4; i++) codes.push((await tenants[i % 2]?.get('/api/v0/companies'))?.http);
      assert.deepEqual(codes, [200, 200, 200, 429]);
      await worlds[0]?.server.world.tallies.forget(1, key);
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
      // None of these waits for a server that is away: it is started only afterwards.
      assert.equal((await tallies.add(1, 'a', 60)).count, 1);
      assert.equal((await tallies.add(1, 'a', 60)).count, 2);
      assert.equal(await tallies.ready(), false);
      server = start();
      await ready(tallies);
      assert.equal(await tallies.ready(), true);
      assert.equal((await tallies.add(1, 'a', 60)).count, 1, 'Redis has its own count');
      server.kill('SIGKILL');
      await once(server, 'close');
      await tallies.add(1, 'a', 60);
      assert.ok(troubles.length >= 2);
      server = start();
      await ready(tallies);
      assert.equal(await tallies.ready(), true);
    } finally {
      await tallies.close();
      server?.kill('SIGKILL');
    }
  });
});
