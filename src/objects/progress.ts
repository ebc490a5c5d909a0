import { fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Progression, Resource } from '../catalogue/resource.ts';
import type { Tree } from '../contract/answer.ts';
import { refuse } from '../contract/refuse.ts';
import { both, type Condition, type Expression } from '../store/query.ts';
import { ascending, columnsNamed, selectRow, selectRows } from '../store/select-named.ts';
import type { Reading } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';
import { missing } from './missing.ts';
import { updateObject } from './write.ts';

/** Where an object stands, and the resource its moves are kept in. */
async function standing(
  store: Reading,
  deployment: number,
  resource: Resource,
  id: number,
): Promise<{ status: number | null }> {
  const column = fieldNamed(resource, progressionOf(resource).status).column as string;
  const row = await store.find(deployment, resource.name, ['id', column], { id });
  if (!row) missing(resource, id);
  return { status: row[column] as number | null };
}

const progressionOf = ({ name, progression }: Resource): Progression => {
  if (!progression) throw new Error(`${name} has no progressions`);
  return progression;
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
): Promise<Reached | undefined> {
  const rows = await selectRows(store, deployment, {
    table: statuses,
    select: { status: { column: 'id' }, title: { column: 'title' } },
    where: { among: toward, on: { column: 'standing' } },
    order: [ascending('ordering')],
  });
  return rows.some((each) => each.status === status) ? undefined : rows[0];
}

/** `[{id, title, status: {id, title, color, standing, ordering, start}}]` in ascending order of id. */
export async function availableProgressions(
  { catalogue, store }: { readonly catalogue: WriteContext['catalogue']; readonly store: Reading },
  deployment: number,
  resource: Resource,
  id: number,
): Promise<Tree> {
  const { status } = await standing(store, deployment, resource, id);
  const progressions = resourceNamed(catalogue, progressionOf(resource).table);
  const statuses = fieldNamed(progressions, 'status').to as string;
  const ofStatus = (column: string): Expression => ({
    through: 'status_id',
    table: statuses,
    expression: { column },
  });
  const rows = await selectRows(store, deployment, {
    table: progressions.name,
    select: {
      ...columnsNamed('id', 'title'),
      statusId: ofStatus('id'),
      statusTitle: ofStatus('title'),
      color: ofStatus('color'),
      standing: ofStatus('standing'),
      ordering: ofStatus('ordering'),
      start: ofStatus('start'),
    },
    where: leaving(status),
    order: [ascending('id')],
  });
  return rows.map(({ id, title, statusId, statusTitle, color, standing: standingOf, ordering, start }) => ({
    id: String(id),
    title,
    status: {
      id: asText(statusId),
      title: asText(statusTitle),
      color: asText(color),
      standing: asText(standingOf),
      ordering: asText(ordering),
      start: start === 1 ? 'yes' : 'no',
    },
  }));
}

const asText = (value: Stored): string | null => (value === null ? null : String(value));

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
  const progressions = resourceNamed(catalogue, progressionOf(resource).table);
  const statuses = fieldNamed(progressions, 'status').to as string;
  const wanted: Condition = toward
    ? { among: toward, on: { through: 'status_id', table: statuses, expression: { column: 'standing' } } }
    : { test: '=', on: { column: 'id' }, value: progression ?? 0 };
  const direct = await selectRow(store, deployment, {
    table: progressions.name,
    select: {
      status: { column: 'status_id' },
      title: { through: 'status_id', table: statuses, expression: { column: 'title' } },
    },
    where: both(wanted, leaving(status)),
    order: [ascending('id')],
  });
  const move = direct ?? (toward && (await straightTo(context, statuses, toward, status)));
  if (!move) {
    const detail = toward
      ? `it is there already, or there is no status ${toward.join(' or ')}`
      : 'its present status does not allow this progression';
    refuse('parameter.invalid', { field: toward ? 'progression' : 'progression_id', detail });
  }
  const name = progressionOf(resource).status;
  await updateObject(context, resource, id, { values: { [name]: move.status }, names: {} });
  await recordProgression(context, resource, id, move);
}

/** The status that an object has after a progression. */
export interface Reached {
  readonly status: Stored;
  readonly title: Stored;
}

/** Writes the row of history that every change of an object's status leaves. */
export async function recordProgression(
  { store, deployment, staffId, now }: WriteContext,
  resource: Resource,
  id: number,
  { status, title }: Reached,
): Promise<void> {
  const { history } = progressionOf(resource);
  await store.insert(deployment, history, {
    id: await store.nextId(deployment, history),
    to_id: status,
    to_title: title,
    against_type: resource.singular,
    against_id: id,
    modified_by_id: staffId,
    date_modified: now,
  });
}
