import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Environment, end, type Running, run, runAccord, startAccord } from '../harness/commands.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const root = join(import.meta.dirname, '..', '..');
const document = await readFile(join(root, 'docs/guides/clients.md'), 'utf8');

/** A command that succeeds if the machine has what a recipe needs. Recipes without one must work in CI. */
const needs: Readonly<Record<string, string | undefined>> = {
  curl: undefined,
  'Node.js': undefined,
  undici: undefined,
  'Python: urllib': 'python3 -c "import ssl"',
  'Python: requests': 'python3 -c "import requests"',
  Perl: 'perl -MHTTP::Tiny -MIO::Socket::SSL -e 1',
  Ruby: 'ruby -ropenssl -e ""',
  PHP: `php -r 'exit(extension_loaded("curl") ? 0 : 1);'`,
  Java: 'keytool -help && java --version && java --list-modules | grep jdk.compiler',
  Go: 'go version',
};

const recipes = document
  .split(/^### /m)
  .slice(1)
  .map((section) => ({
    name: section.split('\n', 1)[0] ?? '',
    script: /^```sh\n(.*?)^```$/ms.exec(section)?.[1],
  }))
  .filter((recipe): recipe is { name: string; script: string } => recipe.script !== undefined);

/** PATH without the folders in which npm puts the Node of this project. */
const machinePath = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((each) => !each.includes('node_modules'))
  .join(delimiter);

describe('docs/guides/clients.md', () => {
  let world: TestWorld;
  let tenant: Tenant;
  let folder: string;
  let proxy: Running & { readonly port: number };
  const environment = () => ({
    // The Node that runs the tests, before any other on the machine.
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    HOME: folder,
    NODE_PATH: join(root, 'node_modules'),
    TOKEN: tenant.token,
  });
  const shell = (script: string, more: Environment = {}) =>
    run('sh', ['-ec', `cd '${folder}'\n${script}`], { ...environment(), ...more });
  async function reaches(script: string, more: Environment = {}): Promise<void> {
    const { code, out, err } = await shell(script.replaceAll('4281', String(proxy.port)), more);
    assert.equal(code, 0, err);
    const { meta, response } = JSON.parse(out.slice(out.indexOf('{')));
    assert.equal(meta.status, 'ok');
    assert.equal(response[0].name, 'MomCorp');
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-clients-'));
    assert.equal((await runAccord('trust', 'create', '--data', join(folder, 'data'))).code, 0);
    world = await startWorld(sqlite);
    tenant = await world.tenant({ name: 'planet-express' });
    await tenant.post('/api/v0/companies', { name: 'MomCorp' });
    const to = `http://127.0.0.1:${world.server.port}`;
    proxy = await startAccord('proxy', '--data', join(folder, 'data'), '--to', to);
  });
  after(async () => {
    assert.equal((await end(proxy)).code, 0, proxy.err());
    closeConnections();
    await world.close();
    // Go makes its downloads read-only.
    await run('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  test('has exactly the recipes that are run here', () => {
    assert.deepEqual(recipes.map(({ name }) => name).sort(), Object.keys(needs).sort());
  });

  for (const { name, script } of recipes) {
    test(`${name}: the recipe leads a client with a hard-coded host to this server`, async (t) => {
      const need = needs[name];
      if (need !== undefined && (await shell(need)).code !== 0)
        return t.skip(`not on this machine: ${need} failed`);
      await reaches(script);
    });
  }

  for (const version of ['6', '7'])
    for (const [which, path] of [
      ['this Node', `${dirname(process.execPath)}${delimiter}${process.env.PATH}`],
      ['the Node of the machine', machinePath],
    ] as const)
      test(`undici ${version}: the recipe works on ${which}`, async () => {
        const modules = join(folder, `undici-${version}`);
        await mkdir(modules, { recursive: true });
        await symlink(join(root, `node_modules/undici-${version}`), join(modules, 'undici')).catch(() => {});
        const script = recipes.find(({ name }) => name === 'undici')?.script ?? '';
        await reaches(script, { NODE_PATH: modules, PATH: path });
      });
});
