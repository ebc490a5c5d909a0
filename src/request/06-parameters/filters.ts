import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Resource } from '../../catalogue/resource.ts';
import type { ParameterValue } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import { type Item, parseExpression } from '../../grammar/expression.ts';
import { Bounded } from '../../store/bounded.ts';
import { always, both, type Condition } from '../../store/query.ts';
import { conditionsOf, type Order } from './conditions.ts';
import type { Ignored } from './ignored.ts';
import { tooManyWords, wordsMax } from './search.ts';

export interface Filtered {
  readonly where: Condition;
  readonly order: readonly Order[];
  /** The number of words that are searched for. */
  readonly words: number;
  readonly ignored: Ignored;
}

export const unfiltered: Filtered = Object.freeze({ where: always, order: [], words: 0, ignored: [] });

/**
 * `_filters`, as a text of the grammar or (in JSON bodies) as an object of the same meaning. What the resource does not have is left out, and listed
 * in `ignored`. Refuses `parameter.invalid` for invalid values, and for an empty filter.
 */
export function parseFilters(
  sent: ParameterValue | undefined,
  resource: Resource,
  catalogue: Catalogue,
): Filtered {
  if (sent === undefined || sent === null || sent === '') return unfiltered;
  if (typeof sent !== 'string') {
    const items = itemsOf(sent);
    return items.length === 0 && isBlank(sent) ? unfiltered : filtered(items, resource, catalogue);
  }
  if (sent.length > cachedLengthMax) return parseText(sent, resource, catalogue);
  let cache = caches.get(catalogue);
  if (!cache) {
    cache = new Bounded({ entriesMax: cachedMax, bytesMax: cachedBytesMax, bytesOf });
    caches.set(catalogue, cache);
  }
  return cache.keep(`${resource.name} ${sent}`, () => parseText(sent, resource, catalogue));
}

// Clients send the same filters many times. Only texts are cached, not what a JSON body has. The key comes from callers, so the cache is
// bounded in number, length and bytes.
const caches = new WeakMap<Catalogue, Bounded<Filtered>>();
const cachedMax = 2_000;
const cachedLengthMax = 500;
const cachedBytesMax = 16 * 1_024 * 1_024;
/** In memory an object takes about five times the bytes of its JSON. */
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
  const ignored = new Set<string>();
  const where = both(...conditionsOf(items, { resource, catalogue, order, ignored }));
  if (sizeOf(where) > conditionsMax)
    refuse('parameter.invalid', {
      field: '_filters',
      detail: `there are more than ${conditionsMax} conditions`,
    });
  const words = wordsIn(where);
  if (words > wordsMax) tooManyWords('_filters');
  return { where, order, words, ignored: [...ignored] };
}

/** `{}` and `[]` are as empty as an empty text. */
const isBlank = (sent: object | number | boolean): boolean => Object.keys(sent).length === 0;

/** Engines limit the size of a statement. Lists of values do not count. */
const conditionsMax = 1_000;

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

/** The same filters as an object: `{"id": [12, 13], "against": [{"company": [312]}], "_AND": {…}}`. */
function itemsOf(sent: ParameterValue): readonly Item[] {
  if (sent === null) return [];
  if (Array.isArray(sent)) return sent.flatMap((each) => itemsOf(each as ParameterValue));
  if (typeof sent !== 'object') return [{ name: String(sent), list: undefined }];
  return Object.entries(sent).map(([name, value]) => ({ name, list: itemsOf(value as ParameterValue) }));
}
