import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Personal } from '../catalogue/personal.ts';
import { Failure } from '../contract/failure.ts';
import { createDeployment, type Deployment, findDeployment } from '../identity/deployments.ts';
import type { Store } from '../store/store.ts';
import { type Held, holdAlone } from './alone.ts';
import { type Mirrored, mirrored, newMirror, recordWhole } from './journal.ts';

export interface Begun {
  readonly deployment: Deployment;
  /** As it was before. */
  readonly before: Mirrored | undefined;
  /** Of this run, or of the one that did not come to its end: it goes on. */
  readonly mirror: Mirrored;
  readonly resumed: boolean;
  /** To be released. */
  readonly held: Held;
}

interface Wanted {
  readonly name: string;
  readonly origin: string;
  readonly redacts: readonly Personal[];
  readonly force: boolean;
  /** Ask for everything. A run that does not goes on no further. */
  readonly full: boolean;
  /** The source's time, and the time here. */
  readonly now: { readonly there: number; readonly here: number };
}

/**
 * The deployment that the copy goes to, made if it is not there. Throws a `Failure` for one that has other data, that is a copy of another
 * source, or in which something else was redacted.
 */
export async function beginMirror(store: Store, catalogue: Catalogue, wanted: Wanted): Promise<Begun> {
  const { name, origin, force, now } = wanted;
  const redacts = wanted.redacts.join(',');
  const found = await findDeployment(store, name);
  const before = found && (await mirrored(store, found.id));
  if (before && before.source !== origin)
    throw new Failure(`${name} is a copy of ${before.source}: name another deployment with --deployment`);
  if (before && before.redacts !== redacts) {
    const said = before.redacts === '' ? 'nothing was redacted' : `--redact ${before.redacts} was given`;
    throw new Failure(
      `when ${name} was copied first, ${said}: give the same, or copy into another deployment with --deployment`,
    );
  }
  if (found && !before && !force) {
    const other = await firstFilled(store, found.id, catalogue);
    if (other !== undefined)
      throw new Failure(
        `${name} has ${other.replaceAll('_', ' ')} of its own, which may have the ids of what is copied: name another deployment, or let them be overwritten with --force`,
      );
  }
  const deployment = found ?? (await createDeployment(store, { name }, now.here));
  const held = await holdAlone(store, deployment.id);
  const known = before ?? newMirror(origin, redacts);
  const resumed = known.began !== null && (!wanted.full || known.full === 1);
  const mirror: Mirrored = resumed
    ? known
    : { ...known, run: known.run + 1, began: now.there, full: Number(wanted.full) };
  await store.within((writing) => recordWhole(writing, deployment.id, mirror));
  return { deployment, before, mirror, resumed, held };
}

export const endMirror = (store: Store, { deployment, mirror }: Begun): Promise<void> =>
  store.within((writing) =>
    recordWhole(writing, deployment.id, { ...mirror, began: null, since: mirror.began }),
  );

async function firstFilled(
  store: Store,
  deployment: number,
  { resources }: Catalogue,
): Promise<string | undefined> {
  for (const { name } of resources.values())
    if ((await store.list(deployment, { table: name, columns: ['id'], limit: 1 })).length > 0) return name;
  return undefined;
}
