import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type AdminRoute, createAdmin } from '../../src/console/admin.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import { unreadableRequest } from '../../src/request/01-transport/unreadable.ts';
import { readConfig } from '../../src/server/config.ts';
import { startServer } from '../../src/server/server.ts';
import { BadSetting } from '../../src/server/setting.ts';
import { accord, run, start } from '../harness/commands.ts';
import { type Database, sqlite } from '../harness/engines.ts';
import { basic, form } from '../harness/forms.ts';
import { closeConnections, type Reply, send } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const adminToken = 'an-admin-token-of-tests-0123456789';

/** One request to the listener of operators, with a host of its own choice. */
function operate(
  world: TestWorld,
  path: string,
  more: { method?: string; host?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<Reply> {
  const { host: own, port } = new URL(world.server.adminUrl ?? '');
  const { method = 'GET', host = own, headers = {} } = more;
  return send(Number(port), host, { method, path, headers });
}

describe('the listener of operators', () => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(sqlite, { 'admin-listen': '127.0.0.1:0' });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('has the metrics, which the public one does not know', async () => {
    await tenant.get('/api/v0/companies');
    const metrics = await operate(world, '/metrics');
    assert.equal(metrics.http, 200);
    assert.match(metrics.headers['content-type'] ?? '', /^text\/plain/);
    assert.match(metrics.text, new RegExp(`accord_quota_used\\{deployment="${tenant.deployment.name}"\\} 1`));
    for (const host of [tenant.host, `127.0.0.1:${world.server.port}`, 'nobody.example.com']) {
      const open = await send(world.server.port, host, { path: '/metrics' });
      const unknown = await send(world.server.port, host, { path: '/nothing' });
      assert.equal(open.http, unknown.http);
      const bare = ({ text, headers }: Reply, path: string) =>
        text.replaceAll(path, '').replaceAll(headers['x-request-id'] ?? '', '');
      assert.equal(bare(open, '/metrics'), bare(unknown, '/nothing'), 'it is what any unknown page is');
    }
  });

  test('tells a wrong secret from an unknown client; no page of the public one changes by it', async () => {
    const pages = ['/', '/healthz', '/readyz', '/metrics', '/docs/status-codes'];
    const seen = async () => {
      const all: string[] = [];
      for (const path of pages) {
        const { http, text, headers } = await tenant.send({ path });
        all.push(`${http} ${text.replaceAll(headers['x-request-id'] ?? '', '')}`);
      }
      return all;
    };
    const before = await seen();
    for (const client of [
      { application: tenant.service.application, secret: 'wrong' },
      { application: { ...tenant.service.application, clientId: 'nobody' }, secret: 'wrong' },
    ]) {
      const sending = form({ grant_type: 'client_credentials' }, basic(client));
      await tenant.send({ method: 'POST', path: '/oauth2/v0/token', ...sending });
    }
    assert.deepEqual(await seen(), before);
    const { text } = await operate(world, '/metrics');
    assert.match(text, /cause="secret\.wrong"/);
    assert.match(text, /cause="client\.unknown"/);
  });

  test('says what is ready; the public one says only whether all is', async () => {
    assert.equal((await operate(world, '/readyz')).text, 'store ok\ncounters ok\n');
    assert.equal((await tenant.send({ path: '/readyz' })).text, 'ready\n');
    assert.equal((await tenant.send({ path: '/healthz' })).text, 'ok\n');
    assert.equal((await operate(world, '/healthz')).text, 'ok\n');
  });

  test('answers by an address of this machine only, not by a name that leads to it', async () => {
    const { port } = new URL(world.server.adminUrl ?? '');
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
      '127.0.0.1',
    ])
      assert.equal((await operate(world, '/healthz', { host })).http, 200, host);
    for (const host of [
      `evil.example.com:${port}`,
      `127.0.0.1.nip.io:${port}`,
      `localhost.evil.example.com:${port}`,
      `planet-express.api.localhost:${port}`,
      `10.0.0.1:${port}`,
      'a b',
    ]) {
      const { http, text } = await operate(world, '/metrics', { host });
      assert.ok(http === 403 || http === 400, `${host}: ${http}`);
      assert.doesNotMatch(text, /accord_/);
    }
  });

  test('answers no page of a browser, and allows none to read', async () => {
    for (const headers of [
      { Origin: 'https://evil.example.com' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ])
      assert.equal((await operate(world, '/metrics', { headers })).http, 403, JSON.stringify(headers));
    for (const site of ['none', 'same-origin'])
      assert.equal((await operate(world, '/metrics', { headers: { 'Sec-Fetch-Site': site } })).http, 200);
    const preflight = await operate(world, '/metrics', {
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example.com', 'Access-Control-Request-Method': 'DELETE' },
    });
    assert.equal(preflight.http, 403);
    for (const reply of [preflight, await operate(world, '/metrics')])
      assert.deepEqual(
        reply.names.filter((name) => name.startsWith('Access-Control')),
        [],
      );
  });

  test('knows its paths and methods only', async () => {
    for (const [method, path, http] of [
      ['GET', '/', 404],
      ['GET', '/metrics/x', 404],
      ['GET', '/api/v0/companies', 404],
      ['GET', '/sandbox/v0/forks', 404],
      ['POST', '/metrics', 405],
      ['DELETE', '/readyz', 405],
      ['OPTIONS', '/metrics', 405],
      ['POST', '/metrics?_method=get', 400],
      ['DELETE', '/lockouts?kind=user&kind=client', 400],
      ['GET', '/%zz', 400],
      ['HEAD', '/metrics', 200],
    ] as const) {
      const reply = await operate(world, path, { method });
      assert.equal(reply.http, http, `${method} ${path}: ${reply.text}`);
      assert.equal(reply.headers['cache-control'], 'no-store');
      assert.ok(reply.names.includes('X-Status') && reply.names.includes('X-Status-Reason'));
    }
    const { text } = await operate(world, '/x');
    assert.match(text, /GET \/healthz, GET \/readyz, GET \/metrics/);
  });
});

