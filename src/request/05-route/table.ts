import { type Catalogue, resourceNamed } from '../../catalogue/catalogue.ts';
import type { RequestRow } from '../../catalogue/request.ts';
import type { Resource } from '../../catalogue/resource.ts';

/** One request of the catalogue, ready to be matched. */
export interface Route {
  /** `GET companies/{company_id}`; unique. */
  readonly id: string;
  readonly row: RequestRow;
  /** The resource whose file declares it. */
  readonly owner: Resource;
  /** The resource that is answered. */
  readonly answered: Resource;
  /** The resource of the object that the path's first id names; `undefined` when the path has none. */
  readonly subject: Resource | undefined;
  /** Names of the path's ids, in order. */
  readonly ids: readonly string[];
}

interface Node {
  readonly literal: Map<string, Node>;
  id: Node | undefined;
  readonly methods: Map<string, Route>;
}

/** The routes as a tree of segments: literal ones first, then ids. */
export interface Routes {
  readonly all: readonly Route[];
  find(segments: readonly string[], method: string): RouteMatch;
}

export type RouteMatch =
  | { readonly route: Route; readonly ids: readonly string[] }
  | { readonly otherMethods: readonly string[] }
  | undefined;

const node = (): Node => ({ literal: new Map(), id: undefined, methods: new Map() });

export function buildRoutes(catalogue: Catalogue): Routes {
  const root = node();
  const all: Route[] = [];
  const roots = new Map([...catalogue.resources.values()].map((resource) => [resource.name, resource]));
  for (const owner of catalogue.resources.values()) {
    for (const row of owner.requests) {
      const segments = row.path.split('/');
      const ids = segments.filter(isId).map((segment) => segment.slice(1, -1));
      const route: Route = Object.freeze({
        id: `${row.method} ${row.path}`,
        row,
        owner,
        answered: row.of === undefined ? owner : resourceNamed(catalogue, row.of),
        subject: ids.length === 0 ? undefined : subjectOf(segments, owner),
        ids,
      });
      let at = root;
      for (const segment of segments) at = step(at, segment);
      if (at.methods.has(row.method)) throw new Error(`two rows of the catalogue serve ${route.id}`);
      at.methods.set(row.method, route);
      all.push(route);
    }
  }
  /** Of `companies/{company_id}/…` that resource; an id further on belongs to the owner. */
  function subjectOf(segments: readonly string[], owner: Resource): Resource {
    const [first = '', second] = segments;
    if (!second || !isId(second)) return owner;
    return roots.get(first) ?? catalogue.bySingular.get(first) ?? owner;
  }

  return Object.freeze({
    all,
    find: (segments: readonly string[], method: string) => find(root, segments, method),
  });
}

const isId = (segment: string): boolean => segment.startsWith('{');

function step(at: Node, segment: string): Node {
  if (isId(segment)) {
    at.id ??= node();
    return at.id;
  }
  let next = at.literal.get(segment);
  if (!next) {
    next = node();
    at.literal.set(segment, next);
  }
  return next;
}

function find(root: Node, segments: readonly string[], method: string): RouteMatch {
  const others = new Set<string>();
  const ids: string[] = [];
  const route = descend(root, 0);
  if (route) return { route, ids };
  return others.size > 0 ? { otherMethods: [...others] } : undefined;

  // A literal under which nothing matches gives way to an id: `tasks/12/progressions/start` beside `tasks/12/progressions/{id}`.
  function descend(at: Node, depth: number): Route | undefined {
    if (depth === segments.length) {
      const found = at.methods.get(method);
      if (!found) for (const known of at.methods.keys()) others.add(known);
      return found;
    }
    const segment = segments[depth] as string;
    const literal = at.literal.get(segment);
    const found = literal && descend(literal, depth + 1);
    if (found) return found;
    if (!at.id) return undefined;
    ids.push(segment);
    const byId = descend(at.id, depth + 1);
    if (!byId) ids.pop();
    return byId;
  }
}
