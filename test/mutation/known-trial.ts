import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Hand, sqliteAlone } from './hand.ts';
import { type KnownMutation, knownMutations } from './known.ts';
import { copyTree } from './tree.ts';

const patienceMs = 180_000;

/** Tries each known mutation; answers what is wrong with them, one line each. */
export async function tryKnown(print: (line: string) => void): Promise<string[]> {
  const tree = await copyTree();
  try {
    const wrong: string[] = [];
    const unmutated = new Map<string, Promise<string | undefined>>();
    for (const mutation of knownMutations) {
      const problem = await problemOf(tree.folder, mutation, unmutated);
      print(`${problem ?? 'killed'}: ${mutation.name}\n`);
      if (problem !== undefined) wrong.push(`${problem}: ${mutation.name}`);
    }
    return wrong;
  } finally {
    await tree.remove();
  }
}

/** `unmutated`: how each test file fails without a mutation, as far as it has been tried. */
async function problemOf(
  folder: string,
  mutation: KnownMutation,
  unmutated: Map<string, Promise<string | undefined>>,
): Promise<string | undefined> {
  const environment = mutation.onPostgres ? {} : sqliteAlone;
  for (const file of mutation.tests) {
    const before: Promise<string | undefined> = unmutated.get(file) ?? failureOf(folder, environment, file);
    unmutated.set(file, before);
    const why = await before;
    if (why !== undefined) return `its tests fail without it (${why})`;
  }
  const restore = await apply(folder, mutation);
  try {
    for (const file of mutation.tests)
      if ((await failureOf(folder, environment, file)) !== undefined) return undefined;
    return 'survived';
  } finally {
    await restore();
  }
}

/** The mutation as it stands in `text`. */
export function patched({ name, file, search, replace }: KnownMutation, text: string): string {
  const [before, after, ...more] = text.split(search);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${name}: ${file} has no single place that reads ${search}`);
  return `${before}${replace}${after}`;
}

async function apply(folder: string, mutation: KnownMutation): Promise<() => Promise<void>> {
  const path = join(folder, mutation.file);
  const text = await readFile(path, 'utf8');
  await writeFile(path, patched(mutation, text));
  return () => writeFile(path, text);
}

/** Which test of a file fails, and how. */
async function failureOf(
  folder: string,
  environment: NodeJS.ProcessEnv,
  file: string,
): Promise<string | undefined> {
  const hand = new Hand(folder, environment);
  try {
    const order = { file, tests: undefined, mutant: undefined, timeoutMs: patienceMs };
    const { passed, id, why } = await hand.run(order, patienceMs);
    return passed ? undefined : `${id} ${why.split('\n', 1)[0]}`;
  } finally {
    hand.end();
  }
}
