import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Files } from '../files/files.ts';
import type { Store } from '../store/store.ts';
import type { Progress } from '../transfer/progress.ts';
import type { Held } from './alone.ts';
import type { Mirrored, Progressed } from './journal.ts';
import { recordPart } from './journal.ts';
import type { Redact } from './redact.ts';
import type { MirrorSource } from './source.ts';
import { type Tied, writeTied } from './ties.ts';
import { type CopiedObject, writeCopied } from './write.ts';

/** One run that copies a source into a deployment. */
export interface Copying {
  readonly source: MirrorSource;
  readonly store: Store;
  readonly catalogue: Catalogue;
  /** Where files go; `undefined` when they are left out. */
  readonly files: Files | undefined;
  readonly deployment: number;
  readonly mirror: Mirrored;
  readonly held: Held;
  readonly redact: Redact;
  readonly tally: MirrorTally;
  readonly progress: Progress;
}

/** What a run did. */
export interface MirrorTally {
  /** Ids, by resource: one that came with several lists is one. */
  readonly copied: Map<string, Set<number>>;
  /** Values that this version cannot keep, by field. */
  readonly unreadable: Map<string, number>;
  /** Lists, and what came with lists, that the source did not give, and why. */
  readonly leftOut: Map<string, string>;
}

export const newMirrorTally = (): MirrorTally => ({
  copied: new Map(),
  unreadable: new Map(),
  leftOut: new Map(),
});

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

/** What was read of a part, to be written together. */
interface ReadPart {
  readonly rows: readonly CopiedObject[];
  readonly unreadable?: readonly string[];
  readonly tied?: readonly Tied[];
}

/** Writes what was read of a part, and how far it has come, in one transaction. */
export async function writePart(
  { store, deployment, mirror, held, redact, tally, progress }: Copying,
  part: string,
  { rows, unreadable = [], tied = [] }: ReadPart,
  progressed: Progressed,
): Promise<void> {
  let tiedIds: readonly (readonly [string, readonly number[]])[] = [];
  held.check();
  const redacted = rows.map((row) => ({ ...row, values: redact(row.resource, row.values) }));
  await writeCopied(store, deployment, redacted, async (writing) => {
    const ids: (readonly [string, readonly number[]])[] = [];
    for (const each of tied) ids.push([each.ties.resource.name, await writeTied(writing, deployment, each)]);
    tiedIds = ids;
    await recordPart(writing, deployment, { name: part, source: mirror.source }, progressed);
  });
  for (const { resource, id } of rows) {
    const ids = tally.copied.get(resource.name) ?? new Set();
    tally.copied.set(resource.name, ids.add(id));
    progress.step();
  }
  for (const [name, ids] of tiedIds)
    if (ids.length > 0) tally.copied.set(name, new Set([...(tally.copied.get(name) ?? []), ...ids]));
  for (const name of unreadable) count(tally.unreadable, name);
}

/** In words, for the person who has to act on it. */
export function reasonText({
  status,
  message,
}: {
  readonly status: string;
  readonly message: string;
}): string {
  const said = message === '' ? status : `${status}: ${message}`;
  return status === 'invalid_scope' ? `${said}; a token of the scope read(all) has it` : said;
}
