import { wordOf } from './wire.ts';

type Some<T> = T | readonly T[];

/** The filters of a resource, by kind, as the generated modules say them: names, and what their values are. */
export interface FilterNames {
  readonly basic: object;
  /** Compared by before and after. */
  readonly date: string;
  readonly range: object;
  /** Kinds of object, by filter. */
  readonly object: object;
  readonly empty: string;
  readonly search: boolean;
  readonly order: string;
}

type Bounds = 'greater_than' | 'greater_than_or_equal' | 'less_than' | 'less_than_or_equal';
type Not<K extends string> = K | `${K}_not`;

type Basic<T> = { readonly [K in keyof T & string as Not<K>]?: Some<T[K]> };
type Ranges<T> = { readonly [K in keyof T & string as Not<`${K}_${Bounds}`>]?: T[K] };
type Dates<K extends string> = { readonly [N in Not<`${K}_${'before' | 'after' | Bounds}`>]?: Date };
type Objects<T> = {
  readonly [K in keyof T & string as Not<K>]?: { readonly [O in T[K] & string]?: Some<number> };
};
type Words<S> = S extends true ? { readonly search?: string; readonly search_not?: string } : unknown;

/** All of these have to hold. `_OR`: any of them; a list of objects: any object of which all holds. */
export type Filters<N extends FilterNames> = Basic<N['basic']> &
  Basic<N['range']> &
  Ranges<N['range']> &
  Dates<N['date']> &
  Objects<N['object']> &
  Words<N['search']> & {
    readonly empty?: Some<N['empty']>;
    readonly empty_not?: Some<N['empty']>;
    readonly _AND?: Some<Filters<N>>;
    readonly _OR?: Some<Filters<N>>;
    /** A list is none: without this, one of anything would pass for an object that says nothing. */
    readonly [Symbol.iterator]?: never;
  };

/** A name, or `-` and a name for the other way round; the first counts most. */
export type Order<N extends FilterNames> = Some<N['order'] | `-${N['order']}`>;

/** A filter with its values, as the grammar of `_filters` has it. */
export interface Item {
  readonly name: string;
  readonly list?: readonly Item[];
}

type Given = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** Throws `TypeError` for what cannot be said: a filter without values, which would hold for nothing or for all. */
export function itemsOf(filters: Given): readonly Item[] {
  return Object.entries(filters).flatMap(([name, value]): readonly Item[] => {
    if (value === undefined) return [];
    if (name === '_AND' || name === '_OR') return [{ name, list: combined(value) }];
    const list =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
        ? Object.entries(value as Given).map(([kind, ids]) => ({ name: kind, list: valuesOf(kind, ids) }))
        : valuesOf(name, value);
    if (list.length === 0) throw new TypeError(`the filter ${name} has no values`);
    return [{ name, list }];
  });
}

/** The same name twice would count once: each object of a list is one item of its own. */
function combined(value: unknown): readonly Item[] {
  if (!Array.isArray(value)) return itemsOf(value as Given);
  return value.map((each: Given) => ({ name: '_AND', list: itemsOf(each) }));
}

function valuesOf(name: string, value: unknown): readonly Item[] {
  const values = listOf(value);
  if (values.length === 0) throw new TypeError(`the filter ${name} has no values`);
  return values.map((each) => ({ name: valueIn(name, each) }));
}

function valueIn(name: string, value: unknown): string {
  // As the API says it: 0 means none.
  if (value === null) return '0';
  if (!(value instanceof Date)) return wordOf(value, name);
  // Moments are whole seconds: so that what is left out is what it would be.
  const up = /_(before|less_than|greater_than_or_equal)(_not)?$/.test(name);
  return wordOf(up ? new Date(Math.ceil(value.getTime() / 1_000) * 1_000) : value, name);
}

/** Throws `TypeError` for `['a', '-b', 'c']`: the API takes each direction once. */
export function orderItems(order: string | readonly string[] | undefined): readonly Item[] {
  const items: { name: string; list: Item[] }[] = [];
  for (const each of order === undefined ? [] : (listOf(order) as readonly string[])) {
    const down = each.startsWith('-');
    const name = down ? 'order_by_desc' : 'order_by_asc';
    const by = { name: down ? each.slice(1) : each };
    if (items.at(-1)?.name === name) items.at(-1)?.list.push(by);
    else items.push({ name, list: [by] });
  }
  if (items.length > 2) throw new TypeError('an order can change its direction once');
  return items;
}

/** The items as text, or `undefined` when one has what the grammar needs for itself. */
export function printed(items: readonly Item[]): string | undefined {
  const texts = items.map(({ name, list }) => {
    if (name === '' || name !== name.trim() || /[(),]/.test(name)) return undefined;
    if (list === undefined) return name;
    const inner = printed(list);
    return inner === undefined ? undefined : `${name}(${inner})`;
  });
  return texts.includes(undefined) ? undefined : texts.join(',');
}

/** The items as JSON bodies have them: values as a list, filters as one object, or as a list of objects where a name occurs twice. */
export function jsonOf(items: readonly Item[]): unknown {
  const names = new Set(items.map(({ name }) => name));
  if (names.size === items.length && items.every(({ list }) => list))
    return Object.fromEntries(items.map(({ name, list = [] }) => [name, jsonOf(list)]));
  return items.map(({ name, list }) => (list ? { [name]: jsonOf(list) } : name));
}
