import type { Catalogue } from '../catalogue/catalogue.ts';
import { resourceNamed } from '../catalogue/catalogue.ts';
import type { RequestRow } from '../catalogue/request.ts';
import type { Resource } from '../catalogue/resource.ts';
import { columnsOf, ownField } from '../transfer/columns.ts';
import { inOrderOfLinks } from '../transfer/order.ts';
import { type Ties, tiesOf } from './ties.ts';
import { askedFor } from './told.ts';

/** Objects without a list of their own that the objects of a list have at the end of a link. */
export interface Embedded {
  readonly key: string;
  readonly resource: Resource;
  readonly names: readonly string[];
}

/** One kind of request that is sent until all it can tell was told. */
export interface Part {
  /** The path: what the journal and messages call it. */
  readonly name: string;
  /** `list`: page by page. `below`: once for each object of `owner`. `moves`: for one object in each status. `files`: once for each object. */
  readonly as: 'list' | 'below' | 'moves' | 'files';
  readonly row: RequestRow;
  /** Whose path it is. */
  readonly owner: Resource;
  readonly resource: Resource;
  readonly names: readonly string[];
  readonly embedded: readonly Embedded[];
  /** What its objects tell of the rows that tie them to others. */
  readonly ties: readonly Ties[];
  /** What the breadcrumbs tell: the objects' own parents, and whether those are only told by them. */
  readonly crumbs: 'own' | 'parents' | undefined;
}

export interface Plan {
  readonly parts: readonly Part[];
  /** Resources that no request tells, and columns of the others; by name. */
  readonly untold: readonly Untold[];
}

export interface Untold {
  readonly resource: string;
  readonly columns: readonly string[] | 'all';
  /** Rows that belong to objects of these kinds. */
  readonly kinds: readonly string[];
}

/**
 * Which requests copy a deployment, those first whose objects others link to. It follows from the catalogue alone. `named`: only these
 * resources; all unless told. `files`: whether what files hold is brought.
 */
export function planOf(catalogue: Catalogue, named?: ReadonlySet<string>, files = true): Plan {
  const rows = [...catalogue.resources.values()].flatMap((owner) =>
    owner.requests.filter(({ method }) => method === 'GET').map((row) => ({ owner, row })),
  );
  const order = inOrderOfLinks(catalogue);
  const lists = order.flatMap((resource) => {
    const found = rows.filter(
      ({ owner, row }) => (row.of ?? owner.name) === resource.name && isList(row) && !row.tells?.ties,
    );
    // A list of all is enough; else those of some together.
    const whole = found.find(({ row }) => !row.only && row.governed === undefined);
    return (whole ? [whole] : found).map((each) => ({ ...each, resource }));
  });
  const listed = new Set(lists.map(({ resource }) => resource.name));
  const told = new Set(listed);
  const parts = lists.map(({ owner, row, resource }): Part => {
    const asked = askedFor(resource);
    const embedded = embeddedIn(resource, listed, catalogue);
    for (const { resource: one } of embedded) told.add(one.name);
    if (row.tells?.carries) told.add(row.tells.carries.of);
    const crumbs = crumbsOf(resource, listed, catalogue);
    const parent = crumbs === 'parents' ? resource.fields[resource.parent ?? '']?.to : undefined;
    if (parent !== undefined) told.add(parent);
    const names = [...new Set(asked.values())];
    const ties = tiesOf(resource, catalogue.resources);
    for (const each of ties) told.add(each.resource.name);
    return { name: row.path, as: 'list', row, owner, resource, names, embedded, ties, crumbs };
  });
  const below = rows.flatMap(({ owner, row }): readonly Part[] => {
    const ties = row.tells?.ties;
    if (!ties) return [];
    const resource = resourceNamed(catalogue, ties.of);
    told.add(resource.name);
    return [{ name: row.path, as: 'below', row, owner, resource, ...nothingElse }];
  });
  const moves = rows.flatMap(({ owner, row }): readonly Part[] => {
    if (row.act !== 'progressions') return [];
    const resource = resourceNamed(catalogue, owner.progression?.table ?? '');
    told.add(resource.name);
    told.add(resource.fields.status?.to ?? '');
    return [{ name: row.path, as: 'moves', row, owner, resource, ...nothingElse }];
  });
  const contents = rows.flatMap(({ owner, row }): readonly Part[] =>
    files && row.tells?.file
      ? [{ name: row.path, as: 'files', row, owner, resource: owner, ...nothingElse }]
      : [],
  );
  const all = [...parts, ...below, ...moves, ...contents];
  return {
    parts: named ? all.filter((part) => tellsOne(part, named)) : all,
    untold: order
      .filter(({ name }) => named?.has(name) ?? true)
      .flatMap((resource) => untoldOf(resource, told, all)),
  };
}

