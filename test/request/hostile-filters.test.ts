import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

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
      [
        'companies',
        `${many(9, () => `_AND(id_greater_than(0),order_by_asc(${many(1_000, () => 'name')}))`)}`,
      ],
      ['companies', `_OR(${many(20, (i) => (i === 7 ? 'search(PLANET)' : `search(w${i})`))})`],
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
      `_OR(${many(21, (i) => `search(w${i})`)})`,
      `_OR(${many(501, (i) => `_AND(id_greater_than(${i}),id_less_than(9))`)})`,
      `search(${many(21, (i) => `w${i}`)})`,
    ]) {
      const reply = await ask('companies', { _filters: filters });
      assert.deepEqual(told(reply), refused);
    }
  });

  test('words are counted over the filters and _search, and none is long', async () => {
    const words = (count: number, from = 0) =>
      Array.from({ length: count }, (_, i) => `w${i + from}`).join(' ');
    const full = { _filters: `search(${words(10).replaceAll(' ', ',')})`, _search: words(10, 10) };
    assert.deepEqual(told(await ask('companies', full)), fine);
    assert.deepEqual(told(await ask('companies', { ...full, _search: words(11, 10) })), refused);
    assert.deepEqual(told(await ask('companies', { _search: words(20) })), fine);
    assert.deepEqual(told(await ask('companies', { _search: `${words(20)} w3 W0` })), fine);
    assert.deepEqual(told(await ask('companies', { _search: words(21) })), refused);
    const long = 'x'.repeat(255);
    assert.deepEqual(told(await ask('companies', { _search: `${long} planet` })), fine);
    for (const [parameters, name] of [
      [{ _search: `planet x${long}` }, '_search'],
      [{ _search: 'planet'.repeat(150_000) }, '_search'],
      [{ _filters: `search(x${long})` }, '_filters'],
      [{ _filters: { search: [`x${long}`] } }, '_filters'],
      [{ _filters: `_OR(id(1),search_not(x${long}))` }, '_filters'],
    ] as const) {
      const reply = await ask('companies', parameters);
      assert.deepEqual([told(reply), reply.cause], [refused, 'parameter.invalid']);
      assert.match(reply.json.meta.message ?? '', new RegExp(`${name}.*255`));
    }
  });

  test('a filter that says nothing lets no row through', async () => {
    const nothing = [
      ...['_AND()', '_OR()', 'search()', 'search_not()', 'empty()', 'empty_not()', 'id()', 'against()'],
      ...[
        '_AND(_OR())',
        '_OR(id(1),_AND())',
        '_AND(search( ))',
        'id(1),_AND()',
        '_AND(order_by_asc(id))',
        'id(,)',
      ],
      ...[',', ' , ,', '_AND(,)'],
      ...[
        { _AND: {} },
        { _OR: [] },
        { search: [] },
        { search: '' },
        { search: ' ' },
        { empty: [] },
        { id: null },
      ],
      ...[
        { _OR: { _AND: { _OR: { search: [] } } } },
        { _AND: [{}] },
        { _OR: { id: [1], _AND: {} } },
        [{}],
        [[]],
      ],
    ];
    for (const resource of ['companies', 'companies/count'])
      for (const filters of nothing) {
        const reply = await ask(resource, { _filters: filters });
        const told = [reply.http, reply.cause, /_filters/.test(reply.json.meta.message ?? '')];
        assert.deepEqual(told, [400, 'parameter.invalid', true], `${resource} ${JSON.stringify(filters)}`);
      }
    for (const filters of ['', '  ', null, {}, [], 'id_greater_than(0),', ',order_by_asc(id)'])
      assert.deepEqual(told(await ask('companies', { _filters: filters })), fine, JSON.stringify(filters));
    for (const resource of ['activities/threads', 'requests/threads'])
      for (const filters of [
        'scope()',
        'staff_involved()',
        'standing()',
        'interact_from_staff()',
        { scope: [] },
        ['x'],
        7,
      ])
        assert.deepEqual(
          told(await ask(resource, { _filters: filters })),
          refused,
          `${resource} ${JSON.stringify(filters)}`,
        );
  });

  test('a name that every object of JavaScript has is no filter', async () => {
    for (const [filters, ignored] of [
      ['empty(constructor)', 'empty(constructor)'],
      ['empty(__proto__)', 'empty(__proto__)'],
      ['order_by_asc(toString)', 'order_by_asc(toString)'],
      ['valueOf(1)', 'valueOf'],
    ] as const) {
      const reply = await ask('companies', { _filters: filters });
      assert.deepEqual([told(reply), reply.headers['x-status-ignored']], [fine, ignored]);
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
