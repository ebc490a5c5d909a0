import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { blocksOf, documents, mentionedIn, root } from './blocks.ts';
import { blocksNotRun, commandsNotRun, replacements } from './run-documents.ts';

test('every command that the documents name exists, with its flags', async () => {
  const program = new Command('accord');
  const folder = join(root, 'src/cli/commands');
  for (const file of readdirSync(folder)) {
    const { define } = await import(join(folder, file));
    define(program.command(file.replace('.ts', '')));
  }
  const wrong = documents.flatMap((document) =>
    mentionedIn(document).flatMap((command) => {
      const unknown = unknownIn(program, command);
      return unknown === undefined ? [] : [`${document}: ${command}: ${unknown}`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test('what is not run, or is replaced, is in a document', () => {
  const blocks = documents.flatMap((document) => blocksOf(document).map(({ text }) => ({ document, text })));
  const replaced = replacements({ port: 0, elsewhere: '', checkout: '' });
  const stale = [
    ...[...commandsNotRun, ...replaced].filter(([part]) => !blocks.some(({ text }) => text.includes(part))),
    ...blocksNotRun.filter(
      ([of, start]) => !blocks.some(({ document, text }) => document === of && text.startsWith(start)),
    ),
  ];
  assert.deepEqual(stale, []);
});

/** The first word of a command that is neither a command nor a flag. Words after `--` belong to another program. */
function unknownIn(program: Command, text: string): string | undefined {
  const [words = ''] = text.split(' -- ');
  let command = program;
  for (const word of words
    .replaceAll(/[[\]]/g, '')
    .split(/[\s|]+/)
    .slice(1)) {
    const below = command.commands.find((each) => each.name() === word);
    if (word === '…') continue;
    if (below) command = below;
    else if (command === program) return word;
    else if (command.commands.length > 0 && /^[a-z]+$/.test(word)) return word;
    const [flag] = /^--[a-z0-9-]+/.exec(word) ?? [];
    if (flag && flag !== '--help' && !command.options.some(({ long }) => long === flag)) return flag;
  }
  return undefined;
}
