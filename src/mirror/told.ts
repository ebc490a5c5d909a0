import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Field } from '../catalogue/fields.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { ownField } from '../transfer/columns.ts';

type Json = Readonly<Record<string, unknown>>;

/** What an answered object says of an object's own fields. `unreadable`: fields that said what this version cannot keep. */
export interface ReadRow {
  readonly id: number;
  readonly values: Readonly<Record<string, Stored>>;
  readonly unreadable: readonly string[];
}

/** Ids beyond it would leave none for objects that are made here. */
const highestId = 2 ** 52;

/** The fields with a column that any shown field tells, each with the name to ask for. */
export function askedFor(resource: Resource): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const shown = Object.entries(resource.fields).filter(([, { shown }]) => shown !== 'hidden');
  const tell = (field: string | undefined, name: string): void => {
    if (field !== undefined && !names.has(field)) names.set(field, name);
  };
  for (const [name, { column }] of shown) if (column) tell(name, name);
  for (const [name, { source, embedded }] of shown)
    if (source && 'own' in source && !embedded) tell(ownField(resource, name), name);
  for (const [name, { made }] of shown) if (made?.storedFrom) tell(made.storedFrom.field, name);
  for (const [name, { reference }] of shown) {
    if (!reference) continue;
    tell(reference.type, name);
    tell(reference.id, name);
  }
  return names;
}

/** Reads an answered object by the names it has, which may be those of aliases. `undefined` when it has no id that can be kept. */
export function rowIn(resource: Resource, object: Json, catalogue: Catalogue): ReadRow | undefined {
  const values: Record<string, Stored> = {};
  const unreadable: string[] = [];
  const take = (field: string, told: unknown): void => {
    const value = storedIn(resource.fields[field] as Field, told);
    if (value === undefined) unreadable.push(field);
    else values[field] = value;
  };
  // A name of its own counts before that of an alias, and a plain value before one that is made of it.
  const names = Object.keys(object);
  for (const own of [true, false]) {
    for (const name of names) {
      const field = ownField(resource, name);
      const made = resource.fields[name]?.made !== undefined;
      if (field === undefined || made || (name === field) !== own) continue;
      if (values[field] == null && !unreadable.includes(field)) take(field, object[name]);
    }
  }
  for (const [name, { made, reference, shown }] of Object.entries(resource.fields)) {
    if (shown === 'hidden') continue;
    if (made?.storedFrom && values[made.storedFrom.field] === undefined) {
      const told = made.storedFrom.read(object[name], object);
      if (told !== undefined) take(made.storedFrom.field, told);
    }
    const said = reference && object[name];
    if (reference && typeof said === 'string' && values[reference.id] === undefined) {
      const [plural = '', id = ''] = said.split('/');
      const kind = [...catalogue.resources.values()].find((each) => each.plural === plural);
      if (!kind) unreadable.push(reference.type);
      else {
        take(reference.type, kind.singular);
        take(reference.id, id);
      }
    }
  }
  const { id, ...others } = values;
  return typeof id === 'number' && id > 0 && id <= highestId ? { id, values: others, unreadable } : undefined;
}

/** The stored value, `undefined` when it is none of this kind. */
function storedIn({ kind }: Field, told: unknown): Stored | undefined {
  if (told === null || told === undefined) return null;
  const said =
    typeof told === 'object' && !Array.isArray(told) ? (told as { readonly id?: unknown }).id : told;
  const text = typeof said === 'boolean' ? String(Number(said)) : said;
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  return kind.read(kind.column === 'integer' ? String(text).trim() : String(text));
}
