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

/** What is wrong with the explanations after a run, one line each. */
export function wrongAfter(results: readonly Result[], from = explained): string[] {
  return results.flatMap(({ mutant, verdict, by }) => {
    const isLeft = verdict === 'survived' || verdict === 'uncovered';
    const reason = reasonOf(mutant, from);
    const name = `${mutant.file}:${mutant.line} ${mutant.key}`;
    if (isLeft && reason === undefined) return `${verdict}, and not explained: ${name}`;
    return !isLeft && reason !== undefined ? `explained, but killed by ${by}: ${name}` : [];
  });
}
