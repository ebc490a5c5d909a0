import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Exchange } from '../../src/runs/recording/exchange.ts';
import type { Report } from '../../src/runs/report/report.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections, type Reply, type Sending, send } from '../harness/http.ts';
import { basic, form } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const accord = join(import.meta.dirname, '../../src/cli/start.js');

interface Recorder {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ask: (sending: Sending) => Promise<Reply>;
  /** Ends it by a signal; what it printed. */
  readonly end: (signal?: NodeJS.Signals) => Promise<{ readonly code: number | null; readonly out: string }>;
}

describe('accord record', () => {
  let folder: string;
  let world: TestWorld;
  let tenant: Tenant;
  let files = 0;
  const running = new Set<ChildProcess>();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-record-'));
    world = await startWorld(sqlite, { 'rate-limit': '30' });
    tenant = await world.tenant();
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    closeConnections();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const upstream = () => `http://${tenant.host}`;
  const newFile = (): string => join(folder, `${++files}.ndjson`);

  async function record(
    to: string,
    flags: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Recorder> {
    const child = spawn(process.execPath, [accord, 'record', '--upstream', to, '--port', '0', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', ...env },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let out = '';
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        said += String(chunk);
        const found = /127\.0\.0\.1:(\d+) to/.exec(said);
        if (found) resolve(Number(found[1]));
      });
      child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)));
    });
    return {
      child,
      port,
      ask: (sending) => send(port, 'anything.example', sending),
      end: async (signal = 'SIGTERM') => {
        const closed = once(child, 'close');
        child.kill(signal);
        const [code] = (await closed) as [number | null];
        return { code, out };
      },
    };
  }

  const exchangesIn = async (file: string): Promise<readonly Exchange[]> =>
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as Exchange);
  const bearer = () => ({ Authorization: `Bearer ${tenant.token}` });
  const report = (file: string, ...more: readonly string[]) =>
    spawnSync(process.execPath, [accord, 'sandbox', 'report', '--from', file, ...more], { encoding: 'utf8' });

  test('passes on what clients send, and records it without secrets', async () => {
    const file = newFile();
    const recorder = await record(upstream(), ['--out', file]);
    const token = await recorder.ask({
      method: 'POST',
      path: '/oauth2/v0/token',
      ...form({ grant_type: 'client_credentials', scope: 'write(companies)' }, basic(tenant.service)),
    });
    const { access_token: access } = JSON.parse(token.text);
    const made = await recorder.ask({
      method: 'POST',
      path: '/api/v0/companies',
      ...form({ name: 'MomCorp' }, { Authorization: `Bearer ${access}` }),
    });
    assert.equal(JSON.parse(made.text).response.name, 'MomCorp');
    assert.ok(made.names.includes('X-RateLimit-Limit'), 'headers come back as they were written');
    const refused = await recorder.ask({ path: '/api/v0/companies?_limit=none', headers: bearer() });
    assert.equal(refused.http, 400);
    const inXml = await recorder.ask({ path: '/api/v0/monkeys.xml', headers: bearer() });
    assert.match(inXml.text, /^<\?xml/);
    const { code, out } = await recorder.end();
    assert.deepEqual([code, out], [0, '']);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const [first, create, list, monkeys, ...more] = await exchangesIn(file);
    assert.deepEqual(more, []);
    assert.equal(first?.answer.given?.access, create?.token);
    assert.deepEqual(
      [create?.status, create?.route, create?.needs, create?.id],
      ['ok', 'POST companies', { verb: 'write', resources: ['companies'] }, made.headers['x-request-id']],
    );
    assert.deepEqual(
      [list?.status, list?.query, monkeys?.status],
      ['invalid_request', { _limit: 'none' }, 'invalid_request'],
    );
    const text = await readFile(file, 'utf8');
    for (const secret of [access, tenant.token, tenant.service.secret]) assert.ok(!text.includes(secret));
    assert.match(report(file).stdout, /^Run record: 4 exchanges, nothing found$/m);
  });

  test('at the end tells what the client did wrong, and so does its file', async () => {
    const file = newFile();
    const recorder = await record(upstream(), ['--out', file, '--report', 'json', '--name', 'nightly']);
    for (let i = 0; i < 2; i++) await recorder.ask({ path: '/api/v0/monkeys', headers: bearer() });
    await recorder.ask({
      path: `/api/v0/companies?access_token=${tenant.token}&_limit=200`,
      headers: bearer(),
    });
    const { out } = await recorder.end('SIGINT');
    const made = JSON.parse(out) as Report;
    const rules = made.lints.filter(({ findings }) => findings.length > 0).map(({ id }) => id);
    assert.deepEqual(rules, ['limit-over-100', 'repeated-after-refusal', 'secret-in-url']);
    assert.equal(made.coverage.tellsCauses, false, 'only a sandbox does');
    const later = JSON.parse(report(file, '--format', 'json').stdout) as Report;
    assert.deepEqual(later.lints, made.lints);
    assert.equal(later.run.name, 'nightly');
    assert.equal(report(file, '--fail-on', 'error').status, 1);
    assert.match(report(file, '--format', 'sarif').stdout, /"startLine": 4/);
  });

  test('killed, it leaves what it has recorded', async () => {
    const file = newFile();
    const recorder = await record(upstream(), ['--out', file]);
    for (let i = 0; i < 5; i++) await recorder.ask({ path: '/api/v0/companies', headers: bearer() });
    while ((await readFile(file, 'utf8')).split('\n').length < 7)
      await new Promise((resume) => setTimeout(resume, 20));
    await recorder.end('SIGKILL');
    assert.equal((await exchangesIn(file)).length, 5);
    const torn = newFile();
    const text = await readFile(file, 'utf8');
    execFileSync('sh', ['-c', `cat > "$0"`, torn], { input: text.slice(0, -40) });
    const made = report(torn);
    assert.match(made.stderr, /The last line is incomplete/);
    assert.match(made.stdout, /^Run record: 4 exchanges/m);
    const broken = newFile();
    execFileSync('sh', ['-c', `cat > "$0"`, broken], { input: text.replace(/\n\{"id"/, '\n{"ie"') });
    assert.match(report(broken).stderr, /^accord: line 2 of .* is no exchange/);
    assert.match(report(join(folder, 'none')).stderr, /cannot be read/);
  });

  /** Another server, which does what Accord does not. */
  async function other(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    tls?: { readonly key: string; readonly cert: string },
  ): Promise<{ readonly url: string; readonly close: () => void }> {
    const server = tls ? createSecureServer(tls, answer) : createServer(answer);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    return {
      url: `${tls ? 'https' : 'http'}://localhost:${port}`,
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  test('reads the status as the hosted service tells it, packed or not; follows no redirect', async () => {
    const hosts: string[] = [];
    const body = JSON.stringify({ meta: { status: 'too_many_requests' }, response: null });
    const server = await other((request, response) => {
      hosts.push(request.headers.host ?? '');
      const json = { 'Content-Type': 'application/json' };
      if (request.url === '/api/v0/moved')
        return response
          .writeHead(302, { Location: 'https://example.com/?code=a-code-of-the-upstream' })
          .end();
      if (request.url === '/api/v0/gzip')
        return response.writeHead(200, { ...json, 'Content-Encoding': 'gzip' }).end(gzipSync(body));
      if (request.url === '/api/v0/br')
        return response.writeHead(200, { ...json, 'Content-Encoding': 'br' }).end(brotliCompressSync(body));
      if (request.url === '/api/v0/bomb')
        return response
          .writeHead(200, { ...json, 'Content-Encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(50_000_000)));
      if (request.url === '/api/v0/deep')
        return response.writeHead(200, json).end('['.repeat(300_000) + ']'.repeat(300_000));
      if (request.url === '/api/v0/cut') {
        response.writeHead(200, { ...json, 'Content-Length': '1000' }).write('{');
        return void setTimeout(() => response.destroy(), 20);
      }
      response.writeHead(503, { 'Content-Type': 'text/html' }).end('<h1>Down</h1>');
    });
    const file = newFile();
    const recorder = await record(server.url, ['--out', file]);
    try {
      const moved = await recorder.ask({ path: '/api/v0/moved' });
      assert.deepEqual([moved.http, moved.headers.location?.includes('example.com')], [302, true]);
      assert.equal((await recorder.ask({ path: '/api/v0/gzip' })).headers['content-encoding'], 'gzip');
      await recorder.ask({ path: '/api/v0/br' });
      await recorder.ask({ path: '/api/v0/bomb' });
      await recorder.ask({ path: '/api/v0/deep' });
      await recorder.ask({ path: '/api/v0/down' });
      await assert.rejects(recorder.ask({ path: '/api/v0/cut' }));
      server.close();
      const away = await recorder.ask({ path: '/api/v0/away' });
      assert.equal(away.http, 502);
      assert.match(JSON.parse(away.text).error, /localhost:\d+ did not answer/);
    } finally {
      server.close();
      await recorder.end();
    }
    assert.deepEqual(new Set(hosts), new Set([new URL(server.url).host]));
    const recorded = await exchangesIn(file);
    assert.deepEqual(
      recorded.map(({ path, status }) => [path.slice('/api/v0/'.length), status]),
      [
        ['moved', 'ok'],
        ['gzip', 'too_many_requests'],
        ['br', 'too_many_requests'],
        ['bomb', 'ok'],
        ['deep', 'ok'],
        ['down', 'server_error'],
        ['cut', 'unanswered'],
        ['away', 'unanswered'],
      ],
    );
    assert.doesNotMatch(await readFile(file, 'utf8'), /a-code-of-the-upstream/);
  });

  test('streams large bodies both ways', async () => {
    let got = 0;
    const server = await other((request, response) => {
      request.on('data', (chunk: Buffer) => {
        got += chunk.length;
      });
      request.on('end', () => {
        response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
        for (let i = 0; i < 8; i++) response.write(Buffer.alloc(1_000_000, i));
        response.end();
      });
    });
    const file = newFile();
    const recorder = await record(server.url, ['--out', file]);
    try {
      const reply = await recorder.ask({
        method: 'POST',
        path: '/api/v0/files',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: Buffer.alloc(5_000_000),
      });
      assert.deepEqual([got, reply.bytes.length], [5_000_000, 8_000_000]);
    } finally {
      server.close();
      await recorder.end();
    }
    const [one] = await exchangesIn(file);
    assert.deepEqual([one?.body.bytes, one?.answer.body.bytes], [5_000_000, 8_000_000]);
    assert.deepEqual([one?.body.text, one?.answer.body.text], [undefined, undefined]);
  });

  test('asks an upstream over TLS, whose certificate has to be good', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const pem = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    const server = await other(
      (_, response) => response.writeHead(200, { 'X-Status': 'ok' }).end('safe'),
      pem,
    );
    const trusting = await record(server.url, ['--report'], { NODE_EXTRA_CA_CERTS: cert });
    const careful = await record(server.url, ['--report']);
    try {
      assert.equal((await trusting.ask({ path: '/api/v0/companies' })).text, 'safe');
      assert.equal((await careful.ask({ path: '/api/v0/companies' })).http, 502);
    } finally {
      server.close();
      assert.match((await trusting.end()).out, /^Statuses met: ok 1$/m);
      await careful.end();
    }
  });

  test('is no proxy for other hosts, and says what it cannot do', async () => {
    const recorder = await record(upstream(), []);
    const head = (line: string, ...headers: readonly string[]): string =>
      [line, 'Host: example.com', 'Connection: close', ...headers, '', ''].join('\r\n');
    const raw = (text: string, breakOff = false) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(recorder.port, '127.0.0.1');
        let said = '';
        socket.on('data', (chunk) => {
          said += String(chunk);
        });
        socket.on('close', () => resolve(said));
        socket.on('error', reject);
        socket.write(text, () => breakOff && setTimeout(() => socket.destroy(), 50));
      });
    assert.match(await raw(head('GET http://example.com/ HTTP/1.1')), /^HTTP\/1\.1 400 /);
    assert.match(
      await raw(head('POST /api/v0/companies HTTP/1.1', 'Content-Length: 200000000')),
      /^HTTP\/1\.1 413 /,
    );
    assert.equal(await raw('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'), '');
    await raw(`${head('POST /api/v0/companies HTTP/1.1', 'Content-Length: 1000')}half`, true);
    assert.equal((await recorder.ask({ path: '/api/v0/companies', headers: bearer() })).http, 200);
    const { out } = await recorder.end();
    assert.match(out, /^Run record: 4 exchanges, /m);
    assert.match(out, /^Statuses met: ok 1$[\s\S]*^Other words: unanswered 3$/m);
    const fails = (...flags: readonly string[]): string => {
      const { status, stderr } = spawnSync(process.execPath, [accord, 'record', ...flags], {
        encoding: 'utf8',
      });
      assert.ok(status === 1 || status === 2);
      return stderr;
    };
    const taken = newFile();
    execFileSync('touch', [taken]);
    assert.match(fails('--upstream', 'ftp://a'), /--upstream is "ftp:\/\/a": a URL such as/);
    assert.match(fails('--upstream', 'http://a/api'), /is an origin/);
    assert.match(fails('--upstream', 'http://a', '--port', 'x'), /--port is "x"/);
    assert.match(fails('--upstream', 'http://a', '--report', 'pdf'), /"pdf" is no format/);
    assert.match(fails('--upstream', 'http://a', '--out', taken), /is there already/);
    assert.match(fails('--upstream', 'http://a', '--port', String(world.server.port)), /port \d+ is in use/);
    // A start that failed leaves no file that the next would stumble over.
    const left = newFile();
    const busy = String(world.server.port);
    assert.match(fails('--upstream', 'http://a', '--out', left, '--port', busy), /is in use/);
    assert.match(fails('--upstream', 'http://a', '--out', left, '--host', '203.0.113.7'), /check --host/);
    assert.equal(existsSync(left), false);
  });
});
