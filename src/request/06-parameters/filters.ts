import { isDeepStrictEqual } from 'node:util';
import { type Catalogue, fieldBehind, resourceNamed } from '../../catalogue/catalogue.ts';
import type { Field } from '../../catalogue/fields.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { own, type Source } from '../../catalogue/source.ts';
import { refuse } from '../../contract/refuse.ts';
import { type Item, parseExpression, printExpression } from '../../grammar/expression.ts';
import { Bounded } from '../../store/bounded.ts';
import { expressionOf, fieldOf } from '../../store/expression.ts';
import { always, both, type Condition, type Expression, type Test } from '../../store/query.ts';
import type { Sent } from '../01-transport/received.ts';
import { searchFor, tooManyWords, wordsMax } from './search.ts';

export interface Order {
  readonly by: Expression;
  readonly descending: boolean;
}

export interface Filtered {
  readonly where: Condition;
  readonly order: readonly Order[];
  /** How many words are searched for. */
  readonly words: number;
}

export const unfiltered: Filtered = Object.freeze({ where: always, order: [], words: 0 });

/**
 * `_filters`, as a text of the grammar or (in JSON bodies) as an object of the same meaning. Refuses `parameter.invalid`
 * for a filter that the resource does not have, and for one that says nothing: one that is silently dropped would make a bulk change hit every row.
 */
export function parseFilters(sent: Sent | undefined, resource: Resource, catalogue: Catalogue): Filtered {
  if (sent === undefined || sent === null || sent === '') return unfiltered;
  if (typeof sent !== 'string') {
    const items = itemsOf(sent);
    return items.length === 0 && isBlank(sent) ? unfiltered : filtered(items, resource, catalogue);
  }
  if (sent.length > keptLength) return parseText(sent, resource, catalogue);
  let texts = known.get(catalogue);
  if (!texts) {
    texts = new Bounded({ entriesMax: kept, bytesMax: keptBytes, bytesOf });
    known.set(catalogue, texts);
  }
  return texts.keep(`${resource.name} ${sent}`, () => parseText(sent, resource, catalogue));
}

// Clients ask the same again and again. Only texts are kept: what a JSON body says is read anew. The key comes from callers: bounded in
// number, length and bytes.
const known = new WeakMap<Catalogue, Bounded<Filtered>>();
const kept = 2_000;
const keptLength = 500;
const keptBytes = 16 * 1_024 * 1_024;
/** An object takes some five times the text it is written as. */
const bytesOf = (filtered: Filtered): number => 5 * JSON.stringify(filtered).length;

function parseText(text: string, resource: Resource, catalogue: Catalogue): Filtered {
  const parsed = parseExpression(text);
  if ('problem' in parsed) {
    refuse('parameter.invalid', { field: '_filters', detail: `${parsed.problem} at ${parsed.at}` });
  }
  if (text.trim() === '') return unfiltered;
  return filtered(parsed.items, resource, catalogue);
}

function filtered(items: readonly Item[], resource: Resource, catalogue: Catalogue): Filtered {
  if (items.length === 0)
    refuse('parameter.invalid', { field: '_filters', detail: 'a filter is wanted, such as id(1,2)' });
  const order: Order[] = [];
  const where = both(...combined(items, resource, catalogue, order));
  if (sizeOf(where) > most)
    refuse('parameter.invalid', { field: '_filters', detail: `there are more than ${most} conditions` });
  const words = wordsIn(where);
  if (words > wordsMax) tooManyWords('_filters');
  return { where, order, words };
}

/** `{}` and `[]` say as little as an empty text does. */
const isBlank = (sent: object | number | boolean): boolean => Object.keys(sent).length === 0;

/** Engines take statements of a bounded size only; lists of values are no matter. */
const most = 1_000;

function sizeOf(condition: Condition): number {
  if ('all' in condition) return sizeOfAll(condition.all);
  if ('some' in condition) return sizeOfAll(condition.some);
  return 'not' in condition ? sizeOf(condition.not) : 1;
}

export function wordsIn(condition: Condition): number {
  if ('all' in condition) return condition.all.reduce((sum, each) => sum + wordsIn(each), 0);
  if ('some' in condition) return condition.some.reduce((sum, each) => sum + wordsIn(each), 0);
  if ('not' in condition) return wordsIn(condition.not);
  return 'contains' in condition ? 1 : 0;
}

