import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, form } from '../harness/forms.ts';
import { closeConnections, type Reply, type Sending, send } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';
import { countRows } from './kept.ts';

interface Fork {
  readonly name: string;
  readonly host: string;
  readonly url: string;
}

onEveryEngine('the powers of a sandbox together', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, {
      sandbox: true,
      'sandbox-token': controlToken,
      'rate-limit': '3',
      'lockout-attempts': '2',
      'webhook-allow-private': true,
    });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const post = (tenant: Tenant, name: string, path: string, body?: unknown) =>
    controlled(tenant, 'POST', `deployments/${name}/${path}`, body);
  const get = (tenant: Tenant, name: string, path: string) =>
    controlled(tenant, 'GET', `deployments/${name}/${path}`);
  const remove = (tenant: Tenant, name: string, path: string) =>
    controlled(tenant, 'DELETE', `deployments/${name}/${path}`);
  const fork = async (tenant: Tenant, body: unknown = {}, name = tenant.deployment.name): Promise<Fork> => {
    const { http, json, text: said } = await post(tenant, name, 'forks', body);
    assert.equal(http, 200, said);
    return json as unknown as Fork;
  };
  const at = (host: string, { token }: Tenant, sending: Sending): Promise<Reply> =>
    send(world.server.port, host, {
      ...sending,
      headers: { Authorization: `Bearer ${token}`, ...sending.headers },
    });
  const companies: Sending = { path: '/api/v0/companies' };
  const causeAt = async ({ host }: Fork, tenant: Tenant): Promise<string | undefined> =>
    (await at(host, tenant, companies)).headers['x-status-cause'];

  test('a fault and a run of a fork are not of its origin, nor of its own forks, and go with it', async () => {
    const tenant = await world.tenant();
    const one = await fork(tenant, { name: `${tenant.deployment.name}-a` });
    await post(tenant, one.name, 'faults', { cause: 'window.exhausted' });
    await post(tenant, one.name, 'runs', { name: 'mine' });
    const deeper = await fork(tenant, {}, one.name);
    assert.equal(await causeAt(one, tenant), 'window.exhausted');
    assert.equal(await causeAt(deeper, tenant), undefined);
    assert.equal((await tenant.get('/api/v0/companies')).cause, undefined);
    await controlled(tenant, 'DELETE', `forks/${one.name}`);
    const again = await fork(tenant, { name: one.name });
    assert.equal(await causeAt(again, tenant), undefined);
    assert.deepEqual((await get(tenant, one.name, 'faults')).json, { faults: [] });
    assert.deepEqual(await get(tenant, one.name, 'runs').then((reply) => JSON.parse(reply.text)), []);
    for (const { name } of [again, deeper]) await controlled(tenant, 'DELETE', `forks/${name}`);
  });

  test('a clock that goes back takes quotas and lockouts with it', async () => {
    const tenant = await world.tenant();
    const { name } = tenant.deployment;
    await post(tenant, name, 'clock', { advance: 20 * 86_400 });
    for (let i = 0; i < 3; i++) await tenant.get('/api/v0/companies');
    assert.equal((await tenant.get('/api/v0/companies')).cause, 'window.exhausted');
    await remove(tenant, name, 'clock');
    const before = await tenant.get('/api/v0/companies');
    assert.equal(before.cause, undefined);
    const reset = Number(before.headers['x-ratelimit-reset']);
    assert.ok(reset <= world.now + 3_600, `${reset}`);
    const wrong = {
      method: 'POST',
      path: '/oauth2/v0/token',
      ...form({ grant_type: 'client_credentials' }, basic({ ...tenant.service, secret: 'x' })),
    };
    await post(tenant, name, 'clock', { advance: 20 * 86_400 });
    for (let i = 0; i < 3; i++) await tenant.send(wrong);
    assert.equal((await tenant.send(wrong)).headers['x-status-cause'], 'client.locked');
    await remove(tenant, name, 'clock');
    assert.equal((await tenant.send(wrong)).headers['x-status-cause'], 'secret.wrong');
  });

  test('fifty forks at once, removed twice each at once while others are swept, leave nothing', async () => {
    const tenant = await world.tenant();
    await tenant.put('companies', { name: 'Planet Express' });
    await world.server.flush();
    const rows = await countRows(world);
    const forks = await Promise.all(
      Array.from({ length: 50 }, (_, i) => fork(tenant, i % 2 ? { port: 1 } : { expires: 5 })),
    );
    assert.equal(new Set(forks.map(({ name }) => name)).size, 50);
    world.now += 10;
    const removed = await Promise.all([
      world.server.sandbox?.sweep(),
      ...forks.flatMap(({ name }) => [1, 2].map(() => controlled(tenant, 'DELETE', `forks/${name}`))),
    ]);
    for (const reply of removed) if (reply) assert.ok([200, 404].includes(reply.http), reply.text);
    await world.server.sandbox?.sweep();
    await world.server.flush();
    const left = Object.entries(await countRows(world)).filter(([name, count]) => count !== rows[name]);
    assert.deepEqual(left, []);
  });

  test('saved, restored, forked and reset while requests, a run and a fault with latency are on', async () => {
    const tenant = await world.tenant();
    const { name } = tenant.deployment;
    await post(tenant, name, 'snapshots', { name: 'start' });
    await post(tenant, name, 'runs', {});
    await post(tenant, name, 'faults', { latency: 30, every: 2 });
    let on = true;
    const causes = new Set<string | undefined>();
    const clients = Promise.all(
      [0, 1, 2].map(async (who) => {
        for (let i = 0; on; i++) {
          const { cause, http } = await tenant.post('/api/v0/companies', { name: `C ${who} ${i}` });
          causes.add(cause);
          if (http >= 500) on = false;
        }
      }),
    );
    for (let i = 0; i < 3; i++) {
      const paths = ['reset', 'snapshots/start/restore', 'forks', 'snapshots'];
      const bodies: unknown[] = [undefined, undefined, { expires: 60 }, { name: `s${i}` }];
      const replies = await Promise.all(paths.map((path, j) => post(tenant, name, path, bodies[j])));
      for (const reply of replies) assert.equal(reply.http, 200, reply.text);
    }
    on = false;
    await clients;
    assert.deepEqual(
      [...causes].filter((cause) => cause?.startsWith('routine') || cause?.startsWith('store')),
      [],
    );
    assert.equal((await post(tenant, name, 'runs/end')).http, 200);
  });

  test('a snapshot of a fork of a snapshot of a frozen deployment is what the first was', async () => {
    const tenant = await world.tenant();
    await tenant.put('companies', { name: 'Planet Express' });
    await post(tenant, tenant.deployment.name, 'clock', { set: 1_700_000_000, freeze: 1 });
    await post(tenant, tenant.deployment.name, 'snapshots', { name: 'one' });
    await remove(tenant, tenant.deployment.name, 'clock');
    const first = await fork(tenant, { from: 'one' });
    await post(tenant, first.name, 'snapshots', { name: 'two' });
    await post(tenant, first.name, 'clock', { advance: 86_400 });
    const second = await fork(tenant, { from: 'two' }, first.name);
    assert.deepEqual((await get(tenant, second.name, 'clock')).json.now, 1_700_000_000);
    assert.equal((await get(tenant, second.name, 'clock')).json.frozen, true);
    await controlled(tenant, 'DELETE', `forks/${first.name}`);
    assert.match((await at(second.host, tenant, { path: '/api/v0/companies/count' })).text, /"count":"1"/);
    await controlled(tenant, 'DELETE', `forks/${second.name}`);
  });

  test('who still has a connection to the port of a fork that is gone reaches nobody else', async () => {
    const tenant = await world.tenant({ name: 'planet-express' });
    const one = await fork(tenant, { port: 1 });
    const socket = connect(Number(new URL(one.url).port), '127.0.0.1');
    await once(socket, 'connect');
    // Begun, so that nothing takes it for idle; and then there was an answer to somebody else, so that it was met.
    socket.write(`GET /api/v0/companies HTTP/1.1\r\nHost: localhost:${socket.remotePort}\r\n`);
    assert.equal(await causeAt(one, tenant), undefined);
    assert.equal((await controlled(tenant, 'DELETE', `forks/${one.name}`)).http, 200);
    socket.end(`Authorization: Bearer ${tenant.token}\r\nConnection: close\r\n\r\n`);
    assert.match(await text(socket), /X-Status-Cause: deployment\.unknown/);
  });
});
