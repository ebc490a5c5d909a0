import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { own } from '../../src/catalogue/source.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { sourceField } from '../../src/store/expression.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { populate } from '../harness/populate.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** A word that no object can have is a value like any other that none has: nothing is refused, and nothing is ignored. */
onEveryEngine('a word that no object can have', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let lists: readonly Route[];
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
    await populate(tenant, 'aardvark', tenant.admin);
    const seen = new Set<string>();
    lists = world.server.world.routes.all.filter(({ row, ids, answered }) => {
      if (row.act !== 'list' || ids.length > 0 || seen.has(answered.name)) return false;
      seen.add(answered.name);
      return true;
    });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const ask = (path: string, filters: string): Promise<Read> =>
    tenant.get(`/api/v0/${path}?_limit=100&_filters=${encodeURIComponent(filters)}`);
  const rowsIn = ({ json }: Read): readonly { id: string }[] => {
    const shown = json.response as unknown;
    return (Array.isArray(shown) ? shown : Object.values((shown ?? {}) as object)[0]) as { id: string }[];
  };
  /** How many are found, or what was said instead. */
  async function found(path: string, filters: string): Promise<number | string> {
    const reply = await ask(path, filters);
    const ignored = reply.headers['x-status-ignored'];
    if (reply.http !== 200 || ignored !== undefined) return `${filters}: ${ignored ?? reply.text}`;
    return rowsIn(reply).length;
  }

  /** The filters by the words of a choice, and the words. */
  const choicesOf = (resource: Resource): readonly (readonly [name: string, words: readonly string[]])[] => {
    const { catalogue } = world.server.world;
    const { basic, range } = resource.filters;
    return [...basic, ...range].flatMap((name) => {
      const source = resource.sources[name] ?? own(fieldBehind(resource, name) ?? name);
      const words = sourceField(catalogue, resource, source)?.kind.values;
      return words ? [[name, words] as const] : [];
    });
  };

  test('is found in no object, by any filter of a choice', async () => {
    let tried = 0;
    for (const { row, answered } of lists)
      for (const [name, [known]] of choicesOf(answered)) {
        const all = rowsIn(await ask(row.path, 'empty_not(id)')).length;
        const what = `${row.path} ${name}`;
        assert.equal(await found(row.path, `${name}(bogus)`), 0, what);
        assert.equal(await found(row.path, `${name}(${'x'.repeat(400)},Bogus word,ü)`), 0, what);
        assert.equal(await found(row.path, `${name}_not(bogus)`), all, what);
        assert.equal(await found(row.path, `_OR(${name}(bogus),empty_not(id))`), all, what);
        assert.equal(await found(row.path, `_AND(${name}(bogus),empty_not(id))`), 0, what);
        const some = await found(row.path, `${name}(${known})`);
        assert.equal(await found(row.path, `${name}(bogus,${known})`), some, what);
        tried++;
      }
    assert.ok(tried > 30, `${tried} were tried`);
  });

  test('is found in no object, as the kind of an object', async () => {
    let tried = 0;
    for (const { row, answered } of lists)
      for (const name of answered.filters.object) {
        const all = rowsIn(await ask(row.path, 'empty_not(id)')).length;
        const what = `${row.path} ${name}`;
        assert.equal(await found(row.path, `${name}(activities(501))`), 0, what);
        assert.equal(await found(row.path, `${name}(bogus(1,2),constructor(3))`), 0, what);
        assert.equal(await found(row.path, `${name}_not(bogus(1))`), all, what);
        assert.equal(await found(row.path, `_OR(${name}(bogus(1)),empty_not(id))`), all, what);
        tried++;
      }
    assert.ok(tried > 10, `${tried} were tried`);
  });

  test('leaves those of the other words', async () => {
    const company = await tenant.put('companies', { name: 'MomCorp' });
    const task = await tenant.put('tasks', { title: 'Fuel', against_type: 'company', against_id: company });
    const kinds = 'against_type(asset,company,issue,prospect,contract_period)';
    for (const each of [`against_id(${company}),${kinds}`, `against(activities(501),company(${company}))`])
      assert.deepEqual(
        rowsIn(await ask('tasks', each)).map(({ id }) => id),
        [String(task)],
      );
  });

  test('is found in no thread', async () => {
    for (const [path, filters] of [
      ['requests/threads', 'standing(bogus)'],
      ['requests/threads', 'standing(bogus,worse)'],
      ['activities/threads', 'scope(bogus)'],
      ['activities/threads', 'against_type(bogus),against_id(1)'],
    ] as const)
      assert.equal(await found(path, filters), 0, `${path} ${filters}`);
  });
});