const sizeOfAll = (conditions: readonly Condition[]): number =>
  conditions.reduce((sum, each) => sum + sizeOf(each), 0);

// "If the same filter is used more than once in a combination only the final instance of the filter will be used" — reference,
// Combining Filters. Not so for what combines or searches: the reference itself repeats `search` inside `_OR`. The same search again is no other.
const combining = new Set(['_AND', '_OR']);
const searching = new Set(['search', 'search_not']);

function keyOf({ name, list }: Item, at: number): string {
  if (combining.has(name)) return `${name} ${at}`;
  return searching.has(name) && list ? `${name} ${printExpression(list)}` : name;
}

function combined(
  items: readonly Item[],
  resource: Resource,
  catalogue: Catalogue,
  order: Order[],
): readonly Condition[] {
  const last = new Map<string, Item>();
  for (const [at, item] of items.entries()) last.set(keyOf(item, at), item);
  return [...last.values()].flatMap((item) => conditionOf(item, resource, catalogue, order) ?? []);
}

const suffixes: readonly (readonly [suffix: string, test: Test, kind: 'date' | 'range'])[] = [
  ['_before', '<', 'date'],
  ['_after', '>', 'date'],
  ['_greater_than_or_equal', '>=', 'range'],
  ['_less_than_or_equal', '<=', 'range'],
  ['_greater_than', '>', 'range'],
  ['_less_than', '<', 'range'],
];

function conditionOf(
  item: Item,
  resource: Resource,
  catalogue: Catalogue,
  order: Order[],
): Condition | undefined {
  const { name, list } = item;
  if (list === undefined) invalid(name, 'a filter has its values in parentheses, such as id(1,2)');
  if (combining.has(name)) {
    const parts = combined(list, resource, catalogue, order);
    if (parts.length === 0) invalid(name, 'at least one filter is wanted in it');
    return name === '_AND' ? { all: parts } : { some: parts };
  }
  if (name === 'order_by_asc' || name === 'order_by_desc') {
    for (const by of new Set(list.map((each) => each.name)))
      addOrder(order, orderOf(by, resource, catalogue), name.endsWith('desc'));
    return undefined;
  }
  const plain = basicOf(name, list, resource, catalogue);
  if (plain) return plain;
  if (name.endsWith('_not')) {
    const opposite =
      basicOf(name.slice(0, -4), list, resource, catalogue) ??
      compared(name.slice(0, -4), list, resource, catalogue);
    if (opposite) return { not: opposite };
  }
  return compared(name, list, resource, catalogue) ?? unknown(name, resource);
}

/** What is ordered by already is not ordered by again. */
function addOrder(order: Order[], by: Expression, descending: boolean): void {
  if (!order.some((known) => isDeepStrictEqual(known.by, by))) order.push({ by, descending });
}

/** Equality, `empty`, `search` and object filters. */
function basicOf(
  name: string,
  list: readonly Item[],
  resource: Resource,
  catalogue: Catalogue,
): Condition | undefined {
  if (name === 'search')
    return searchFor(list.map((each) => each.name).join(' '), resource, catalogue, '_filters');
  if (name === 'empty' && list.length === 0) invalid(name, 'at least one field is wanted');
  if (name === 'empty') return both(...list.map((each) => emptiness(each.name, resource, catalogue)));
  const { basic, range, object } = resource.filters;
  if (object.includes(name)) return objectsOf(name, list, resource, catalogue);
  if (!basic.includes(name) && !range.includes(name)) return undefined;
  const { on, field } = target(name, resource, catalogue);
  const read = valuesOf(name, list, field);
  const present = read.filter((value) => value !== null);
  const absent = present.length < read.length;
  const [only] = present;
  const matches: Condition | undefined =
    present.length === 0 || only === undefined
      ? undefined
      : present.length === 1
        ? { test: '=', on, value: only }
        : { among: present, on };
  if (!absent) return matches;
  return matches ? { some: [matches, { empty: on }] } : { empty: on };
}

