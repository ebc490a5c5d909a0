import { randomBytes } from 'node:crypto';
import { mirrorTable } from '../store/mirror-table.ts';
import type { Reading, Writing } from '../store/store.ts';

const { name: table } = mirrorTable;

/** How far one list was copied. Times in unix seconds, by the source's clock. */
export interface Progressed {
  /** Which run came to it last. */
  readonly run: number;
  /** The id that was written last, or the number of pages, negative; 0 before the first. */
  readonly last: number;
  /** When the pass of that run began; absent when it is over. */
  readonly began: number | null;
  /** When the last pass that came to its end began. */
  readonly since: number | null;
}

/** The copy as a whole: its pass is over when those of all its lists are. */
export interface Mirrored extends Progressed {
  readonly source: string;
  /** Whether the run asks for everything: 1 or 0. */
  readonly full: number;
  readonly redacts: string;
  readonly salt: string;
}

const whole = '';
const unbegun: Progressed = Object.freeze({ run: 0, last: 0, began: null, since: null });

/** What this deployment is a copy of, `undefined` when it is none. */
export async function mirrored(store: Reading, deployment: number): Promise<Mirrored | undefined> {
  const columns = ['source', 'run', 'last', 'began', 'since', 'full', 'redacts', 'salt'];
  const row = await store.find(deployment, table, columns, { part: whole });
  return row && (row as unknown as Mirrored);
}

export const newMirror = (source: string, redacts: string): Mirrored => ({
  ...unbegun,
  source,
  full: 0,
  redacts,
  salt: randomBytes(32).toString('base64url'),
});

/** How far a list was copied in this run, `undefined` when it is copied already. */
export async function progressed(
  store: Reading,
  deployment: number,
  part: string,
  run: number,
): Promise<Progressed | undefined> {
  const row = await store.find(deployment, table, ['run', 'last', 'began', 'since'], { part });
  const before = row ? (row as unknown as Progressed) : unbegun;
  if (before.run !== run) return { run, last: 0, began: null, since: before.since };
  return before.began === null ? undefined : before;
}

/** In the transaction that writes what was copied: both are there, or neither. */
export async function recordPart(
  writing: Writing,
  deployment: number,
  { name: part, source }: { readonly name: string; readonly source: string },
  { run, last, began, since }: Progressed,
): Promise<void> {
  const row = { run, last, began, since };
  if ((await writing.update(deployment, table, { part }, row)) === 0)
    await writing.insert(deployment, table, { part, source, full: 0, ...row });
}

export async function recordWhole(writing: Writing, deployment: number, mirror: Mirrored): Promise<void> {
  const { source, run, last, began, since, full, redacts, salt } = mirror;
  const row = { source, run, last, began, since, full, redacts, salt };
  if ((await writing.update(deployment, table, { part: whole }, row)) === 0)
    await writing.insert(deployment, table, { part: whole, ...row });
}