describe('the token of operators', () => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(sqlite, { 'admin-listen': '0.0.0.0:0', 'admin-token': adminToken });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const asking = (token: string | undefined, host = 'metrics.internal') =>
    operate(world, '/metrics', {
      host,
      headers: token === undefined ? {} : { Authorization: token },
    });

  test('opens it, by whatever host it is reached', async () => {
    for (const host of ['metrics.internal:4282', '10.0.0.1', '127.0.0.1'])
      assert.equal((await asking(`Bearer ${adminToken}`, host)).http, 200);
  });

  test('has to be whole: any other of the same length, a part, or none is refused before anything else', async () => {
    const at = (index: number) =>
      `${adminToken.slice(0, index)}${adminToken[index] === 'x' ? 'y' : 'x'}${adminToken.slice(index + 1)}`;
    const wrong = [
      ...Array.from(adminToken, (_, index) => `Bearer ${at(index)}`),
      `Bearer ${adminToken.slice(1)}`,
      `Bearer ${adminToken.slice(0, -1)}`,
      `Bearer ${adminToken}x`,
      `Bearer ${adminToken.toUpperCase()}`,
      `Bearer ${adminToken} ${adminToken}`,
      `Basic ${adminToken}`,
      adminToken,
      'Bearer ',
      undefined,
    ];
    for (const token of wrong) {
      const reply = await asking(token);
      assert.equal(reply.http, 401, String(token));
      assert.equal(reply.headers['www-authenticate'], 'Bearer realm="accord admin"');
      assert.equal(reply.headers['x-status'], 'invalid_client');
      assert.doesNotMatch(reply.text, /metrics|accord_/);
    }
    for (const path of ['/nothing', '/readyz', '/healthz', '/%zz'])
      assert.equal((await operate(world, path)).http, 401, path);
  });

  test('does not let a page of a browser in', async () => {
    const headers = { Authorization: `Bearer ${adminToken}`, Origin: 'https://evil.example.com' };
    assert.equal((await operate(world, '/metrics', { headers })).http, 403);
  });
});

