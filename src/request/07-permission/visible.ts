import type { Resource } from '../../catalogue/resource.ts';
import { always, both, type Condition, type Expression } from '../../store/query.ts';
import type { Selection } from '../06-parameters/fields.ts';

/** Which rows of a resource a person may see: private ones only their owner. */
export function visible({ secrecy, fields }: Resource, staffId: number): Condition {
  if (!secrecy) return always;
  const column = fields[secrecy.visibility]?.column as string;
  const isPrivate: Condition = { test: '=', on: { column }, value: 'private' };
  return { some: [{ not: isPrivate }, owned(fields, secrecy.owner, staffId)] };
}

/** The columns of a selection as a person may see them: in confidential rows of others the word stands instead. */
export function columnsFor(selection: Selection, staffId: number): readonly Expression[] {
  const { secrecy, fields } = selection.resource;
  if (!secrecy || selection.masked.size === 0) return selection.columns;
  const column = fields[secrecy.visibility]?.column as string;
  const open: Condition = {
    some: [
      { not: { test: '=', on: { column }, value: 'confidential' } },
      owned(fields, secrecy.owner, staffId),
    ],
  };
  return selection.columns.map((each, at) =>
    selection.masked.has(at) && 'column' in each
      ? { column: each.column, when: open, otherwise: 'Confidential' }
      : each,
  );
}

function owned(fields: Resource['fields'], owner: string, staffId: number): Condition {
  const reference = fields[owner]?.reference;
  const type = reference && fields[reference.type]?.column;
  const id = reference && fields[reference.id]?.column;
  if (!type || !id) throw new Error(`${owner} is no reference with columns`);
  return both(
    { test: '=', on: { column: type }, value: 'staff' },
    { test: '=', on: { column: id }, value: staffId },
  );
}
