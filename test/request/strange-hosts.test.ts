import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { disableDeployment } from '../../src/identity/deployments.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply, send } from '../harness/http.ts';
import { type Receiver, startReceiver } from '../harness/receiver.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const companies = '/api/v0/companies';

onEveryEngine('a request for a host that is not served', (engine) => {
  let operators: Receiver;
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    operators = await startReceiver();
    const flags = { 'admin-listen': '127.0.0.1:0', 'incident-webhook': `${operators.url}/incidents` };
    world = await startWorld(engine, flags);
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
    await operators.stop();
  });

  const to = (host: string): Promise<Reply> =>
    send(world.server.port, host, { path: companies, headers: bearer(tenant.token) });
  const refused = async (host: string): Promise<string> => {
    const { http, headers } = await to(host);
    assert.equal(http, 500);
    assert.equal(headers['x-status'], 'server_error');
    const { refusal } = world.trailOf(headers['x-request-id'] ?? '');
    assert.equal(refusal?.because, 'deployment.unknown');
    return refusal?.particulars.exact ?? '';
  };
  const incidents = () =>
    world.server.world.store.list(0, {
      table: 'incidents',
      columns: ['cause', 'count', 'detail'],
      limit: 10,
    });
  const counted = async (name: string): Promise<number> => {
    const metrics = await fetch(`${world.server.adminUrl}/metrics`).then((reply) => reply.text());
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1] ?? 0);
  };

  test('is counted, and wakes nobody, when the host is a stranger’s', async () => {
    const hosts = [
      'scanner.example.net',
      'nobody.api.localhost',
      '203.0.113.7',
      'x'.repeat(200),
      'a_b.api.x',
    ];
    for (const host of hosts) assert.match(await refused(host), /^no deployment for host /);
    assert.equal(await counted('accord_misdirected_requests_total{host="stranger"}'), hosts.length);
    assert.equal(await counted('accord_incidents_total{cause="deployment.unknown"}'), 0);
    assert.deepEqual(await incidents(), []);
  });

  test('is counted, and wakes nobody, when its deployment was disabled', async () => {
    const { deployment, host } = await world.tenant();
    await disableDeployment(world.server.world.store, deployment.name, true);
    assert.match(await refused(host), /is disabled$/);
    assert.equal(await counted('accord_misdirected_requests_total{host="disabled"}'), 1);
    assert.deepEqual(await incidents(), []);
  });

  test('leaves nothing behind, however many hosts a stranger makes up', async () => {
    const { store } = world.server.world;
    const sizes = async () => [
      (await store.list(0, { table: 'deployment_names', columns: ['name'], limit: 1_000_000 })).length,
      (await fetch(`${world.server.adminUrl}/metrics`).then((reply) => reply.text()))
        .split('\n')
        .filter((line) => line.startsWith('accord_')).length,
    ];
    const before = await sizes();
    await Promise.all(Array.from({ length: 2_000 }, (_, i) => to(`made-up-${i}.api.localhost`)));
    assert.deepEqual(await sizes(), before);
    assert.deepEqual(await incidents(), []);
  });

  test('is an incident when a deployment of that name was served here, and is gone', async () => {
    const { store } = world.server.world;
    const [renamed, removed] = [await world.tenant(), await world.tenant()];
    assert.equal((await renamed.get(companies)).http, 200);
    await store.within(async (writing) => {
      await writing.update(0, 'deployments', { name: renamed.deployment.name }, { name: 'another-name' });
      await writing.remove(0, 'deployments', { name: removed.deployment.name });
    });
    world.server.world.directory.forget(renamed.deployment.name);
    assert.equal(await refused(renamed.host), `deployment ${renamed.deployment.name} is gone`);
    assert.equal(await refused(removed.host), `deployment ${removed.deployment.name} is gone`);
    for (let tries = 0; (await incidents())[0]?.count !== 2; tries++) {
      assert.ok(tries < 200, 'the incident was not kept');
      await new Promise((resume) => setTimeout(resume, 50));
    }
    assert.equal((await incidents()).length, 1, 'both are of one kind');
    await operators.until(1);
    assert.equal(operators.arrived.length, 1);
    assert.match(String(operators.arrived[0]?.body), /deployment\.unknown/);
    assert.equal(await counted('accord_incidents_total{cause="deployment.unknown"}'), 2);
  });

  test('is known to be gone also where the name was given before names were kept', async () => {
    const { store } = world.server.world;
    const { deployment, host } = await world.tenant();
    await store.within((writing) => writing.remove(0, 'deployment_names', {}));
    const { keepNames } = await import('../../src/identity/past-names.ts');
    await Promise.all([keepNames(store, 1), keepNames(store, 1)]);
    await store.within((writing) => writing.remove(0, 'deployments', { name: deployment.name }));
    assert.match(await refused(host), /is gone$/);
  });
});
