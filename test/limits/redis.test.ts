import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { redisTallies } from '../../src/limits/redis.ts';
import type { Tallies } from '../../src/limits/tallies.ts';

const url = new URL(process.env.ACCORD_TEST_REDIS ?? 'redis://127.0.0.1:6379');
const port = Number(url.port || 6379);
const hasRedis = await new Promise<boolean>((resolve) => {
  const socket = connect(port, url.hostname);
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  socket.once('connect', () => socket.destroy());
});
const wanted = hasRedis || process.env.CI ? {} : { skip: `no Redis at ${url}` };

/** A way to Redis that can be closed, or go silent. */
async function startGate() {
  const sockets = new Set<Socket>();
  const gate = { isOpen: true, isSilent: false, port: 0, cut, close };
  const server = createServer((socket) => {
    if (!gate.isOpen) return void socket.destroy();
    const redis = connect(port, url.hostname);
    for (const each of [socket, redis]) {
      sockets.add(each);
      each.on('error', () => {}).on('close', () => [socket, redis].map((other) => other.destroy()));
    }
    socket.on('data', (data) => void (gate.isSilent || redis.write(data)));
    redis.on('data', (data) => socket.write(data));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  gate.port = (server.address() as AddressInfo).port;
  function cut(): void {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  }
  async function close(): Promise<void> {
    cut();
    await new Promise((done) => server.close(done));
  }
  return gate;
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  assert.fail('it did not come to pass');
}

describe('counters on Redis that comes and goes', wanted, () => {
  let gate: Awaited<ReturnType<typeof startGate>>;
  let tallies: Tallies;
  let raw: Redis;
  let troubles: string[] = [];
  let key: string;
  before(async () => {
    gate = await startGate();
    raw = new Redis(url.href);
    tallies = await redisTallies(`redis://127.0.0.1:${gate.port}`, (message) => troubles.push(message));
    await until(() => tallies.ready());
  });
  beforeEach(() => {
    troubles = [];
    key = `test:${randomBytes(6).toString('hex')}`;
  });
  after(async () => {
    await tallies.close();
    await gate.close();
    await raw.quit();
  });

  test('a counter stands under its deployment and name, and ends by itself', async () => {
    assert.deepEqual(await tallies.add(1, key, 60), { count: 1, resetsIn: 60 });
    assert.equal(await raw.get(`accord:1:${key}`), '1');
    assert.equal((await tallies.read(1, key))?.count, 1);
    assert.equal(await tallies.read(2, key), undefined);
    await tallies.forget(1, key);
    assert.equal(await raw.exists(`accord:1:${key}`), 0);
  });

  test('what is not counted has no count and starts no wait', async () => {
    assert.equal(await tallies.read(1, key), undefined);
    assert.deepEqual(await tallies.restart(1, key, 60), { count: 0, resetsIn: 0 });
    assert.equal(await tallies.read(1, key), undefined);
    // A counter without an end would count for ever.
    await raw.set(`accord:1:${key}`, '5');
    assert.equal(await tallies.read(1, key), undefined);
    await raw.del(`accord:1:${key}`);
  });

  test('a counter that is marked is found by its beginning and its deployment, while it lasts', async () => {
    const names = [`${key}:a`, `${key}:b`, `other:${key}`];
    for (const deployment of [1, 12])
      for (const name of names) {
        await tallies.add(deployment, name, 60);
        await tallies.mark(deployment, name, `who of ${deployment}`);
      }
    await tallies.add(1, `${key}:unmarked`, 60);
    await tallies.mark(1, `${key}:uncounted`, 'nobody');
    const found = async (prefix: string, deployment?: number) =>
      (await tallies.marked(prefix, deployment))
        .map(({ deployment, key, who }) => `${deployment} ${key} ${who}`)
        .sort();
    assert.deepEqual(await found(`${key}:`, 1), [`1 ${key}:a who of 1`, `1 ${key}:b who of 1`]);
    assert.deepEqual(await found(`${key}:`), [
      ...[`1 ${key}:a who of 1`, `1 ${key}:b who of 1`],
      ...[`12 ${key}:a who of 12`, `12 ${key}:b who of 12`],
    ]);
    assert.deepEqual(await found(`${key}:`, 2), []);
    const [one] = await tallies.marked(`${key}:a`, 1);
    assert.deepEqual(one, { deployment: 1, key: `${key}:a`, who: 'who of 1', count: 1, resetsIn: 60 });
    assert.equal(await raw.get(`accord-who:1:${key}:a`), 'who of 1');
    assert.ok((await raw.pttl(`accord-who:1:${key}:a`)) > 50_000);
    assert.equal(await raw.exists(`accord-who:1:${key}:uncounted`), 0);
    // Counters without an end, and names of which nothing is counted any more, are no locks.
    await raw.persist(`accord:1:${key}:b`);
    await tallies.forget(12, `${key}:a`);
    assert.deepEqual(await found(`${key}:`), [`1 ${key}:a who of 1`, `12 ${key}:b who of 12`]);
    for (const deployment of [1, 12]) for (const name of names) await tallies.forget(deployment, name);
    await raw.del(`accord:1:${key}:b`, `accord:1:${key}:unmarked`);
  });

  test('more marked counters than are looked at in one go are all found', async () => {
    const pipeline = raw.pipeline();
    for (let i = 0; i < 2_500; i++)
      pipeline
        .set(`accord-who:1:${key}:${i}`, 'w', 'PX', 60_000)
        .set(`accord:1:${key}:${i}`, 1, 'PX', 60_000);
    await pipeline.exec();
    assert.equal(new Set((await tallies.marked(`${key}:`, 1)).map((each) => each.key)).size, 2_500);
    for (let i = 0; i < 2_500; i++) pipeline.del(`accord-who:1:${key}:${i}`, `accord:1:${key}:${i}`);
    await pipeline.exec();
  });

  test('while Redis says nothing memory counts, and what it counted is its own', async () => {
    gate.isSilent = true;
    try {
      assert.deepEqual(await tallies.add(1, key, 60), { count: 1, resetsIn: 60 });
    } finally {
      gate.isSilent = false;
      gate.cut();
      await until(async () => !(await tallies.ready()));
      await until(() => tallies.ready());
    }
    assert.equal(await tallies.read(1, key), undefined, 'Redis knows nothing of it');
    // A key of another type cannot be restarted there: memory answers.
    await raw.lpush(`accord:1:${key}`, 'x');
    const again = await tallies.restart(1, key, 100);
    await raw.del(`accord:1:${key}`);
    assert.deepEqual(again, { count: 1, resetsIn: 100 });
    await tallies.forget(1, key);
  });

  test('an outage is told once, and so is its end', async () => {
    gate.isOpen = false;
    gate.cut();
    await until(() => troubles.length > 0);
    await tallies.add(1, key, 60);
    assert.deepEqual(await tallies.add(1, key, 60), { count: 2, resetsIn: 60 });
    assert.deepEqual(await tallies.read(1, key), { count: 2, resetsIn: 60 });
    assert.deepEqual(await tallies.restart(1, key, 90), { count: 2, resetsIn: 90 });
    await tallies.mark(1, key, 'somebody');
    assert.deepEqual(await tallies.marked(key, 1), [
      { deployment: 1, key, who: 'somebody', count: 2, resetsIn: 90 },
    ]);
    assert.equal(await tallies.ready(), false);
    await new Promise((resume) => setTimeout(resume, 300));
    assert.equal(troubles.length, 1, 'however often it is tried');
    assert.match(
      troubles[0] ?? '',
      /^Redis cannot be reached \(.+\); rate limit and lockout count in memory/,
    );
    gate.isOpen = true;
    await until(() => tallies.ready());
    await until(() => troubles.length > 1);
    assert.deepEqual(troubles.slice(1), ['Redis is back']);
  });

  test('at the start nothing is told of a Redis that is there; closed, it is left', async () => {
    const told: string[] = [];
    const other = await redisTallies(url.href, (message) => told.push(message));
    await until(() => other.ready());
    assert.deepEqual(told, []);
    await other.close();
    await until(async () => !(await other.ready()));
    await assert.doesNotReject(other.add(1, key, 60));
  });
});
