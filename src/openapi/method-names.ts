import type { Resource } from '../catalogue/resource.ts';
import type { Route } from '../request/05-route/table.ts';
import type { Answers } from './answer-shapes.ts';

export const pascal = (name: string): string =>
  name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

export const camel = (name: string): string => {
  const joined = pascal(name);
  return joined.charAt(0).toLowerCase() + joined.slice(1);
};

const usual: Readonly<Record<string, string>> = {
  list: 'list',
  count: 'count',
  read: 'get',
  create: 'create',
  update: 'update',
  remove: 'delete',
  deactivate: 'delete',
};

/** A request under the name that the SDK gives it. */
export interface Method {
  readonly name: string;
  readonly route: Route;
  readonly answers: Answers;
}

const literal = (route: Route): readonly string[] =>
  route.row.path.split('/').filter((segment) => !segment.startsWith('{'));

/** The name that a request would like to have. */
function wished(route: Route): string {
  const { row, owner, answered } = route;
  const tail = camel(literal(route).slice(1).at(-1) ?? '');
  const [prefix = '', deed = prefix] = (row.verb ?? '').split('.');
  if (row.act === 'verb') {
    // What a trait brings is named by what it is about; a verb of the resource's own, by the verb.
    if (deed === 'set' || (deed === 'update' && prefix === 'custom_values'))
      return `${deed}${pascal(answered.singular)}`;
    if (deed === 'list' && answered !== owner && prefix !== owner.name)
      return camel(prefix === 'custom_values' ? answered.name : answered.plural);
    return usual[deed] ?? camel(deed);
  }
  if (row.act === 'progressions') return 'progressions';
  if (row.act === 'progress') return row.toward ? tail : 'progress';
  if (row.act === 'linked' || row.order) return tail;
  if (row.act === 'remove' && row.method !== 'DELETE') return tail;
  const name = usual[row.act] ?? row.act;
  if (answered === owner) return name;
  const below = literal(route).slice(1);
  if (row.act === 'count') return `count${pascal(below[0] ?? '')}`;
  if (row.act === 'read') return `get${pascal(answered.singular)}`;
  return row.governed ? camel(answered.name) : tail;
}

const firstOf = ({ row }: Route): string => row.path.split('/')[0] ?? '';
const actOf = ({ row }: Route): string => `${row.act} ${row.verb ?? ''}`;

/** Whether two requests of one name do the same: by another method, or by the path in the singular. */
function isSame(one: Route, two: Route): boolean {
  if (actOf(one) !== actOf(two) || one.ids.length !== two.ids.length || one.subject !== two.subject)
    return false;
  return one.ids.length > 0 || literal(one).length === literal(two).length;
}

/** Of several ways to do the same, the one that counts: in the plural, PUT for an update, else POST. */
function rank({ row, ids }: Route, root: string): number {
  const plural = row.path.split('/')[0] === root ? 0 : 8;
  const auto = row.act === 'progress' && !row.path.endsWith('/auto') && !row.toward ? 2 : 0;
  const method = row.method === (row.act === 'update' ? 'PUT' : 'POST') ? 0 : 1;
  // What an object has goes before what all have.
  return plural + auto + method + (row.method === 'GET' ? 0.5 / (1 + ids.length) : 0);
}

/**
 * Every request of a resource, each under a name of its own; of those that do the same, one. Throws when two that do not would have one name.
 */
export function methodsOf(
  resource: Resource,
  routes: readonly Route[],
  answersOf: (route: Route) => Answers,
): readonly Method[] {
  const own = routes.filter(({ owner }) => owner === resource);
  const root = rootOf(resource, own);
  const methods = new Map<string, Route>();
  for (const route of own.toSorted((one, two) => rank(one, root) - rank(two, root))) {
    const name = wished(route);
    if ([...methods.values()].some((other) => wished(other) === name && isSame(other, route))) continue;
    const chosen = nameFor(route, name, methods);
    if (methods.has(chosen))
      throw new Error(
        `${route.id} and ${methods.get(chosen)?.id} would both be ${chosen} of ${resource.name}`,
      );
    methods.set(chosen, route);
  }
  // In the order of the catalogue.
  return [...methods]
    .map(([name, route]) => ({ name, route, answers: answersOf(route) }))
    .toSorted((one, two) => own.indexOf(one.route) - own.indexOf(two.route));
}

function nameFor(route: Route, name: string, methods: ReadonlyMap<string, Route>): string {
  const other = methods.get(name);
  if (!other) return name;
  if (route.row.method === 'GET' && firstOf(route) === firstOf(other)) return `all${pascal(name)}`;
  return `${name}For${pascal(route.subject?.singular ?? firstOf(route))}`;
}

/** The first segment of its paths, where there are several. */
function rootOf({ scope, plural }: Resource, own: readonly Route[]): string {
  const firsts = own.map(firstOf);
  return [plural, scope].find((name) => firsts.includes(name)) ?? firsts[0] ?? '';
}
