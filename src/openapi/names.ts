import type { Catalogue } from '../catalogue/catalogue.ts';
import type { RequestRow } from '../catalogue/request.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Route } from '../request/05-route/table.ts';
import { pascal } from './method-names.ts';

/** The name of the schema of a resource: `Company`. */
export const typeName = ({ singular }: Resource): string => pascal(singular);

export const isId = (segment: string): boolean => segment.startsWith('{');

/** The verb of a request by what it does, and of a verb of one resource by its last word. */
const verbs: Readonly<Record<string, string>> = {
  list: 'list',
  count: 'count',
  read: 'get',
  linked: 'get',
  progressions: 'list',
  create: 'create',
  update: 'update',
  remove: 'delete',
  deactivate: 'delete',
  set: 'set',
  add: 'add',
  upload: 'upload',
};

const given = ['create', 'set', 'add', 'upload'];
const pluralMethods = ['list', 'count'];

/** The usual method of a verb. The name of a request by another method says so. */
function methodOf(verb: string, method: RequestRow['method']): RequestRow['method'] {
  if (verb === 'update') return 'PUT';
  if (verb === 'delete') return 'DELETE';
  return method === 'GET' ? 'GET' : 'POST';
}

interface Words {
  readonly singular: (word: string) => string;
  readonly plural: (word: string) => string;
}

/** Singular and plural of the words that paths are made of, as the catalogue spells them. */
function wordsOf({ resources }: Catalogue): Words {
  const last = (name: string): string => name.split('_').at(-1) ?? '';
  const singulars = new Map<string, string>();
  const plurals = new Map<string, string>();
  for (const { singular, plural } of resources.values()) {
    singulars.set(last(plural), last(singular));
    plurals.set(last(singular), last(plural));
  }
  const inLast = (word: string, change: (word: string) => string): string =>
    [...word.split('_').slice(0, -1), change(last(word))].join('_');
  return {
    singular: (word) =>
      inLast(word, (one) => singulars.get(one) ?? (plurals.has(one) ? one : one.replace(/s$/, ''))),
    plural: (word) => inLast(word, (one) => plurals.get(one) ?? one),
  };
}

/** A path without the names of its ids. */
export const templateOf = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}');

const idOf = ({ row }: Route, path: string): string =>
  `${row.method} ${row.act} ${row.verb ?? ''} ${templateOf(path)}`;

/**
 * The `operationId` of each route, by its id: `listCompanies`, `getContactOfCompany`, `runJobProgression`. A name follows from the request alone,
 * never from the order of the routes. Throws when two would have one name.
 */
export function operationNames(routes: readonly Route[], catalogue: Catalogue): ReadonlyMap<string, string> {
  const words = wordsOf(catalogue);
  const known = new Set(routes.map((route) => idOf(route, route.row.path)));
  const names = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const route of routes) {
    // Some requests have a second path, in the singular.
    const plural = inPlural(route.row.path, words);
    const second = plural !== route.row.path && known.has(idOf(route, plural));
    const name = `${nameOf(route, second ? plural : route.row.path, words)}${second ? 'BySingularPath' : ''}`;
    const other = taken.get(name);
    if (other !== undefined) throw new Error(`${route.id} and ${other} would both be ${name}`);
    taken.set(name, route.id);
    names.set(route.id, name);
  }
  return names;
}

function inPlural(path: string, { plural }: Words): string {
  const segments = path.split('/').map((segment) => (isId(segment) ? segment : plural(segment)));
  return segments.filter((segment, i) => segment !== segments[i - 1]).join('/');
}

