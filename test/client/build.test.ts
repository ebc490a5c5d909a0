import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { type Installed, installBuilt } from './package.ts';

let installed: Installed;
before(async () => {
  installed = await installBuilt();
});
after(() => installed.release());

test('the package is built, with types, and depends on nothing', async () => {
  const manifest = JSON.parse(await readFile(join(installed.package, 'package.json'), 'utf8'));
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies], [undefined, undefined]);
  const files = await readdir(join(installed.package, 'dist'), { recursive: true });
  assert.ok(files.includes('index.js') && files.includes('index.d.ts'));
  assert.ok(files.includes(join('resources', 'companies.js')));
  for (const file of files.filter((name) => /\.(js|ts)$/.test(name))) {
    const text = await readFile(join(installed.package, 'dist', file), 'utf8');
    for (const [, from] of text.matchAll(/\bfrom '([^']+)'/g))
      assert.match(from ?? '', /^\.\.?\/[a-z_-]+\.(js|ts)$/, file);
  }
});

test('what is built is what is tested', async () => {
  const built = await import(pathToFileURL(join(installed.package, 'dist/index.js')).href);
  const source = await import('../../client/src/index.ts');
  assert.deepEqual(Object.keys(built).sort(), Object.keys(source).sort());
  const answer = { status: 401, headers: new Headers(), body: '{"error":"invalid_client"}' };
  assert.deepEqual(built.readVerdict(answer), source.readVerdict(answer));
});

/** The bytes of a bundle, minified and compressed, and the files that are in it. */
async function bundled(contents: string): Promise<{ size: number; files: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: installed.folder },
    absWorkingDir: installed.folder,
    bundle: true,
    minify: true,
    metafile: true,
    write: false,
    format: 'esm',
    // With what belongs to Node in it, it would not be made.
    platform: 'browser',
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  assert.deepEqual(output?.imports, [], 'nothing is left to be found elsewhere');
  const files = Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file] : [],
  );
  return { size: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length, files };
}

const using = (name: string): string =>
  `import { createClient } from 'accord-client';
   import { ${name} } from 'accord-client/resources/${name}';
   globalThis.client = createClient({ deployment: 'acme', auth: { token: 't' }, resources: { ${name} } });`;

test('a client with any one resource is at most 12 kB', async () => {
  for (const name of ['companies', 'tags', 'activities', 'jobs', 'tasks']) {
    const { size, files } = await bundled(using(name));
    assert.ok(size <= 12_000, `${name}: ${size} bytes`);
    assert.ok(
      files.every((file) => file === '<stdin>' || file.startsWith('node_modules/accord-client/dist/')),
    );
  }
});

test('what is not used is not there', async () => {
  const { size, files } = await bundled(
    `import { isSigned } from 'accord-client'; globalThis.isSigned = isSigned;`,
  );
  assert.deepEqual(files, ['node_modules/accord-client/dist/signature.js', '<stdin>']);
  assert.ok(size < 1_000, `${size} bytes`);
  const { files: few } = await bundled(using('tags'));
  assert.ok(!few.includes('node_modules/accord-client/dist/resources/companies.js'), few.join('\n'));
});