/** What only a list is asked for beside its objects. */
const nothingElse = Object.freeze({ names: [], embedded: [], ties: [], crumbs: undefined });

/** Pages of objects that stand alone: not what is below one object, nor what a verb makes of them. */
const isList = ({ act, path, tells, within }: RequestRow): boolean =>
  (act === 'list' || (act === 'verb' && tells !== undefined)) && !within && !path.includes('{');

function embeddedIn(
  resource: Resource,
  listed: ReadonlySet<string>,
  catalogue: Catalogue,
): readonly Embedded[] {
  const found: Embedded[] = [];
  for (const [key, { to, shown, deprecated }] of Object.entries(resource.fields)) {
    if (!to || shown === 'hidden' || deprecated || listed.has(to)) continue;
    const target = resourceNamed(catalogue, to);
    if (
      !found.some(
        (each) => each.resource === target && ownField(resource, each.key) === ownField(resource, key),
      )
    )
      found.push({ key, resource: target, names: [...new Set(askedFor(target).values())] });
  }
  return found;
}

/** A parent that no field tells is the first of the breadcrumbs; one that no list has is told by them altogether. */
function crumbsOf(resource: Resource, listed: ReadonlySet<string>, catalogue: Catalogue): Part['crumbs'] {
  const parent = resource.fields[resource.parent ?? ''];
  if (!parent) return undefined;
  const asked = askedFor(resource);
  if (parent.reference) return asked.has(parent.reference.id) ? undefined : 'own';
  if (!parent.to) return undefined;
  const target = resourceNamed(catalogue, parent.to);
  return titleField(target) && !listed.has(parent.to) ? 'parents' : undefined;
}

/** The field that a breadcrumb of an object shows, when it is one text of its own. */
export function titleField({ titled, fields }: Resource): string | undefined {
  return 'own' in titled && fields[titled.own]?.column && fields[titled.own]?.kind.name === 'text'
    ? titled.own
    : undefined;
}

function tellsOne({ resource, embedded, ties, row }: Part, named: ReadonlySet<string>): boolean {
  const more = [...embedded, ...ties].map((each) => each.resource.name);
  const names = [resource.name, ...more, row.tells?.carries?.of ?? ''];
  return names.some((name) => named.has(name));
}

function untoldOf(resource: Resource, told: ReadonlySet<string>, parts: readonly Part[]): readonly Untold[] {
  if (!told.has(resource.name)) return [{ resource: resource.name, columns: 'all', kinds: [] }];
  const asked = new Set(askedFor(resource).keys());
  const parent = resource.fields[resource.parent ?? '']?.reference;
  for (const part of parts) {
    const { as, row, resource: one, crumbs } = part;
    if (crumbs === 'own' && one === resource && parent)
      for (const name of [parent.type, parent.id]) asked.add(name);
    if (as === 'moves' && one === resource) asked.add('from');
    for (const each of part.ties)
      if (each.resource === resource) for (const name of [each.type, each.id, each.link]) asked.add(name);
    const file = as === 'files' && one === resource ? row.tells?.file : undefined;
    for (const name of Object.values(file ?? {})) asked.add(name);
    const ties = as === 'below' && one === resource ? row.tells?.ties : undefined;
    if (ties) for (const name of [ties.path, ties.object]) asked.add(name);
  }
  const columns = columnsOf(resource)
    .filter(({ name }) => !asked.has(name))
    .map(({ written }) => written);
  const tied = parts.flatMap(({ resource: owner, ties }) =>
    ties
      .filter((each) => each.resource === resource)
      .map(({ reference }) => ({ reference, kind: owner.singular })),
  );
  const kinds = [...Map.groupBy(tied, ({ reference }) => reference)].flatMap(([reference, known]) =>
    (resource.references[reference] ?? []).filter((kind) => !known.some((each) => each.kind === kind)),
  );
  return columns.length > 0 || kinds.length > 0 ? [{ resource: resource.name, columns, kinds }] : [];
}
