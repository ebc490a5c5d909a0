import type { Resource } from '../catalogue/resource.ts';
import { type Person, seesFinances } from '../identity/people.ts';
import type { Selection } from '../request/06-parameters/fields.ts';
import { always, both, type Condition, type Expression } from '../store/query.ts';

const nothing: Expression = Object.freeze({ nothing: true });

/** How a column of the resource is reached. */
type Reach = (column: string) => Expression;

const directly: Reach = (column) => ({ column });

/** Which rows of a resource a person may see: private ones only their owner. `reach`: from the rows of another table. */
export function visible({ secrecy, fields }: Resource, staffId: number, reach: Reach = directly): Condition {
  if (!secrecy) return always;
  const column = fields[secrecy.visibility]?.column as string;
  const isPrivate: Condition = { test: '=', on: reach(column), value: secrecy.word ?? 'private' };
  return { some: [{ not: isPrivate }, owned(fields, secrecy.owner, staffId, reach)] };
}

/**
 * The columns of a selection as a person may see them: in confidential rows of others the word stands instead, and without full
 * financial access what needs it is absent.
 */
export function columnsFor(selection: Selection, person: Person): readonly Expression[] {
  const { secrecy, fields, scope } = selection.resource;
  const { financial } = selection;
  if (financial.size > 0 && !seesFinances(person, scope))
    return selection.columns.map((each, at) => (financial.has(at) ? nothing : each));
  if (!secrecy || selection.masked.size === 0) return selection.columns;
  const column = fields[secrecy.visibility]?.column as string;
  const open: Condition = {
    some: [
      { not: { test: '=', on: { column }, value: 'confidential' } },
      owned(fields, secrecy.owner, person.id),
    ],
  };
  return selection.columns.map((each, at) =>
    selection.masked.has(at) && 'column' in each
      ? { column: each.column, when: open, otherwise: 'Confidential' }
      : each,
  );
}

function owned(
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
