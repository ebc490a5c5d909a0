import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createProxy, type ProxySettings, type RunningProxy } from '../../src/proxy/proxy.ts';
import { createTrust, type Trust } from '../../src/trust/authority.ts';
import { type Running, startAccord } from '../harness/commands.ts';
import { sqlite } from '../harness/engines.ts';
import { multipart } from '../harness/multipart.ts';
import { ask, heard, plain, secure, until } from '../harness/tunnel.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const host = 'planet-express.api.accelo.com';

describe('accord proxy, at its limits', { timeout: 120_000 }, () => {
  let world: TestWorld;
  let tenant: Tenant;
  let folder: string;
  let trust: Trust;
  let ca: Buffer;
  const running = new Set<Running>();
  const servers = new Set<Server>();
  const proxies = new Set<RunningProxy>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-proxy-'));
    trust = await createTrust(folder, []);
    ca = await readFile(trust.files.authority);
    world = await startWorld(sqlite);
    tenant = await world.tenant({ name: 'planet-express' });
  });
  after(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    for (const server of servers) server.close();
    await Promise.all([...proxies].map((proxy) => proxy.close()));
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const healthz = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

  async function startProxy(...args: readonly string[]): Promise<Running & { readonly port: number }> {
    const to = `http://127.0.0.1:${world.server.port}`;
    const proxy = await startAccord('proxy', '--data', folder, '--to', to, '--quiet', ...args);
    running.add(proxy);
    return proxy;
  }

  /** The proxy in this process, with limits that a test can wait for. */
  async function limited(more: Partial<ProxySettings>): Promise<number> {
    const [cert, key, authority] = await Promise.all(
      [trust.files.server, trust.files.serverKey, trust.files.authority].map((file) =>
        readFile(file, 'utf8'),
      ),
    );
    const certificate = { cert: cert ?? '', key: key ?? '', authority: authority ?? '' };
    const to = new URL(`http://127.0.0.1:${world.server.port}`);
    const proxy = createProxy({
      ...{ hosts: ['*.api.accelo.com'], to, certificate, passThrough: false, log: () => {} },
      ...more,
    });
    proxies.add(proxy);
    return proxy.listen(0, '127.0.0.1');
  }

  test('a signal finishes an upload that is under way, ends what is idle, and frees the port', async () => {
    const proxy = await startProxy();
    const made = await tenant.post('/api/v0/companies', { name: 'Slurm' });
    const { id } = made.json.response as { id: string };
    const listed = await tenant.get(`/api/v0/companies/${id}/collections`);
    const { collections } = listed.json.response as { collections: { id: string }[] };
    const { headers, body: form } = multipart({
      name: 'resource',
      filename: 'a',
      content: Buffer.alloc(300_000),
    });
    const body = Buffer.from(form);
    const [busy, idle, fresh] = await Promise.all([1, 2, 3].map(() => secure(proxy.port, host, ca)));
    assert.ok(busy && idle && fresh);
    idle.write(healthz);
    await until(idle, '\r\n\r\n');
    const silent = await plain(proxy.port);
    busy.write(
      `POST /api/v0/companies/${id}/collections/${collections[0]?.id}/resources HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${tenant.token}\r\nContent-Type: ${headers['Content-Type']}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    assert.match(await until(busy, '\r\n\r\n'), /^HTTP\/1\.1 100 /);
    busy.write(body.subarray(0, 100_000));
    proxy.child.kill('SIGTERM');
    await Promise.all([idle, fresh, silent].map(heard));
    await assert.rejects(plain(proxy.port), { code: 'ECONNREFUSED' });
    busy.write(body.subarray(100_000));
    const { text } = await heard(busy);
    assert.match(text, /^HTTP\/1\.1 200 .*"size":"300000"/s);
    const { code, err } = await proxy.ended;
    assert.equal(code, 0, err);
  });

  test('a second signal does not wait', async () => {
    const proxy = await startProxy();
    const busy = await secure(proxy.port, host, ca);
    busy.write(`POST /x HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n`);
    await until(busy, '\r\n\r\n');
    proxy.child.kill('SIGTERM');
    // Once it no longer listens the first signal was seen.
    let listens = true;
    while (listens)
      listens = await plain(proxy.port).then(
        (socket) => socket.destroy() !== undefined,
        () => false,
      );
    proxy.child.kill('SIGTERM');
    assert.equal((await proxy.ended).code, 1);
  });

  test('tunnels that pass through end when they are quiet', async () => {
    const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
    servers.add(echo);
    await once(echo, 'listening');
    const proxy = await startProxy('--pass-through');
    const { socket } = await ask(proxy.port, `127.0.0.1:${(echo.address() as AddressInfo).port}`);
    socket.write('ping');
    assert.equal(await until(socket, 'ping'), 'ping');
    proxy.child.kill('SIGTERM');
    await heard(socket);
    assert.equal((await proxy.ended).code, 0);
  });

  test('garbage never ends it', async () => {
    const proxy = await startProxy();
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.constantFrom(
        ...[
          'CONNECT ',
          'GET ',
          'OPTIONS * ',
          'http://',
          'https://',
          `${host}:443`,
          host,
          ':0',
          ':99999',
          '[::',
          '@',
        ],
        ...[
          ' HTTP/1.1\r\n',
          ' HTTP/9.9\r\n',
          '\r\n\r\n',
          '\r\n',
          'Host: ',
          'Host: \xff\r\n',
          'Content-Length: -1\r\n',
        ],
        ...['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', 'ffffffffffffffff\r\n', '0\r\n\r\n'],
        ...['Upgrade: x\r\nConnection: upgrade\r\n', 'Connection: host\r\n', '\x16\x03\x01\x00\xff', '\x00'],
        ...[`GET http://${host}/ HTTP/1.1\r\nHost: a\r\n`, `CONNECT ${host}:443 HTTP/1.1\r\nHost: a\r\n\r\n`],
        ...[
          `CONNECT ${host}:80 HTTP/1.1\r\nHost: a\r\n\r\n`,
          'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: a\r\n\r\n',
        ],
      ),
    );
    const garbage = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
    const place = fc.constantFrom('outside', 'in TLS');
    await fc.assert(
      fc.asyncProperty(garbage, place, fc.boolean(), async (bytes, where, abrupt) => {
        const socket = await (where === 'outside' ? plain(proxy.port) : secure(proxy.port, host, ca));
        if (abrupt) socket.write(bytes, 'latin1', () => socket.destroy());
        else socket.end(bytes, 'latin1');
        await heard(socket);
        assert.equal(proxy.child.exitCode, null, proxy.err());
      }),
      { seed: 4281, numRuns: 300 },
    );
    const inside = await secure(proxy.port, host, ca);
    inside.write(healthz);
    assert.match(await until(inside, '\r\n\r\n'), /^HTTP\/1\.1 200 /);
    inside.destroy();
    proxy.child.kill('SIGTERM');
    const { code, err } = await proxy.ended;
    assert.equal(code, 0, err);
    assert.equal(err, '');
  });

  test('a head that is too long, or does not come to its end, is no request', async () => {
    const port = await limited({ headersTimeout: 500 });
    const long = await plain(port);
    long.write(`GET http://${host}/${'x'.repeat(60_000)} HTTP/1.1\r\n\r\n`);
    assert.match((await heard(long)).text, /^HTTP\/1\.1 400 /);
    const slow = await plain(port);
    slow.write('GET http://');
    assert.match((await heard(slow)).text, /^HTTP\/1\.1 400 /);
    // A handshake that never begins, in a tunnel that was granted.
    const { socket } = await ask(port, `${host}:443`);
    await heard(socket);
  });

  test('a connection that carries nothing is ended, and more than the limit are not held', async () => {
    const port = await limited({ silence: 1_000, connections: 2 });
    const [one, two] = await Promise.all([plain(port), plain(port)]);
    const third = await plain(port);
    assert.equal((await heard(third)).text, '');
    await Promise.all([one, two].map(heard));
    const again = await secure(port, host, ca);
    again.write(healthz);
    assert.match(await until(again, '\r\n\r\n'), /^HTTP\/1\.1 200 /);
    await heard(again);
  });
});
