import { type Person, seesFinances } from '../../identity/people.ts';
import { owned } from '../../objects/visible.ts';
import type { Condition, Expression } from '../../store/query.ts';
import type { Selection } from '../06-parameters/fields.ts';

const nothing: Expression = Object.freeze({ nothing: true });

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
