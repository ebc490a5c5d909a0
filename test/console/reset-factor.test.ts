import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runAccord } from '../harness/commands.ts';
import { onEveryEngine, sqlite } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { codeAt } from '../harness/totp.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from '../sandbox/control.ts';
import { Browser, causeOf } from './account-pages.ts';
import { afterPassword, isIn, withFactor } from './second-steps.ts';

onEveryEngine('a second factor that was lost', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let neighbour: Tenant;

  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    neighbour = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const accord = (...words: readonly string[]) => {
    const { data, databaseUrl } = world.database;
    const place = databaseUrl === undefined ? ['--data', data] : ['--database-url', databaseUrl];
    return runAccord(...words, ...place, '--deployment', tenant.deployment.name);
  };

  test('is taken away by an operator only, of one person of one deployment, and ends the sign-ins', async () => {
    const [{ key }, own, there] = [
      await withFactor(tenant),
      await withFactor(tenant, 'fry'),
      await withFactor(neighbour),
    ];
    const browser = new Browser(tenant);
    const page = await afterPassword(browser);
    await browser.submit(page, '/account/code', { code: codeAt(key, world.now) });
    assert.equal(await isIn(browser), true);
    const told = await accord('staff', 'reset-second-factor', 'hermes');
    assert.equal(told.code, 0, told.err);
    assert.match(told.out, /^Removed the second factor of hermes in t\w+, and ended the sign-ins\.$/m);
    assert.equal(await isIn(browser), false);
    assert.equal((await afterPassword(new Browser(tenant))).http, 303, 'the password is enough');
    for (const [of, username] of [
      [tenant, 'fry'],
      [neighbour, 'hermes'],
    ] as const)
      assert.match((await afterPassword(new Browser(of), password, username)).text, /one-time-code/);
    assert.ok(own.key !== there.key);
    const again = await accord('staff', 'reset-second-factor', 'hermes', '--json');
    assert.deepEqual(JSON.parse(again.out), { reset: false });
    const nobody = await accord('staff', 'reset-second-factor', 'nobody');
    assert.notEqual(nobody.code, 0);
    assert.match(nobody.err, /no staff member nobody/);
  });

  test('stays when an operator sets another password', async () => {
    const next = 'spleesh, guh, spleesh';
    assert.equal((await accord('staff', 'set', 'fry', '--password', next)).code, 0);
    assert.match((await afterPassword(new Browser(tenant), next, 'fry')).text, /one-time-code/);
  });

  test('is not told by a dump, with secrets or without', async () => {
    const { key, codes } = await withFactor(tenant);
    for (const more of [[], ['--with-secrets']]) {
      const dumped = await accord('dump', ...more);
      assert.equal(dumped.code, 0, dumped.err);
      assert.match(dumped.out, /"username":\s*"hermes"/);
      for (const secret of [key, codes[0] ?? '', 'second_factor', 'recovery'])
        assert.ok(!dumped.out.includes(secret), secret);
    }
  });
});

test('a fork of a sandbox has the second factors of its people, and each is used by itself', async () => {
  const world = await startWorld(sqlite, { sandbox: true, 'sandbox-token': controlToken });
  try {
    const tenant = await world.tenant();
    const { key, codes } = await withFactor(tenant);
    const forked = await controlled(tenant, 'POST', `deployments/${tenant.deployment.name}/forks`, {});
    const { name, host } = forked.json as { name: string; host: string };
    const deployment = await world.server.world.directory(name);
    assert.ok(deployment, forked.text);
    const fork: Tenant = {
      ...tenant,
      deployment,
      host,
      send: (sending) => send(world.server.port, host, sending),
    };
    const clock = () => world.server.world.clock(deployment.id);
    const code = codeAt(key, clock());
    for (const at of [tenant, fork]) {
      const browser = new Browser(at);
      const page = await afterPassword(browser);
      assert.match(page.text, /one-time-code/);
      assert.equal((await browser.submit(page, '/account/code', { code })).http, 303);
      const other = new Browser(at);
      const next = await afterPassword(other);
      assert.equal(causeOf(at, await other.submit(next, '/account/code', { code })), 'factor.wrong');
      assert.equal((await other.submit(next, '/account/code', { recovery: codes[0] ?? '' })).http, 303);
    }
    // Codes follow the clock of the deployment.
    const moved = await controlled(tenant, 'POST', `deployments/${name}/clock`, { advance: 7_200 });
    assert.equal(moved.http, 200, moved.text);
    const browser = new Browser(fork);
    const page = await afterPassword(browser);
    assert.equal(
      causeOf(fork, await browser.submit(page, '/account/code', { code: codeAt(key, world.now + 60) })),
      'factor.wrong',
    );
    assert.equal((await browser.submit(page, '/account/code', { code: codeAt(key, clock()) })).http, 303);
  } finally {
    closeConnections();
    await world.close();
  }
});
