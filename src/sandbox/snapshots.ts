import { type Deployment, isHostLabel } from '../identity/deployments.ts';
import { BadControl } from '../runs/bad-control.ts';
import { type Copy, copyColumns, copyOf, rowOf } from '../store/copies-table.ts';
import type { DeploymentCopying, Reading } from '../store/store.ts';
import { clearRows, copyFiles, copyRows, keysOf, rehome, replaceRows } from './copied.ts';
import type { CopyPlace } from './place.ts';

/** A name for what `reset` goes back to. */
export const start = 'start';

/** States of deployments that can be gone back to. Each is kept as rows of a deployment that no host leads to. */
export interface Snapshots {
  /** Throws `BadControl` when the name is bad, or taken and not to be replaced. */
  save(deployment: Deployment, name: string, replace: boolean): Promise<Copy>;
  list(deployment: number): Promise<readonly Copy[]>;
  /** Throws `BadControl` when there is none of this name. */
  find(store: Reading, deployment: Deployment, name: string): Promise<Copy>;
  restore(deployment: Deployment, name: string): Promise<Copy>;
  /** To the snapshot `start`; without one a fork goes back to what it was made of. `url`: where it is reached. Answers what it went back to. */
  reset(deployment: Deployment, url: string): Promise<string>;
  remove(deployment: Deployment, name: string): Promise<void>;
}

const most = 1_000;

export function createSnapshots(place: CopyPlace): Snapshots {
  const { world, tables, clocks } = place;
  const { store, files } = world;
  const alone = [...tables.copied, ...tables.passing, 'sandbox_copies'];

  const list = async (reading: Reading, deployment: number): Promise<readonly Copy[]> =>
    (
      await reading.list(0, {
        table: 'sandbox_copies',
        columns: copyColumns,
        where: { kind: 'snapshot', origin_id: deployment },
        limit: most,
      })
    ).map(copyOf);

  async function find(reading: Reading, deployment: Deployment, name: string): Promise<Copy> {
    const all = await list(reading, deployment.id);
    const found = all.find((each) => each.name === name);
    if (found) return found;
    const there =
      all.length === 0 ? 'there is none yet' : `there is ${all.map((each) => each.name).join(', ')}`;
    throw new BadControl(`${deployment.name} has no snapshot named ${name.slice(0, 63)}: ${there}`, 404);
  }

  async function drop(copying: DeploymentCopying, { id }: Copy): Promise<void> {
    await clearRows(copying, tables, id);
    await copying.remove(0, 'sandbox_copies', { id });
  }

  async function goBack(deployment: Deployment, source: (reading: Reading) => Promise<number>) {
    const { from, before, after } = await store.copying(alone, async (copying) => {
      const from = await source(copying);
      const before = await keysOf(copying, tables, deployment.id);
      await replaceRows(copying, tables, from, deployment.id);
      return { from, before, after: await keysOf(copying, tables, deployment.id) };
    });
    await copyFiles(files, from, deployment.id, after);
    const kept = new Set(after);
    for (const key of before) if (!kept.has(key)) await files.remove(deployment.id, key);
    clocks.copy(from, deployment.id);
    place.counts.clear(deployment.id);
    world.deliveries.wake(deployment.id);
  }

  return Object.freeze<Snapshots>({
    find,
    list: (deployment) => list(store, deployment),
    save: async (deployment, name, replace) => {
      if (!isHostLabel(name))
        throw new BadControl(
          'name wants 1 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends',
        );
      const { made, old, keys } = await store.copying(['sandbox_copies'], async (copying) => {
        const old = (await list(copying, deployment.id)).find((each) => each.name === name);
        if (old && !replace)
          throw new BadControl(
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
        await copying.insert(0, 'sandbox_copies', rowOf(made));
        await copyRows(copying, tables, deployment.id, made.id);
        const keys = {
          old: old ? await keysOf(copying, tables, old.id) : [],
          made: await keysOf(copying, tables, made.id),
        };
        if (old) await drop(copying, old);
        return { made, old, keys };
      });
      await copyFiles(files, deployment.id, made.id, keys.made);
      clocks.copy(deployment.id, made.id);
      if (old) await forget(place, old.id, keys.old);
      return made;
    },
    restore: async (deployment, name) => {
      const snapshot = await find(store, deployment, name);
      await goBack(deployment, async (reading) => (await find(reading, deployment, name)).id);
      return snapshot;
    },
    reset: async (deployment, url) => {
      let ofOthers = false;
      let to = `the snapshot ${start}`;
      await goBack(deployment, async (reading) => {
        const own = (await list(reading, deployment.id)).find((each) => each.name === start);
        if (own) return own.id;
        const source = await madeOf(reading, deployment);
        to = source.name;
        ofOthers = true;
        return source.id;
      });
      if (ofOthers) await rehome(store, tables, deployment.id, url);
      return to;
    },
    remove: async (deployment, name) => {
      const { id, keys } = await store.copying(['sandbox_copies'], async (copying) => {
        const snapshot = await find(copying, deployment, name);
        const keys = await keysOf(copying, tables, snapshot.id);
        await drop(copying, snapshot);
        return { id: snapshot.id, keys };
      });
      await forget(place, id, keys);
    },
  });
}

/** What is kept of a copy beside its rows. */
export async function forget({ world, clocks, counts }: CopyPlace, id: number, keys: readonly string[]) {
  await world.files.clear(id, keys);
  clocks.reset(id);
  counts.clear(id);
}

/** The rows that a fork was made of, if they are there still. */
async function madeOf(reading: Reading, { id, name }: Deployment): Promise<{ id: number; name: string }> {
  const fork = await reading.find(0, 'sandbox_copies', copyColumns, { id, kind: 'fork' });
  if (!fork)
    throw new BadControl(
      `${name} has nothing to go back to: save a snapshot named ${start} first, and reset goes back to it`,
    );
  const { sourceId } = copyOf(fork);
  const snapshot = await reading.find(0, 'sandbox_copies', ['name'], { id: sourceId, kind: 'snapshot' });
  if (snapshot) return { id: sourceId, name: `the snapshot ${snapshot.name}` };
  const origin = await reading.find(0, 'deployments', ['name'], { id: sourceId });
  if (origin) return { id: sourceId, name: `${origin.name} as it is now` };
  throw new BadControl(`what ${name} was made of is gone: make another fork instead`);
}
