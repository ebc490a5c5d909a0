import type { Resource } from '../catalogue/resource.ts';
import { always, both, type Condition, type Expression } from '../store/query.ts';

/** How an expression reaches a column of the resource. */
type Reach = (column: string) => Expression;

const directly: Reach = (column) => ({ column });

/** Which rows of a resource a person may see: private ones only their owner may. `reach`: where the rows are those of another table. */
export function visibleTo(
  { secrecy, fields }: Resource,
  staffId: number,
  reach: Reach = directly,
): Condition {
  if (!secrecy) return always;
  const column = fields[secrecy.visibility]?.column as string;
  const isPrivate: Condition = { test: '=', on: reach(column), value: secrecy.word ?? 'private' };
  return { some: [{ not: isPrivate }, owned(fields, secrecy.owner, staffId, reach)] };
}

export function owned(
  fields: Resource['fields'],
  owner: string,
  staffId: number,
  reach: Reach = directly,
): Condition {
  const reference = fields[owner]?.reference;
  const type = reference && fields[reference.type]?.column;
  const id = reference && fields[reference.id]?.column;
  if (!type || !id) throw new Error(`${owner} is no reference with columns`);
  return both({ test: '=', on: reach(type), value: 'staff' }, { test: '=', on: reach(id), value: staffId });
}
