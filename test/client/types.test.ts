import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Installed, installBuilt } from './package.ts';

/** The installed package in a TypeScript project of somebody else. */
const root = join(import.meta.dirname, '../..');
let installed: Installed;
before(async () => {
  installed = await installBuilt();
  await writeFile(join(installed.folder, 'package.json'), '{"type":"module"}');
});
after(() => installed?.release());

const settings = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const;

/** What the compiler says of a project that has these files. */
async function compiled(
  files: Readonly<Record<string, string>>,
  [module, moduleResolution]: (typeof settings)[number] = settings[1],
): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(installed.folder, name), text);
  const compilerOptions = {
    module,
    moduleResolution,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
  };
  const project = join(installed.folder, 'tsconfig.json');
  await writeFile(project, JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const tsc = join(root, 'node_modules/.bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' }).stdout;
}

const importing = `import { createClient } from 'accord-client';
import { companies } from 'accord-client/resources/companies';
const client = createClient({ deployment: 'acme', auth: { token: 't' }, resources: { companies } });
`;

describe('in a project of somebody else', () => {
  for (const setting of settings)
    test(`the README compiles, resolved as ${setting[1]} does`, async () => {
      const readme = await readFile(join(root, 'client/README.md'), 'utf8');
      const snippets = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
      assert.ok(snippets.length >= 2);
      const around = 'declare const callback: string, storage: import("accord-client").TokenStorage;\n';
      const files = snippets.map((code, i) => [`snippet${i}.ts`, `${around}${code}\nexport {};\n`]);
      assert.equal(await compiled(Object.fromEntries(files), setting), '');
    });

  test('a signal that may be absent, and the bytes of a body of whatever memory', async () => {
    const text = `${importing}import { isSigned } from 'accord-client';
export const list = (given: { signal?: AbortSignal }) => client.companies.list({ signal: given.signal });
type Incoming = { [name: string]: string | string[] | undefined; host?: string };
export const signed = (body: Uint8Array) => isSigned({ body, headers: new Headers() }, 's');
export const inNode = (body: Uint8Array, headers: Incoming) => isSigned({ body, headers }, 's');
`;
    assert.equal(await compiled({ 'optional.ts': text }), '');
  });

  test('what is wrong is said where it is, and of nothing else', async () => {
    const told = async (options: string): Promise<string> => {
      const line = `export const wrong = client.companies.list(${options});`;
      return compiled({ 'wrong.ts': `${importing}${line}\n` });
    };
    const one = await told(`{ fields: ['website', 'websit', 'date_modified'] }`);
    assert.match(one, /websit is no field/);
    assert.equal(one.match(/error TS/g)?.length, 1, one);
    assert.match(await told(`{ fields: ['postal_address(cty)'] }`), /cty is no field/);
    assert.match(await told(`{ fields: ['name(x)'] }`), /name is no link/);
    assert.match(await told(`{ fields: ['postal_address(city'] }`), /is no field/);
    assert.match(await told(`{ filters: { standng: 'active' } }`), /Did you mean to write 'standing'/);
    assert.match(await told(`{ filters: { id: 'x' } }`), /'string' is not assignable to type .*number/);
    assert.match(await told(`{ order: 'date_modifie' }`), /Did you mean '"date_modified"'/);
  });

  test('declarations that an older compiler reads', async () => {
    const text = await readFile(join(installed.package, 'dist/signature.d.ts'), 'utf8');
    // Before 5.7 it has no parameter.
    assert.doesNotMatch(text, /Uint8Array</);
  });
});
