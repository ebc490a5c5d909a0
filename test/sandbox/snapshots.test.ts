import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { multipart } from '../harness/multipart.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';
import { dumpOf, filesIn } from './kept.ts';

onEveryEngine('snapshots of a sandbox', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, { sandbox: true, 'sandbox-token': controlToken, 'rate-limit': '5' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const of = (tenant: Tenant, method: string, path: string, body?: unknown) =>
    controlled(tenant, method, `deployments/${tenant.deployment.name}/${path}`, body);
  const names = async (tenant: Tenant): Promise<readonly unknown[]> =>
    ((await of(tenant, 'GET', 'snapshots')).json.snapshots as { name: string }[]).map(({ name }) => name);

  test('what was saved is restored: objects, ids, tokens, applications, the clock and the quota', async () => {
    const tenant = await world.tenant();
    await tenant.put('companies', { name: 'Planet Express' });
    await of(tenant, 'POST', 'clock', { set: world.now + 50, freeze: true });
    const saved = await dumpOf(world, tenant.deployment.name);
    assert.equal((await of(tenant, 'POST', 'snapshots', { name: 'one' })).http, 200);

    const later = await tenant.issue();
    const made = await tenant.post('/api/v0/companies', { name: 'MomCorp' });
    assert.equal(made.http, 200);
    await tenant.api('DELETE', '/api/v0/companies/1');
    for (let i = 0; i < 4; i++) await tenant.get('/api/v0/companies');
    assert.equal((await tenant.get('/api/v0/companies')).cause, 'window.exhausted');
    await of(tenant, 'POST', 'clock', { advance: 40 * 86_400, freeze: false });
    assert.notEqual(await dumpOf(world, tenant.deployment.name), saved);

    const restored = await of(tenant, 'POST', 'snapshots/one/restore');
    assert.equal(restored.http, 200, restored.text);
    assert.equal(await dumpOf(world, tenant.deployment.name), saved);
    assert.deepEqual(await of(tenant, 'GET', 'clock').then(({ json }) => [json.now, json.frozen]), [
      world.now + 50,
      true,
    ]);
    assert.equal((await tenant.get('/api/v0/companies')).headers['x-ratelimit-remaining'], '4');
    const id = (reply: typeof made) => (reply.json.response as { id: string }).id;
    assert.equal(id(await tenant.post('/api/v0/companies', { name: 'Wernstrom' })), id(made));
    const unknown = await tenant.get('/api/v0/companies', { Authorization: `Bearer ${later}` });
    assert.equal(unknown.cause, 'token.unknown');
    // It can be gone back to again.
    await of(tenant, 'POST', 'snapshots/one/restore');
    assert.equal(await dumpOf(world, tenant.deployment.name), saved);
  });

  test('bad names, taken ones and unknown ones are refused; list and remove', async () => {
    const tenant = await world.tenant();
    const wrong: [string, string, unknown, number, RegExp][] = [
      ['POST', 'snapshots', {}, 400, /name is wanted/],
      ['POST', 'snapshots', { name: 'Two Words' }, 400, /lower-case letters/],
      ['POST', 'snapshots', { name: 'x'.repeat(64) }, 400, /1 to 63/],
      ['POST', 'snapshots/one/restore', undefined, 404, /no snapshot named one: there is none yet/],
      ['DELETE', 'snapshots/one', undefined, 404, /there is none yet/],
      ['POST', 'reset', undefined, 400, /nothing to go back to: save a snapshot named start/],
    ];
    for (const [method, path, body, http, says] of wrong) {
      const reply = await of(tenant, method, path, body);
      assert.equal(reply.http, http);
      assert.match(String(reply.json.error), says);
    }
    await of(tenant, 'POST', 'snapshots', { name: 'one' });
    const taken = await of(tenant, 'POST', 'snapshots', { name: 'one' });
    assert.match(String(taken.json.error), /has a snapshot named one already/);
    await tenant.put('companies', { name: 'MomCorp' });
    assert.equal((await of(tenant, 'POST', 'snapshots', { name: 'one', replace: 1 })).http, 200);
    assert.deepEqual(await names(tenant), ['one']);
    await of(tenant, 'POST', 'snapshots/one/restore');
    assert.match(await dumpOf(world, tenant.deployment.name), /MomCorp/);
    const other = await of(tenant, 'POST', 'snapshots/two/restore');
    assert.match(String(other.json.error), /no snapshot named two: there is one/);
    assert.equal((await of(tenant, 'DELETE', 'snapshots/one')).http, 200);
    assert.deepEqual(await names(tenant), []);
    // Those of one deployment are nobody else's.
    await of(tenant, 'POST', 'snapshots', { name: 'mine' });
    assert.deepEqual(await names(await world.tenant()), []);
  });

  test('no host leads to a snapshot, and no list has it', async () => {
    const tenant = await world.tenant();
    await of(tenant, 'POST', 'snapshots', { name: 'hidden' });
    const { text } = await controlled(tenant, 'GET', 'forks');
    assert.doesNotMatch(text, /hidden/);
    const reply = await send(world.server.port, `hidden.api.localhost:${world.server.port}`, {
      path: '/api/v0/companies',
      headers: { Authorization: `Bearer ${tenant.token}` },
    });
    assert.equal(reply.headers['x-status-cause'], 'deployment.unknown');
  });

  test('reset goes back to the snapshot named start', async () => {
    const tenant = await world.tenant();
    await of(tenant, 'POST', 'snapshots', { name: 'start' });
    const saved = await dumpOf(world, tenant.deployment.name);
    await tenant.put('companies', { name: 'MomCorp' });
    assert.deepEqual((await of(tenant, 'POST', 'reset')).json, { restored: 'the snapshot start' });
    assert.equal(await dumpOf(world, tenant.deployment.name), saved);
  });

  test('files come back with their rows, and those uploaded since are gone', async () => {
    const tenant = await world.tenant();
    const company = await tenant.put('companies', { name: 'Planet Express' });
    const collection = await tenant.put('collections', {
      title: 'Papers',
      against_type: 'company',
      against_id: company,
    });
    const upload = async (content: string): Promise<string> => {
      const { headers, body } = multipart({ name: 'resource', filename: 'a.txt', content });
      const reply = await tenant.send({
        method: 'POST',
        path: `/api/v0/companies/${company}/collections/${collection}/resources`,
        headers: { Authorization: `Bearer ${tenant.token}`, ...headers },
        body,
      });
      assert.equal(reply.http, 200, reply.text);
      return /"id":"(\d+)"/.exec(reply.text)?.[1] as string;
    };
    const download = (id: string) =>
      tenant.send({
        path: `/api/v0/resources/${id}/download`,
        headers: { Authorization: `Bearer ${tenant.token}` },
      });
    const kept = await upload('good news');
    await of(tenant, 'POST', 'snapshots', { name: 'one' });
    const files = (await filesIn(world)).length;
    await upload('bad news');
    await world.server.world.store.within(async (store) => {
      await store.remove(tenant.deployment.id, 'resources', { id: Number(kept) });
    });
    await of(tenant, 'POST', 'snapshots/one/restore');
    assert.equal((await download(kept)).text, 'good news');
    assert.equal((await filesIn(world)).length, files);
    await of(tenant, 'DELETE', 'snapshots/one');
    assert.equal((await download(kept)).text, 'good news');
    assert.equal((await filesIn(world)).length, files - 1);
  });
});