function compared(
  name: string,
  list: readonly Item[],
  resource: Resource,
  catalogue: Catalogue,
): Condition | undefined {
  for (const [suffix, test, kind] of suffixes) {
    if (!name.endsWith(suffix)) continue;
    const base = name.slice(0, -suffix.length);
    const known =
      kind === 'date' ? resource.filters.date : [...resource.filters.range, ...resource.filters.date];
    if (!known.includes(base)) return undefined;
    const { on, field } = target(base, resource, catalogue);
    if (list.length !== 1) invalid(name, 'exactly one value is wanted');
    const [value] = list[0]?.name === '0' ? [0] : valuesOf(name, list, field);
    if (value === null || value === undefined) invalid(name, field?.kind.expects ?? 'a value is wanted');
    // An unset date counts as 0.
    const zero = field?.kind.name === 'moment' && includesZero(test, Number(value));
    return zero ? { test, on, value, zero } : { test, on, value };
  }
  return undefined;
}

const includesZero = (test: Test, value: number): boolean =>
  test === '<' ? value > 0 : test === '<=' || (test === '>=' && value === 0);

function target(
  name: string,
  resource: Resource,
  catalogue: Catalogue,
): { on: Expression; field: Field | undefined } {
  const source = sourceOf(name, resource) ?? unknown(name, resource);
  return { on: expressionOf(catalogue, resource, source), field: fieldOf(catalogue, resource, source) };
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
    if (!field) return item.name;
    const value = field.kind.read(item.name);
    if (value === undefined) invalid(name, `"${item.name.slice(0, 60)}" is not ${field.kind.expects}`);
    return value;
  });
}

/** `against(company(1,2),job(3))`: a reference of its own, or one of the rows that tie it to objects. */
function objectsOf(name: string, list: readonly Item[], resource: Resource, catalogue: Catalogue): Condition {
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
    if (!allowed.includes(item.name))
      invalid(name, `"${item.name.slice(0, 60)}" is not one of ${allowed.join(', ')}`);
    const ids = idsOf.get(item.name) ?? [];
    idsOf.set(item.name, ids);
    for (const value of valuesOf(name, item.list ?? [], id)) if (value !== null) ids.push(value);
  }
  const each = [...idsOf].map(([is, ids]): Condition => {
    if (!by) return both({ test: '=', on: { column: type }, value: is }, anyOf(ids, { column }));
    return anyOf(ids, { having: holder.name, by, type: { column: type, is }, expression: { column } });
  });
  const [only] = each;
  return only && each.length === 1 ? only : { some: each };
}

function anyOf(values: readonly (number | string)[], on: Expression): Condition {
  const [only] = values;
  return only !== undefined && values.length === 1 ? { test: '=', on, value: only } : { among: values, on };
}

function emptiness(name: string, resource: Resource, catalogue: Catalogue): Condition {
  const source = sourceOf(name, resource);
  const field = source && 'own' in source ? resource.fields[source.own] : undefined;
  // What is made of other fields has no value of its own to be absent.
  if (field?.made || field?.many) unknown(`empty(${name})`, resource);
  if (field?.reference) return { empty: { column: resource.fields[field.reference.id]?.column ?? '' } };
  if (!source || 'having' in source || 'any' in source) unknown(`empty(${name})`, resource);
  const text = fieldOf(catalogue, resource, source)?.kind.column !== 'integer';
  return { empty: expressionOf(catalogue, resource, source), text };
}

function orderOf(name: string, resource: Resource, catalogue: Catalogue): Expression {
  if (!resource.filters.order.includes(name)) {
    invalid('order_by', `"${name.slice(0, 60)}" is not one of ${resource.filters.order.join(', ')}`);
  }
  return target(name, resource, catalogue).on;
}

function unknown(name: string, { filters, title }: Resource): never {
  const { basic, date, range, object } = filters;
  const valid = [
    ...new Set([
      ...basic,
      ...range,
      ...object,
      ...date.flatMap((each) => [`${each}_before`, `${each}_after`]),
    ]),
  ];
  invalid(name.slice(0, 60), `${title} has no such filter; there are ${valid.join(', ')}`);
}

function invalid(name: string, detail: string): never {
  refuse('parameter.invalid', { field: `_filters ${name}`, detail });
}

/** The same filters as an object: `{"id": [12, 13], "against": [{"company": [312]}], "_AND": {…}}`. */
function itemsOf(sent: Sent): readonly Item[] {
  if (sent === null) return [];
  if (Array.isArray(sent)) return sent.flatMap((each) => itemsOf(each as Sent));
  if (typeof sent !== 'object') return [{ name: String(sent), list: undefined }];
  return Object.entries(sent).map(([name, value]) => ({ name, list: itemsOf(value as Sent) }));
}
