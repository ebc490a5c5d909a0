import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { modulesIn } from '../../src/catalogue/modules.ts';
import { loadLints } from '../../src/runs/lint.ts';
import type { Report } from '../../src/runs/report/report.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld } from '../harness/world.ts';
import { runsOf } from '../runs/runs.ts';
import { controlled, controlToken } from '../sandbox/control.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

describe('the package as it is installed', () => {
  let folder: string;
  let start: string;
  const environment = { PATH: process.env.PATH ?? '' };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-package-'));
    const place = join(folder, 'node_modules/accord');
    await run(process.execPath, [join(root, 'build.js'), join(place, 'dist')]);
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      files: string[];
      dependencies: Record<string, string>;
    };
    for (const file of [...manifest.files.filter((name) => name !== 'dist'), 'package.json'])
      await cp(join(root, file), join(place, file));
    for (const name of Object.keys(manifest.dependencies)) {
      const link = join(folder, 'node_modules', name);
      await mkdir(join(link, '..'), { recursive: true });
      await symlink(join(root, 'node_modules', name), link);
    }
    start = join(place, 'src/cli/start.js');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('has nothing of the source but the files that look at the version of Node first', async () => {
    assert.ok(
      (await readdir(join(folder, 'node_modules/accord/dist/runs/lints'))).includes('secret-in-url.d.ts'),
    );
    const kept = await readdir(join(folder, 'node_modules/accord/src'), { recursive: true });
    assert.deepEqual(kept.sort(), [...['cli', 'cli/start.js'], ...['testing', 'testing/sandbox.js']]);
  });

  test('makes a report by every rule', async () => {
    const world = await startWorld(sqlite, { sandbox: true, 'sandbox-token': controlToken });
    const file = join(folder, 'run.jsonl');
    try {
      const tenant = await world.tenant();
      await controlled(tenant, 'POST', runsOf(tenant), { name: 'one' });
      await tenant.get('/api/v0/companies?_limit=500');
      await controlled(tenant, 'POST', `${runsOf(tenant)}/end`, {});
      await writeFile(file, (await controlled(tenant, 'GET', `${runsOf(tenant)}/one`)).text);
    } finally {
      closeConnections();
      await world.close();
    }
    const words = ['sandbox', 'report', '--from', file, '--format', 'json'];
    const { stdout } = await run(process.execPath, [start, ...words], { env: environment });
    const { lints } = JSON.parse(stdout) as Report;
    assert.deepEqual(
      lints.map(({ id }) => id),
      (await loadLints()).map(({ id }) => id),
    );
    const [found] = lints.filter(({ id }) => id === 'limit-over-100');
    assert.equal(found?.findings.length, 1);
  });

  test('serves every resource of the sample', async () => {
    const child = spawn(
      process.execPath,
      [start, 'serve', '--sandbox', '--sample', '--port', '0', '--json', '--log-level', 'silent'].concat(
        '--data',
        join(folder, 'data'),
      ),
      { stdio: ['ignore', 'pipe', 'inherit'], env: environment },
    );
    try {
      const port = await new Promise<number>((resolve, reject) => {
        let said = '';
        child.stdout.on('data', (chunk: Buffer) => {
          said += String(chunk);
          const found = /"port":\s*(\d+)/.exec(said);
          if (found) resolve(Number(found[1]));
        });
        child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
      });
      const reply = await send(port, 'planet-express.api.localhost', { path: '/api/v0/companies' });
      assert.equal(reply.headers['x-status'], 'invalid_client', reply.text);
      for (const path of ['/api/v0/openapi.json', '/api/v0/openapi.yaml']) {
        const described = await send(port, 'planet-express.api.localhost', { path });
        assert.equal(described.http, 200, path);
      }
    } finally {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    }
  });

  test('the loader takes modules, and neither declarations nor source maps nor anything else', async () => {
    const place = join(folder, 'modules');
    await mkdir(place);
    for (const [name, text] of [
      ['b_two.js', 'export default 2'],
      ['a-one.ts', 'const one: number = 1; export default one'],
      ['a-one.d.ts', 'throw new Error("a declaration")'],
      ['a-one.js.map', '{}'],
      ['b_two.test.ts', 'throw new Error("a test")'],
      ['read.me', 'x'],
    ] as const)
      await writeFile(join(place, name), text);
    assert.deepEqual(
      (await modulesIn<number>(pathToFileURL(`${place}/`))).map((found) => [found.name, found.default]),
      [
        ['a-one', 1],
        ['b_two', 2],
      ],
    );
  });
});
