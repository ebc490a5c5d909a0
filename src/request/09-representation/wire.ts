import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { Tree } from '../../contract/answer.ts';
import { refuse } from '../../contract/refuse.ts';
import type { SelectionEntry } from '../06-parameters/fields.ts';
import type { Breadcrumb } from '../08-operation/outcome.ts';

type Crumbs = Extract<SelectionEntry, { as: 'breadcrumbs' }>;
type Value = Extract<SelectionEntry, { as: 'value' }>;
type Reference = Extract<SelectionEntry, { as: 'reference' }>;

/** A stored value in every format: ids, numbers, times and flags are strings, absent is `null`. Refuses `data.corrupt`. */
export function valueOnWire({ name, field: { kind } }: Value, stored: Stored): string | null {
  if (!kind.holds(stored)) corrupt(name, stored, kind.expects);
  return stored === null ? null : kind.wire(stored);
}

/** `"<plural>/<id>"`. Refuses `data.corrupt` for a type that is no kind of object. */
export function referenceOnWire({ name, plurals }: Reference, type: Stored, id: Stored): string | null {
  if (type === null || id === null) return null;
  const plural = plurals.get(String(type));
  if (plural === undefined) corrupt(name, type, 'a kind of object');
  return `${plural}/${id}`;
}

/** `[{id, table, title}]`, nearest first; or of the parent, which is the nearest: its title, and what is above it. */
export function breadcrumbsOnWire({ of }: Crumbs, trail: readonly Breadcrumb[]): Tree {
  if (of === 'title') return trail[0]?.title ?? null;
  const shown = of === 'above' ? trail.slice(1) : trail;
  return shown.map(({ id, table, title }) => ({ id: String(id), table, title }));
}

function corrupt(name: string, stored: Stored, expects: string): never {
  refuse('data.corrupt', {
    exact: `${name} holds ${JSON.stringify(stored)?.slice(0, 80)}, and ${expects} is wanted`,
  });
}
