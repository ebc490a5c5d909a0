import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** The documents whose commands are run, as paths relative to the project. */
export const documents: readonly string[] = [
  ...['.', 'client'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
  ),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) =>
    join(root, 'docs', name),
  ),
]
  .map((path) => relative(root, path))
  .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md');

/** A fenced block. */
export interface Block {
  /** `sh`, `js`, …; empty when there is none. */
  readonly language: string;
  readonly text: string;
  /** The heading above the block. */
  readonly under: string;
}

export function blocksOf(document: string): readonly Block[] {
  const lines = readFileSync(join(root, document), 'utf8').split('\n');
  const blocks: Block[] = [];
  let under = '';
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    under = /^#{1,6} (.+)$/.exec(line)?.[1] ?? under;
    const [, indent = '', language] = /^( *)```(\w*)$/.exec(line) ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, i + 1);
    const text = lines.slice(i + 1, end).map((each) => each.slice(indent.length));
    blocks.push({ language, under, text: `${text.join('\n')}\n` });
    i = end;
  }
  return blocks;
}

/** The commands of a block, in order. A line that ends with a backslash continues, and so does a here-document. */
export function commandsIn(text: string): readonly string[] {
  const commands: string[] = [];
  let open: string[] = [];
  let until: string | undefined;
  for (const line of text.split('\n')) {
    if (open.length === 0 && (line.trim() === '' || line.startsWith('#'))) continue;
    open.push(line);
    until ??= /<<'?(\w+)'?/.exec(line)?.[1];
    if (until === undefined ? line.endsWith('\\') : line !== until) continue;
    commands.push(open.join('\n'));
    open = [];
    until = undefined;
  }
  return commands;
}

/** Commands in prose: in backticks, starting with `accord`. */
export function mentionedIn(document: string): readonly string[] {
  const prose = readFileSync(join(root, document), 'utf8').replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
  return [...prose.matchAll(/`(accord [^`]+)`/g)].map(([, command = '']) => command);
}
