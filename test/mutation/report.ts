import { dirname } from 'node:path';
import { reasonOf } from './explained.ts';
import type { Result, Verdict } from './trial.ts';

/** A result as it is kept in a file. */
export interface Row {
  readonly file: string;
  readonly line: number;
  readonly key: string;
  readonly verdict: Verdict;
  readonly by: string;
  readonly why: string;
}

export const rowOf = ({ mutant: { file, line, key }, verdict, by, why }: Result): Row => ({
  file,
  line,
  key,
  verdict,
  by,
  why,
});

const columns = ['killed', 'timeout', 'survived', 'uncovered'] as const;

/** A line for every folder: counts, how many of those that nothing noticed are explained, and the share that was noticed. */
export function tableOf(results: readonly Result[]): string {
  const folders = [...Map.groupBy(results, ({ mutant }) => dirname(mutant.file))].sort();
  const lines = [...folders, ['all', results] as const].map(([name, of]) => {
    const counts = columns.map((verdict) => of.filter((each) => each.verdict === verdict).length);
    const explained = of.filter(({ mutant }) => reasonOf(mutant) !== undefined).length;
    const [killed = 0, timeout = 0] = counts;
    const score = of.length === 0 ? 100 : (100 * (killed + timeout)) / of.length;
    return lineOf(name, [...counts, explained, `${score.toFixed(1)} %`]);
  });
  return [lineOf('', [...columns, 'explained', 'score']), ...lines].join('');
}

const lineOf = (name: string, cells: readonly (number | string)[]): string =>
  `${name.padEnd(38)}${cells.map((cell) => String(cell).padStart(10)).join('')}\n`;

/** The mutants that nothing noticed. */
export const survivorsOf = (results: readonly Result[]): string =>
  results
    .filter(({ verdict }) => verdict === 'survived' || verdict === 'uncovered')
    .toSorted(
      (one, other) => one.mutant.file.localeCompare(other.mutant.file) || one.mutant.line - other.mutant.line,
    )
    .map(({ mutant, verdict }) => {
      const reason = reasonOf(mutant);
      return `${verdict} ${mutant.file}:${mutant.line}\n  ${mutant.key}\n${reason ? `  explained: ${reason}\n` : ''}`;
    })
    .join('');
