import { type Catalogue, fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { createObject } from '../objects/create.ts';
import { recordProgression } from '../objects/progress.ts';
import type { Writing } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';
import { createActivity } from '../verbs/activities/create-activity.ts';

export const day = 86_400;

export type Fields = Readonly<Record<string, Stored>>;

/** When something was written (unix seconds) and by whom (id of a member of staff). */
export interface Writer {
  readonly at?: number;
  readonly by?: number;
}

/** Writes the rows of the sample with the operations of the API, and remembers the ids. */
export interface SampleWriter {
  /** Unix seconds. */
  readonly now: number;
  readonly store: Writing;
  readonly deployment: number;
  put(resource: string, values: Fields, writer?: Writer): Promise<number>;
  /** Several rows; answers their ids. */
  putAll(resource: string, rows: readonly Fields[], writer?: Writer): Promise<readonly number[]>;
  /** An activity with its place in a thread, its creator and its time. Answers its id. */
  putActivity(values: Fields, writer: Writer): Promise<number>;
  /** Changes fields of a row that was written. */
  set(resource: string, id: number, values: Fields): Promise<void>;
  /** The history of an object that was moved from its first status to the one at `step`, one a day. */
  putMoves(resource: string, id: number, step: number, writer: Required<Writer>): Promise<void>;
  /** The ids of all rows of a resource so far, in the order they were written. */
  ids(resource: string): readonly number[];
  /** One of them, round and round. */
  pick(resource: string, at: number): number;
  readonly inside: (writer?: Writer) => WriteContext;
}

export interface SampleWriterOptions {
  readonly store: Writing;
  readonly catalogue: Catalogue;
  readonly deployment: number;
  readonly now: number;
}

export function createSampleWriter({ store, catalogue, deployment, now }: SampleWriterOptions): SampleWriter {
  const written = new Map<string, number[]>();
  const ids = (resource: string): readonly number[] => written.get(resource) ?? [];
  const remember = (resource: string, id: number): number => {
    const own = written.get(resource);
    if (own) own.push(id);
    else written.set(resource, [id]);
    return id;
  };
  const pick = (resource: string, at: number): number => {
    const own = ids(resource);
    const id = own[at % own.length];
    if (id === undefined) throw new Error(`the sample has no ${resource} yet`);
    return id;
  };
  const inside = ({ at = now, by = ids('staff')[0] ?? 0 }: Writer = {}): WriteContext => ({
    ...{ catalogue, store, deployment },
    staffId: by,
    now: at,
  });
  const put = async (name: string, values: Fields, writer?: Writer): Promise<number> =>
    remember(name, await createObject(inside(writer), resourceNamed(catalogue, name), { values, names: {} }));
  return {
    ...{ now, store, deployment, put, ids, pick, inside },
    putAll: async (resource, rows, writer) => {
      for (const values of rows) await put(resource, values, writer);
      return ids(resource);
    },
    putActivity: async (values, writer) =>
      remember(
        'activities',
        await createActivity(inside(writer), resourceNamed(catalogue, 'activities'), values, {}),
      ),
    set: async (name, id, values) => {
      const resource = resourceNamed(catalogue, name);
      const columns = Object.entries(values).map(([field, value]) => [
        fieldNamed(resource, field).column as string,
        value,
      ]);
      await store.update(deployment, name, { id }, Object.fromEntries(columns));
    },
    putMoves: async (name, id, step, { at, by }) => {
      const resource = resourceNamed(catalogue, name);
      const statuses = `${resource.singular}_statuses`;
      for (let i = 1; i <= step; i++) {
        const to = pick(statuses, i);
        const row = await store.find(deployment, statuses, ['title'], { id: to });
        const reached = { status: to, title: row?.title ?? null };
        await recordProgression(inside({ at: at + i * day, by }), resource, id, reached);
      }
    },
  };
}
