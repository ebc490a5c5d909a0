import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** The package as it is installed elsewhere: what is built, what it names as its files, and what it depends on. */
describe('the package', () => {
  let project: string;
  const env = { PATH: process.env.PATH ?? '' };
  before(async () => {
    project = await mkdtemp(join(tmpdir(), 'accord-package-'));
    const installed = join(project, 'node_modules/accord');
    await mkdir(installed, { recursive: true });
    await run(process.execPath, [join(root, 'build.js'), join(installed, 'dist')]);
    const { files } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: string[] };
    for (const file of ['package.json', ...files])
      if (file !== 'dist') await cp(join(root, file), join(installed, file), { recursive: true });
    await symlink(join(root, 'node_modules'), join(installed, 'node_modules'));
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    await cp(join(root, 'examples/node-test.test.js'), join(project, 'node-test.test.js'));
  });
  after(() => rm(project, { recursive: true, force: true }));

  test('runs the example for node:test', async () => {
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', 'node-test.test.js'], {
      cwd: project,
      env,
    });
    assert.match(stdout, /# pass 2\n/);
    assert.match(stdout, /# fail 0\n/);
  });

  test('has the command line', async () => {
    const start = join(project, 'node_modules/accord/src/cli/start.js');
    const { stdout } = await run(process.execPath, [start, 'status', 'duplicate'], { cwd: project, env });
    assert.match(stdout, /duplicate \(HTTP 400\)/);
  });

  test('is typed', async () => {
    const code = `import { startSandbox, type SandboxDeployment } from 'accord/sandbox';
      await using sandbox: SandboxDeployment = await startSandbox({ sample: 3, clock: new Date() });
      const host: string = (await sandbox.fork()).host;
      // @ts-expect-error there is no such option
      await startSandbox({ samples: 3 });
      console.log(host);`;
    await writeFile(join(project, 'typed.ts'), code);
    const options = { target: 'es2024', lib: ['es2024', 'esnext.disposable', 'dom'], module: 'nodenext' };
    const compilerOptions = { ...options, strict: true, noEmit: true, skipLibCheck: true, types: [] };
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['typed.ts'] }),
    );
    const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), ['-p', project], { env }).catch(
      (error: { stdout: string }) => error,
    );
    assert.equal(stdout, '');
  });
});
