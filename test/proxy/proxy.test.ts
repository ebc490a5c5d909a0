import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { trustFiles } from '../../src/server/trust-files.ts';
import { end, type Running, run, runAccord, startAccord } from '../harness/commands.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { ask, heard, plain, secure, until } from '../harness/tunnel.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const host = 'planet-express.api.accelo.com';

describe('accord proxy', { timeout: 40_000 }, () => {
  let world: TestWorld;
  let tenant: Tenant;
  let folder: string;
  let authority: string;
  let proxy: Running & { readonly port: number };
  const running = new Set<Running>();
  const others = new Set<Server>();

  async function startProxy(...args: readonly string[]): Promise<Running & { readonly port: number }> {
    const started = await startAccord('proxy', '--data', folder, ...args);
    running.add(started);
    return started;
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-proxy-'));
    authority = trustFiles(folder).authority;
    world = await startWorld(sqlite);
    tenant = await world.tenant({ name: 'planet-express' });
    assert.equal((await runAccord('trust', 'create', '--data', folder)).code, 0);
    proxy = await startProxy('--to', `http://127.0.0.1:${world.server.port}`);
  });
  after(async () => {
    for (const other of others) other.close();
    for (const each of running) assert.equal((await end(each)).code, 0, each.err());
    closeConnections();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const curl = (...args: readonly string[]) =>
    run('curl', ['-sS', '--cacert', authority, '-H', `Authorization: Bearer ${tenant.token}`, ...args], {
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      http_proxy: `http://127.0.0.1:${proxy.port}`,
    });

  test('curl asks a hard-coded host, and this server answers', async () => {
    await tenant.post('/api/v0/companies', { name: 'MomCorp' });
    for (const scheme of ['https', 'http']) {
      const { code, out, err } = await curl(`${scheme}://${host}/api/v0/companies?_limit=1`);
      assert.equal(code, 0, err);
      const { meta, response } = JSON.parse(out);
      assert.equal(meta.status, 'ok');
      assert.equal(response[0].name, 'MomCorp');
      // The host as it was asked for.
      assert.equal(new URL(meta.more_info).host, host);
    }
  });

  test('an upload and its download come through whole', async () => {
    const bytes = randomBytes(3_000_000);
    await writeFile(join(folder, 'upload'), bytes);
    const made = await tenant.post('/api/v0/companies', { name: 'Slurm' });
    const { id } = made.json.response as { id: string };
    const listed = await tenant.get(`/api/v0/companies/${id}/collections`);
    const { collections } = listed.json.response as { collections: { id: string }[] };
    const url = `https://${host}/api/v0/companies/${id}/collections/${collections[0]?.id}/resources`;
    const { out, err } = await curl('-F', `resource=@${join(folder, 'upload')}`, url);
    const resource = JSON.parse(out || err).response.resource;
    assert.equal(resource.size, '3000000');
    const copy = join(folder, 'download');
    await curl('-o', copy, `https://${host}/api/v0/resources/${resource.id}/download`);
    assert.ok(bytes.equals(await readFile(copy)));
  });

  test('one connection carries many requests, and those that come together', async () => {
    const inside = await secure(proxy.port, host, await readFile(authority));
    assert.equal(inside.alpnProtocol, 'http/1.1');
    const get = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    for (let i = 0; i < 3; i++) {
      inside.write(get);
      assert.match(await until(inside, '\r\n\r\n'), /^HTTP\/1\.1 200 /);
    }
    inside.resume();
    inside.write(get + get + get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    const { text } = await heard(inside);
    assert.equal(text.match(/HTTP\/1\.1 200 /g)?.length, 3);
  });

  test('a request that comes byte by byte is answered, also when the client has closed its half', async () => {
    const inside = await secure(proxy.port, host, await readFile(authority));
    const direct = await plain(proxy.port);
    for (const [socket, target] of [
      [inside, '/healthz'],
      [direct, `http://${host}/healthz`],
    ] as const) {
      for (const byte of `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
      socket.end();
      const { text } = await heard(socket);
      assert.match(text, /^HTTP\/1\.1 200 /);
    }
  });

  test('what is not led to the sandbox is refused, and says so', async () => {
    for (const target of [
      ...['example.com:443', 'accelo.com:443', 'api.accelo.com:443', 'a.b.api.accelo.com:443'],
      ...[
        `${host}.evil.example:443`,
        `${host}:8443`,
        `${host}:22`,
        '127.0.0.1:443',
        '[::1]:443',
        '-.api.accelo.com:443',
      ],
    ]) {
      const { http, text } = await ask(proxy.port, target);
      assert.equal(http, 403, target);
      assert.match(text, /is not led to the sandbox: .*--pass-through/);
    }
    const foreign = await curl('http://example.com/');
    assert.match(foreign.out, /^example\.com:80 is not led to the sandbox/);
    const direct = await curl('--noproxy', '*', `http://127.0.0.1:${proxy.port}/`);
    assert.match(direct.out, /^This is a proxy: point HTTPS_PROXY/);
    assert.equal((await ask(proxy.port, 'no-port')).http, 400);
  });

  test('a tunnel is for one host, and holds no other', async () => {
    const ca = await readFile(authority);
    for (const [request, http] of [
      ['GET / HTTP/1.1\r\nHost: other.api.accelo.com\r\n\r\n', 421],
      ['GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n', 421],
      [`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
      [`GET https://${host}/healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 200],
    ] as const) {
      const inside = await secure(proxy.port, host, ca);
      inside.write(request);
      assert.match((await heard(inside)).text, new RegExp(`^HTTP/1\\.1 ${http} `), request);
    }
  });

  test('what it says of requests holds no secret', async () => {
    await curl(`https://${host}/api/v0/companies?_bearer_token=${tenant.token}`);
    await eventually(() => proxy.err().includes(`GET https://${host}/api/v0/companies 4`));
    assert.ok(!proxy.err().includes(tenant.token));
    assert.ok(!proxy.err().includes('?'));
  });

  /** A server that tells what it was asked, headers and all. */
  async function upstream(
    answer: (request: IncomingMessage) => string,
  ): Promise<{ port: number; close(): void }> {
    const sockets = createServer((request, response) => {
      const said = answer(request);
      request.resume().once('end', () => response.socket?.end(said, 'latin1'));
    }).listen(0, '127.0.0.1');
    await once(sockets, 'listening');
    others.add(sockets);
    return { port: (sockets.address() as AddressInfo).port, close: () => sockets.close() };
  }

  test('headers go through as they are, both ways, less those of the one hop', async () => {
    let seen: readonly string[] = [];
    const other = await upstream(({ rawHeaders }) => {
      seen = rawHeaders;
      return 'HTTP/1.1 207 Some Thing\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nKeep-Alive: timeout=9\r\nX-Odd: \xe9\r\nContent-Length: 2\r\n\r\nok';
    });
    const through = await startProxy('--to', `http://127.0.0.1:${other.port}`);
    const inside = await secure(through.port, host, await readFile(authority));
    inside.write(
      `POST /a/../b?c HTTP/1.1\r\nhOsT: ${host}:443\r\nX-Twice: 1\r\nx-twice: 2\r\nProxy-Authorization: Basic x\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Host: evil\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nContent-Length: 3\r\n\r\nabc`,
    );
    const { text } = await heard(inside);
    assert.deepEqual(seen, [
      ...['Host', `${host}:443`, 'X-Twice', '1', 'x-twice', '2', 'Content-Length', '3'],
      ...['X-Forwarded-For', '127.0.0.1', 'X-Forwarded-Proto', 'https', 'Connection', 'keep-alive'],
    ]);
    assert.equal(
      text,
      'HTTP/1.1 207 Some Thing\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nX-Odd: \xe9\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
    );
  });

  test('what the sandbox cuts is cut for the client; a sandbox that is away is told', async () => {
    let said = '';
    const other = await upstream(() => said);
    const through = await startProxy('--to', `http://127.0.0.1:${other.port}`);
    const ca = await readFile(authority);
    const asked = async (): Promise<{ text: string; cut: boolean }> => {
      const inside = await secure(through.port, host, ca);
      inside.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      return heard(inside);
    };
    assert.equal((await asked()).text, '');
    said = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf';
    const truncated = await asked();
    assert.match(truncated.text, /Content-Length: 10\r\n.*\r\n\r\nhalf$/s);
    other.close();
    assert.match(
      (await asked()).text,
      /^HTTP\/1\.1 502 .*The sandbox at http:\/\/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/s,
    );
  });

  test('goes on to a server that speaks TLS with the same certificate', async () => {
    const server = await startAccord('serve', '--trust', '--data', folder, '--log-level', 'silent');
    running.add(server);
    const through = await startProxy('--to', `https://localhost:${server.port}`);
    const inside = await secure(through.port, host, await readFile(authority));
    inside.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.match((await heard(inside)).text, /^HTTP\/1\.1 200 /);
  });

  test('with --pass-through others are reached, untouched; the hosts themselves never', async () => {
    const other = createTcpServer({ allowHalfOpen: true }, (socket) => {
      const all: Buffer[] = [];
      socket.on('data', (chunk) => all.push(chunk)).on('end', () => socket.end(Buffer.concat(all).reverse()));
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    others.add(other);
    const { port } = other.address() as AddressInfo;
    const through = await startProxy('--pass-through', '--to', `http://127.0.0.1:${world.server.port}`);
    const { socket } = await ask(through.port, `127.0.0.1:${port}`);
    socket.end('\x00abc');
    assert.equal((await heard(socket)).text, 'cba\x00');
    const direct = await plain(through.port);
    direct.write(
      `GET http://127.0.0.1:${world.server.port}/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    assert.match((await heard(direct)).text, /^HTTP\/1\.1 200 /);
    assert.equal((await ask(through.port, `${host}:8443`)).http, 403);
    assert.match(
      (await ask(through.port, '127.0.0.1:1')).text,
      /^127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/,
    );
  });

  test('is never open to the network and to anywhere at once; bad flags say what is wanted', async () => {
    for (const [flags, says] of [
      [['--host', '0.0.0.0', '--pass-through'], /would let anybody through this machine/],
      [['--port', '70000'], /--port is "70000": a whole number from 0 to 65535/],
      [['--to', 'ftp://x'], /an origin such as http:\/\/localhost:4280 is wanted/],
      [['--to', 'http://localhost/path'], /an origin such as/],
      [['--hosts', '*.example.com'], /the certificate is good for \*\.api\.accelo\.com/],
    ] as const) {
      const { code, err } = await runAccord('proxy', '--data', folder, ...flags);
      assert.equal(code, 2, err);
      assert.match(err, says);
    }
    const taken = await runAccord('proxy', '--data', folder, '--port', String(proxy.port));
    assert.match(taken.err, /^accord: port \d+ is in use/);
    const wide = await startProxy('--host', '0.0.0.0');
    assert.match(wide.err(), /^Whoever reaches 0\.0\.0\.0:\d+ can ask/);
  });
});

async function eventually(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(done());
}
