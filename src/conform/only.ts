import { causes } from '../contract/causes.ts';
import { BadUsage } from '../contract/failure.ts';
import { nearest } from '../contract/nearest.ts';
import { statuses } from '../contract/statuses.ts';
import type { ProbeRow } from './probe.ts';
import { promises } from './promises.ts';

/** Which rows are asked for: rows by name, `grant` for all that begin with `grant.`, a status for all of its causes. Throws `BadUsage`. */
export function onlyOf(names: readonly string[]): (row: ProbeRow) => boolean {
  if (names.length === 0) return () => true;
  const rows = [...Object.keys(causes), ...Object.keys(promises)] as ProbeRow[];
  const chosen = new Set<ProbeRow>();
  for (const name of names) {
    const found = rows.filter((row) => row === name || row.startsWith(`${name}.`) || statusOf(row) === name);
    if (found.length === 0) {
      const near = nearest(name, [...rows, ...Object.keys(statuses)]);
      throw new BadUsage(`--only ${name}: no row or status is called that${near}`);
    }
    for (const row of found) chosen.add(row);
  }
  return (row) => chosen.has(row);
}

const statusOf = (row: ProbeRow): string | undefined =>
  Object.hasOwn(causes, row) ? causes[row as keyof typeof causes].status : undefined;