test('where others can reach it, it speaks HTTPS if the API does; on a loopback address it does not', async () => {
  const database = await sqlite.create();
  const folder = database.data;
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '1'],
    ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
  ]);
  const tls = { 'tls-cert': join(folder, 'cert.pem'), 'tls-key': join(folder, 'key.pem') };
  const started = (flags: Readonly<Record<string, string>>) =>
    startServer(readConfig({ port: '0', data: folder, 'log-level': 'silent', ...tls, ...flags }, {}));
  try {
    const open = await started({ 'admin-listen': '0.0.0.0:0', 'admin-token': adminToken });
    assert.match(open.adminUrl ?? '', /^https:\/\/0\.0\.0\.0:\d+$/);
    await assert.rejects(fetch((open.adminUrl ?? '').replace('https', 'http')));
    await open.close();
    const own = await started({ 'admin-listen': '127.0.0.1:0' });
    assert.match(own.adminUrl ?? '', /^http:/);
    assert.equal((await fetch(`${own.adminUrl}/healthz`)).status, 200);
    await own.close();
  } finally {
    await database.release();
  }
});

describe('the settings of the listener of operators', () => {
  const configured = (flags: Readonly<Record<string, string>>) => readConfig(flags, {}).admin;
  test('it is a fixed port of the loopback unless told, and none beside a public port of 0', () => {
    assert.deepEqual(configured({}), { host: '127.0.0.1', port: 4282, required: false });
    assert.equal(configured({ port: '0' }), undefined);
    assert.equal(configured({ 'admin-listen': 'none' }), undefined);
    assert.deepEqual(configured({ port: '0', 'admin-listen': '[::1]:0' }), {
      host: '::1',
      port: 0,
      required: true,
    });
    assert.deepEqual(configured({ 'admin-listen': 'localhost:9090' }), {
      host: 'localhost',
      port: 9090,
      required: true,
    });
  });

  test('what is no address with a port is refused', () => {
    for (const wrong of [
      '4282',
      ':4282',
      '127.0.0.1',
      '127.0.0.1:',
      '127.0.0.1:65536',
      '::1:4282',
      'a b:1',
      'off',
    ])
      assert.throws(
        () => configured({ 'admin-listen': wrong }),
        /--admin-listen \(ACCORD_ADMIN_LISTEN\)/,
        wrong,
      );
  });

  test('where others can reach it a token is needed, of 32 characters or more, which no message quotes', () => {
    for (const open of [
      '0.0.0.0:4282',
      '[::]:4282',
      '10.0.0.1:4282',
      'metrics.internal:4282',
      '128.0.0.1:4282',
    ]) {
      assert.throws(
        () => configured({ 'admin-listen': open }),
        /--admin-token \(ACCORD_ADMIN_TOKEN\) is needed/,
      );
      assert.ok(configured({ 'admin-listen': open, 'admin-token': adminToken }));
    }
    const short = adminToken.slice(0, 31);
    for (const wrong of [short, `${short} x`, `${short}\u00fc`, 'x'.repeat(201)])
      assert.throws(
        () => configured({ 'admin-token': wrong }),
        (error: Error) => error instanceof BadSetting && !error.message.includes(wrong),
      );
  });
});

describe('a port for operators that is taken', () => {
  let database: Database;
  before(async () => {
    database = await sqlite.create();
  });
  after(() => database.release());

  test('stops the start when it was asked for', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const flags = ['--data', database.data, '--port', '0', '--admin-listen', taken];
    const { code, err } = await start(process.execPath, [accord, 'serve', ...flags]).ended;
    other.close();
    assert.equal(code, 2);
    assert.match(err, new RegExp(`--admin-listen \\(ACCORD_ADMIN_LISTEN\\): ${taken} cannot be listened on`));
    assert.doesNotMatch(err, /\n\s+at /);
  });

  test('is no reason not to serve when it is the default one', async () => {
    const config = readConfig({ port: '0', data: database.data, 'log-level': 'silent' }, {});
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const server = await startServer({ ...config, admin: { host: '127.0.0.1', port, required: false } });
    try {
      assert.equal(server.adminUrl, undefined);
      await server.world.store.ready;
      assert.equal((await send(server.port, 'localhost', { path: '/readyz' })).http, 200);
    } finally {
      closeConnections();
      await server.close();
      other.close();
    }
  });
});

