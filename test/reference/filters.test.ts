import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Catalogue, fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Stored } from '../../src/catalogue/kinds/kind.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { own as ownSource, type Source } from '../../src/catalogue/source.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { expressionOf, sourceField } from '../../src/store/expression.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { populate } from '../harness/populate.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/**
 * Two rows of every resource, with other values wherever a field can have more than one. Each filter, order and search of each list is then
 * asked for over HTTP: it has to let the one row in and keep the other out.
 */

/** What cannot tell two rows apart here, and why. Each entry has to be met. */
const against =
  'made of what is against it, which here is against something else: test/verbs/budgets.test.ts';
const logged = 'made of the time logged against it: test/verbs/time.test.ts';
const alike: Readonly<Record<string, string>> = {
  'staff standing': 'both have to be active to be asked as',
  'tasks billable': logged,
  'tasks nonbillable': logged,
  'issues billable_seconds': logged,
  'contracts date_period_expires': against,
  'contracts service_tax': against,
  'contracts service_ledger': against,
  'milestones object_budget': against,
  'quotes service_price_total': against,
  'quotes service_time_total': against,
  'quotes material_price_total': against,
  'quotes total_price': against,
};

onEveryEngine('every documented filter', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let one: ReadonlyMap<string, number>;
  let two: ReadonlyMap<string, number>;
  let catalogue: Catalogue;
  let lists: readonly Route[];
  /** Of the staff member of the first rows, who may see them all. */
  let bearer: Readonly<Record<string, string>>;
  /** Of that of the second rows. */
  let other: Readonly<Record<string, string>>;
  const met = new Set<string>();
  let wrong: string[] = [];

  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '10000000' });
    tenant = await world.tenant();
    catalogue = world.server.world.catalogue;
    const person = (mark: string) =>
      tenant.put('staff', {
        username: mark,
        firstname: `${mark} firstname`,
        surname: `${mark} surname`,
        email: `${mark}@example.com`,
        standing: 'active',
        title: `${mark} title`,
        staff_rate: mark.length * 100,
        access: '{"everything":"admin"}',
      });
    const owner = await person('aardvark');
    bearer = { Authorization: `Bearer ${await tenant.issue({ staff: owner })}` };
    one = await populate(tenant, 'aardvark', owner);
    const second = await person('zebra');
    other = { Authorization: `Bearer ${await tenant.issue({ staff: second })}` };
    two = await populate(tenant, 'zebra', second, 1);
    const seen = new Set<string>();
    lists = world.server.world.routes.all.filter(({ row, ids, answered, owner }) => {
      const lists = row.act === 'list' || (row.act === 'verb' && row.path === owner.plural);
      if (!lists || row.method !== 'GET' || ids.length > 0 || seen.has(answered.name)) return false;
      seen.add(answered.name);
      return true;
    });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  /** All that is wrong is told at once. */
  const trial = (name: string, work: () => Promise<void>): void => {
    test(name, async () => {
      wrong = [];
      await work();
      assert.deepEqual(wrong, []);
    });
  };

  /** The value of a source in a row, as the store has it. */
  async function storedIn(
    resource: Resource,
    source: Source,
    ids: ReadonlyMap<string, number>,
  ): Promise<Stored> {
    if ('any' in source) return source.any[0] ? storedIn(resource, source.any[0], ids) : null;
    if ('having' in source) {
      const target = catalogue.resources.get(source.having);
      const type = target && source.type && (await storedIn(target, ownSource(source.type), ids));
      return target && (type === undefined || type === resource.singular)
        ? storedIn(target, source.source, ids)
        : null;
    }
    const [row] = await world.server.world.store.select(tenant.deployment.id, {
      table: resource.name,
      select: [expressionOf(catalogue, resource, source)],
      where: { test: '=', on: { column: 'id' }, value: ids.get(resource.name) ?? 0 },
      order: [],
      limit: 1,
      offset: 0,
    });
    return row?.[0] ?? null;
  }

  const sourceOf = (resource: Resource, name: string): Source =>
    resource.sources[name] ?? ownSource(fieldBehind(resource, name) ?? name);

  /** The values of a filter in both rows, as a caller writes them; `undefined` when they are alike. */
  async function both(
    resource: Resource,
    name: string,
  ): Promise<{ a: string; b: string; raw: [Stored, Stored] } | undefined> {
    const source = sourceOf(resource, name);
    const [a, b] = [await storedIn(resource, source, one), await storedIn(resource, source, two)];
    if (a === null || b === null || a === b) {
      met.add(`${resource.name} ${name}`);
      if (!alike[`${resource.name} ${name}`])
        wrong.push(`${resource.name} ${name}: ${a} and ${b} cannot be told apart`);
      return undefined;
    }
    const field = sourceField(catalogue, resource, source);
    const written = (value: number | string) => (field ? field.kind.wire(value) : String(value));
    return { a: written(a), b: written(b), raw: [a, b] };
  }

  /** What either person finds; the order is that of a list which has both rows, if one has. */
  async function ask(route: Route, query: string): Promise<readonly number[]> {
    const first = await askAs(bearer, route, query);
    if (!route.answered.secrecy) return first;
    const more = await askAs(other, route, query);
    return [...new Set(more.length > first.length ? [...more, ...first] : [...first, ...more])];
  }

  async function askAs(
    who: Readonly<Record<string, string>>,
    route: Route,
    query: string,
  ): Promise<readonly number[]> {
    const reply = await tenant.get(`/api/v0/${route.row.path}?_limit=100&${query}`, who);
    if (reply.http !== 200) {
      wrong.push(`${route.id} ${query}: ${reply.text}`);
      return [];
    }
    const shown = reply.json.response as unknown;
    const rows = Array.isArray(shown) ? shown : Object.values(shown as object)[0];
    return (rows as { id: string }[]).map(({ id }) => Number(id));
  }

  async function lets(
    route: Route,
    filters: string,
    wanted: 'one' | 'two' | 'both' | 'neither',
  ): Promise<void> {
    const name = route.answered.name;
    const ids = await ask(route, `_filters=${encodeURIComponent(filters)}`);
    const found = [ids.includes(one.get(name) ?? 0), ids.includes(two.get(name) ?? 0)];
    const expected = { one: [true, false], two: [false, true], both: [true, true], neither: [false, false] }[
      wanted
    ];
    if (String(found) !== String(expected))
      wrong.push(`${route.id}: ${filters} should let in ${wanted}: ${found}`);
  }

  trial('by value', async () => {
    let tried = 0;
    for (const route of lists) {
      for (const name of route.answered.filters.basic) {
        const values = await both(route.answered, name);
        if (!values) continue;
        await lets(route, `${name}(${values.a})`, 'one');
        await lets(route, `${name}_not(${values.a})`, 'two');
        await lets(route, `${name}(${values.a},${values.b})`, 'both');
        tried++;
      }
    }
    assert.ok(tried > 150, `${tried} were tried`);
  });

  trial('by date', async () => {
    for (const route of lists) {
      for (const name of route.answered.filters.date) {
        const values = await both(route.answered, name);
        if (!values) continue;
        const [a, b] = values.raw as [number, number];
        const between = Math.round((a + b) / 2);
        await lets(route, `${name}_before(${between})`, a < b ? 'one' : 'two');
        await lets(route, `${name}_after(${between})`, a < b ? 'two' : 'one');
      }
    }
  });

  trial('by range', async () => {
    for (const route of lists) {
      for (const name of route.answered.filters.range) {
        const values = await both(route.answered, name);
        if (!values) continue;
        const [low, high] =
          values.raw[0]! < values.raw[1]! ? (['one', 'two'] as const) : (['two', 'one'] as const);
        const [less, more] = low === 'one' ? [values.a, values.b] : [values.b, values.a];
        await lets(route, `${name}_less_than(${more})`, low);
        await lets(route, `${name}_less_than_or_equal(${less})`, low);
        await lets(route, `${name}_greater_than(${less})`, high);
        await lets(route, `${name}_greater_than_or_equal(${more})`, high);
      }
    }
  });

  trial('by object', async () => {
    for (const route of lists) {
      const { answered } = route;
      for (const name of answered.filters.object) {
        const tie = answered.sources[name];
        const holder = tie && 'having' in tie ? catalogue.resources.get(tie.having) : answered;
        const singular = holder?.references[name]?.[0] ?? '';
        const target = catalogue.bySingular.get(singular)?.name ?? '';
        await lets(route, `${name}(${singular}(${one.get(target)}))`, 'one');
        await lets(route, `${name}_not(${singular}(${one.get(target)}))`, 'two');
      }
    }
  });

  trial('empty', async () => {
    for (const route of lists) {
      for (const name of route.answered.filters.basic) {
        const source = sourceOf(route.answered, name);
        if ('having' in source || 'any' in source || alike[`${route.answered.name} ${name}`]) continue;
        await lets(route, `empty(${name})`, 'neither');
        await lets(route, `empty_not(${name})`, 'both');
      }
    }
  });

  trial('every order', async () => {
    for (const route of lists) {
      const { name, filters } = route.answered;
      for (const by of filters.order) {
        const values = await both(route.answered, by);
        if (!values) continue;
        const [a, b] = values.raw as [string, string];
        for (const descending of [false, true]) {
          const ids = await ask(route, `_filters=order_by_${descending ? 'desc' : 'asc'}(${by})`);
          const first = ids.indexOf(one.get(name) ?? 0) < ids.indexOf(two.get(name) ?? 0);
          if (first !== (a < b !== descending)) wrong.push(`${route.id} by ${by}`);
        }
      }
    }
  });

  trial('every search field', async () => {
    for (const route of lists) {
      for (const source of route.answered.search) {
        const [a, b] = [
          await storedIn(route.answered, source, one),
          await storedIn(route.answered, source, two),
        ];
        if (a === null || a === b) {
          const what = `${route.answered.name} search ${JSON.stringify(source)}`;
          met.add(what);
          if (!alike[what]) wrong.push(`${what}: ${a} and ${b} cannot be told apart`);
          continue;
        }
        const name = route.answered.name;
        const ids = await ask(route, `_search=${encodeURIComponent(String(a).toUpperCase())}`);
        if (!ids.includes(one.get(name) ?? 0) || ids.includes(two.get(name) ?? 0))
          wrong.push(`${route.id} search ${JSON.stringify(source)}`);
      }
    }
  });

  test('no row that could be told apart is said to be alike', () => {
    assert.deepEqual(
      Object.keys(alike).filter((each) => !met.has(each)),
      [],
    );
  });
});
