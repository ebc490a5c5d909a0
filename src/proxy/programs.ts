import { constants } from 'node:fs';
import { access, open, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';

/** Programs that can be asked for a URL before anything is started with them. */
export type Runtime = 'node' | 'python' | 'ruby' | 'perl' | 'curl';

/** `scripts`: runs what `package.json` says; `shell`: runs anything at all; `unknown`: nobody can tell how it connects. */
export type ProgramKind = Runtime | 'scripts' | 'shell' | 'unknown';

const named: readonly (readonly [RegExp, ProgramKind])[] = [
  [/^node(js)?$/, 'node'],
  [/^python[\d.]*$/, 'python'],
  [/^ruby[\d.]*$/, 'ruby'],
  [/^perl[\d.]*$/, 'perl'],
  [/^curl$/, 'curl'],
  [/^(npm|npx|pnpm|pnpx|yarn|yarnpkg)$/, 'scripts'],
  [/^(sh|bash|dash|zsh|ksh|fish|make|env|time|timeout|nice|xargs)$/, 'shell'],
];

/** By its name alone; `undefined` when the name says nothing. */
export const kindNamed = (program: string): ProgramKind | undefined =>
  named.find(([pattern]) => pattern.test(basename(program)))?.[1];

export interface FoundProgram {
  readonly path: string;
  readonly kind: ProgramKind;
}

/** What a word runs, as the system finds it by `path`; `undefined` when there is no such program. A script is of the kind of its interpreter. */
export async function findProgram(word: string, path: string): Promise<FoundProgram | undefined> {
  const found = await locate(word, path);
  if (found === undefined) return undefined;
  const kind = kindNamed(found) ?? kindNamed(await realpath(found));
  if (kind !== undefined) return { path: found, kind };
  const interpreter = await interpreterOf(found);
  if (interpreter === undefined) return { path: found, kind: 'unknown' };
  const runs = await locate(interpreter, path);
  return runs === undefined
    ? { path: found, kind: 'unknown' }
    : { path: runs, kind: kindNamed(interpreter) ?? 'unknown' };
}

async function locate(word: string, path: string): Promise<string | undefined> {
  const candidates = word.includes('/')
    ? [resolve(word)]
    : path.split(delimiter).map((folder) => join(folder, word));
  for (const candidate of candidates) {
    const runs = await access(candidate, constants.X_OK).then(
      async () => (await stat(candidate)).isFile(),
      () => false,
    );
    if (runs) return candidate;
  }
  return undefined;
}

/** From the first line of a script, such as `#!/usr/bin/env node`. */
async function interpreterOf(file: string): Promise<string | undefined> {
  const script = await open(file);
  try {
    const { buffer, bytesRead } = await script.read(Buffer.alloc(256), 0, 256, 0);
    const [line = ''] = buffer.toString('latin1', 0, bytesRead).split('\n', 1);
    if (!line.startsWith('#!')) return undefined;
    const [interpreter = '', ...words] = line.slice(2).trim().split(/\s+/);
    if (basename(interpreter) !== 'env') return interpreter;
    return words.find((word) => !word.startsWith('-') && !word.includes('='));
  } finally {
    await script.close();
  }
}

/** The path by which the scripts of a `package.json` find programs: `node_modules/.bin` of each folder upwards comes first. */
export function scriptsPath(folder: string, path: string): string {
  const folders: string[] = [];
  for (let at = resolve(folder); ; at = dirname(at)) {
    folders.push(join(at, 'node_modules/.bin'));
    if (dirname(at) === at) break;
  }
  return [...folders, path].join(delimiter);
}
