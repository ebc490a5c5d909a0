import { ControlError } from '../contract/control-error.ts';
import { type Deployment, isHostLabel } from '../identity/deployments.ts';
import { type Copy, copyColumns, copyOf, copyValues } from '../store/copies-table.ts';
import type { DeploymentCopying, Reading } from '../store/store.ts';
import { clearRows, copyDeploymentFiles, copyRows, keysOf, rehome, replaceRows } from './copied.ts';
import type { CopyPlace } from './place.ts';

/** The name of the snapshot that `reset` restores. */
export const start = 'start';

/** States of deployments that can be restored. Each is kept as rows of a deployment that no host names. */
export interface Snapshots {
  /** Throws `ControlError` when the name is bad, or taken and not to be replaced. */
  save(deployment: Deployment, name: string, replace: boolean): Promise<Copy>;
  list(deployment: number): Promise<readonly Copy[]>;
  /** Throws `ControlError` when there is none of this name. */
  find(store: Reading, deployment: Deployment, name: string): Promise<Copy>;
  restore(deployment: Deployment, name: string): Promise<Copy>;
  /** Restores the snapshot `start`; without one a fork gets the state that it was made of. `url`: where it is reached. Returns what was restored. */
  reset(deployment: Deployment, url: string): Promise<string>;
  remove(deployment: Deployment, name: string): Promise<void>;
}

const snapshotsMax = 1_000;

export function createSnapshots(place: CopyPlace): Snapshots {
  const { store } = place.world;
  return Object.freeze<Snapshots>({
    find: findSnapshot,
    list: (deployment) => listSnapshots(store, deployment),
    save: (deployment, name, replace) => saveSnapshot(place, deployment, name, replace),
    restore: async (deployment, name) => {
      const snapshot = await findSnapshot(store, deployment, name);
      await restoreRows(
        place,
        deployment,
        async (reading) => (await findSnapshot(reading, deployment, name)).id,
      );
      return snapshot;
    },
    reset: async (deployment, url) => {
      let isOrigin = false;
      let restored = `the snapshot ${start}`;
      await restoreRows(place, deployment, async (reading) => {
        const own = (await listSnapshots(reading, deployment.id)).find((each) => each.name === start);
        if (own) return own.id;
        const source = await madeOf(reading, deployment);
        restored = source.name;
        isOrigin = true;
        return source.id;
      });
      if (isOrigin) await rehome(store, place.tables, deployment.id, url);
      return restored;
    },
    remove: async (deployment, name) => {
      const { id, keys } = await store.copying(['sandbox_copies'], async (copying) => {
        const snapshot = await findSnapshot(copying, deployment, name);
        const keys = await keysOf(copying, place.tables, snapshot.id);
        await removeRows(copying, place, snapshot);
        return { id: snapshot.id, keys };
      });
      await forget(place, id, keys);
    },
  });
}

async function listSnapshots(reading: Reading, deployment: number): Promise<readonly Copy[]> {
  const rows = await reading.list(0, {
    table: 'sandbox_copies',
    columns: copyColumns,
    where: { kind: 'snapshot', origin_id: deployment },
    limit: snapshotsMax,
  });
  return rows.map(copyOf);
}

async function findSnapshot(reading: Reading, deployment: Deployment, name: string): Promise<Copy> {
  const all = await listSnapshots(reading, deployment.id);
  const found = all.find((each) => each.name === name);
  if (found) return found;
  const there =
    all.length === 0 ? 'there is none yet' : `there is ${all.map((each) => each.name).join(', ')}`;
  throw new ControlError(`${deployment.name} has no snapshot named ${name.slice(0, 63)}: ${there}`, 404);
}

async function saveSnapshot(
  place: CopyPlace,
  deployment: Deployment,
  name: string,
  replace: boolean,
): Promise<Copy> {
  if (!isHostLabel(name))
    throw new ControlError(
      'name must be 1 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends',
    );
  const { world, tables, clocks } = place;
  const { made, old, keys } = await world.store.copying(['sandbox_copies'], async (copying) => {
    const old = (await listSnapshots(copying, deployment.id)).find((each) => each.name === name);
    if (old && !replace)
      throw new ControlError(
        `${deployment.name} has a snapshot named ${name} already: choose another name, or replace it`,
      );
    const made: Copy = {
      id: await copying.nextId(0, 'deployments'),
      kind: 'snapshot',
      name,
      originId: deployment.id,
      sourceId: deployment.id,
      created: world.clock(0),
      expires: undefined,
    };
    await copying.insert(0, 'sandbox_copies', copyValues(made));
    await copyRows(copying, tables, deployment.id, made.id);
    const keys = {
      old: old ? await keysOf(copying, tables, old.id) : [],
      made: await keysOf(copying, tables, made.id),
    };
    if (old) await removeRows(copying, place, old);
    return { made, old, keys };
  });
  await copyDeploymentFiles(world.files, deployment.id, made.id, keys.made);
  clocks.copy(deployment.id, made.id);
  if (old) await forget(place, old.id, keys.old);
  return made;
}

async function removeRows(copying: DeploymentCopying, { tables }: CopyPlace, { id }: Copy): Promise<void> {
  await clearRows(copying, tables, id);
  await copying.remove(0, 'sandbox_copies', { id });
}

/** Gives a deployment the rows, the files and the clock of another. `source` finds the id of that one in the transaction. */
async function restoreRows(
  place: CopyPlace,
  deployment: Deployment,
  source: (reading: Reading) => Promise<number>,
): Promise<void> {
  const { world, tables, clocks } = place;
  const { store, files } = world;
  const locked = [...tables.copied, ...tables.passing, 'sandbox_copies'];
  const { from, before, after } = await store.copying(locked, async (copying) => {
    const from = await source(copying);
    const before = await keysOf(copying, tables, deployment.id);
    await replaceRows(copying, tables, from, deployment.id);
    return { from, before, after: await keysOf(copying, tables, deployment.id) };
  });
  await copyDeploymentFiles(files, from, deployment.id, after);
  const kept = new Set(after);
  for (const key of before) if (!kept.has(key)) await files.remove(deployment.id, key);
  clocks.copy(from, deployment.id);
  place.counts.clear(deployment.id);
  world.deliveries.wake(deployment.id);
}

/** Removes what is kept of a copy beside its rows. */
export async function forget({ world, clocks, counts }: CopyPlace, id: number, keys: readonly string[]) {
  await world.files.clear(id, keys);
  clocks.reset(id);
  counts.clear(id);
}

/** The rows that a fork was made of, if they are there still. */
async function madeOf(reading: Reading, { id, name }: Deployment): Promise<{ id: number; name: string }> {
  const fork = await reading.find(0, 'sandbox_copies', copyColumns, { id, kind: 'fork' });
  if (!fork)
    throw new ControlError(
      `${name} has nothing to go back to: save a snapshot named ${start} first, and reset goes back to it`,
    );
  const { sourceId } = copyOf(fork);
  const snapshot = await reading.find(0, 'sandbox_copies', ['name'], { id: sourceId, kind: 'snapshot' });
  if (snapshot) return { id: sourceId, name: `the snapshot ${snapshot.name}` };
  const origin = await reading.find(0, 'deployments', ['name'], { id: sourceId });
  if (origin) return { id: sourceId, name: `${origin.name} as it is now` };
  throw new ControlError(`what ${name} was made of is gone: make another fork instead`);
}
