import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Personal } from '../catalogue/personal.ts';
import type { Files } from '../files/files.ts';
import type { Store } from '../store/store.ts';
import type { Progress } from '../transfer/progress.ts';
import { beginMirror, endMirror } from './begin.ts';
import { copyBelow } from './below.ts';
import { type Copying, newTally } from './copying.ts';
import { danglingLinks } from './dangling.ts';
import { copyFiles } from './files.ts';
import { copyList } from './lists.ts';
import { copyMoves } from './moves.ts';
import { type Part, planOf } from './plan.ts';
import { redactor } from './redact.ts';
import type { Source } from './source.ts';

export interface MirrorRequest {
  readonly source: Source;
  readonly origin: string;
  /** The deployment that is copied into. */
  readonly name: string;
  /** The resources to copy; `undefined`: all. */
  readonly only: ReadonlySet<string> | undefined;
  readonly redacts: readonly Personal[];
  /** Also into a deployment with data of its own. */
  readonly force: boolean;
  /** Everything, not only what has changed since the last copy. */
  readonly full: boolean;
  /** Unix seconds, by the clock of the source. */
  readonly sourceNow: number;
  readonly progress: Progress;
}

/** Where a copy goes. */
export interface MirrorTarget {
  readonly store: Store;
  readonly catalogue: Catalogue;
  /** Where files go; `undefined` when they are left out. */
  readonly files: Files | undefined;
  /** Unix seconds. */
  readonly now: number;
}

/** What a run did. */
export interface MirrorResult {
  readonly deployment: string;
  readonly source: string;
  /** It went on where another run had stopped. */
  readonly resumed: boolean;
  /** When the last whole copy began, which this one brings up to date; unix seconds. */
  readonly since: number | null;
  /** Objects written, by resource. */
  readonly copied: Readonly<Record<string, number>>;
  readonly total: number;
  readonly requests: number;
  /** Seconds spent waiting for the quota, and after failures. */
  readonly waited: number;
  /** What the source did not give, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** Values that this version cannot keep, by field. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** Links to objects that are not there, by field. */
  readonly dangling: Readonly<Record<string, number>>;
  /** What no request returns: columns by resource, or all of it. */
  readonly untold: Readonly<Record<string, readonly string[] | 'all'>>;
}

/** Copies a deployment, as far as the source gives it. Throws as `beginMirror` and the source do; the same call then goes on where it stopped. */
export async function runMirror(request: MirrorRequest, target: MirrorTarget): Promise<MirrorResult> {
  const { source, origin, only, redacts, sourceNow, progress, ...wanted } = request;
  const { store, catalogue, files, now } = target;
  const begun = await beginMirror(store, catalogue, {
    ...{ ...wanted, origin, redacts },
    now: { there: sourceNow, here: now },
  });
  const { deployment, mirror, before, resumed, held } = begun;
  const { parts, untold } = planOf(catalogue, only, files !== undefined);
  const tally = newTally();
  const copying: Copying = {
    ...{ source, store, catalogue, files, mirror, held, tally, progress },
    deployment: deployment.id,
    redact: redactor(redacts, mirror.salt),
  };
  try {
    for (const part of parts) await copiers[part.as](copying, part);
    await endMirror(store, begun);
  } finally {
    progress.end();
    await held.release();
  }
  return {
    deployment: deployment.name,
    source: origin,
    resumed,
    since: before?.since ?? null,
    copied: Object.fromEntries([...tally.copied].map(([name, ids]) => [name, ids.size])),
    total: [...tally.copied.values()].reduce((sum, { size }) => sum + size, 0),
    requests: source.sent(),
    waited: Math.round(source.waited() / 1_000),
    leftOut: Object.fromEntries(tally.leftOut),
    unreadable: Object.fromEntries(tally.unreadable),
    dangling: Object.fromEntries(await danglingLinks(store, deployment.id, catalogue)),
    untold: Object.fromEntries(
      untold.map(({ resource, columns, kinds }) => [
        resource,
        columns === 'all' ? columns : [...columns, ...kinds.map((kind) => `those of ${kind}`)],
      ]),
    ),
  };
}

const copiers: Readonly<Record<Part['as'], (copying: Copying, part: Part) => Promise<void>>> = {
  list: copyList,
  below: copyBelow,
  moves: copyMoves,
  files: copyFiles,
};
