import { type Catalogue, fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Field } from '../../src/catalogue/fields.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { own } from '../../src/catalogue/source.ts';
import { sourceField } from '../../src/store/expression.ts';

/** What kinds of field are in the SDK; all others are text. Decimals are text too: no number says them exactly. */
const types: Readonly<Record<string, string>> = {
  unsigned: 'number',
  integer: 'number',
  link: 'number',
  moment: 'Date',
  flag: 'boolean',
  yesno: 'boolean',
};

/** What `client/src/wire.ts` calls them. */
const kinds: Readonly<Record<string, string>> = {
  unsigned: 'number',
  integer: 'number',
  link: 'number',
  moment: 'moment',
  flag: 'flag',
  yesno: 'yesno',
};

export const wireKind = ({ kind, reference, made, many, crumbs }: Field): string | undefined =>
  reference || made || many || crumbs ? undefined : kinds[kind.name];

const choices = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(' | ');

/** The type of a value that is read, absent included. Only an id is always there. */
export function readType(name: string, field: Field): string {
  if (field.made) return 'unknown';
  if (field.crumbs === 'above') return 'readonly Breadcrumb[]';
  if (name === 'id') return 'number';
  if (field.reference || field.crumbs) return 'string | null';
  const { values } = field.kind;
  return `${values ? choices(values) : (types[field.kind.name] ?? 'string')} | null`;
}

/** The type of a parameter that is written; `null` empties it. What is no field is read by the verb itself. */
export function writtenType(resource: Resource, name: string): string {
  const field = resource.fields[fieldBehind(resource, name) ?? ''];
  if (!field || field.made) return 'unknown';
  const { name: kind, values } = field.kind;
  if (values) return `${choices(values)} | null`;
  if (kind === 'money') return 'string | number | null';
  // A link that is written out may be written as the bare id.
  if (kind === 'uri') return 'string | number | null';
  return `${types[kind] ?? 'string'} | null`;
}

/** The type of the values of a filter; 0, for what leads nowhere, is `null`. */
export function filteredType(catalogue: Catalogue, resource: Resource, name: string): string {
  const behind = fieldBehind(resource, name);
  const source = resource.sources[name] ?? (behind === undefined ? undefined : own(behind));
  const field = source && sourceField(catalogue, resource, source);
  if (!field) return 'string | number';
  const { name: kind, values } = field.kind;
  if (values) return choices(values);
  if (kind === 'money') return 'string | number';
  if (kind === 'uri' || kind === 'link') return 'number | null';
  return types[kind] ?? 'string';
}
