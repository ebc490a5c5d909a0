import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-client-'));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const built = spawnSync(
    process.execPath,
    [tsc, '-p', join(root, 'client'), '--outDir', join(folder, 'dist')],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(built.status, 0, built.stdout + built.stderr);
  await cp(join(root, 'client/package.json'), join(folder, 'package.json'));
});
after(() => rm(folder, { recursive: true }));

test('the package is built, with types, and depends on nothing', async () => {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies], [undefined, undefined]);
  const files = await readdir(join(folder, 'dist'));
  assert.ok(files.includes('index.js') && files.includes('index.d.ts'));
  for (const file of files) {
    const text = await readFile(join(folder, 'dist', file), 'utf8');
    for (const [, from] of text.matchAll(/\bfrom '([^']+)'/g))
      assert.match(from ?? '', /^\.\/[a-z]+\.(js|ts)$/, file);
  }
});

test('what is built is what is tested', async () => {
  const built = await import(pathToFileURL(join(folder, 'dist/index.js')).href);
  const source = await import('../../client/src/index.ts');
  assert.deepEqual(Object.keys(built).sort(), Object.keys(source).sort());
  const answer = { status: 401, headers: new Headers(), body: '{"error":"invalid_client"}' };
  assert.deepEqual(built.readVerdict(answer), source.readVerdict(answer));
});
