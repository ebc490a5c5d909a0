import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { tokensFor } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';

onEveryEngine('the clock of a sandbox', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, { sandbox: true, 'sandbox-token': controlToken, 'rate-limit': '3' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const clock = (tenant: Tenant, method: string, body?: unknown) =>
    controlled(tenant, method, `deployments/${tenant.deployment.name}/clock`, body);

  test('needs the sandbox token, and says what it cannot do', async () => {
    const tenant = await world.tenant();
    const path = `/sandbox/v0/deployments/${tenant.deployment.name}/clock`;
    for (const headers of [{}, { Authorization: `Bearer ${tenant.token}` }]) {
      const reply = await tenant.send({ path, headers });
      assert.equal(reply.http, 401);
      assert.match(reply.headers['www-authenticate'] ?? '', /^Bearer/);
    }
    const wrong: [string, unknown, RegExp][] = [
      ['POST', {}, /one of set, advance and freeze/],
      ['POST', { advance: -1 }, /advance wants a whole number from 0/],
      ['POST', { advance: 'soon' }, /advance wants a whole number/],
      ['POST', { set: 'tomorrow' }, /unix seconds, or a date/],
      ['POST', { set: '99999999999999' }, /unix seconds, or a date/],
      ['POST', { set: ['1'] }, /set wants one value/],
      ['POST', { freeze: 2 }, /freeze wants a whole number from 0 to 1/],
    ];
    for (const [method, body, says] of wrong) {
      const { http, json } = await clock(tenant, method, body);
      assert.equal(http, 400);
      assert.match(json.error as string, says);
    }
    assert.equal((await clock(tenant, 'PUT', {})).http, 405);
    assert.equal((await controlled(tenant, 'GET', 'deployments/nobody/clock')).http, 404);
    assert.equal((await controlled(tenant, 'GET', 'monkeys')).http, 404);
    assert.equal((await clock(tenant, 'GET')).json.now, world.now);
  });

  test('of one deployment: tokens, codes and hours follow it; others do not', async () => {
    const [tenant, other] = [await world.tenant(), await world.tenant()];
    const { refresh_token: refresh } = await tokensFor(tenant);
    for (let i = 0; i < 3; i++) assert.equal((await tenant.get('/api/v0/companies')).http, 200);
    const full = await tenant.get('/api/v0/companies');
    assert.equal(full.cause, 'window.exhausted');
    assert.equal(full.headers.ratelimit, `"hour";r=0;t=${full.headers['retry-after']}`);
    await clock(tenant, 'POST', { advance: Number(full.headers['retry-after']) });
    assert.equal((await tenant.get('/api/v0/companies')).headers['x-ratelimit-remaining'], '2');
    await clock(tenant, 'POST', { advance: 30 * 86_400 });
    assert.equal((await tenant.get('/api/v0/companies')).cause, 'token.expired');
    assert.equal((await other.get('/api/v0/companies')).http, 200);
    const renewed = await tenant.send({
      method: 'POST',
      path: '/oauth2/v0/token',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `Basic ${btoa(`${tenant.web.application.clientId}:${tenant.web.secret}`)}`,
      },
      body: `grant_type=refresh_token&refresh_token=${refresh}`,
    });
    assert.equal(renewed.http, 200, renewed.text);
  });

  test('frozen, set, run and reset', async () => {
    const tenant = await world.tenant();
    assert.deepEqual((await clock(tenant, 'POST', { set: '2027-01-20T00:00:00Z', freeze: true })).json, {
      now: 1_800_403_200,
      iso: '2027-01-20T00:00:00.000Z',
      frozen: true,
    });
    world.now += 100;
    assert.equal((await clock(tenant, 'GET')).json.now, 1_800_403_200);
    const made = await tenant.post('/api/v0/companies?_fields=date_created', { name: 'MomCorp' });
    assert.equal((made.json.response as { date_created: string }).date_created, '1800403200');
    await clock(tenant, 'POST', { freeze: 0 });
    world.now += 100;
    assert.equal((await clock(tenant, 'GET')).json.now, 1_800_403_300);
    assert.equal((await clock(tenant, 'DELETE')).json.now, world.now);
  });

  test('a lockout ends by it', async () => {
    const locked = await startWorld(engine, {
      sandbox: true,
      'sandbox-token': controlToken,
      'lockout-attempts': '1',
    });
    try {
      const tenant = await locked.tenant();
      const { clientId } = tenant.service.application;
      const ask = (secret: string) =>
        tenant.send({
          method: 'POST',
          path: '/oauth2/v0/token',
          headers: {
            'Content-Type': 'application/x-www-form-urlencoded',
            Authorization: `Basic ${btoa(`${clientId}:${secret}`)}`,
          },
          body: 'grant_type=client_credentials',
        });
      for (let i = 0; i < 2; i++) await ask('wrong');
      assert.equal((await ask(tenant.service.secret)).http, 401);
      await clock(tenant, 'POST', { advance: 299 });
      assert.equal((await ask(tenant.service.secret)).http, 401);
      await clock(tenant, 'POST', { advance: 301 });
      assert.equal((await ask(tenant.service.secret)).http, 200);
    } finally {
      await locked.close();
    }
  });
});

test('no other server has a control API', async () => {
  const { sqlite } = await import('../harness/engines.ts');
  const world = await startWorld(sqlite);
  try {
    const tenant = await world.tenant();
    const reply = await controlled(tenant, 'GET', `deployments/${tenant.deployment.name}/clock`);
    assert.equal(reply.http, 404);
    assert.match(reply.text, /<html/);
  } finally {
    await world.close();
  }
});
