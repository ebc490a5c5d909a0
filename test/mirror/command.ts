import {
  accord,
  type Ended,
  type Environment,
  type Running,
  start as startProgram,
} from '../harness/commands.ts';
import type { Database } from '../harness/engines.ts';
import { flagsOf, jsonOf, runInProcess } from '../harness/terminal.ts';

/** Starts the command line in a process of its own: a test that kills it needs one. */
export const start = (args: readonly string[], environment: Environment = {}): Running =>
  startProgram(process.execPath, [accord, ...args], environment);

export const run = (args: readonly string[], environment: Environment = {}): Promise<Ended> =>
  runInProcess(args, { environment });

export interface Report {
  readonly resumed: boolean;
  readonly since: number | null;
  readonly copied: Readonly<Record<string, number>>;
  readonly total: number;
  readonly requests: number;
  readonly leftOut: Readonly<Record<string, string>>;
  readonly unreadable: Readonly<Record<string, number>>;
  readonly dangling: Readonly<Record<string, number>>;
  readonly untold: Readonly<Record<string, readonly string[] | 'all'>>;
}

/** `accord mirror … --json`, which has to succeed. */
export function mirror(
  url: string,
  token: string,
  into: Database,
  ...more: readonly string[]
): Promise<Report> {
  const args = ['mirror', url, '--deployment', 'copy', ...flagsOf(into), '--json', ...more];
  return jsonOf<Report>(args, { environment: { ACCORD_MIRROR_TOKEN: token } });
}

export type Dump = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

export const dump = (database: Database, deployment: string): Promise<Dump> =>
  jsonOf<Dump>(['dump', ...flagsOf(database), '--deployment', deployment, '--with-secrets']);

/** Where two dumps differ: `companies.parent_id`, or `taggings 3` for an object that is not there. */
export function differences(one: Dump, other: Dump): readonly string[] {
  const found = new Set<string>();
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const rows = new Map(one[name]?.map((row) => [row.id, row]));
    const others = new Map(other[name]?.map((row) => [row.id, row]));
    for (const id of new Set([...rows.keys(), ...others.keys()])) {
      const row = rows.get(id);
      const same = others.get(id);
      if (!row || !same) found.add(`${name} ${id}${row ? '' : ' (only in the copy)'}`);
      else
        for (const column of Object.keys(row))
          if (JSON.stringify(row[column]) !== JSON.stringify(same[column])) found.add(`${name}.${column}`);
    }
  }
  return [...found].sort();
}
