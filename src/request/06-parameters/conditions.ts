import { isDeepStrictEqual } from 'node:util';
import { type Catalogue, fieldBehind, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Field } from '../../catalogue/fields.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { own, type Source } from '../../catalogue/source.ts';
import { refuse } from '../../contract/refuse.ts';
import { type Item, printExpression } from '../../grammar/expression.ts';
import { expressionOf, sourceField } from '../../store/expression.ts';
import { both, type Condition, type Expression, never, type Test } from '../../store/query.ts';
import { dateTest } from './date-test.ts';
import { searchFor } from './search.ts';

export interface Order {
  readonly by: Expression;
  readonly descending: boolean;
}

/** What the items of one list are read for. `order` and `ignored` are filled on the way. */
export interface ConditionContext {
  readonly resource: Resource;
  readonly catalogue: Catalogue;
  readonly order: Order[];
  /** What the resource does not have: left out, as if it had not been sent. */
  readonly ignored: Set<string>;
}

// "If the same filter is used more than once in a combination only the final instance of the filter will be used" — reference,
// Combining Filters. Not so for what combines or searches: the reference itself repeats `search` inside `_OR`. The same search again is no other.
const combining = new Set(['_AND', '_OR']);
const searching = new Set(['search', 'search_not']);

function keyOf({ name, list }: Item, at: number): string {
  if (combining.has(name)) return `${name} ${at}`;
  return searching.has(name) && list ? `${name} ${printExpression(list)}` : name;
}

/** The conditions of filters that stand beside each other. Refuses `parameter.invalid` for values that are not valid, and for filters that say nothing. */
export function conditionsOf(items: readonly Item[], reading: ConditionContext): readonly Condition[] {
  const last = new Map<string, Item>();
  for (const [at, item] of items.entries()) last.set(keyOf(item, at), item);
  return [...last.values()].flatMap((item) => conditionOf(item, reading) ?? []);
}

const suffixes: readonly (readonly [suffix: string, test: Test, kind: 'date' | 'range'])[] = [
  ['_before', '<', 'date'],
  ['_after', '>', 'date'],
  ['_greater_than_or_equal', '>=', 'range'],
  ['_less_than_or_equal', '<=', 'range'],
  ['_greater_than', '>', 'range'],
  ['_less_than', '<', 'range'],
];

/** `undefined` for what is no condition: an order, and what is left out. */
function conditionOf({ name, list }: Item, reading: ConditionContext): Condition | undefined {
  if (list === undefined) invalid(name, 'a filter has its values in parentheses, such as id(1,2)');
  if (combining.has(name)) return groupOf(name, list, reading);
  if (name === 'order_by_asc' || name === 'order_by_desc') {
    for (const by of new Set(list.map((each) => each.name))) addOrder(name, by, reading);
    return undefined;
  }
  if (name === 'search' || name === 'empty') return lookedFor(name, name, list, reading);
  if (name === 'search_not' || name === 'empty_not') {
    const found = lookedFor(name, name.slice(0, -4), list, reading);
    return found && { not: found };
  }
  const plain = basicOf(name, list, reading);
  if (plain) return plain;
  if (name.endsWith('_not')) {
    const positive = name.slice(0, -4);
    const opposite = basicOf(positive, list, reading) ?? compared(positive, list, reading);
    if (opposite) return { not: opposite };
  }
  const found = compared(name, list, reading);
  if (found) return found;
  if (list.length === 0) invalid(name, 'at least one value is wanted');
  reading.ignored.add(name);
  return undefined;
}

/** A group in which nothing is left, for all of it was ignored, is as if it had not been sent itself: it holds neither for all nor for none. */
function groupOf(name: string, list: readonly Item[], reading: ConditionContext): Condition | undefined {
  const ignored = new Set<string>();
  const parts = conditionsOf(list, { ...reading, ignored });
  for (const each of ignored) reading.ignored.add(each);
  if (parts.length === 0) {
    if (ignored.size === 0) invalid(name, 'at least one filter is wanted in it');
    return undefined;
  }
  return name === '_AND' ? { all: parts } : { some: parts };
}

/** What is ordered by already is not ordered by again. */
function addOrder(name: string, by: string, reading: ConditionContext): void {
  const { resource, order, ignored } = reading;
  if (!resource.filters.order.includes(by)) {
    ignored.add(`${name}(${by})`);
    return;
  }
  const { on } = target(by, reading);
  if (!order.some((known) => isDeepStrictEqual(known.by, on)))
    order.push({ by: on, descending: name.endsWith('desc') });
}

/** `search` and `empty`, the same for all resources; `name` is what was sent. */
function lookedFor(
  name: string,
  what: string,
  list: readonly Item[],
  reading: ConditionContext,
): Condition | undefined {
  const { resource, catalogue, ignored } = reading;
  if (what === 'search') {
    if (list.length === 0) invalid(name, 'a word is wanted');
    const found = searchFor(list.map((each) => each.name).join(' '), resource, catalogue, '_filters');
    if (!found) ignored.add(name);
    return found;
  }
  if (list.length === 0) invalid(name, 'at least one field is wanted');
  const conditions = list.flatMap((each) => {
    const found = emptiness(each.name, reading);
    if (!found) ignored.add(`${name}(${each.name})`);
    return found ?? [];
  });
  return conditions.length === 0 ? undefined : both(...conditions);
}

