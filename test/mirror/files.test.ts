import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { exchange } from '../../src/http/exchange.ts';
import { readConfig } from '../../src/server/config.ts';
import { startServer } from '../../src/server/server.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { flagsOf } from '../harness/terminal.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { dump, mirror, run, start } from './command.ts';
import { type Fate, startProxy } from './proxy.ts';
import { fileOf, originOf } from './source.ts';

const contents: readonly Buffer[] = [
  Buffer.from('Good news, everyone!\r\n\0'),
  Buffer.alloc(0),
  randomBytes(400_000),
  Buffer.from('{"meta":{"status":"server_error"},"response":null}'),
];

onEveryEngine('what files hold', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let url: string;
  let into: Database;
  const targets: Database[] = [];
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant({ name: 'source' });
    for (const [i, bytes] of contents.entries()) {
      await tenant.put('resources', { title: `file ${i + 1}`, mimetype: 'text/plain' });
      await fileOf(tenant, i + 1, bytes);
    }
    url = originOf(world, tenant);
  });
  const fresh = async (): Promise<Database> => {
    into = await engine.create('full');
    targets.push(into);
    return into;
  };
  afterEach(async () => {
    for (const target of targets.splice(0)) await target.release();
  });
  after(() => world?.close());

  const kept = (): readonly string[] => {
    const folder = join(into.data, 'files');
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile() && !each.parentPath.endsWith('.incoming'))
      .map(({ name }) => name);
  };
  /** With every file, or with the fate of its download. */
  async function through<T>(fate: (id: string) => Fate, work: (origin: string) => Promise<T>): Promise<T> {
    const proxy = await startProxy(url, (_, path) => {
      const id = /resources\/(\d+)\/download/.exec(path)?.[1];
      return id === undefined ? 'pass' : fate(id);
    });
    try {
      return await work(proxy.origin);
    } finally {
      await proxy.close();
    }
  }
  const only = ['--only', 'resources'];

  test('comes out of the copy byte for byte, and is asked for once', async () => {
    await fresh();
    const first = await mirror(url, tenant.token, into);
    assert.deepEqual(first.leftOut, {});
    const { resources = [] } = await dump(into, 'copy');
    const { resources: original = [] } = await dump(world.database, 'source');
    const told = (rows: typeof resources) =>
      rows.map(({ sha256, filesize, title }) => [sha256, filesize, title]);
    assert.deepEqual(told(resources), told(original));
    const server = await startServer(
      readConfig({ port: '0', 'log-level': 'silent', data: into.data, 'database-url': into.databaseUrl }, {}),
    );
    try {
      const as = ['--deployment', 'copy', ...flagsOf(into), '--json'];
      await run(['staff', 'set', 'hermes', '--access', 'admin', ...as]);
      const made = await run([
        ...['application', 'create', '--type', 'service', '--name', 'x', '--staff', 'hermes'],
        ...as,
      ]);
      const { client_id: id } = JSON.parse(made.out) as { readonly client_id: string };
      const issued = await run(['token', 'issue', '--application', id, '--scope', 'read(all)', ...as]);
      assert.equal(issued.code, 0, issued.err);
      const { access_token: token } = JSON.parse(issued.out) as { readonly access_token: string };
      for (const [i, bytes] of contents.entries()) {
        const parts: Buffer[] = [];
        const { http } = await exchange({
          method: 'GET',
          url: new URL(`http://copy.api.localhost:${server.port}/api/v0/resources/${i + 1}/download`),
          headers: { Authorization: `Bearer ${token}` },
          advice: '',
          receive: async (response) => {
            for await (const chunk of response) parts.push(chunk as Buffer);
          },
        });
        assert.deepEqual([http, Buffer.concat(parts)], [200, bytes]);
      }
    } finally {
      await server.close();
    }
    const again = await through(
      () => ({ http: 500 }),
      () => mirror(url, tenant.token, into, ...only),
    );
    assert.deepEqual(again.leftOut, {});
    const before = kept();
    await mirror(url, tenant.token, into, ...only, '--full');
    // Others in their place, and nothing that no row leads to.
    assert.deepEqual([before.length, kept().length], [4, 4]);
    assert.equal(
      kept().some((name) => before.includes(name)),
      false,
    );
  });

  test('goes on with the file it was at after kill -9, and after connections that broke', async () => {
    await fresh();
    let killed = false;
    let cut = 0;
    let running: ReturnType<typeof start> | undefined;
    const asked: string[] = [];
    const fate = (id: string): Fate => {
      asked.push(id);
      if (id === '3' && !killed) {
        killed = true;
        running?.child.kill('SIGKILL');
        return 'hang';
      }
      return id === '3' && ++cut === 1 ? 'short' : 'pass';
    };
    await through(fate, async (origin) => {
      running = start(['mirror', origin, '--deployment', 'copy', ...flagsOf(into), ...only], {
        ACCORD_MIRROR_TOKEN: tenant.token,
      });
      assert.equal((await running.ended).code, 'SIGKILL');
      const report = await mirror(origin, tenant.token, into, ...only);
      assert.deepEqual([report.resumed, report.leftOut], [true, {}]);
    });
    assert.deepEqual(asked, ['1', '2', '3', '3', '3', '4']);
    assert.equal(kept().length, 4);
  });

  test('is not taken where it is not as long as it is said to be, is elsewhere, or is not there', async () => {
    await fresh();
    const fates: Readonly<Record<string, Fate>> = {
      1: { path: '/api/v0/resources/3/download' },
      2: { path: '/api/v0/resources/1/download' },
      3: { path: '/api/v0/resources/1/download' },
    };
    const said = async (fate: (id: string) => Fate) =>
      (
        await through(fate, (origin) =>
          mirror(origin, tenant.token, into, ...only, '--deployment', `d${++n}`),
        )
      ).leftOut['resources/{resource_id}/download'];
    let n = 0;
    assert.match(
      (await said((id) => fates[id] ?? 'pass')) ?? '',
      /^3 of its files: 23 bytes came where 400000/,
    );
    assert.equal(kept().length, 1);
    assert.match((await said(() => ({ http: 302 }))) ?? '', /leads on to somewhere else.*not followed/);
    assert.match(
      (await said(() => ({ http: 403, status: 'invalid_permission' }))) ?? '',
      /invalid_permission/,
    );
    assert.match(
      (await said((id) => (id === '2' ? { http: 400, status: 'invalid_request' } : 'pass'))) ?? '',
      /^1 of its files: invalid_request/,
    );
    assert.equal(kept().length, 4);
  });

  test('is left out when told, and with the texts that are redacted', async () => {
    await fresh();
    await mirror(url, tenant.token, into, ...only, '--no-files');
    const args = ['mirror', url, '--deployment', 'hidden', ...flagsOf(into), ...only, '--redact', 'text'];
    const { code, err } = await run(args, { ACCORD_MIRROR_TOKEN: tenant.token });
    assert.equal(code, 0, err);
    assert.match(err, /contents of files are left out: they cannot be redacted/);
    assert.deepEqual(kept(), []);
    // It comes when it is asked for later.
    await mirror(url, tenant.token, into, ...only);
    assert.equal(kept().length, 4);
  });

  test('says what to do where there is no place for it', async () => {
    await fresh();
    const args = [
      'mirror',
      url,
      '--deployment',
      'copy',
      ...flagsOf(into),
      ...only,
      '--files',
      '/dev/null/files',
    ];
    const { code, err } = await run(args, { ACCORD_MIRROR_TOKEN: tenant.token });
    assert.equal(code, 1);
    assert.match(err, /^accord: the place of files .*see to it, and run the same command again.*--no-files/m);
    const report = await mirror(url, tenant.token, into, ...only);
    assert.deepEqual([report.resumed, kept().length], [true, 4]);
  });
});
