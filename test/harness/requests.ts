import { type Catalogue, fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import type { Route } from '../../src/request/05-route/table.ts';

/** The rows that requests may name: their ids, by resource. */
export type Ids = ReadonlyMap<string, number>;

export type Body = Readonly<Record<string, unknown>>;

/** The id that a route's path has at this place. */
export function idFor(catalogue: Catalogue, route: Route, at: number, from: Ids): number {
  const name = route.ids[at] ?? '';
  if (at === 0 && route.subject) return from.get(route.subject.name) ?? 0;
  if (name === 'progression_id') return from.get(route.owner.progression?.table ?? '') ?? 0;
  const resource =
    [...catalogue.resources.values()].find(({ singular }) => `${singular}_id` === name) ?? route.answered;
  return from.get(resource.name) ?? 0;
}

/** The path of a route; the id at `foreign` is that of another deployment's object. */
export function pathOf(
  catalogue: Catalogue,
  route: Route,
  ids: Ids,
  foreign = -1,
  others: Ids = ids,
): string {
  let at = -1;
  return `/api/v0/${route.row.path.replaceAll(/\{\w+\}/g, () => {
    at++;
    return String(idFor(catalogue, route, at, at === foreign ? others : ids));
  })}`;
}

let made = 0;

/** What a request of this route may write: every parameter it documents, or only those it requires. `mark` is in every text. */
export function bodyOf(
  catalogue: Catalogue,
  route: Route,
  ids: Ids,
  all: boolean,
  mark = String(++made),
): Body {
  const { row, owner, answered } = route;
  if (row.act === 'create') {
    const { required, optional } = owner.create;
    return values(catalogue, owner, all ? [...required, ...optional] : required, ids, mark);
  }
  if (row.act === 'update') return all ? values(catalogue, owner, owner.update, ids, mark) : {};
  if (row.act !== 'verb' || row.method === 'GET') return {};
  const names = (row.parameters ?? []).filter((name) => all || name.endsWith('!'));
  return values(
    catalogue,
    Object.keys(answered.fields).length > 0 && row.of === undefined ? owner : answered,
    names.map((name) => name.replace('!', '')),
    ids,
    mark,
  );
}

function values(
  catalogue: Catalogue,
  resource: Resource,
  names: readonly string[],
  ids: Ids,
  mark: string,
): Body {
  const body: Record<string, unknown> = {};
  const behind = new Set<string>();
  for (const name of names) {
    const field = fieldBehind(resource, name);
    // A read name beside its write name says the same twice.
    if (field !== undefined && behind.has(field)) continue;
    if (field !== undefined) behind.add(field);
    const value = valueFor(catalogue, resource, name, ids, mark);
    if (value !== undefined) body[name] = value;
  }
  return body;
}

function valueFor(catalogue: Catalogue, resource: Resource, name: string, ids: Ids, mark: string): unknown {
  const behind = fieldBehind(resource, name) ?? name;
  const half = Object.entries(resource.fields).find(
    ([, { reference }]) => reference?.type === behind || reference?.id === behind,
  );
  const target = half && catalogue.bySingular.get(resource.references[half[0]]?.[0] ?? '');
  if (target) return half?.[1].reference?.type === behind ? target.singular : String(ids.get(target.name));
  const field = resource.fields[behind];
  if (!field) return undefined;
  const origin = field.source && 'own' in field.source ? resource.fields[field.source.own] : field;
  if (origin?.to) return String(ids.get(origin.to));
  const { name: kind, expects } = field.kind;
  if (kind === 'choice') return expects.slice('one of '.length).split(', ')[0];
  if (kind === 'moment') return '1700000000';
  if (kind === 'flag') return '1';
  if (kind === 'yesno') return 'yes';
  if (kind === 'text') return `${name} ${mark}`;
  return '7';
}