test('a request that hangs up, or is none, does not end the listener', async () => {
  const world = await startWorld(sqlite, { 'admin-listen': 'localhost:0' });
  try {
    const { port } = new URL(world.server.adminUrl ?? '');
    await new Promise<void>((done) => {
      const asked = request({ port, host: 'localhost', method: 'POST', path: '/metrics' });
      asked.on('error', () => done());
      asked.write('x');
      setTimeout(() => asked.destroy(), 50);
    });
    const big = await send(Number(port), 'localhost', {
      method: 'POST',
      path: '/metrics',
      body: 'x'.repeat(100_000),
    });
    assert.equal(big.http, 400);
    assert.equal((await operate(world, '/healthz')).http, 200);
  } finally {
    closeConnections();
    await world.close();
  }
});

describe('a request of an operator', () => {
  const asking = async (more: Partial<Received>) => {
    const troubles: unknown[] = [];
    const notes: unknown[] = [];
    const routes: AdminRoute[] = [
      { method: 'GET', path: 'things', run: async () => ({ http: 200, body: 'all' }) },
      {
        method: 'DELETE',
        path: 'things',
        run: async () => ({ http: 200, body: '{}', type: 'application/json' }),
      },
      {
        method: 'GET',
        path: 'broken',
        run: async () => {
          throw new Error('secret of the inside');
        },
      },
    ];
    const { respond } = createAdmin({
      ...{ routes, host: '127.0.0.1', token: undefined },
      trouble: (message, error) => troubles.push([message, String(error)]),
      note: (...noted) => notes.push(noted),
    });
    const answer = await respond({
      ...unreadableRequest('', 'r-1', 0, { host: '127.0.0.1:1', https: false }),
      ...{ malformed: undefined, method: 'GET', wrote: 'GET', segments: ['things'], path: '/things' },
      ...more,
    });
    return { ...answer, troubles, notes };
  };

  test('goes to the route of its path and method, and is answered as that says', async () => {
    assert.equal((await asking({})).body, 'all');
    const { body, type } = await asking({ method: 'DELETE' });
    assert.deepEqual([body, type], ['{}', 'application/json']);
  });

  test('that cannot be read is not acted upon', async () => {
    for (const unread of [
      { malformed: 'no JSON' },
      { misaddressed: 'a bad path' },
      { hostless: 'no host' },
      { query: new Map([['_method', 'DELETE']]) },
      { body: new Map([['_method', 'DELETE']]) },
    ]) {
      const { http, status } = await asking({ method: 'DELETE', ...unread });
      assert.deepEqual([http, status], [400, 'invalid_request'], JSON.stringify(unread));
    }
  });

  test('that changes something, or is not let in, is told to the log; a scrape is not', async () => {
    const noted = { id: 'r-1', path: '/things' };
    const { notes: changed } = await asking({ method: 'DELETE', wrote: 'DELETE', address: '127.0.0.2' });
    const fields = { ...noted, method: 'DELETE', address: '127.0.0.2', http: 200 };
    assert.deepEqual(changed, [['info', 'an operator changed something', fields]]);
    const { notes: refused } = await asking({
      headers: { origin: 'https://evil.example' },
      address: '127.0.0.2',
    });
    const why = { ...noted, method: 'GET', address: '127.0.0.2', http: 403 };
    assert.deepEqual(refused, [['warn', 'a request to the listener of operators was refused', why]]);
    assert.deepEqual((await asking({})).notes, []);
  });

  test('that fails is told to the log, and tells nothing of the inside', async () => {
    const { http, status, body, troubles } = await asking({ segments: ['broken'], path: '/broken' });
    assert.deepEqual([http, status], [500, 'server_error']);
    assert.doesNotMatch(String(body), /secret/);
    assert.deepEqual(troubles, [['GET /broken of an operator failed', 'Error: secret of the inside']]);
  });
});
