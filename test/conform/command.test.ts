import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import type { ConformReport } from '../../src/conform/run.ts';
import {
  accord,
  type Ended,
  type Environment,
  type Running,
  run as runProgram,
  start as startProgram,
} from '../harness/commands.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { runInProcess } from '../harness/terminal.ts';
import { password, redirectUri, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { type Deviating, startProxy } from './deviating-proxy.ts';

/** In a process of its own. */
const start = (args: readonly string[], environment: Environment): Running =>
  startProgram(process.execPath, [accord, 'conform', ...args], environment);

const run = (args: readonly string[], environment: Environment = {}): Promise<Ended> =>
  runInProcess(['conform', ...args], { environment });

const urlOf = ({ deployment }: Tenant, port: number, scheme = 'http'): string =>
  `${scheme}://${deployment.name}.api.localhost:${port}`;

/** What is given, as variables; the clock of the server stands still, so nothing waits. */
const given = ({ service, web }: Tenant): Readonly<Record<string, string>> => ({
  ACCORD_CONFORM_CLIENT_ID: service.application.clientId,
  ACCORD_CONFORM_CLIENT_SECRET: service.secret,
  ACCORD_CONFORM_WEB_CLIENT_ID: web.application.clientId,
  ACCORD_CONFORM_WEB_CLIENT_SECRET: web.secret,
  ACCORD_CONFORM_REDIRECT_URI: redirectUri,
  ACCORD_CONFORM_USERNAME: 'hermes',
  ACCORD_CONFORM_PASSWORD: password,
  ACCORD_CONFORM_PATIENCE: '0',
});

const noCacheControl: Deviating = {
  say: (said) => ({ ...said, headers: said.headers.filter(([name]) => name !== 'Cache-Control') }),
};

describe('accord conform', () => {
  let folder: string;
  let world: TestWorld;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-conform-'));
    world = await startWorld(sqlite);
  });
  after(async () => {
    closeConnections();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('no difference: a table, and exit code 0', async () => {
    const tenant = await world.tenant();
    const { code, out, err } = await run([urlOf(tenant, world.server.port), '--writes'], given(tenant));
    assert.equal(code, 0, `${out}${err}`);
    assert.equal(err, '');
    assert.match(out, /^token\.missing +same +a resource without a token$/m);
    assert.match(out, /^grant\.expired +not probed +.*needs --patience 601/m);
    assert.match(out, /\(accord\): \d+ same, 0 differs, 0 absent, \d+ not probed; \d+ requests$/m);
  });

  test('a difference: what was expected, how to see it again, exit code 1, and no secret in it', async () => {
    const tenant = await world.tenant();
    const proxy = await startProxy(world.server.port, [noCacheControl]);
    const file = join(folder, 'report.xml');
    try {
      const url = urlOf(tenant, proxy.port);
      const { code, out } = await run([url, '--json', '--junit', file], given(tenant));
      assert.equal(code, 1);
      const report = JSON.parse(out) as ConformReport;
      const [found, ...others] = report.results.filter(({ outcome }) => outcome === 'differs');
      assert.equal(found?.row, 'header.cache-control');
      assert.deepEqual(others, []);
      const [first] = found.differences;
      assert.equal(first?.expected, 'Cache-Control: no-store');
      assert.match(first?.repeat ?? '', /^curl -si .*'http:/);
      assert.match(first?.requestId ?? '', /^\w+$/);
      const xml = await readFile(file, 'utf8');
      const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml);
      assert.equal(testsuites['@_failures'], '1');
      assert.equal(Number(testsuites['@_tests']), report.results.length);
      const table = await run([url], given(tenant));
      assert.match(table.out, /^ {2}expected {2}Cache-Control: no-store\n {2}got {7}nothing\n {2}request /m);
      for (const secret of [tenant.service.secret, tenant.web.secret, password, ...bearersIn(out)])
        for (const text of [out, xml, table.out]) assert.ok(!text.includes(secret), secret);
    } finally {
      await proxy.close();
    }
  });

  test('the line that sends a request again does so, with the secrets as variables', async () => {
    const tenant = await world.tenant();
    const proxy = await startProxy(world.server.port, [
      { say: (said) => ({ ...said, body: said.body.replace('"expires_in":', '"expires":') }) },
    ]);
    try {
      const { out } = await run(
        [urlOf(tenant, proxy.port), '--only', 'oauth.token', '--json'],
        given(tenant),
      );
      const report = JSON.parse(out) as ConformReport;
      const repeat =
        report.results.find(({ outcome }) => outcome === 'differs')?.differences[0]?.repeat ?? '';
      assert.match(repeat, /\$CLIENT_SECRET/);
      const line = repeat.replace('curl ', `curl --resolve '*:${proxy.port}:127.0.0.1' `);
      const answered = await runProgram('sh', ['-c', line], { CLIENT_SECRET: tenant.service.secret });
      assert.match(answered.out, /"expires":/, `${line}\n${answered.out}${answered.err}`);
    } finally {
      await proxy.close();
    }
  });

  test('--only picks rows, groups and statuses', async () => {
    const tenant = await world.tenant();
    const url = urlOf(tenant, world.server.port);
    const { code, out } = await run([url, '--only', 'duplicate', '--only', 'list', '--json'], given(tenant));
    assert.equal(code, 0);
    const rows = new Set((JSON.parse(out) as ConformReport).results.map(({ row }) => row));
    assert.deepEqual([...rows].sort(), [
      'field.taken',
      'list.count',
      'list.empty',
      'list.limit',
      'list.past-end',
    ]);
  });

  test('a server that is another one: what is ours is absent, which is no difference', async () => {
    const tenant = await world.tenant();
    const foreign = /^(x-status|x-request-id|ratelimit|ratelimit-policy)$/i;
    const proxy = await startProxy(world.server.port, [
      { say: (said) => ({ ...said, headers: said.headers.filter(([name]) => !foreign.test(name)) }) },
    ]);
    try {
      const url = urlOf(tenant, proxy.port);
      const { code, out } = await run([url, '--json'], given(tenant));
      const report = JSON.parse(out) as ConformReport;
      assert.equal(code, 0, out);
      assert.equal(report.profile, 'hosted');
      const absent = new Set(
        report.results.filter(({ outcome }) => outcome === 'absent').map(({ row }) => row),
      );
      for (const row of ['header.status', 'header.request-id', 'header.ratelimit-standard'] as const)
        assert.ok(absent.has(row), row);
      assert.equal((await run([url, '--profile', 'accord'], given(tenant))).code, 1);
    } finally {
      await proxy.close();
    }
  });

  test('stopped half-way it removes what it made, and a second signal is not needed', async () => {
    const tenant = await world.tenant();
    const made = Promise.withResolvers<void>();
    let posts = 0;
    const proxy = await startProxy(world.server.port, [
      {
        say: async (said, asked) => {
          if (
            asked.method === 'POST' &&
            asked.url === '/api/v0/companies' &&
            said.http === 200 &&
            ++posts === 3
          ) {
            made.resolve();
            // The answer never comes: the company is there all the same.
            await new Promise(() => {});
          }
          return said;
        },
      },
    ]);
    try {
      const { child, ended } = start([urlOf(tenant, proxy.port), '--writes', '--json'], given(tenant));
      await made.promise;
      const rows = () =>
        world.server.world.store.list(tenant.deployment.id, {
          table: 'companies',
          columns: ['name'],
          limit: 10,
        });
      const before = await rows();
      assert.ok(before.length > 0);
      for (const { name } of before) assert.match(String(name), /^accord conform [0-9a-f]{8} /);
      child.kill('SIGINT');
      const { code, out, err } = await ended;
      assert.equal(code, 130, err);
      assert.match(err, /stopping: what was made is removed/);
      assert.deepEqual(await rows(), []);
      assert.ok((JSON.parse(out) as ConformReport).results.some(({ why }) => why === 'the run was stopped'));
    } finally {
      await proxy.close();
    }
  });

  test('minds the quota: it stops at resources while a tenth of the hour is left', async () => {
    const small = await startWorld(sqlite, { 'rate-limit': '60' });
    try {
      const tenant = await small.tenant();
      const { code, out } = await run([urlOf(tenant, small.server.port), '--json'], given(tenant));
      const report = JSON.parse(out) as ConformReport;
      assert.equal(code, 0, out);
      assert.ok(report.results.some(({ why }) => why === '6 of 60 requests are left of this hour'));
      assert.equal((await tenant.get('/api/v0/staff')).headers['x-ratelimit-remaining'], '5');
    } finally {
      await small.close();
    }
  });

  test('no more requests than allowed', async () => {
    const tenant = await world.tenant();
    const args = [urlOf(tenant, world.server.port), '--max-requests', '20', '--json'];
    const report = JSON.parse((await run(args, given(tenant))).out) as ConformReport;
    assert.ok(report.results.some(({ why }) => why === '20 requests were sent (--max-requests)'));
  });

  test('speaks HTTPS with an authority of NODE_EXTRA_CA_CERTS, and not without', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const name = ['-subj', '/CN=conform', '-addext', 'subjectAltName=DNS:*.api.localhost', '-days', '2'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const secure = await startWorld(sqlite, { 'tls-cert': cert, 'tls-key': key });
    try {
      const tenant = await secure.tenant();
      const url = urlOf(tenant, secure.server.port, 'https');
      const trusting = await start([url, '--json'], { ...given(tenant), NODE_EXTRA_CA_CERTS: cert }).ended;
      assert.equal(trusting.code, 0, `${trusting.out}${trusting.err}`);
      const wary = await run([url], given(tenant));
      assert.equal(wary.code, 2);
      assert.match(wary.err, /did not answer \(self-signed certificate/);
    } finally {
      await secure.close();
    }
  });

  test('what cannot be done is one line, with exit code 2', async () => {
    const tenant = await world.tenant();
    const url = urlOf(tenant, world.server.port);
    const other = createServer((_, response) => {
      response.writeHead(302, { Location: 'https://elsewhere.invalid/' }).end();
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const leading = `http://localhost:${(other.address() as AddressInfo).port}`;
    const { service } = tenant;
    const cases: readonly [readonly string[], RegExp][] = [
      [
        [`http://localhost:${(mute.address() as AddressInfo).port}`, '--timeout', '1'],
        /no whole answer within 1 s/,
      ],
      [['planet-express'], /no URL that begins with http/],
      [['http://localhost:1'], /localhost:1 did not answer \(.*ECONNREFUSED/],
      [[leading], /leads on to https:\/\/elsewhere\.invalid/],
      [[url, '--only', 'token.mising'], /did you mean token\.missing\?/],
      [[url, '--client-id', 'x'], /--client-id and --client-secret .* needed together/],
      [
        [url, '--client-id', service.application.clientId, '--client-secret', 'not it'],
        /no token was to be had \(HTTP 401/,
      ],
      [[url, '--token', 'not a token'], /the token is not accepted \(HTTP 401/],
      [[url, '--profile', 'x'], /accord or hosted is wanted/],
      [[url, '--max-requests', 'many'], /--max-requests is "many"/],
    ];
    try {
      for (const [args, said] of cases) {
        const ended = await run(args);
        assert.equal(ended.code, 2, `${args.join(' ')}: ${ended.err}`);
        assert.equal(ended.out, '');
        assert.match(ended.err, said);
        assert.match(ended.err, /^accord: [^\n]+\n$/);
      }
    } finally {
      for (const server of [other, mute]) {
        server.closeAllConnections();
        server.close();
      }
    }
  });
});

/** Access tokens are 64 characters of base64url here. */
const bearersIn = (text: string): readonly string[] =>
  text.match(/Bearer [\w-]{64}/g)?.filter((each) => !/x{64}/.test(each)) ?? [];
