import type { Result } from './caller.ts';
import type { Calls } from './calls.ts';
import { type Item, itemsOf, jsonOf, orderItems, printed } from './filters.ts';
import { Refused } from './refused.ts';
import type { Call, Value } from './request.ts';
import { fromWire, type Kinds, toWire } from './wire.ts';

/** One request of a resource, as the generated modules say it. */
export interface Row {
  /** `GET` unless told. */
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  /** Each `{}` stands for an id. */
  readonly path: string;
  /** `one` object unless told; `raw`: as it came. */
  readonly answers?: 'list' | 'count' | 'none' | 'file' | 'raw';
  /** Where in the answer it is, when it is not the answer itself. */
  readonly key?: string;
  /** What is answered, when it is of another resource. */
  readonly of?: () => Kinds;
  /** It takes values. */
  readonly writes?: true;
  /** Doing it twice does nothing more. */
  readonly idempotent?: true;
}

/** A resource, of which a client makes `Methods`. */
export interface Resource<Methods> {
  readonly kinds: Kinds;
  readonly rows: { readonly [method in keyof Methods]: Row };
}

// biome-ignore lint/suspicious/noExplicitAny: the methods of a resource are known where it is named.
export type Resources = Readonly<Record<string, Resource<any>>>;

export type Bound<R extends Resources> = {
  readonly [K in keyof R]: R[K] extends Resource<infer M> ? M : never;
};

export type Id = number | string;

/** A list: awaited, it is one page; iterated, all of them. It is asked for then, not before. Iterating rejects with `Refused`. */
export interface Listing<T> extends PromiseLike<Result<readonly T[]>>, AsyncIterable<T> {}

/** Of every request. */
export interface Sent {
  readonly signal?: AbortSignal | undefined;
  /** Parameters that have no name here. */
  readonly query?: Readonly<Record<string, Value>>;
}

export interface Written extends Sent {
  /** With a key of one's own a write may be repeated, also by another process. */
  readonly idempotencyKey?: string;
}

interface Options extends Written {
  readonly fields?: readonly string[];
  readonly hideDefaults?: boolean;
  readonly filters?: Readonly<Record<string, unknown>>;
  readonly order?: string | readonly string[];
  readonly search?: string;
  readonly limit?: number;
  readonly page?: number;
}

/** Objects of a page. */
const pageSizeMax = 100;

/** Longer than this a URL may not arrive. */
const urlLengthMax = 2_000;

export function boundTo(
  calls: Calls,
  { kinds, rows }: { readonly kinds: Kinds; readonly rows: Readonly<Record<string, Row>> },
): object {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, methodOf(calls, kinds, row)]));
}

function methodOf(calls: Calls, own: Kinds, row: Row) {
  const { method, answers, key, of, writes, idempotent } = row;
  const places = row.path.split('{}');
  const read = (said: unknown): unknown => {
    const response = key === undefined ? said : (said as Record<string, unknown> | null)?.[key];
    if (answers === 'raw' || answers === 'none') return response;
    if (answers === 'count') return Number((response as { count: string }).count);
    return fromWire(of?.() ?? own, response);
  };
  return (...given: readonly unknown[]): unknown => {
    const ids = given.slice(0, places.length - 1);
    const path = places
      .map((place, i) => (i === 0 ? place : `${encodeURIComponent(idIn(ids[i - 1]))}${place}`))
      .join('');
    const values = writes ? ((given[ids.length] ?? {}) as Readonly<Record<string, unknown>>) : undefined;
    const options = (given[ids.length + (writes ? 1 : 0)] ?? {}) as Options;
    const { signal, idempotencyKey } = options;
    const base: Call = {
      path,
      ...(method ? { method } : {}),
      ...(idempotent ? { idempotent } : {}),
      ...(signal ? { signal } : {}),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(values ? { values: toWire(own, values) } : {}),
    };
    if (answers === 'file') return calls.download({ ...base, query: { ...options.query } });
    const ask = async (page: Partial<Options>): Promise<Result<unknown>> => {
      const result = await calls.call(asking(base, { ...options, ...page }));
      return result.ok ? { ...result, response: read(result.response) } : result;
    };
    return answers === 'list' ? listing(ask, options) : ask({});
  };
}

function idIn(id: unknown): string {
  const text = String(id ?? '');
  // A URL goes up by dots, to another resource.
  if (text === '' || text === '.' || text === '..') throw new TypeError('an id is wanted');
  return text;
}

function listing(
  ask: (page: Partial<Options>) => Promise<Result<unknown>>,
  options: Options,
): Listing<unknown> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: to be awaited is what it is for.
    then: (kept, failed) => (ask({}) as Promise<Result<readonly unknown[]>>).then(kept, failed),
    async *[Symbol.asyncIterator]() {
      const limit = pageSize(options.limit);
      for (let page = options.page ?? 0; ; page++) {
        const result = (await ask({ page, limit })) as Result<readonly unknown[]>;
        if (!result.ok) throw new Refused(result.verdict);
        yield* result.response;
        if (result.response.length < limit) return;
      }
    },
  };
}

/** Throws `TypeError` for a page that would never be the last one. */
export function pageSize(limit = pageSizeMax): number {
  if (!(limit >= 1)) throw new TypeError('the limit of a page is 1 to 100');
  // What is more, the API takes for this.
  return Math.min(Math.floor(limit), pageSizeMax);
}

/** The call with its parameters; a read whose parameters are long, or cannot be told in a URL, has them in its body. */
function asking(call: Call, options: Options): Call {
  const { fields, hideDefaults, search, limit, page, filters, order } = options;
  const items: readonly Item[] = [...itemsOf(filters ?? {}), ...orderItems(order)];
  const text = printed(items);
  const query: Record<string, Value> = {
    ...options.query,
    ...(fields?.length ? { _fields: fields.join(',').replaceAll(' ', '') } : {}),
    ...(hideDefaults ? { _hide_defaults: 1 } : {}),
    ...(search === undefined ? {} : { _search: search }),
    ...(limit === undefined ? {} : { _limit: limit }),
    ...(page === undefined ? {} : { _page: page }),
    ...(text ? { _filters: text } : {}),
  };
  const long = text === undefined || lengthOf(query) > urlLengthMax;
  if (!long || call.method !== undefined) return { ...call, query };
  const values = { ...query, ...(items.length > 0 ? { _filters: jsonOf(items) } : {}) };
  return { ...call, method: 'POST', idempotent: true, query: { _method: 'GET' }, values };
}

const lengthOf = (query: Readonly<Record<string, Value>>): number =>
  Object.entries(query).reduce(
    (sum, [name, value]) => sum + name.length + encodeURIComponent(value).length + 2,
    0,
  );
