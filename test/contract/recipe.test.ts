import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
/** Made up here. Its name is not written in a call, or the contract test would take this file for its scenario. */
const cause = 'teapot.hot';
/** Of the project: what the recipe changes, and what the checks of it read. */
const copied = ['src', 'test', 'generate', 'client', 'docs', 'package.json'];

interface CheckResult {
  readonly passed: boolean;
  readonly output: string;
}

describe('the recipe for a cause: one row, one raise, one scenario, one probe', () => {
  let copy: string;
  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'accord-recipe-'));
    for (const name of copied) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  after(() => rm(copy, { recursive: true }));

  const run = (...args: readonly string[]): Promise<CheckResult> => {
    // Inside a test, Node's runner would run nothing; and the copy has no templates of databases.
    const { NODE_TEST_CONTEXT: _, ACCORD_TEST_TEMPLATES: __, ...inherited } = process.env;
    const env = { ...inherited, CI: '', ACCORD_TEST_POSTGRES: 'postgres://127.0.0.1:1/none' };
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: copy, env }, (error, stdout, stderr) =>
        resolve({ passed: error === null, output: stdout + stderr }),
      );
    });
  };
  const runTests = (file: string, pattern = '.'): Promise<CheckResult> =>
    run('--test', '--test-reporter=tap', `--test-name-pattern=${pattern}`, file);

  async function change(file: string, before: string, after: string): Promise<void> {
    const path = join(copy, file);
    const text = await readFile(path, 'utf8');
    assert.ok(text.includes(before), `${file} has ${before}`);
    await writeFile(path, text.replace(before, after));
  }

  test('a row alone is missed: its raise, its scenario and its probe', async () => {
    await change(
      'src/contract/causes.ts',
      'const requestCauses = {\n',
      `const requestCauses = {
  'teapot.hot': {
    status: 'invalid_request',
    raisedAt: { api: 'route' },
    message: 'The teapot is hot: {detail}.',
    because: 'The path names a teapot.',
    origin: 'ours',
    remedy: 'Wait until it is cold.',
  },
`,
    );
    const contract = await runTests('test/contract/contract.test.ts');
    assert.ok(!contract.passed);
    const failed = [...contract.output.matchAll(/^ +not ok \d+ - (teapot.*)$/gm)].map(([, name]) => name);
    assert.deepEqual(failed, [
      'teapot.hot is raised somewhere',
      'teapot.hot has a scenario over HTTP',
      'teapot.hot is raised at each stage of its column, and each is a stage of that surface',
    ]);
    const probes = await runTests('test/conform/conform.test.ts', 'every cause is probed');
    assert.match(probes.output, /not ok \d+ - every cause is probed/);
    const documents = await run('generate/generate.ts', '--check');
    assert.match(documents.output, /statuses\.md/);
  });

  test('with its raise, its scenario and its probe it is whole, and is met over HTTP', async () => {
    await change(
      'src/request/05-route/resolve.ts',
      'const found = world.routes.find(',
      "if (rest[0] === 'teapots') refuse('teapot.hot', { detail: 'do not touch it' });\n  const found = world.routes.find(",
    );
    await writeFile(
      join(copy, 'test/scenarios/teapot.test.ts'),
      `import { bearer, runScenarios, scenario } from '../harness/scenario.ts';

scenario('${cause}', 'a teapot', {
  given: (tenant) => ({ path: '/api/v0/teapots', headers: bearer(tenant.token) }),
  tallied: 1,
});

runScenarios();
`,
    );
    await change(
      'src/conform/probes/probes.ts',
      "Object.freeze({\n  'user.invalid'",
      "Object.freeze({\n  'teapot.hot': 'no other server has a teapot',\n  'user.invalid'",
    );
    for (const result of [
      await runTests('test/contract/contract.test.ts'),
      await runTests('test/scenarios/teapot.test.ts'),
      await runTests('test/conform/conform.test.ts', 'every cause is probed'),
    ])
      assert.ok(result.passed, result.output);
    const written = await run('generate/generate.ts');
    assert.ok(written.passed, written.output);
    const page = await readFile(join(copy, 'docs/reference/statuses.md'), 'utf8');
    assert.ok(page.includes('| `teapot.hot` | api: route | The path names a teapot. |'));
  });
});
