import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Hand } from './hand.ts';
import { type KnownMutation, knownMutations } from './known.ts';
import { copyTree } from './tree.ts';

const patienceMs = 180_000;

/** Tries each known mutation; answers what is wrong with them, one line each. */
export async function tryKnown(
  environment: NodeJS.ProcessEnv,
  print: (line: string) => void,
): Promise<string[]> {
  const tree = await copyTree();
  try {
    const wrong: string[] = [];
    for (const file of new Set(knownMutations.flatMap(({ tests }) => tests))) {
      const why = await failureOf(tree.folder, environment, [file]);
      if (why !== undefined) wrong.push(`${file} fails without a mutation: ${why}`);
    }
    for (const mutation of knownMutations) {
      const { name, tests } = mutation;
      const restore = await apply(tree.folder, mutation);
      const why = await failureOf(tree.folder, environment, tests);
      await restore();
      print(
        `${why === undefined ? 'survived' : 'killed  '}  ${name}${why === undefined ? '' : `: ${why}`}\n`,
      );
      if (why === undefined) wrong.push(`survived: ${name}`);
    }
    return wrong;
  } finally {
    await tree.remove();
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

/** How the first of the tests that fail does so. */
async function failureOf(
  folder: string,
  environment: NodeJS.ProcessEnv,
  files: readonly string[],
): Promise<string | undefined> {
  const hand = new Hand(folder, environment);
  try {
    for (const file of files) {
      const order = { file, tests: undefined, mutant: undefined, timeoutMs: patienceMs };
      const { passed, id, why } = await hand.run(order, patienceMs);
      if (!passed) return `${id} ${why.split('\n', 1)[0]}`;
    }
    return undefined;
  } finally {
    hand.end();
  }
}
