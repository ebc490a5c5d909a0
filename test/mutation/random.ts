import { hash } from 'node:crypto';

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many of them, chosen by the seed, which may be any text. */
export function sampled<T>(all: readonly T[], size: number, seed: string): readonly T[] {
  const random = randomOf(hash('sha256', seed, 'buffer').readInt32BE());
  return all
    .map((each) => ({ each, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .slice(0, size)
    .map(({ each }) => each);
}