function nameOf({ row }: Route, path: string, words: Words): string {
  const segments = path.split('/');
  const literals = segments.filter((segment) => !isId(segment));
  const noun = (parts: readonly string[], plural = false): string =>
    parts.map((part, i) => pascal(plural && i === parts.length - 1 ? part : words.singular(part))).join('');
  const named = isId(segments.at(-1) ?? '');
  const before = named ? segments.slice(0, -1) : segments;
  const cut = before.findLastIndex(isId) + 1;
  const above = before.slice(0, cut).filter((segment) => !isId(segment));
  const by = (verb: string): string =>
    row.method === methodOf(verb, row.method) ? '' : `By${pascal(row.method.toLowerCase())}`;
  if (row.act === 'progress') return `run${noun(literals)}${row.method === 'PUT' ? 'ByPut' : ''}`;
  const { verb, what, more } = partsOf(row, before.slice(cut), { named, below: cut > 0 }, words);
  const byPut = row.method === 'PUT' ? 'ByPut' : '';
  const suffix = more || !Object.values(verbs).includes(verb) ? byPut : by(verb);
  if (what.length === 0) return `${verb}${noun(above)}${more}${suffix}`;
  const own = noun(what, pluralMethods.includes(verb));
  const link = given.includes(verb) ? 'For' : 'Of';
  return `${verb}${more}${own}${above.length > 0 ? `${link}${noun(above)}` : ''}${suffix}`;
}

interface Parts {
  readonly verb: string;
  /** The words of what it is done to. */
  readonly what: readonly string[];
  /** A word that comes along: `Recent`, `ToMeeting`. */
  readonly more: string;
}

function partsOf(
  row: RequestRow,
  own: readonly string[],
  { named, below }: { readonly named: boolean; readonly below: boolean },
  { singular }: Words,
): Parts {
  const tail = own.at(-1) ?? '';
  const rest = own.slice(0, -1);
  const isPlural = singular(tail) !== tail;
  const deed = row.act === 'verb' ? ((row.verb ?? '').split('.').at(-1) ?? '') : row.act;
  const verb = verbs[deed];
  if (deed.startsWith('count')) return { verb: 'count', what: rest, more: '' };
  if (row.order && rest.length > 0 && !isPlural) return { verb: 'list', what: rest, more: pascal(tail) };
  // `managers/add`, `timers/{timer_id}/cancel`.
  if (verb && rest.length > 0 && [deed, verb].includes(tail)) return { verb, what: rest, more: '' };
  if (verb && !(deed === 'remove' && row.method !== 'DELETE')) return { verb, what: own, more: '' };
  if (below && !named && rest.length === 0 && !isPlural) {
    const [first = '', ...others] = tail.split('_');
    return { verb: first, what: [], more: pascal(others.join('_')) };
  }
  if (row.method !== 'GET') return { verb: 'create', what: own, more: '' };
  return { verb: named || !isPlural ? 'get' : 'list', what: own, more: '' };
}

/** The path of each template: an id has one name wherever its path goes on, the shortest that says of what it is. */
export function pathNames(routes: readonly Route[], catalogue: Catalogue): ReadonlyMap<string, string> {
  const { singular } = wordsOf(catalogue);
  const wished = new Map<string, Set<string>>();
  for (const { row } of routes)
    for (const [prefix, name] of idsOf(row.path))
      wished.set(prefix, (wished.get(prefix) ?? new Set()).add(name));
  const chosen = (prefix: string): string => {
    const [name] = [...(wished.get(prefix) ?? [])]
      .filter((each) => each !== 'id')
      .sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
    return name ?? `${singular(prefix.split('/').at(-2) ?? '')}_id`;
  };
  return new Map(
    routes.map(({ row }) => {
      const names = [...idsOf(row.path)].map(([prefix]) => chosen(prefix));
      let at = 0;
      return [templateOf(row.path), `/${row.path.replaceAll(/\{\w+\}/g, () => `{${names[at++]}}`)}`];
    }),
  );
}

/** Each id of a path: the template up to it, and its name. */
function idsOf(path: string): readonly (readonly [prefix: string, name: string])[] {
  const segments = path.split('/');
  return segments.flatMap((segment, i) =>
    isId(segment) ? [[templateOf(segments.slice(0, i + 1).join('/')), segment.slice(1, -1)] as const] : [],
  );
}
