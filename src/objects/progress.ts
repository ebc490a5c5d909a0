import { fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Tree } from '../contract/answer.ts';
import { refuse } from '../contract/refuse.ts';
import { both, type Condition } from '../store/query.ts';
import type { Reading, Row } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';
import { missing, updateObject } from './write.ts';

/** Where an object stands, and the resource its moves are kept in. */
async function standing(
  store: Reading,
  deployment: number,
  resource: Resource,
  id: number,
): Promise<{ status: number | null }> {
  const column = statusColumn(resource);
  const row = await store.find(deployment, resource.name, ['id', column], { id });
  if (!row) missing(resource, id);
  return { status: row[column] as number | null };
}

const statusColumn = (resource: Resource): string => {
  if (!resource.progression) throw new Error(`${resource.name} has no progressions`);
  return fieldNamed(resource, resource.progression.status).column as string;
};

/** The moves that lead away from a status: those that name it, and those that may leave any other than where they lead. */
const leaving = (status: number | null): Condition => {
  const free: Condition = { empty: { column: 'from_id' } };
  return status === null
    ? free
    : {
        some: [
          { test: '=', on: { column: 'from_id' }, value: status },
          both(free, { not: { test: '=', on: { column: 'status_id' }, value: status } }),
        ],
      };
};

/** "Auto progress to start or end" goes there also when no single progression does; not when the object is there already. */
async function straightTo(
  { store, deployment }: WriteContext,
  statuses: string,
  toward: readonly string[],
  status: number | null,
): Promise<Row | undefined> {
  const reached: Condition = { among: toward, on: { column: 'standing' } };
  const rows = await store.select(deployment, {
    table: statuses,
    select: [{ column: 'id' }, { column: 'title' }],
    where: reached,
    order: [{ by: { column: 'ordering' }, descending: false }],
    limit: Number.MAX_SAFE_INTEGER,
    offset: 0,
  });
  return rows.some(([id]) => id === status) ? undefined : rows[0];
}

const statusColumns = ['id', 'title', 'color', 'standing', 'ordering', 'start'] as const;

/** `[{id, title, status: {id, title, color, standing, ordering, start}}]` in ascending order of id. */
export async function availableProgressions(
  { catalogue, store }: { readonly catalogue: WriteContext['catalogue']; readonly store: Reading },
  deployment: number,
  resource: Resource,
  id: number,
): Promise<Tree> {
  const { status } = await standing(store, deployment, resource, id);
  const moves = resourceNamed(catalogue, resource.progression?.table ?? '');
  const statuses = fieldNamed(moves, 'status').to as string;
  const rows = await store.select(deployment, {
    table: moves.name,
    select: [
      { column: 'id' },
      { column: 'title' },
      ...statusColumns.map((column) => ({ through: 'status_id', table: statuses, expression: { column } })),
    ],
    where: leaving(status),
    order: [{ by: { column: 'id' }, descending: false }],
    limit: Number.MAX_SAFE_INTEGER,
    offset: 0,
  });
  return rows.map(shown);
}

function shown([id, title, ...status]: Row): Tree {
  const entries = statusColumns.map((name, i) => {
    const value = status[i] ?? null;
    return [name, name === 'start' ? (value === 1 ? 'yes' : 'no') : value === null ? null : String(value)];
  });
  return { id: String(id), title: title ?? null, status: Object.fromEntries(entries) };
}

/** Where an object is to go: to a status of one of these standings, or along one progression. */
export interface Move {
  readonly toward: readonly string[] | undefined;
  readonly progression: number | undefined;
}

/**
 * Moves an object to another status and writes the history. `toward`: the first move to a status of one of these standings;
 * else the move named by `progression`. Refuses `object.missing`, and `parameter.invalid` for a move that its present status does not allow.
 */
export async function progressObject(
  context: WriteContext,
  resource: Resource,
  id: number,
  { toward, progression }: Move,
): Promise<void> {
  const { catalogue, store, deployment } = context;
  // Of two who make the same move at once, one finds that it was made.
  if (!(await store.claim(deployment, resource.name, { id }))) missing(resource, id);
  const { status } = await standing(store, deployment, resource, id);
  const moves = resourceNamed(catalogue, resource.progression?.table ?? '');
  const statuses = fieldNamed(moves, 'status').to as string;
  const wanted: Condition = toward
    ? { among: toward, on: { through: 'status_id', table: statuses, expression: { column: 'standing' } } }
    : { test: '=', on: { column: 'id' }, value: progression ?? 0 };
  const [direct] = await store.select(deployment, {
    table: moves.name,
    select: [
      { column: 'status_id' },
      { through: 'status_id', table: statuses, expression: { column: 'title' } },
    ],
    where: both(wanted, leaving(status)),
    order: [{ by: { column: 'id' }, descending: false }],
    limit: 1,
    offset: 0,
  });
  const move = direct ?? (toward && (await straightTo(context, statuses, toward, status)));
  if (!move) {
    const detail = toward
      ? `it is there already, or there is no status ${toward.join(' or ')}`
      : 'its present status does not allow this progression';
    refuse('parameter.invalid', { field: toward ? 'progression' : 'progression_id', detail });
  }
  const [to, title] = move;
  const name = resource.progression?.status as string;
  await updateObject(context, resource, id, { values: { [name]: to ?? null }, names: {} });
  await recordMove(context, resource, id, to ?? null, title ?? null);
}

/** The row of history that every move of an object to another status leaves. */
export async function recordMove(
  { store, deployment, staffId, now }: WriteContext,
  resource: Resource,
  id: number,
  to: Stored,
  title: Stored,
): Promise<void> {
  await store.insert(deployment, 'progression_histories', {
    id: await store.nextId(deployment, 'progression_histories'),
    to_id: to,
    to_title: title,
    against_type: resource.singular,
    against_id: id,
    modified_by_id: staffId,
    date_modified: now,
  });
}
