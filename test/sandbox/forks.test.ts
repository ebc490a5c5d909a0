import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply, type Sending, send } from '../harness/http.ts';
import { multipart } from '../harness/multipart.ts';
import { startReceiver } from '../harness/receiver.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';
import { countRows, dumpOf, filesIn } from './kept.ts';

interface Fork {
  readonly name: string;
  readonly host: string;
  readonly url: string;
  readonly base_url: string;
  readonly date_expires: number;
}

onEveryEngine('forks of a sandbox', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, {
      sandbox: true,
      'sandbox-token': controlToken,
      'webhook-allow-private': true,
    });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const ask = (tenant: Tenant, deployment: string, body: unknown = {}) =>
    controlled(tenant, 'POST', `deployments/${deployment}/forks`, body);
  const fork = async (tenant: Tenant, body?: unknown, of = tenant.deployment.name): Promise<Fork> => {
    const { http, json, text } = await ask(tenant, of, body);
    assert.equal(http, 200, text);
    return json as unknown as Fork;
  };
  const remove = async (tenant: Tenant, { name }: Fork): Promise<void> => {
    const { http, text } = await controlled(tenant, 'DELETE', `forks/${name}`);
    assert.equal(http, 200, text);
  };
  /** At the host of a fork, with the token of its origin. */
  const at = ({ host }: Fork, { token }: Tenant, sending: Sending): Promise<Reply> =>
    send(world.server.port, host, {
      ...sending,
      headers: { Authorization: `Bearer ${token}`, ...sending.headers },
    });
  const counted = async (reply: Promise<Reply>): Promise<string> =>
    /"count":"(\d+)"/.exec((await reply).text)?.[1] ?? 'none';
  const create = (name: string): Sending => ({
    method: 'POST',
    path: '/api/v0/companies',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  const count: Sending = { path: '/api/v0/companies/count' };

  test('equal to its origin, and from then on by itself; tokens and applications are the same', async () => {
    const tenant = await world.tenant();
    await tenant.put('companies', { name: 'Planet Express' });
    await controlled(tenant, 'POST', `deployments/${tenant.deployment.name}/clock`, {
      advance: 86_400,
      freeze: true,
    });
    const one = await fork(tenant, { name: `${tenant.deployment.name}-one` });
    assert.equal(one.host, `${tenant.deployment.name}-one.api.localhost:${world.server.port}`);
    assert.equal(one.base_url, `http://${one.host}/api/v0`);
    const before = await dumpOf(world, tenant.deployment.name);
    assert.equal(await dumpOf(world, one.name), before);

    const made = await at(one, tenant, create('MomCorp'));
    assert.equal(made.http, 200, made.text);
    assert.match(made.text, /"id":"2"/);
    assert.equal(await dumpOf(world, tenant.deployment.name), before);
    await tenant.post('/api/v0/companies', { name: 'Wernstrom' });
    await tenant.post('/api/v0/companies', { name: 'Slurm' });
    assert.equal(await counted(at(one, tenant, count)), '2');
    const clock = await controlled(tenant, 'GET', `deployments/${one.name}/clock`);
    assert.deepEqual([clock.json.now, clock.json.frozen], [world.now + 86_400, true]);

    const granted = await send(world.server.port, one.host, {
      method: 'POST',
      path: '/oauth2/v0/token',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `Basic ${btoa(`${tenant.service.application.clientId}:${tenant.service.secret}`)}`,
      },
      body: 'grant_type=client_credentials',
    });
    const { access_token: token } = JSON.parse(granted.text) as { access_token: string };
    const headers = { Authorization: `Bearer ${token}` };
    assert.equal((await at(one, tenant, { ...count, headers })).http, 200);
    // What is issued in the fork is unknown to its origin.
    assert.equal((await tenant.get('/api/v0/companies', headers)).cause, 'token.unknown');
    await remove(tenant, one);
    assert.equal((await at(one, tenant, count)).headers['x-status-cause'], 'deployment.unknown');
  });

  test('a fork of a fork, of a snapshot, and back to what they were made of', async () => {
    const tenant = await world.tenant();
    await controlled(tenant, 'POST', `deployments/${tenant.deployment.name}/snapshots`, { name: 'empty' });
    await tenant.put('companies', { name: 'Planet Express' });
    const [empty, first] = [await fork(tenant, { from: 'empty' }), await fork(tenant)];
    await at(first, tenant, create('MomCorp'));
    const second = await fork(tenant, {}, first.name);
    assert.deepEqual(
      await Promise.all([empty, first, second].map((each) => counted(at(each, tenant, count)))),
      ['0', '2', '2'],
    );
    const reset = ({ name }: Fork) => controlled(tenant, 'POST', `deployments/${name}/reset`);
    await at(empty, tenant, create('MomCorp'));
    assert.deepEqual((await reset(empty)).json, { restored: 'the snapshot empty' });
    assert.deepEqual((await reset(first)).json, { restored: `${tenant.deployment.name} as it is now` });
    assert.deepEqual(
      await Promise.all([empty, first, second].map((each) => counted(at(each, tenant, count)))),
      ['0', '1', '2'],
    );
    await controlled(tenant, 'POST', `deployments/${second.name}/snapshots`, { name: 'own' });
    await remove(tenant, first);
    assert.equal(await counted(at(second, tenant, count)), '2');
    const gone = await reset(second);
    assert.match(String(gone.json.error), /was made of is gone/);
    for (const each of [empty, second]) await remove(tenant, each);
  });

  test('bad names, taken ones, and what cannot be forked or removed are refused', async () => {
    const tenant = await world.tenant();
    const { name } = tenant.deployment;
    const wrong: [string, string, unknown, number, RegExp][] = [
      ['POST', `deployments/${name}/forks`, { name }, 400, /exists already/],
      ['POST', `deployments/${name}/forks`, { name: 'My Fork' }, 400, /part of a host name/],
      ['POST', `deployments/${name}/forks`, { name: '-x' }, 400, /part of a host name/],
      ['POST', `deployments/${name}/forks`, { expires: 0 }, 400, /expires wants a whole number from 1/],
      ['POST', `deployments/${name}/forks`, { expires: 3e6 }, 400, /to 2592000/],
      ['POST', `deployments/${name}/forks`, { from: 'nothing' }, 404, /no snapshot named nothing/],
      ['POST', 'deployments/nobody/forks', {}, 404, /no deployment named nobody/],
      ['DELETE', `forks/${name}`, undefined, 400, /is no fork/],
      ['DELETE', 'forks/nobody', undefined, 404, /no fork named nobody/],
    ];
    await world.server.flush();
    await world.server.flush();
    const rows = await countRows(world);
    for (const [method, path, body, http, says] of wrong) {
      const reply = await controlled(tenant, method, path, body);
      assert.equal(reply.http, http, reply.text);
      assert.match(String(reply.json.error), says);
    }
    assert.deepEqual(await countRows(world), rows);
  });

  test('what its origin has to deliver is not delivered twice, and its own goes to the same subscribers', async () => {
    const receiver = await startReceiver();
    try {
      const tenant = await world.tenant();
      receiver.answer = (response) => void response.writeHead(500).end();
      const subscribed = await tenant.post('/api/v0/webhooks/subscriptions', {
        trigger_url: `${receiver.url}/hook`,
        event_id: 'create_contact',
        secret: 'a secret of some length',
      });
      assert.equal(subscribed.http, 200, subscribed.text);
      const company_id = String(await tenant.put('companies', { name: 'Planet Express' }));
      await tenant.post('/api/v0/contacts', { firstname: 'Amy', surname: 'Wong', company_id });
      await receiver.until(1);
      const one = await fork(tenant);
      const { id } = (await world.server.world.directory(one.name)) ?? { id: 0 };
      for (const table of ['webhook_events', 'webhook_deliveries', 'webhook_lanes'])
        assert.equal(await world.server.world.store.find(id, table, ['id'], {}), undefined);
      receiver.answer = (response) => void response.end('ok');
      const { headers, ...more } = create('');
      const body = JSON.stringify({ firstname: 'John', surname: 'Zoidberg', company_id });
      const made = await at(one, tenant, { ...more, path: '/api/v0/contacts', headers: headers ?? {}, body });
      assert.equal(made.http, 200, made.text);
      await receiver.until(2);
      assert.match(String(receiver.arrived[1]?.body), /\b2\b/);
      const links = () => receiver.arrived.map((each) => decodeURIComponent(String(each.body)));
      assert.ok(links()[0]?.includes(`//${tenant.host}/`), links()[0]);
      assert.ok(links()[1]?.includes(`//${one.host}/`), links()[1]);
      await controlled(tenant, 'POST', `deployments/${one.name}/reset`);
      await at(one, tenant, { ...more, path: '/api/v0/contacts', headers: headers ?? {}, body });
      await receiver.until(3);
      assert.ok(links()[2]?.includes(`//${one.host}/`), links()[2]);
      assert.equal(receiver.arrived.length, 3);
      await remove(tenant, one);
    } finally {
      await receiver.stop();
    }
  });

  test('files can be downloaded in the fork, and stay when it goes', async () => {
    const tenant = await world.tenant();
    const company = await tenant.put('companies', { name: 'Planet Express' });
    const collection = await tenant.put('collections', {
      title: 'Papers',
      against_type: 'company',
      against_id: company,
    });
    const { headers, body } = multipart({ name: 'resource', filename: 'a.txt', content: 'good news' });
    const path = `/api/v0/companies/${company}/collections/${collection}/resources`;
    const upload = { method: 'POST', path, headers, body };
    await tenant.send({ ...upload, headers: { ...headers, Authorization: `Bearer ${tenant.token}` } });
    const files = await filesIn(world);
    const one = await fork(tenant);
    const download = { path: '/api/v0/resources/1/download' };
    assert.equal((await at(one, tenant, download)).text, 'good news');
    assert.equal((await at(one, tenant, upload)).http, 200);
    await remove(tenant, one);
    assert.deepEqual(await filesIn(world), files);
    const own = { ...download, headers: { Authorization: `Bearer ${tenant.token}` } };
    assert.equal((await tenant.send(own)).text, 'good news');
  });

  test('a fork of what is being written to is whole: no link leads nowhere', async () => {
    const tenant = await world.tenant();
    let writing = true;
    const writer = async (who: number): Promise<void> => {
      for (let i = 0; writing; i++) {
        const company = await tenant.post('/api/v0/companies', { name: `Company ${who} ${i}` });
        const id = (company.json.response as { id: string }).id;
        await tenant.post('/api/v0/contacts', { firstname: 'Ada', surname: `N ${who} ${i}`, company_id: id });
      }
    };
    const writers = Promise.all([0, 1, 2].map(writer));
    const { store } = world.server.world;
    for (let i = 0; i < 5; i++) {
      const one = await fork(tenant);
      const { id } = (await world.server.world.directory(one.name)) ?? { id: 0 };
      const ids = async (table: string, column: string) =>
        (await store.list(id, { table, columns: ['id', column], limit: 100_000 })).map((row) => row[column]);
      const [companies, contacts] = [
        new Set(await ids('companies', 'id')),
        new Set(await ids('contacts', 'id')),
      ];
      for (const company of await ids('affiliations', 'company_id'))
        assert.ok(companies.has(company as number));
      for (const contact of await ids('affiliations', 'contact_id'))
        assert.ok(contacts.has(contact as number));
      assert.equal(contacts.size, (await ids('affiliations', 'id')).length);
      const made = await at(one, tenant, create('the next one'));
      assert.equal(made.http, 200, made.text);
      await remove(tenant, one);
    }
    writing = false;
    await writers;
  });

  test('it goes by itself when its time is over, by the clock of the server', async () => {
    const tenant = await world.tenant();
    const before = await countRows(world);
    const [short, long] = [await fork(tenant, { expires: 60 }), await fork(tenant, { expires: 600 })];
    await controlled(tenant, 'POST', `deployments/${short.name}/clock`, { advance: 86_400 });
    await world.server.sandbox?.sweep();
    assert.equal((await at(short, tenant, count)).http, 200);
    assert.equal((await at(long, tenant, count)).http, 200);
    world.now += 61;
    await world.server.sandbox?.sweep();
    assert.equal((await at(short, tenant, count)).headers['x-status-cause'], 'deployment.unknown');
    assert.equal((await at(long, tenant, count)).http, 200);
    world.now += 600;
    await world.server.sandbox?.sweep();
    await world.server.flush();
    const left = await countRows(world);
    assert.deepEqual({ ...left, request_log: 0 }, { ...before, request_log: 0 });
  });

  test('on a port of its own a bare address means it', async () => {
    const tenant = await world.tenant();
    const one = await fork(tenant, { port: 1 });
    const { port } = new URL(one.url);
    assert.notEqual(Number(port), world.server.port);
    const bare = { ...count, headers: { Authorization: `Bearer ${tenant.token}` } };
    assert.equal((await send(Number(port), `localhost:${port}`, bare)).http, 200);
    const elsewhere = await send(world.server.port, `localhost:${world.server.port}`, bare);
    assert.equal(elsewhere.headers['x-status-cause'], 'deployment.unknown');
    await remove(tenant, one);
    closeConnections();
    await assert.rejects(send(Number(port), `localhost:${port}`, bare), /ECONNREFUSED/);
  });
});
