import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';
import type { Result } from './trial.ts';

/** Why a mutant may go unnoticed, by source file and by the key of the mutant. */
export type Explained = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const explained = JSON.parse(
  readFileSync(join(import.meta.dirname, 'survivors.json'), 'utf8'),
) as Explained;

export const reasonOf = ({ file, key }: Mutant, from = explained): string | undefined => from[file]?.[key];

/** What is explained although there is no such mutant (any more), or no reason is given. */
export function staleIn(from: Explained, mutants: readonly Mutant[]): string[] {
  const keys = new Set(mutants.map(({ file, key }) => `${file} | ${key}`));
  return Object.entries(from).flatMap(([file, reasons]) =>
    Object.entries(reasons).flatMap(([key, reason]) => {
      const name = `${file} | ${key}`;
      if (!keys.has(name)) return `explained, but there is no such mutant: ${name}`;
      return reason.trim().length < 20 ? `explained without a reason: ${name}` : [];
    }),
  );
}

const nameOf = ({ file, line, key }: Mutant): string => `${file}:${line} ${key}`;
const isLeft = ({ verdict }: Result): boolean => verdict === 'survived' || verdict === 'uncovered';

/** What went unnoticed and is not explained, one line each. */
export const wrongAfter = (results: readonly Result[], from = explained): string[] =>
  results
    .filter((result) => isLeft(result) && reasonOf(result.mutant, from) === undefined)
    .map(({ mutant, verdict }) => `${verdict}, and not explained: ${nameOf(mutant)}`);

/** What is explained and was noticed, one line each. It is no failure: what costs only time or memory is noticed on one run and not on the next. */
export const needlessAfter = (results: readonly Result[], from = explained): string[] =>
  results
    .filter((result) => !isLeft(result) && reasonOf(result.mutant, from) !== undefined)
    .map(({ mutant, by }) => `explained, but killed by ${by}: ${nameOf(mutant)}`);
