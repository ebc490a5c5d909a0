import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { commandFolder } from '../../src/cli/program.ts';
import { failureIn, runInProcess } from '../harness/terminal.ts';

/** All that a new command is: one file in the folder of commands. */
const greet = `
import { BadUsage } from '${new URL('../../contract/failure.ts', commandFolder)}';

export const summary = 'greet somebody';

export function define(command, terminal) {
  command
    .argument('[name]', 'whom')
    .option('--json', 'print JSON')
    .action(async (name = terminal.environment.USER, { json }) => {
      if (!name) throw new BadUsage('name somebody');
      for await (const line of terminal.stdin) terminal.remark(String(line));
      if (json) terminal.printJson({ name });
      else terminal.print('Hello, ' + name);
      terminal.exitCode = 3;
    });
}
`;

describe('a command is one file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-command-'));
    await writeFile(join(folder, 'greet.ts'), greet);
  });
  after(() => rm(folder, { recursive: true }));

  const accord = (
    words: readonly string[],
    given: { input?: string; environment?: Record<string, string> } = {},
  ) => runInProcess(words, { ...given, folder: pathToFileURL(`${folder}/`) });

  test('that is found by its folder, named after it, and listed with its summary', async () => {
    const { code, out } = await accord(['--help']);
    assert.equal(code, 0);
    assert.match(out, /^ {2}greet \[options\] \[name\]? +greet somebody$|^ {2}greet +greet somebody$/m);
    assert.match((await accord(['help', 'greet'])).out, /^Usage: accord greet \[options\] \[name\]$/m);
  });

  test('that reads, prints and ends through the terminal that it is given', async () => {
    assert.deepEqual(await accord(['greet', 'Fry'], { input: 'from stdin' }), {
      ...{ code: 3, out: 'Hello, Fry\n', err: 'from stdin\n' },
    });
    const { out } = await accord(['greet', '--json'], { environment: { USER: 'Leela' } });
    assert.deepEqual(JSON.parse(out), { name: 'Leela' });
  });

  test('whose wrong usage and unknown flags end with one line and exit code 2', async () => {
    assert.equal(failureIn(await accord(['greet']), 2), 'accord: name somebody\n');
    assert.match(
      failureIn(await accord(['greet', '--jsn']), 2),
      /unknown option '--jsn'.*see accord greet --help/,
    );
  });
});

test('no command uses the streams, variables or clock of the process', async () => {
  // These stay until a signal ends them, and tests start them.
  const staying = ['serve.ts', 'record.ts', 'proxy.ts'];
  const reaching: string[] = [];
  const folder = new URL('../', commandFolder);
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.ts') || ['accord.ts', 'terminal.ts'].includes(file)) continue;
    if (staying.some((name) => file === join('commands', name))) continue;
    const text = await readFile(new URL(file, folder), 'utf8');
    for (const [use] of text.matchAll(/process\.(?!pid\b|platform\b)\w+|console\.\w+|Date\.now/g))
      reaching.push(`${file}: ${use}`);
  }
  assert.deepEqual(reaching, []);
});
