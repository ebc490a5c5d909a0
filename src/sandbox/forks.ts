import { randomBytes } from 'node:crypto';
import { type Deployment, isHostLabel } from '../identity/deployments.ts';
import { BadControl } from '../runs/bad-control.ts';
import { type Copy, copyColumns, copyOf, rowOf } from '../store/copies-table.ts';
import { Clash, type Reading } from '../store/store.ts';
import { clearRows, copyFiles, copyRows, keysOf, rehome } from './copied.ts';
import type { CopyPlace } from './place.ts';
import { forget, type Snapshots } from './snapshots.ts';

export interface NewFork {
  /** Made up unless told. */
  readonly name: string | undefined;
  /** The snapshot of its origin to begin with; else its origin as it is. */
  readonly from: string | undefined;
  /** Seconds until it is removed. */
  readonly lasts: number;
  /** Listen for it alone on a port of its own. */
  readonly door: boolean;
  /** Where it is reached, such as `http://NAME.api.localhost:4280`. */
  readonly urlOf: (name: string) => string;
}

/** Deployments that are copies of others, and last for a while. */
export interface Forks {
  /** Throws `BadControl` when the name is bad or taken, or there is no such snapshot. */
  create(origin: Deployment, wanted: NewFork): Promise<Copy>;
  list(): Promise<readonly Copy[]>;
  /** With its snapshots. Resolves when nothing is left of it. Throws `BadControl` for what is no fork. */
  remove(name: string): Promise<void>;
  /** Removes those whose time is over. */
  sweep(): Promise<number>;
}

const most = 100_000;
/** Forks that one sweep removes at the most. */
const batch = 100;
/** Milliseconds that the requests under way have before their fork goes. */
const patience = 5_000;

export function createForks(place: CopyPlace, snapshots: Snapshots): Forks {
  const { world, tables, clocks, doors, underway } = place;
  const { store, files } = world;

  async function create(origin: Deployment, { name, from, lasts, door, urlOf }: NewFork): Promise<Copy> {
    if (name !== undefined && !isHostLabel(name))
      throw new BadControl(
        `name is to be part of a host name: 1 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends`,
      );
    const { made, keys } = await store
      .copying([], async (copying) => {
        const columns = ['title', 'disabled', 'statuses', 'currency', 'timezone'];
        const row = await copying.find(0, 'deployments', columns, { id: origin.id });
        if (!row) throw new BadControl(`${origin.name} is gone`, 404);
        const now = world.clock(0);
        const made: Copy = {
          id: await copying.nextId(0, 'deployments'),
          kind: 'fork',
          name: name ?? madeUp(origin.name),
          originId: origin.id,
          sourceId: from === undefined ? origin.id : (await snapshots.find(copying, origin, from)).id,
          created: now,
          expires: now + lasts,
        };
        await copying.insert(0, 'deployments', { ...row, id: made.id, name: made.name, date_created: now });
        await copying.insert(0, 'sandbox_copies', rowOf(made));
        await copyRows(copying, tables, made.sourceId, made.id);
        return { made, keys: await keysOf(copying, tables, made.id) };
      })
      .catch((error: unknown) => {
        if (error instanceof Clash && error.columns.includes('name'))
          throw new BadControl(`a deployment named ${name} exists already: choose another name, or none`);
        throw error;
      });
    await copyFiles(files, made.sourceId, made.id, keys);
    clocks.copy(made.sourceId, made.id);
    if (door) await doors.open(made.name);
    await rehome(store, tables, made.id, urlOf(made.name));
    return made;
  }

  /** First no request finds it any more; when those under way are over, what they wrote goes too. */
  async function take(fork: Copy): Promise<void> {
    const { id, name } = fork;
    await store.within(async (writing) => {
      await writing.remove(0, 'deployments', { id });
      await writing.update(0, 'sandbox_copies', { id }, { date_expires: 0 });
    });
    world.directory.forget(name);
    doors.close(name);
    await underway.over(name, patience);
    await place.endDeliveries(id);
    place.unburden(id);
    place.unmeasure(name);
    await place.flush();
    const gone = await store.copying([], async (copying) => {
      const rows = await copying.list(0, {
        table: 'sandbox_copies',
        columns: ['id'],
        where: { kind: 'snapshot', origin_id: id },
        limit: most,
      });
      const ids = [id, ...rows.map((row) => row.id as number)];
      const keys: (readonly string[])[] = [];
      for (const each of ids) {
        keys.push(await keysOf(copying, tables, each));
        await clearRows(copying, tables, each);
        await copying.remove(0, 'sandbox_copies', { id: each });
      }
      return ids.map((each, at) => ({ id: each, keys: keys[at] ?? [] }));
    });
    for (const each of gone) await forget(place, each.id, each.keys);
  }

  const forks = async (reading: Reading, where: Readonly<Record<string, string | { below: number }>>) =>
    (
      await reading.list(0, {
        table: 'sandbox_copies',
        columns: copyColumns,
        where: { kind: 'fork', ...where },
        limit: most,
      })
    ).map(copyOf);

  return Object.freeze<Forks>({
    create,
    list: async () => (await forks(store, {})).filter(({ expires }) => expires !== 0),
    remove: async (name) => {
      const found = (await forks(store, { name })).find(({ expires }) => expires !== 0);
      if (found) return take(found);
      throw (await world.directory(name))
        ? new BadControl(`${name.slice(0, 63)} is no fork: only forks are removed`)
        : new BadControl(`there is no fork named ${name.slice(0, 63)}`, 404);
    },
    sweep: async () => {
      const over = (await forks(store, { date_expires: { below: world.clock(0) + 1 } })).slice(0, batch);
      for (const fork of over) await take(fork);
      return over.length;
    },
  });
}

/** A host label that nobody else has. */
const madeUp = (origin: string): string =>
  `${origin.slice(0, 50).replace(/-+$/, '')}-${randomBytes(5).toString('hex')}`;
