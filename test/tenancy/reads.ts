import { fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Stored } from '../../src/catalogue/kinds/kind.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { own, type Source } from '../../src/catalogue/source.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { expressionOf, sourceField } from '../../src/store/expression.ts';
import { type Ids, pathOf } from '../harness/requests.ts';
import type { Tenant } from '../harness/world.ts';

/**
 * The paths, with their queries, of all that can be read: every object and list with every link opened; every filter, order and search of
 * every list. Filters name the values that `target` has in its rows.
 */
export async function readsOf(
  routes: readonly Route[],
  ids: Ids,
  target: Tenant,
): Promise<readonly string[]> {
  const { catalogue } = target.world.server.world;
  const paths: string[] = [];
  for (const route of routes) {
    if (route.row.method !== 'GET') continue;
    const path = pathOf(catalogue, route, ids);
    paths.push(path, `${path}?_fields=${encodeURIComponent(opened(route.answered))}`);
    if (route.row.act !== 'list' && route.row.path !== route.owner.plural) continue;
    for (const filter of await filtersOf(route.answered, ids, target))
      paths.push(`${path}?_fields=_ALL&_filters=${encodeURIComponent(filter)}`);
    if (route.answered.search.length > 0) {
      paths.push(`${path}?_fields=_ALL&_search=${mark}`, `${path}?_fields=_ALL&_search=${mark.slice(0, 2)}`);
    }
  }
  return paths;
}

/** In every text of the rows of the other deployment. */
export const mark = 'SECRET-OF-THE-OTHER';

/** `_fields` with every field and, of every link, all of the object that it leads to. */
function opened({ fields }: Resource): string {
  const links = Object.entries(fields).filter(([, { to, many }]) => to !== undefined || many !== undefined);
  return ['_ALL', ...links.map(([name]) => `${name}(_ALL)`), 'breadcrumbs'].join(',');
}

async function filtersOf(resource: Resource, ids: Ids, target: Tenant): Promise<readonly string[]> {
  const { basic, date, range, order, object } = resource.filters;
  const found: string[] = [];
  for (const name of new Set([...basic, ...range])) {
    const value = await writtenValue(resource, name, ids, target);
    found.push(`${name}(${value})`, `${name}_not(${value})`);
  }
  for (const name of range) {
    const value = await writtenValue(resource, name, ids, target);
    found.push(`${name}_greater_than_or_equal(${value})`, `${name}_less_than(${value})`);
  }
  for (const name of date) {
    const value = await writtenValue(resource, name, ids, target);
    found.push(`${name}_after(${Number(value) - 1})`, `${name}_before(${Number(value) + 1})`);
  }
  for (const name of object) found.push(...objectFilters(resource, name, ids, target));
  for (const name of order) found.push(`order_by_asc(${name})`, `order_by_desc(${name})`);
  return found.filter((filter) => !/\(,|\(\)/.test(filter));
}

function objectFilters(resource: Resource, name: string, ids: Ids, target: Tenant): readonly string[] {
  const { catalogue } = target.world.server.world;
  const tie = resource.sources[name];
  const holder = tie && 'having' in tie ? catalogue.resources.get(tie.having) : resource;
  const named = tie && 'having' in tie && 'own' in tie.source ? tie.source.own : name;
  return (holder?.references[named] ?? []).map(
    (singular) => `${name}(${singular}(${ids.get(catalogue.bySingular.get(singular)?.name ?? '') ?? 1}))`,
  );
}

/** The value that the target's row has behind a filter, as a caller writes it; one that none has where it has none. */
async function writtenValue(resource: Resource, name: string, ids: Ids, target: Tenant): Promise<string> {
  const { catalogue } = target.world.server.world;
  const source = resource.sources[name] ?? own(fieldBehind(resource, name) ?? name);
  const value = await valueBehind(resource, source, ids, target);
  const field = sourceField(catalogue, resource, source);
  if (value === null) return field?.kind.column === 'integer' ? '7' : mark;
  return (field ? field.kind.wire(value) : String(value)).replaceAll(/[(),]/g, ' ');
}

async function valueBehind(resource: Resource, source: Source, ids: Ids, target: Tenant): Promise<Stored> {
  const { catalogue, store } = target.world.server.world;
  if ('any' in source) return source.any[0] ? valueBehind(resource, source.any[0], ids, target) : null;
  if ('having' in source) {
    const holder = catalogue.resources.get(source.having);
    return holder ? valueBehind(holder, source.source, ids, target) : null;
  }
  const [row] = await store.select(target.deployment.id, {
    table: resource.name,
    select: [expressionOf(catalogue, resource, source)],
    where: { test: '=', on: { column: 'id' }, value: ids.get(resource.name) ?? 0 },
    order: [],
    limit: 1,
    offset: 0,
  });
  return row?.[0] ?? null;
}
