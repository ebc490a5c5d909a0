import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { both } from '../store/query.ts';
import type { WriteContext } from '../store/write-context.ts';
import { visible } from './visible.ts';

/** Whether an object is there for the person who acts: what he may not see does not exist for him. It is there until the commit. */
export async function isThere(
  { store, deployment, staffId }: Pick<WriteContext, 'store' | 'deployment' | 'staffId'>,
  resource: Resource,
  id: Stored,
): Promise<boolean> {
  if (!(await store.holds(deployment, resource.name, { id }))) return false;
  if (!resource.secrecy) return true;
  const where = both({ test: '=', on: { column: 'id' }, value: id as number }, visible(resource, staffId));
  const query = { table: resource.name, select: 'count', where, order: [], limit: 0, offset: 0 } as const;
  return (await store.count(deployment, query)) > 0;
}
