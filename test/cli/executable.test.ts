import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, read } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, request as plain, type Server } from 'node:http';
import { request as secure } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { accord, runAccord } from '../harness/commands.ts';

const environment = { PATH: process.env.PATH ?? '' };

interface Answer {
  readonly http: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

describe('the executable', () => {
  let folder: string;
  let data: string;
  let client: string;
  const running = new Set<ChildProcess>();

  const command = (...args: readonly string[]): string =>
    execFileSync(process.execPath, [accord, ...args, '--data', data, '--json'], {
      env: environment,
      encoding: 'utf8',
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-executable-'));
    data = join(folder, 'data');
    command('deployment', 'create', 'acme');
    const person = [
      '--username',
      'ada',
      '--firstname',
      'Ada',
      '--surname',
      'Adler',
      '--email',
      'ada@example.com',
    ];
    command('staff', 'create', ...person, '--password', 'bite my shiny', '--access', 'admin');
    const made = JSON.parse(
      command(
        ...['application', 'create', '--type', 'service', '--name', 'reports', '--staff', 'ada'],
        ...['--allow-ip', '203.0.113.7', '--default-scope', 'read(all)'],
      ),
    ) as { clientId?: string; client_id?: string; secret?: string; client_secret?: string };
    const id = made.clientId ?? made.client_id;
    const secret = made.secret ?? made.client_secret;
    client = Buffer.from(`${id}:${secret}`).toString('base64');
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(...args: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
    const child = spawn(
      process.execPath,
      [accord, 'serve', '--port', '0', '--data', data, '--json', '--log-level', 'silent', ...args],
      { stdio: ['ignore', 'pipe', 'inherit'], env: environment },
    );
    running.add(child);
    child.once('exit', () => running.delete(child));
    const port = await new Promise<number>((resolve, reject) => {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += String(chunk);
        const found = /"port":\s*(\d+)/.exec(said);
        if (found) resolve(Number(found[1]));
      });
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    });
    return { child, port };
  }

  const end = (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> =>
    new Promise((resolve) => {
      child.once('exit', (code, by) => resolve(code ?? by));
      child.kill(signal);
    });

  /** Asks for a token of the service application. */
  const token = (port: number, headers: Readonly<Record<string, string>>, ca?: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = {
        port,
        host: '127.0.0.1',
        path: '/oauth2/v0/token',
        method: 'POST',
        agent: false as const,
        headers: {
          Host: 'acme.api.localhost',
          Authorization: `Basic ${client}`,
          'Content-Type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      };
      const sent = ca ? secure({ ...options, ca, servername: 'localhost' }) : plain(options);
      sent.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ http: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      sent.end('grant_type=client_credentials');
    });

  test('serves TLS with the files it is given, and nothing else on that port', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj'].concat(
        [
          '/CN=localhost',
          '-addext',
          'subjectAltName=DNS:localhost',
          '-days',
          '2',
          '-keyout',
          key,
          '-out',
          cert,
        ],
      ),
      { stdio: 'ignore' },
    );
    const { child, port } = await serve('--tls-cert', cert, '--tls-key', key, '--trust-proxy', '127.0.0.1');
    const ca = await readFile(cert);
    const reply = await token(port, { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' }, ca);
    assert.equal(reply.http, 200, reply.text);
    assert.match(String(reply.headers['strict-transport-security']), /max-age=/);
    await assert.rejects(token(port, {}));
    assert.equal(await end(child), 0);
  });

  /** A reverse proxy as operators have them: it adds to `X-Forwarded-For` the address it was asked from. */
  async function proxyTo(port: number, from: string): Promise<Server> {
    const proxy = createServer((incoming, outgoing) => {
      const before = incoming.headers['x-forwarded-for'];
      const headers = {
        ...incoming.headers,
        'x-forwarded-for': before === undefined ? from : `${before}, ${from}`,
      };
      const { method, url = '/' } = incoming;
      const onward = plain(
        { port, host: '127.0.0.1', method, path: url, headers, agent: false },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(onward);
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    return proxy;
  }
  const portOf = (proxy: Server): number => (proxy.address() as AddressInfo).port;

  test('takes the address from a proxy that it trusts, and from no other', async () => {
    const trusting = await serve('--trust-proxy', '127.0.0.1');
    const alone = await serve();
    const proxies = await Promise.all([
      proxyTo(trusting.port, '203.0.113.7'),
      proxyTo(trusting.port, '198.51.100.1'),
      proxyTo(alone.port, '203.0.113.7'),
    ]);
    const [allowed, foreign, untrusted] = proxies.map(portOf) as [number, number, number];
    try {
      assert.equal((await token(allowed, {})).http, 200);
      const forged = { 'X-Forwarded-For': '203.0.113.7' };
      for (const [port, headers] of [
        [foreign, {}],
        // What the caller says of itself stands before what the proxy saw.
        [foreign, forged],
        [untrusted, {}],
        [alone.port, forged],
      ] as const) {
        const reply = await token(port, headers);
        assert.equal(reply.headers['x-status'], 'invalid_client', reply.text);
      }
    } finally {
      for (const proxy of proxies) proxy.close();
      assert.equal(await end(trusting.child), 0);
      assert.equal(await end(alone.child), 0);
    }
  });

  test('names a port that is in use', async () => {
    const { child, port } = await serve();
    const second = await runAccord('serve', '--port', String(port), '--data', data, '--log-level', 'silent');
    assert.equal(second.code, 1);
    assert.match(second.err, new RegExp(`^accord: port ${port} is in use: [^\n]+\n$`));
    assert.equal(await end(child), 0);
  });

  test('ends by a signal, frees its port, and leaves its database alone', async () => {
    const { child, port } = await serve();
    assert.equal((await token(port, {})).http, 401);
    const kept = (await readdir(data)).filter((name) => !/-(wal|shm)$/.test(name)).sort();
    assert.equal(await end(child, 'SIGINT'), 0);
    await assert.rejects(
      new Promise((resolve, reject) => connect(port, '127.0.0.1').on('connect', resolve).on('error', reject)),
      /ECONNREFUSED/,
    );
    assert.deepEqual((await readdir(data)).sort(), kept);
  });

  test('ends also when nobody reads its log', { timeout: 60_000 }, async () => {
    const fifo = join(folder, 'log');
    execFileSync('mkfifo', [fifo]);
    const [reading, writing] = [openSync(fifo, 'r+'), openSync(fifo, 'w')];
    const child = spawn(process.execPath, [accord, 'serve', '--port', '0', '--data', data, '--json'], {
      stdio: ['ignore', writing, 'inherit'],
      env: environment,
    });
    running.add(child);
    // Its first lines are read, and then no more: what is written fills the pipe.
    const first = Buffer.alloc(4_096);
    let said = '';
    while (!/"port":\s*\d+/.test(said)) {
      const { bytesRead } = await promisify(read)(reading, first, 0, first.length, null);
      said += first.toString('utf8', 0, bytesRead);
    }
    const port = Number(/"port":\s*(\d+)/.exec(said)?.[1]);
    for (let i = 0; i < 600; i++) await token(port, {});
    assert.ok([0, 'SIGKILL'].includes((await end(child)) ?? ''), 'it ended');
    running.delete(child);
    closeSync(reading);
    closeSync(writing);
  });
});
