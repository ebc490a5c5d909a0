import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Database } from '../harness/engines.ts';

const accord = join(import.meta.dirname, '../../src/cli/start.js');

export interface Ended {
  /** Or the signal that ended it. */
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the command line in a process of its own, with no more environment than is given. */
export const start = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess =>
  spawn(process.execPath, [accord, ...args], { env: { PATH: process.env.PATH ?? '', ...environment } });

export async function ended(child: ChildProcess): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin?.on('error', () => {}).end();
  const code = await new Promise<number | string | null>((done) =>
    child.once('close', (code, signal) => done(code ?? signal)),
  );
  return { code, out, err };
}

export const run = (
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Ended> => ended(start(args, environment));

/** The flags that lead a command to a database. */
export const flagsOf = ({ data, databaseUrl }: Database): readonly string[] => [
  '--data',
  data,
  ...(databaseUrl === undefined ? [] : ['--database-url', databaseUrl]),
];

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
export async function mirror(
  url: string,
  token: string,
  into: Database,
  ...more: readonly string[]
): Promise<Report> {
  const args = ['mirror', url, '--deployment', 'copy', ...flagsOf(into), '--json', ...more];
  const { code, out, err } = await run(args, { ACCORD_MIRROR_TOKEN: token });
  assert.equal(code, 0, err);
  return JSON.parse(out) as Report;
}

export type Dump = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

export async function dump(database: Database, deployment: string): Promise<Dump> {
  const { code, out, err } = await run([
    'dump',
    ...flagsOf(database),
    '--deployment',
    deployment,
    '--with-secrets',
  ]);
  assert.equal(code, 0, err);
  return JSON.parse(out) as Dump;
}

/** What one dump says and the other does not: `companies.parent_id`, or `taggings 3` for an object that is not there. */
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
