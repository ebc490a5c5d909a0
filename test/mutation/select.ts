import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Mutant } from './mutants.ts';
import { sampled } from './random.ts';
import type { Row } from './report.ts';
import { root } from './tree.ts';

export interface Selection {
  /** A commit: mutants of what has changed since. */
  readonly since?: string | undefined;
  /** The file of an earlier report: what was not noticed then. */
  readonly again?: string | undefined;
  readonly sample?: number | undefined;
  readonly seed: string;
}

export function selected(
  all: readonly Mutant[],
  { since, again, sample, seed }: Selection,
): readonly Mutant[] {
  let mutants = all;
  if (since !== undefined) {
    const changed = changedIn(
      execFileSync('git', ['diff', '-U0', since, '--', 'src'], { cwd: root, encoding: 'utf8' }),
    );
    mutants = mutants.filter(({ file, line }) => changed.get(file)?.has(line));
  }
  if (again !== undefined) {
    const left = new Set(
      (JSON.parse(readFileSync(again, 'utf8')) as Row[])
        .filter(({ verdict }) => verdict === 'survived' || verdict === 'uncovered')
        .map(({ file, key }) => `${file} ${key}`),
    );
    mutants = mutants.filter(({ file, key }) => left.has(`${file} ${key}`));
  }
  return sample === undefined ? mutants : sampled(mutants, sample, seed);
}

/** File to the lines that a difference adds or changes. */
export function changedIn(difference: string): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  let lines = new Set<number>();
  for (const line of difference.split('\n')) {
    const [, file] = /^\+\+\+ b\/(.*)$/.exec(line) ?? [];
    if (file) {
      lines = new Set();
      found.set(file, lines);
    }
    const [, first, count] = /^@@ .* \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (first) for (let i = 0; i < Number(count ?? 1); i++) lines.add(Number(first) + i);
  }
  return found;
}
