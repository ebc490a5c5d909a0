import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answerLockouts, type ShownLock } from '../../src/console/lockouts.ts';
import { clearLocks, listLocks, lockout, type ToldLock } from '../../src/identity/lockout.ts';
import { memoryTallies } from '../../src/limits/memory.ts';
import { redisTallies } from '../../src/limits/redis.ts';
import type { Tallies } from '../../src/limits/tallies.ts';
import { lockNote } from '../../src/observe/lock-note.ts';
import type { Log } from '../../src/observe/log.ts';
import type { Method } from '../../src/request/01-transport/received.ts';
import { type Ended, runAccord } from '../harness/commands.ts';
import { onEveryEngine, sqlite } from '../harness/engines.ts';
import { basic, form } from '../harness/forms.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { signIn } from '../harness/sign-in.ts';
import { password, type Registered, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const redisUrl = process.env.ACCORD_TEST_REDIS ?? 'redis://127.0.0.1:6379';

const attempt = (tenant: Tenant, client: Registered): Promise<Reply> =>
  tenant.send({
    method: 'POST',
    path: '/oauth2/v0/token',
    ...form({ grant_type: 'client_credentials' }, basic(client)),
  });

const causeOf = (tenant: Tenant, { headers }: Reply): string | undefined =>
  tenant.world.trailOf(headers['x-request-id'] ?? '').refusal?.because;

async function lock(tenant: Tenant): Promise<void> {
  for (let i = 0; i < 4; i++) await attempt(tenant, { ...tenant.service, secret: 'wrong' });
  assert.equal(causeOf(tenant, await attempt(tenant, tenant.service)), 'client.locked');
}

const printed = ({ code, out, err }: Ended): readonly ShownLock[] => {
  assert.equal(code, 0, err);
  return JSON.parse(out) as readonly ShownLock[];
};

onEveryEngine('accord lockout, with counters in memory', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let at: string[];
  before(async () => {
    world = await startWorld(engine, { 'lockout-attempts': '3', 'admin-listen': '127.0.0.1:0' });
    tenant = await world.tenant();
    at = ['--admin-url', world.server.adminUrl ?? ''];
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('a client that is locked is listed, and let in again while the server runs', async () => {
    await lock(tenant);
    const other = await world.tenant();
    await lock(other);
    const listed = printed(
      await runAccord('lockout', 'list', '--deployment', tenant.deployment.name, '--json', ...at),
    );
    assert.deepEqual(
      listed.map(({ left, ...lock }) => ({ ...lock, left: left > 0 && left <= 300 })),
      [
        {
          kind: 'client',
          who: tenant.service.application.clientId,
          address: '127.0.0.1',
          failures: 4,
          deployment: tenant.deployment.name,
          left: true,
        },
      ],
    );
    const text = await runAccord('lockout', 'list', ...at);
    assert.match(text.out, /DEPLOYMENT +KIND +WHO +ADDRESS +FAILURES +LEFT/);
    assert.ok(text.out.includes(other.service.application.clientId));
    const cleared = await runAccord('lockout', 'clear', '--who', tenant.service.application.clientId, ...at);
    assert.match(cleared.out, /Cleared 1 lockout\./);
    assert.equal((await attempt(tenant, tenant.service)).http, 200);
    assert.equal(
      causeOf(other, await attempt(other, other.service)),
      'client.locked',
      'nobody else is let in',
    );
    assert.match((await runAccord('lockout', 'clear', '--all', ...at)).out, /Cleared 1 lockout\./);
    assert.match((await runAccord('lockout', 'list', ...at)).out, /Nobody is locked\./);
  });

  test('what was typed where there is nobody of that name is not told', async () => {
    for (const name of ['hermes', 'my secret password'])
      for (let i = 0; i < 4; i++) await tenant.send(await signIn(tenant, name, 'wrong'));
    const listed = printed(await runAccord('lockout', 'list', '--kind', 'user', '--json', ...at));
    assert.deepEqual(listed.map(({ who }) => who).toSorted(), ['', 'hermes']);
    const cleared = printed(await runAccord('lockout', 'clear', '--kind', 'user', '--json', ...at));
    assert.equal(cleared.length, 2);
    assert.equal((await tenant.send(await signIn(tenant, 'hermes', password))).http, 200);
  });

  test('clear says whom, and a wrong word is told', async () => {
    const whom = await runAccord('lockout', 'clear', ...at);
    assert.deepEqual([whom.code, /name what to clear/.test(whom.err)], [2, true], whom.err);
    const nowhere = await runAccord('lockout', 'list', '--deployment', 'nowhere', ...at);
    assert.deepEqual([nowhere.code, /no deployment named nowhere/.test(nowhere.err)], [1, true], nowhere.err);
    const away = await runAccord('lockout', 'list', '--admin-url', 'http://127.0.0.1:1');
    assert.deepEqual([away.code, /--admin-listen/.test(away.err)], [1, true], away.err);
    const ask = (method: Method, query: Record<string, string>) =>
      answerLockouts({ method, query: new Map(Object.entries(query)) }, world.server.world);
    assert.equal((await ask('DELETE', {})).http, 400);
    assert.equal((await ask('DELETE', { all: '0' })).http, 400);
    for (const more of [{ deployment: '' }, { who: '' }, { usrname: 'fry' }])
      assert.equal((await ask('DELETE', { kind: 'user', ...more })).http, 400, JSON.stringify(more));
    assert.equal((await ask('DELETE', { all: '1' })).http, 200);
    assert.equal((await ask('DELETE', { address: '192.0.2.1' })).http, 200);
    assert.equal((await ask('GET', { kind: 'everybody' })).http, 400);
    assert.equal((await ask('GET', { deployment: 'nowhere' })).http, 404);
  });
});

const hasRedis = await redisTallies(redisUrl, () => {}).then(async (tallies) => {
  for (let i = 0; i < 40 && !(await tallies.ready()); i++) await new Promise((next) => setTimeout(next, 50));
  const ready = await tallies.ready();
  await tallies.close();
  return ready;
});

describe(
  'accord lockout, with counters on Redis',
  hasRedis || process.env.CI ? {} : { skip: 'no Redis' },
  () => {
    test('asks Redis itself', async () => {
      const world = await startWorld(sqlite, { 'lockout-attempts': '3', 'redis-url': redisUrl });
      try {
        for (let i = 0; i < 100 && !(await world.server.world.tallies.ready()); i++)
          await new Promise((next) => setTimeout(next, 50));
        const tenant = await world.tenant();
        await lock(tenant);
        const { clientId } = tenant.service.application;
        const flags = ['--redis-url', redisUrl, '--data', world.database.data, '--who', clientId];
        const listed = printed(await runAccord('lockout', 'list', '--json', ...flags));
        assert.deepEqual(
          listed.map(({ who, failures, deployment }) => [who, failures, deployment]),
          [[clientId, 4, tenant.deployment.name]],
        );
        assert.match((await runAccord('lockout', 'clear', ...flags)).out, /Cleared 1 lockout\./);
        assert.equal((await attempt(tenant, tenant.service)).http, 200);
        assert.deepEqual(printed(await runAccord('lockout', 'list', '--json', ...flags)), []);
      } finally {
        closeConnections();
        await world.close();
      }
    });
  },
);

const subjects = (() => {
  let n = 0;
  return () => `lockouts-test-${process.pid}-${n++}`;
})();

function keepsLocks(name: string, open: () => Promise<Tallies>, options = {}): void {
  describe(name, options, () => {
    let tallies: Tallies;
    before(async () => {
      tallies = await open();
      for (let i = 0; i < 100 && !(await tallies.ready()); i++)
        await new Promise((next) => setTimeout(next, 50));
    });
    after(() => tallies.close());

    test('a lock is told when it begins, and once a window while tries keep it up', async () => {
      const told: ToldLock[] = [];
      const locks = lockout(tallies, { attempts: 2, window: 1, onLock: (lock) => told.push(lock) });
      const who = subjects();
      const tried = async (): Promise<void> => {
        try {
          await locks.check('client', 1, who, '203.0.113.5');
        } catch {
          return;
        }
        await locks.fail('client', 1, who, '203.0.113.5', who);
      };
      await tried();
      await tried();
      assert.equal(told.length, 0, 'two failures do not lock yet');
      for (let i = 0; i < 10; i++) await tried();
      assert.equal(told.length, 1, 'once, not at each try');
      const [{ left, ...first }] = told as [ToldLock];
      assert.deepEqual(first, { kind: 'client', deployment: 1, who, address: '203.0.113.5', failures: 3 });
      assert.ok(left <= 1 && left > 0);
      const began = performance.now();
      while (performance.now() - began < 1_300) {
        await tried();
        await new Promise((next) => setTimeout(next, 100));
      }
      assert.equal(told.length, 2, 'it was kept up for a second window');
      assert.equal(told[1]?.who, who);
      await locks.succeed('client', 1, who, '203.0.113.5');
    });

    test('locks are found and cleared by whom, where, what kind and which deployment', async () => {
      const locks = lockout(tallies, { attempts: 1, window: 60 });
      const [one, other] = [subjects(), subjects()];
      const fails = async (
        kind: 'client' | 'user',
        deployment: number,
        who: string,
        address: string,
        times = 2,
      ) => {
        for (let i = 0; i < times; i++) await locks.fail(kind, deployment, who, address, who);
      };
      await fails('client', 71, one, '203.0.113.5');
      await fails('client', 71, one, '2001:db8:0:1::5');
      await fails('client', 72, one, '203.0.113.5');
      await fails('user', 71, other, '203.0.113.5');
      await fails('user', 71, subjects(), '203.0.113.6', 1);
      const brief = async (which: Parameters<typeof listLocks>[1]) =>
        (await listLocks(tallies, which))
          .filter(({ deployment }) => deployment === 71 || deployment === 72)
          .map(({ deployment, kind, address }) => `${deployment} ${kind} ${address}`)
          .toSorted();
      const everything = [
        '71 client 2001:db8:0:1::/64',
        '71 client 203.0.113.5',
        '71 user 203.0.113.5',
        '72 client 203.0.113.5',
      ];
      assert.deepEqual(await brief({}), everything, 'who has one try left is not locked');
      assert.deepEqual(await brief({ deployment: 72 }), [everything[3]]);
      assert.deepEqual(await brief({ kind: 'user' }), [everything[2]]);
      assert.deepEqual(await brief({ who: other }), [everything[2]]);
      assert.deepEqual(await brief({ deployment: 71, who: one }), everything.slice(0, 2));
      assert.deepEqual(await brief({ address: '2001:db8:0:1:ffff::1' }), [everything[0]], 'its network');
      assert.deepEqual(await brief({ address: '2001:db8:0:1::/64' }), [everything[0]], 'as it is shown');
      assert.deepEqual(await brief({ address: '2001:db8:0:2::1' }), []);
      assert.equal((await clearLocks(tallies, { deployment: 71, kind: 'client' })).length, 2);
      assert.deepEqual(await brief({}), everything.slice(2));
      await locks.check('client', 71, one, '203.0.113.5');
      await assert.rejects(locks.check('user', 71, other, '203.0.113.5'));
      assert.equal((await clearLocks(tallies, { deployment: 71 })).length, 1);
      assert.equal((await clearLocks(tallies, { deployment: 72 })).length, 1);
      assert.deepEqual(await brief({}), []);
    });

    test('a lock that tries keep up keeps its name, and one that ends is listed no more', async () => {
      const locks = lockout(tallies, { attempts: 1, window: 1 });
      const who = subjects();
      for (let i = 0; i < 2; i++) await locks.fail('client', 73, who, '203.0.113.5', who);
      const began = performance.now();
      while (performance.now() - began < 1_500) {
        await assert.rejects(locks.check('client', 73, who, '203.0.113.5'));
        await new Promise((next) => setTimeout(next, 100));
      }
      assert.deepEqual(
        (await listLocks(tallies, { deployment: 73 })).map((lock) => lock.who),
        [who],
      );
      await new Promise((next) => setTimeout(next, 1_200));
      assert.deepEqual(await listLocks(tallies, { deployment: 73 }), []);
    });
  });
}

keepsLocks('locks in memory', async () => memoryTallies());
keepsLocks(
  'locks on Redis',
  () => redisTallies(redisUrl, () => {}),
  hasRedis || process.env.CI ? {} : { skip: 'no Redis' },
);

test('the log says who is locked, where, and what tries do, and no name that nobody has', async () => {
  const world = await startWorld(sqlite);
  try {
    const tenant = await world.tenant();
    const noted: unknown[][] = [];
    const log = { note: (...said: unknown[]) => noted.push(said) } as unknown as Log;
    const note = lockNote(log, world.server.world.store);
    const shared = { deployment: tenant.deployment.id, address: '203.0.113.5', failures: 101, left: 300 };
    note({ ...shared, kind: 'client', who: 'abc@example' });
    note({ ...shared, kind: 'user', who: '' });
    note({ ...shared, kind: 'user' });
    for (let i = 0; i < 100 && noted.length < 3; i++) await new Promise((next) => setTimeout(next, 20));
    const [[level, message, fields], [, other, bare], [, elsewhere]] = noted as [
      unknown[],
      unknown[],
      unknown[],
    ];
    assert.equal(level, 'warn');
    assert.match(
      String(message),
      /^client abc@example is locked at 203\.0\.113\.5 for 300 s; each try while locked starts the wait anew; accord lockout clear/,
    );
    assert.deepEqual(fields, {
      deployment: tenant.deployment.name,
      kind: 'client',
      who: 'abc@example',
      address: '203.0.113.5',
      failures: 101,
      seconds: 300,
    });
    assert.match(String(other), /^a user that does not exist is locked/);
    assert.match(String(elsewhere), /^a user is locked/, 'where another process was told the name');
    assert.ok(!('who' in (bare as object)));
  } finally {
    await world.close();
  }
});
