import { type Catalogue, fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Field } from '../catalogue/fields.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Source } from '../catalogue/source.ts';
import type { Expression } from './query.ts';

/** What a catalogue's source is called in the store. */
export function expressionOf(catalogue: Catalogue, resource: Resource, source: Source): Expression {
  if ('own' in source) return ofField(catalogue, resource, source.own);
  if ('joined' in source) return { joined: source.joined.map((name) => columnOf(resource, name)) };
  if ('any' in source) return { any: source.any.map((each) => expressionOf(catalogue, resource, each)) };
  if ('via' in source) {
    const { column, to } = linkColumn(resource, source.via);
    const target = resourceNamed(catalogue, to);
    return {
      through: column,
      table: target.name,
      expression: expressionOf(catalogue, target, source.source),
    };
  }
  const target = resourceNamed(catalogue, source.having);
  return {
    having: target.name,
    by: columnOf(target, source.by),
    expression: expressionOf(catalogue, target, source.source),
  };
}

/** The expression of one field, wherever it is read from. */
export function ofField(catalogue: Catalogue, resource: Resource, name: string): Expression {
  const field = fieldNamed(resource, name);
  if (field.column) return { column: field.column };
  if (field.source) return expressionOf(catalogue, resource, field.source);
  throw new Error(`${resource.name}.${name} is made of other fields`);
}

/** The field that decides how a source's values are read: its last one. */
export function fieldOf(catalogue: Catalogue, resource: Resource, source: Source): Field | undefined {
  if ('own' in source) {
    const field = fieldNamed(resource, source.own);
    return field;
  }
  if ('joined' in source) return undefined;
  if ('any' in source) return source.any[0] && fieldOf(catalogue, resource, source.any[0]);
  const target = 'via' in source ? linkColumn(resource, source.via).to : source.having;
  return fieldOf(catalogue, resourceNamed(catalogue, target), source.source);
}

function columnOf(resource: Resource, name: string): string {
  const field = fieldNamed(resource, name);
  if (field.column) return field.column;
  if (field.source && 'own' in field.source) return columnOf(resource, field.source.own);
  throw new Error(`${resource.name}.${name} has no column of its own`);
}

function linkColumn(resource: Resource, name: string): { column: string; to: string } {
  const { to } = fieldNamed(resource, name);
  if (!to) throw new Error(`${resource.name}.${name} is no link`);
  return { column: columnOf(resource, name), to };
}
