import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startSandbox } from '../../../src/testing/start-sandbox.ts';
import { readDocumentText } from '../../harness/openapi.ts';
import { generators } from './calls.ts';

/**
 * What others make of the OpenAPI document. It takes minutes and about five hundred packages, so it runs where `ACCORD_GENERATORS=1` asks for it; the
 * packages are kept out of this repository, at these versions.
 */
const packages = {
  '@hey-api/openapi-ts': '0.99.0',
  '@oazapfts/runtime': '1.2.0',
  '@stoplight/prism-cli': '5.16.0',
  '@stoplight/spectral-cli': '6.16.3',
  oazapfts: '7.5.0',
  'openapi-fetch': '0.17.0',
  'openapi-typescript': '7.13.0',
  orval: '8.38.0',
  typescript: '5.9.3',
};

const root = join(import.meta.dirname, '../../..');
const folder = process.env.ACCORD_GENERATORS_FOLDER ?? join(tmpdir(), 'accord-generators');
const document = join(folder, 'openapi.json');
const environment = {
  ...process.env,
  PATH: `${join(folder, 'node_modules/.bin')}:${join(process.execPath, '..')}:${process.env.PATH}`,
};
const run = promisify(execFile);
const runHere = (command: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  run(command, words, { cwd: folder, env: { ...environment, ...more }, maxBuffer: 64 * 1024 * 1024 });

const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2024',
  lib: ['es2024', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  skipLibCheck: true,
  types: [],
};

const told = [
  'listCompanies',
  'createCompany',
  'getCompany',
  'updateCompany',
  'countCompanies',
  'listContactsOfCompany',
  'getStatusOfCompany',
  'listProgressionsOfCompany',
  'getStaffWhoami',
];

/** Seconds that some work takes, printed: they are asked for, and differ from one machine to the next. */
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  process.stdout.write(`${what}: ${((performance.now() - from) / 1_000).toFixed(1)} s\n`);
  return result;
}

describe('the OpenAPI document in the hands of others', {
  skip: process.env.ACCORD_GENERATORS !== '1',
}, () => {
  before(async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(document, await readDocumentText());
    const manifest = { private: true, type: 'module', dependencies: packages };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    if (!existsSync(join(folder, 'node_modules/orval')))
      await runHere('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund']);
  });

  for (const [name, { command, calls }] of Object.entries(generators)) {
    test(`${name}: compiles with tsc --strict, and ten calls are answered`, {
      timeout: 600_000,
    }, async () => {
      const [program = '', ...words] = command.map((word) =>
        word.replace('DOCUMENT', document).replace('FOLDER', join(folder, name)),
      );
      await mkdir(join(folder, name), { recursive: true });
      await timed(`${name} generates`, () => runHere(program, words));
      await writeFile(join(folder, `${name}.ts`), calls);
      const config = join(folder, `${name}.json`);
      await writeFile(config, JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
      await timed(`${name} compiles`, () =>
        runHere(join(folder, 'node_modules/.bin/tsc'), ['-p', config]).catch((error: { stdout: string }) =>
          assert.fail(error.stdout.slice(0, 2_000)),
        ),
      );
      const bundle = join(folder, `${name}.mjs`);
      const bundled = [`${name}.ts`, '--bundle', '--platform=node', '--format=esm', `--outfile=${bundle}`];
      await runHere(join(root, 'node_modules/.bin/esbuild'), [...bundled, '--log-level=error']);
      await using sandbox = await startSandbox();
      const { stdout } = await runHere(process.execPath, [bundle], {
        ACCORD_ORIGIN: sandbox.url,
        ACCORD_TOKEN: sandbox.token,
      });
      assert.deepEqual(stdout.trim().split('\n'), [
        ...told.map((each) => `${each} ok`),
        'deleteCompany ok true',
      ]);
    });
  }

  test('spectral finds no error by the rules of spectral:oas', { timeout: 300_000 }, async () => {
    const rules = join(folder, 'spectral.json');
    await writeFile(rules, JSON.stringify({ extends: ['spectral:oas'] }));
    const words = [
      'lint',
      document,
      '--ruleset',
      rules,
      '--format',
      'json',
      '--quiet',
      '--fail-severity',
      'error',
    ];
    const { stdout } = await timed('spectral', () => runHere('spectral', words));
    const found = JSON.parse(stdout) as readonly { readonly code: string; readonly severity: number }[];
    assert.deepEqual(
      found.filter(({ severity }) => severity === 0),
      [],
    );
    // Nobody to write to is named: who runs the server is not who wrote it.
    assert.deepEqual([...new Set(found.map(({ code }) => code))], ['info-contact']);
  });

  test('prism starts in seconds and answers', { timeout: 300_000 }, async () => {
    const port = await freePort();
    const child = spawn('prism', ['mock', '--port', String(port), document], {
      cwd: folder,
      env: environment,
    });
    try {
      await timed('prism starts', async () => {
        for await (const chunk of child.stdout) if (String(chunk).includes('is listening')) return;
        throw new Error('prism ended before it listened');
      });
      child.stdout.resume();
      const answer = await fetch(`http://127.0.0.1:${port}/companies?_limit=2`, {
        headers: { Authorization: 'Bearer any' },
      });
      assert.equal(answer.status, 200);
      const { meta } = (await answer.json()) as { readonly meta: { readonly status: string } };
      assert.equal(meta.status, 'ok');
    } finally {
      child.kill('SIGTERM');
    }
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
