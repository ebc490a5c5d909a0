import { type Catalogue, fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Field } from '../catalogue/fields.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Source, Tie } from '../catalogue/source.ts';
import type { Expression, TiedRows } from './query.ts';
import { indexOver } from './schema.ts';

/** A source of the catalogue, as an expression of the store. */
export function expressionOf(catalogue: Catalogue, resource: Resource, source: Source): Expression {
  if ('own' in source) return fieldExpression(catalogue, resource, source.own);
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
  if ('having' in source) {
    const target = resourceNamed(catalogue, source.having);
    const type = source.type && { column: columnOf(target, source.type), is: resource.singular };
    return {
      having: target.name,
      by: columnOf(target, source.by),
      ...(type ? { type } : {}),
      expression: expressionOf(catalogue, target, source.source),
    };
  }
  if ('plus' in source) return { plus: source.plus.map((each) => expressionOf(catalogue, resource, each)) };
  if ('minus' in source) return { minus: expressionOf(catalogue, resource, source.minus) };
  if ('times' in source) {
    const [one, other] = source.times;
    return {
      times: [expressionOf(catalogue, resource, one), expressionOf(catalogue, resource, other)],
      per: source.per,
    };
  }
  if ('choose' in source) {
    const cases = Object.entries(source.cases).map(
      ([value, each]) => [value, expressionOf(catalogue, resource, each)] as const,
    );
    return { choose: columnOf(resource, source.choose), cases: Object.fromEntries(cases) };
  }
  const target = resourceNamed(catalogue, tiedIn(source));
  const tie = tieOf(catalogue, resource, target, source.tie);
  if ('counted' in source) return { counted: tie };
  const expression = expressionOf(catalogue, target, source.source);
  if ('total' in source) return { total: tie, expression };
  return 'lowest' in source ? { lowest: tie, expression } : { highest: tie, expression };
}

/** The resource whose objects are tied to those of another. */
const tiedIn = (source: Extract<Source, { readonly tie: Tie }>): string => {
  if ('total' in source) return source.total;
  if ('lowest' in source) return source.lowest;
  return 'highest' in source ? source.highest : source.counted;
};

function tieOf(catalogue: Catalogue, from: Resource, target: Resource, tie: Tie): TiedRows {
  const on = tie.map((each) => {
    const column = columnOf(target, each.field);
    if ('is' in each) return { column, is: each.is };
    if ('among' in each) {
      const among = resourceNamed(catalogue, each.among);
      return { column, among: tieOf(catalogue, from, among, each.tie) };
    }
    const own = columnOf(from, each.same);
    if (!('tree' in each)) return { column, same: own };
    const tree = resourceNamed(catalogue, each.tree);
    return { column, tree: tree.name, by: columnOf(tree, each.by), same: own };
  });
  const index = indexOver(
    target,
    on.map(({ column }) => column),
  );
  return { table: target.name, index, on };
}

/** The expression of one field, wherever it is read from. */
export function fieldExpression(catalogue: Catalogue, resource: Resource, name: string): Expression {
  const field = fieldNamed(resource, name);
  if (field.column) return { column: field.column };
  if (field.source) return expressionOf(catalogue, resource, field.source);
  throw new Error(`${resource.name}.${name} is made of other fields`);
}

/** The field that decides how a source's values are read: its last one. */
export function sourceField(catalogue: Catalogue, resource: Resource, source: Source): Field | undefined {
  if ('own' in source) return fieldNamed(resource, source.own);
  if ('joined' in source) return undefined;
  if ('any' in source) return source.any[0] && sourceField(catalogue, resource, source.any[0]);
  if ('plus' in source || 'minus' in source || 'times' in source || 'choose' in source || 'counted' in source)
    return undefined;
  return sourceField(catalogue, resourceNamed(catalogue, targetOf(resource, source)), source.source);
}

type SourceElsewhere = Extract<
  Source,
  { readonly via: string } | { readonly having: string } | { readonly tie: Tie; readonly source: Source }
>;

/** The resource that a source is read from. */
function targetOf(resource: Resource, source: SourceElsewhere): string {
  if ('via' in source) return linkColumn(resource, source.via).to;
  return 'having' in source ? source.having : tiedIn(source);
}

function columnOf(resource: Resource, name: string): string {
  const field = fieldNamed(resource, name);
  if (field.column) return field.column;
  if (field.source && 'own' in field.source) return columnOf(resource, field.source.own);
  throw new Error(`${resource.name}.${name} has no column of its own`);
}

function linkColumn(resource: Resource, name: string): { column: string; to: string } {
  const { to } = fieldNamed(resource, name);
  if (!to) throw new Error(`${resource.name}.${name} is not a link`);
  return { column: columnOf(resource, name), to };
}
