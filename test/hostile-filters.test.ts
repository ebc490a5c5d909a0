import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from './engines.ts';
import { closeConnections } from './http.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from './world.ts';

const many = (count: number, each: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => each(i)).join(',');

/** Each of these once was a 500, or held the process for more than a minute. */
onEveryEngine('filters and fields of absurd size', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    company = await tenant.put('companies', { name: 'Planet Express' });
    await tenant.put('tasks', { title: 'Fuel', against_type: 'company', against_id: company });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const ask = (resource: string, parameters: Readonly<Record<string, unknown>>): Promise<Read> =>
    tenant.api('POST', `/api/v0/${resource}`, { _method: 'GET', ...parameters });
  const told = ({ http, json }: Read) => ({ http, status: json.meta?.status });
  const fine = { http: 200, status: 'ok' };
  const refused = { http: 400, status: 'invalid_request' };

  test('as many conditions as a list may have are answered', async () => {
    const some = many(500, (i) => `_AND(id(${i + company}),id_greater_than(0))`);
    for (const [resource, filters] of [
      ['companies', `_OR(${some})`],
      ['companies', many(999, () => 'search(planet)')],
      ['tasks', `against(${many(999, (i) => `company(${i + company})`)})`],
      ['tasks', `_AND(against(${many(999, (i) => `company(${i + company})`)}))`],
      ['companies', `${many(9, () => `_AND(order_by_asc(${many(1_000, () => 'name')}))`)}`],
      ['companies', `empty(${many(1_000, () => 'website')})`],
    ] as const) {
      const reply = await ask(resource, { _filters: filters });
      assert.deepEqual(told(reply), fine, filters.slice(0, 60));
      assert.equal((reply.json.response as unknown[]).length, 1, filters.slice(0, 60));
    }
  });

  test('more are refused', async () => {
    const nested = many(40, () => `_OR(${many(900, (i) => `id(${i})`)})`);
    const searched = many(20, () => `_OR(${many(400, (i) => `search(w${i})`)})`);
    for (const filters of [
      `_OR(${nested})`,
      `_OR(${searched})`,
      { _OR: { _AND: { _OR: { search: [] } } } },
    ]) {
      const reply = await ask('companies', { _filters: filters });
      assert.deepEqual(told(reply), typeof filters === 'string' ? refused : fine);
    }
  });

  test('a name that every object of JavaScript has is no filter', async () => {
    for (const filters of [
      'empty(constructor)',
      'empty(__proto__)',
      'order_by_asc(toString)',
      'valueOf(1)',
    ]) {
      assert.deepEqual(told(await ask('companies', { _filters: filters })), refused, filters);
    }
    assert.deepEqual(told(await ask('companies', { _fields: '__proto__(a),constructor(b),toString' })), fine);
  });

  test('fields that repeat a name cost no more than once', { timeout: 60_000 }, async () => {
    const list = Array.from({ length: 1_000 }, () => many(70, () => 'assignee(a,b)'));
    assert.deepEqual(told(await ask('tasks', { _fields: list })), refused);
    for (const fields of [
      list.slice(0, 100),
      many(400, () => `assignee(${many(20, () => 'firstname')})`),
      many(1_000, () => 'assignee(a)'),
    ]) {
      assert.deepEqual(told(await ask('tasks', { _fields: fields })), fine);
    }
    assert.deepEqual(
      told(await ask('tasks', { _fields: many(500, () => `a(${many(900, () => 'b')})`) })),
      refused,
    );
  });
});
