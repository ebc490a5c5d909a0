import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { createApplication } from '../../src/identity/applications.ts';
import { executable, launchOptions } from '../browser/chromium.ts';
import { sqlite } from '../harness/engines.ts';
import { type Registered, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import type { Where } from './checks.ts';
import { type Installed, installBuilt } from './package.ts';

/** The same checks with the built package, wherever it runs. */
const name = 'hypnotoad';
const own = process.version;
let installed: Installed;
let world: TestWorld;
let tenant: Tenant;

before(async () => {
  installed = await installBuilt();
  world = await startWorld(sqlite, { 'default-deployment': name });
  tenant = await world.tenant({ name });
});
after(async () => {
  await world?.close();
  await installed?.release();
});

const where = ({ application, secret }: Registered, mark: string): Where => ({
  baseUrl: `http://127.0.0.1:${world.server.port}`,
  clientId: application.clientId,
  clientSecret: secret,
  mark,
});

/** The checks as JavaScript; the package stays outside, so that its own exports are what is found. */
async function compiled(outfile: string, bundle: boolean): Promise<string> {
  await build({
    entryPoints: [join(import.meta.dirname, 'checks.ts')],
    outfile: join(installed.folder, outfile),
    bundle: true,
    format: bundle ? 'iife' : 'esm',
    globalName: 'checks',
    ...(bundle ? { nodePaths: [join(installed.folder, 'node_modules')] } : { packages: 'external' as const }),
    logLevel: 'silent',
  });
  return join(installed.folder, outfile);
}

const onPath = (program: string): string | undefined =>
  (process.env.PATH ?? '').split(delimiter).flatMap((folder) => globSync(join(folder, program)))[0];

/** Another Node than the one that runs this: that of the machine. */
function otherNode(): string | undefined {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .flatMap((folder) => globSync(join(folder, 'node')));
  return [...new Set(found.map((file) => realpathSync(file)))].find(
    (file) => execFileSync(file, ['--version'], { encoding: 'utf8' }).trim() !== own,
  );
}

/** `args`: what the runtime wants before the script. */
async function checkWith(runtime: string, mark: string, args: readonly string[] = []): Promise<void> {
  await compiled('checks.mjs', false);
  const run = join(installed.folder, 'run.mjs');
  await writeFile(
    run,
    `import { runChecks } from './checks.mjs'; console.log(JSON.stringify(await runChecks(JSON.parse(process.argv[2]))));`,
  );
  const given = [...args, run, JSON.stringify(where(tenant.service, mark))];
  const { stdout } = await promisify(execFile)(runtime, given, { cwd: installed.folder });
  assert.equal((JSON.parse(stdout) as string[]).length, 8);
}

test(`on Node ${own}`, () => checkWith(process.execPath, 'this node'));

const node = otherNode();
const version = node && execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
const noNode = node === undefined && !process.env.CI ? { skip: 'no other node on the path' } : {};
test(`on Node ${version ?? '20'}`, noNode, async () => {
  assert.ok(node !== undefined, 'CI needs another node on the path');
  await checkWith(node, 'other node');
});

/** Neither is a dependency: `DENO` or `BUN` names the program, else it is looked for on the path. */
const others = [
  {
    title: 'Deno',
    program: 'deno',
    args: ['run', '--allow-net', '--no-prompt', '--node-modules-dir=manual'],
  },
  { title: 'Bun', program: 'bun', args: ['run'] },
];
for (const { title, program, args } of others) {
  const file = process.env[program.toUpperCase()] ?? onPath(program);
  const absent =
    file === undefined ? { skip: `no ${program} on the path, and none named by a variable` } : {};
  test(`on ${title}`, absent, () => checkWith(file ?? program, program, args));
}

const noBrowser = executable === undefined && !process.env.CI ? { skip: 'no chromium on the path' } : {};
test('in Chromium, across origins', noBrowser, async () => {
  assert.ok(executable !== undefined, 'CI needs chromium');
  const script = await compiled('checks.js', true);
  const { store } = world.server.world;
  const client = await createApplication(
    store,
    tenant.deployment,
    {
      type: 'service',
      name: 'page',
      staffId: tenant.admin,
      redirectUris: [],
      defaultScope: 'write(all)',
      allowDomains: ['127.0.0.1'],
    },
    world.now,
  );
  const page = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>page</title>'),
  );
  page.listen(0, '127.0.0.1');
  await once(page, 'listening');
  const browser = await chromium.launch(launchOptions);
  try {
    const shown = await browser.newPage();
    await shown.goto(`http://127.0.0.1:${(page.address() as AddressInfo).port}/`);
    await shown.addScriptTag({ path: script });
    const passed = await shown.evaluate(
      (given) =>
        (
          globalThis as unknown as { checks: { runChecks(where: unknown): Promise<string[]> } }
        ).checks.runChecks(given),
      where(client, 'chromium'),
    );
    assert.equal(passed.length, 8);
  } finally {
    await browser.close();
    page.closeAllConnections();
    page.close();
  }
});
