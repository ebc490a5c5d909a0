import type { Catalogue } from '../catalogue/catalogue.ts';
import type { PasswordOwner } from '../identity/passwords.ts';
import type { Store } from '../store/store.ts';
import { insertAll, Taken } from './insert.ts';
import { inOrderOfLinks } from './order.ts';
import { type Prepared, prepareAll } from './prepare.ts';
import { type Problems, placeOf } from './problems.ts';
import type { Progress } from './progress.ts';
import type { FoundObject } from './read-file.ts';
import { tellTaken } from './taken.ts';

type Counting = Pick<Progress, 'begin' | 'step'>;

export interface PreparingInOrder {
  readonly problems: Problems;
  readonly progress: Counting;
  /** Where files are that rows name; `undefined`: there is no such folder. */
  readonly folder?: string | undefined;
}

/** The objects of a load, checked, those that others need first. Throws a `Failure` that names all objects at fault. */
export async function prepareInOrder(
  found: readonly FoundObject[],
  catalogue: Catalogue,
  deployment: PasswordOwner['deployment'],
  { problems, progress, folder }: PreparingInOrder,
): Promise<readonly Prepared[]> {
  progress.begin('checked', found.length);
  const preparing = { problems, folder, onRow: progress.step };
  const prepared = await prepareAll(found, catalogue, deployment, preparing);
  problems.throwIfSome();
  const byResource = Map.groupBy(prepared, ({ resource }) => resource.name);
  return inOrderOfLinks(catalogue).flatMap(({ name }) => byResource.get(name) ?? []);
}

export interface Target {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly deployment: { readonly id: number };
  /** Unix seconds. */
  readonly now: number;
}

/** Writes them, all or none. Throws a `Failure` that names all objects at fault. */
export async function writeAll(
  rows: readonly Prepared[],
  { store, catalogue, deployment, now }: Target,
  progress: Counting,
): Promise<void> {
  const last = new Map<string, number>();
  for (const { resource, id } of rows)
    if (id !== undefined) last.set(resource.name, Math.max(id, last.get(resource.name) ?? 0));
  // In a transaction of its own, before: an engine may draw ids outside the transaction that uses them.
  if (last.size > 0) {
    await store.within(async (writing) => {
      for (const [table, id] of last) await writing.skipIds(deployment.id, table, id);
    });
  }
  try {
    await store.within((writing) => {
      // A transaction may be run again after a conflict.
      progress.begin('loaded', rows.length);
      return insertAll(
        { catalogue, store: writing, deployment: deployment.id, staffId: 0, now },
        rows,
        progress.step,
      );
    });
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
    const { problems, refusal, row } = error;
    // What it clashed with may be gone by now.
    if (!(await tellTaken(rows, store, deployment.id, problems))) problems.addRefusal(refusal, placeOf(row));
    problems.throwIfSome();
  }
}
