import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { both, type Condition } from '../store/query.ts';
import { columnsNamed, selectRow } from '../store/select-named.ts';
import type { Reading, Values, Writing } from '../store/store.ts';
import { missing } from './missing.ts';
import { visibleTo } from './visible.ts';

/** The person for whom objects are read. An object that a person may not see does not exist for them. */
export interface Viewer<Access extends Reading = Reading> {
  readonly store: Access;
  readonly deployment: number;
  readonly staffId: number;
}

const seenAs = (resource: Resource, id: number | string, staffId: number): Condition =>
  both({ test: '=', on: { column: 'id' }, value: id }, visibleTo(resource, staffId));

/** 1 for an object that exists for a person, else 0. */
function countSeen(
  { store, deployment, staffId }: Viewer,
  resource: Resource,
  id: number | string,
): Promise<number> {
  const where = seenAs(resource, id, staffId);
  return store.count(deployment, {
    table: resource.name,
    select: 'count',
    where,
    order: [],
    limit: 0,
    offset: 0,
  });
}

/** Whether an object exists for a person. */
export const isSeen = async (viewer: Viewer, resource: Resource, id: number | string): Promise<boolean> =>
  (await countSeen(viewer, resource, id)) > 0;

/** Refuses `object.missing` for an object that does not exist for a person. */
export async function checkSeen(viewer: Viewer, resource: Resource, id: number): Promise<void> {
  if ((await countSeen(viewer, resource, id)) === 0) missing(resource, id);
}

/** Columns of an object; `undefined` when it does not exist for a person. */
export const findSeen = (
  { store, deployment, staffId }: Viewer,
  resource: Resource,
  id: number,
  columns: readonly string[],
): Promise<Values | undefined> =>
  selectRow(store, deployment, {
    table: resource.name,
    select: columnsNamed(...columns),
    where: seenAs(resource, id, staffId),
  });

/** As `isSeen`; an object that exists cannot be removed until the commit. */
export async function holdsSeen(viewer: Viewer<Writing>, resource: Resource, id: Stored): Promise<boolean> {
  if (id === null || !(await viewer.store.holds(viewer.deployment, resource.name, { id }))) return false;
  return !resource.secrecy || isSeen(viewer, resource, id);
}
