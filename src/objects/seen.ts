import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { both, type Condition } from '../store/query.ts';
import { columnsNamed, selectRow } from '../store/select-named.ts';
import type { Reading, Values, Writing } from '../store/store.ts';
import { missing } from './missing.ts';
import { visible } from './visible.ts';

/** For whom objects are looked for. What a person may not see does not exist for them. */
export interface Viewer<Access extends Reading = Reading> {
  readonly store: Access;
  readonly deployment: number;
  readonly staffId: number;
}

const seenAs = (resource: Resource, id: number | string, staffId: number): Condition =>
  both({ test: '=', on: { column: 'id' }, value: id }, visible(resource, staffId));

/** Whether an object exists for a person. */
export async function isSeen(
  { store, deployment, staffId }: Viewer,
  resource: Resource,
  id: number | string,
): Promise<boolean> {
  const where = seenAs(resource, id, staffId);
  const query = { table: resource.name, select: 'count', where, order: [], limit: 0, offset: 0 } as const;
  return (await store.count(deployment, query)) > 0;
}

/** Refuses `object.missing` for an object that does not exist for a person. */
export async function checkSeen(viewer: Viewer, resource: Resource, id: number): Promise<void> {
  if (!(await isSeen(viewer, resource, id))) missing(resource, id);
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

/** As `isSeen`, and the object is there until the commit. */
export async function holdsSeen(viewer: Viewer<Writing>, resource: Resource, id: Stored): Promise<boolean> {
  if (id === null || !(await viewer.store.holds(viewer.deployment, resource.name, { id }))) return false;
  return !resource.secrecy || isSeen(viewer, resource, id);
}