/** Equality and object filters; `undefined` when the resource has none of this name. */
function basicOf(name: string, list: readonly Item[], reading: ConditionContext): Condition | undefined {
  const { basic, range, object } = reading.resource.filters;
  if (object.includes(name)) return objectsOf(name, list, reading);
  if (!basic.includes(name) && !range.includes(name)) return undefined;
  const { on, field } = target(name, reading);
  const read = valuesOf(name, list, field);
  const present = read.filter((value) => value !== null);
  const absent = present.length < read.length;
  const matches = present.length === 0 ? undefined : anyOf(present, on);
  if (!absent) return matches;
  return matches ? { some: [matches, { empty: on }] } : { empty: on };
}

function compared(name: string, list: readonly Item[], reading: ConditionContext): Condition | undefined {
  const { range, date } = reading.resource.filters;
  for (const [suffix, test, kind] of suffixes) {
    if (!name.endsWith(suffix)) continue;
    const base = name.slice(0, -suffix.length);
    if (!date.includes(base) && (kind === 'date' || !range.includes(base))) return undefined;
    const { on, field } = target(base, reading);
    if (list.length !== 1) invalid(name, 'exactly one value is wanted');
    const [read] = valuesOf(name, list, field);
    // What reads a 0 as absent (dates, links) compares with it all the same.
    const value = read === null && list[0]?.name !== '' ? 0 : read;
    if (value === null || value === undefined) invalid(name, field?.kind.expects ?? 'a value is wanted');
    return field?.kind.name === 'moment' ? dateTest(on, test, Number(value)) : { test, on, value };
  }
  return undefined;
}

function target(name: string, reading: ConditionContext): { on: Expression; field: Field | undefined } {
  const { resource, catalogue } = reading;
  const source = sourceOf(name, resource);
  if (!source) throw new Error(`${resource.name}.${name} names nothing`);
  return { on: expressionOf(catalogue, resource, source), field: sourceField(catalogue, resource, source) };
}

function sourceOf(name: string, resource: Resource): Source | undefined {
  if (Object.hasOwn(resource.sources, name)) return resource.sources[name];
  const field = fieldBehind(resource, name);
  return field === undefined ? undefined : own(field);
}

function valuesOf(
  name: string,
  list: readonly Item[],
  field: Field | undefined,
): readonly (number | string | null)[] {
  if (list.length === 0) invalid(name, 'at least one value is wanted');
  return list.map((item) => {
    if (item.list) invalid(name, 'its values take no parentheses');
    const value = field ? field.kind.read(item.name) : item.name;
    if (value !== undefined) return value;
    // A word that no object can have is one that none has.
    if (field?.kind.values) return item.name;
    return invalid(name, `"${item.name.slice(0, 60)}" is not ${field?.kind.expects}`);
  });
}

/**
 * `against(company(1,2),job(3))`: a reference of its own, or one of the rows that tie it to objects. Nothing is against an object of a kind
 * that the reference never names.
 */
function objectsOf(
  name: string,
  list: readonly Item[],
  { resource, catalogue }: ConditionContext,
): Condition {
  const tie = resource.sources[name];
  const tied = tie && 'having' in tie && 'own' in tie.source ? { ...tie, own: tie.source.own } : undefined;
  const holder = tied ? resourceNamed(catalogue, tied.having) : resource;
  const named = tied?.own ?? name;
  const reference = holder.fields[named]?.reference;
  const allowed = holder.references[named] ?? [];
  const type = reference && holder.fields[reference.type]?.column;
  const id = reference && holder.fields[reference.id];
  if (!type || !id?.column) throw new Error(`${resource.name}.${name} is no reference`);
  if (list.length === 0) invalid(name, `an object is wanted, such as ${allowed[0]}(12)`);
  const { column } = id;
  const by = tied && holder.fields[tied.by]?.column;
  // One condition for each kind of object, however often it is named.
  const idsOf = new Map<string, (number | string)[]>();
  for (const item of list) {
    const ids = valuesOf(name, item.list ?? [], id).filter((value) => value !== null);
    if (allowed.includes(item.name)) idsOf.set(item.name, [...(idsOf.get(item.name) ?? []), ...ids]);
  }
  const each = [...idsOf].map(([is, ids]): Condition => {
    if (!by) return both({ test: '=', on: { column: type }, value: is }, anyOf(ids, { column }));
    return anyOf(ids, { having: holder.name, by, type: { column: type, is }, expression: { column } });
  });
  if (each.length === 0) return never;
  const [only] = each;
  return only && each.length === 1 ? only : { some: each };
}

function anyOf(values: readonly (number | string)[], on: Expression): Condition {
  const [only] = values;
  return only !== undefined && values.length === 1 ? { test: '=', on, value: only } : { among: values, on };
}

function emptiness(name: string, { resource, catalogue }: ConditionContext): Condition | undefined {
  const source = sourceOf(name, resource);
  const field = source && 'own' in source ? resource.fields[source.own] : undefined;
  // What is made of other fields has no value of its own to be absent.
  if (field?.made || field?.many) return undefined;
  if (field?.reference) return { empty: { column: resource.fields[field.reference.id]?.column ?? '' } };
  if (!source || 'having' in source || 'any' in source) return undefined;
  const text = sourceField(catalogue, resource, source)?.kind.column !== 'integer';
  return { empty: expressionOf(catalogue, resource, source), text };
}

function invalid(name: string, detail: string): never {
  refuse('parameter.invalid', { field: `_filters ${name.slice(0, 60)}`, detail });
}
