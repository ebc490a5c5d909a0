import { randomBytes } from 'node:crypto';
import { mirrorTable } from '../../store/mirror-table.ts';
import type { Reading, Writing } from '../../store/store.ts';

const { name: table } = mirrorTable;

/** How far one list was copied. Times in unix seconds, by the source's clock. */
export interface Progressed {
  /** The id or page that was written last; 0 before the first. */
  readonly last: number;
  /** When the pass under way began. */
  readonly began: number | null;
  /** When the last pass that came to its end began. */
  readonly since: number | null;
}

/** The copy as a whole: its pass is over when those of all its lists are. */
export interface Mirrored extends Progressed {
  readonly source: string;
  readonly redacts: string;
  readonly salt: string;
}

const whole = '';
const unbegun: Progressed = Object.freeze({ last: 0, began: null, since: null });

/** What this deployment is a copy of, `undefined` when it is none. */
export async function mirrored(store: Reading, deployment: number): Promise<Mirrored | undefined> {
  const columns = ['source', 'last', 'began', 'since', 'redacts', 'salt'];
  const row = await store.find(deployment, table, columns, { part: whole });
  return row && (row as unknown as Mirrored);
}

export const newMirror = (source: string, redacts: string): Mirrored => ({
  ...unbegun,
  source,
  redacts,
  salt: randomBytes(32).toString('base64url'),
});

export async function progressed(store: Reading, deployment: number, part: string): Promise<Progressed> {
  const row = await store.find(deployment, table, ['last', 'began', 'since'], { part });
  return row ? (row as unknown as Progressed) : unbegun;
}

/** In the transaction that writes what was copied: both are there, or neither. */
export async function record(
  writing: Writing,
  deployment: number,
  part: string,
  { source, redacts, salt }: Mirrored,
  { last, began, since }: Progressed,
): Promise<void> {
  const progress = { last, began, since };
  if ((await writing.update(deployment, table, { part }, progress)) > 0) return;
  const more = part === whole ? { redacts, salt } : { redacts: null, salt: null };
  await writing.insert(deployment, table, { part, source, ...progress, ...more });
}

export const recordWhole = (
  writing: Writing,
  deployment: number,
  mirror: Mirrored,
  progress: Progressed,
): Promise<void> => record(writing, deployment, whole, mirror, progress);
