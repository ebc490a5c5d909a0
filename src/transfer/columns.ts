import { fieldBehind } from '../catalogue/catalogue.ts';
import type { Field } from '../catalogue/fields.ts';
import type { Resource } from '../catalogue/resource.ts';

/** The field with a column that a name of a file's row means: its own, one of its aliases', or a write parameter's. */
export function ownField(resource: Resource, name: string): string | undefined {
  const behind = fieldBehind(resource, name);
  const field = behind === undefined ? undefined : resource.fields[behind];
  if (field?.column) return behind;
  return field?.source && 'own' in field.source ? ownField(resource, field.source.own) : undefined;
}

/** Whether a name is one that objects are read with, but that is kept elsewhere: rows that were read by the API may carry it. */
export const readElsewhere = (resource: Resource, name: string): boolean =>
  name === 'breadcrumbs' ||
  (fieldBehind(resource, name) !== undefined && ownField(resource, name) === undefined);

export interface DumpColumn {
  readonly column: string;
  /** What a dump calls it: the column, which is what a POST calls links by. */
  readonly written: string;
  readonly name: string;
  readonly field: Field;
  /** A secret, or the hash of one, that a dump leaves out unless told. */
  readonly secret: boolean;
}

/** The columns of a resource in the order of its fields, which begins with the id. */
export const columnsOf = (resource: Resource): readonly DumpColumn[] =>
  Object.entries(resource.fields).flatMap(([name, field]) => {
    const { column } = field;
    if (!column) return [];
    return {
      column,
      written: ownField(resource, column) === name ? column : name,
      name,
      field,
      secret: isPassword(resource, name) || (name === 'secret' && field.shown === 'hidden'),
    };
  });

/** The field that holds the hash of a password: never on the wire, and written in clear. */
export const isPassword = (resource: Resource, name: string): boolean =>
  name === 'password' && resource.fields[name]?.shown === 'hidden';

/** The fields whose value a POST works out when it is not given one. */
export const derivedFields = ({ fields, follows }: Resource): readonly string[] =>
  Object.entries(fields)
    .filter(
      ([name, { column, initial, stamped }]) =>
        column && (initial !== undefined || stamped !== undefined || name in follows),
    )
    .map(([name]) => name);
