import { hash } from 'node:crypto';

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const shuffled = <T>(all: readonly T[], random: () => number): readonly T[] =>
  all
    .map((each) => ({ each, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ each }) => each);

/** How many mutants there are to choose from for each that is chosen. */
const choice = 4;

/**
 * So many of them, chosen by the seed, which may be any text: from a few files, because the tests of each file that has one are run without
 * a mutant first.
 */
export function sampled<T extends { readonly file: string }>(
  all: readonly T[],
  size: number,
  seed: string,
): readonly T[] {
  const random = randomOf(hash('sha256', seed, 'buffer').readInt32BE());
  const pool: T[] = [];
  for (const [, mutants] of shuffled([...Map.groupBy(all, ({ file }) => file)], random))
    if (pool.length < choice * size) pool.push(...mutants);
  return shuffled(pool, random).slice(0, size);
}
