import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { basic, form } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

onEveryEngine('requests that name nothing of use', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const say = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(world.server.port, '127.0.0.1');
      let said = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        said += chunk;
      });
      socket.on('close', () => resolve(said)).on('error', reject);
      socket.write(bytes, 'latin1');
    });

  for (const [what, bytes] of [
    ['no Host', 'GET /api/v0/companies HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two Hosts', 'GET /api/v0/companies HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    ['a Host that is none', 'GET /api/v0/companies HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['a target that is none', 'GET http://a%b/api/v0/x HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['no HTTP', 'monkeys\r\n\r\n'],
    [
      'two lengths of a body',
      'POST /api/v0/companies HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ] as const) {
    test(`${what}: invalid_request, and more_info leads to a page of this server`, async () => {
      const said = await say(bytes);
      assert.match(said, /^HTTP\/1\.1 400 /);
      const { meta } = JSON.parse(said.slice(said.indexOf('\r\n\r\n') + 4)) as {
        meta: { more_info: string };
      };
      const page = await fetch(meta.more_info);
      assert.equal(page.status, 200);
      assert.match(await page.text(), new RegExp(`id="${new URL(meta.more_info).hash.slice(1)}"`));
    });
  }

  test('every answer says its status and its reason, pages and probes too', async () => {
    for (const path of [
      '/',
      '/healthz',
      '/readyz',
      '/metrics',
      '/docs/status-codes',
      '/docs/reference',
      '/%0a',
    ]) {
      const { headers, names } = await tenant.send({ path });
      assert.ok(names.includes('X-Status') && names.includes('X-Status-Reason'), path);
      assert.ok(names.includes('X-Request-Id') && headers['cache-control'] === 'no-store', path);
    }
    const lost = await tenant.send({ path: '/nope' });
    assert.equal(lost.headers['x-status-reason'], 'There is no such resource: /nope.');
  });

  test('what follows the name of an OAuth endpoint names another', async () => {
    const headers = basic(tenant.service);
    for (const path of ['/oauth2/v0/token/x', '/oauth2/token/v0', '/oauth2/v0/revoke/token', '/oauth2/v0']) {
      const reply = await tenant.send({
        method: 'POST',
        path,
        ...form({ grant_type: 'client_credentials', token: 'x' }, headers),
      });
      assert.equal(reply.http, 400, path);
      assert.equal(reply.headers['x-status'], 'invalid_request', path);
    }
  });
});
