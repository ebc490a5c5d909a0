import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSandbox } from '../../src/testing/start-sandbox.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const idsIn = ({ json }: Read): readonly number[] =>
  (json.response as readonly { id: string }[]).map(({ id }) => Number(id));

onEveryEngine('what a list does not have', (engine) => {
  let world: TestWorld;
  let refusing: TestWorld;
  let tenant: Tenant;
  let one: number;
  let two: number;
  before(async () => {
    world = await startWorld(engine);
    refusing = await startWorld(engine, { 'unknown-filters': 'refuse' });
    tenant = await world.tenant();
    one = await tenant.put('companies', { name: 'Planet Express', website: 'https://planet.example' });
    two = await tenant.put('companies', { name: 'MomCorp' });
  });
  after(async () => {
    closeConnections();
    await world.close();
    await refusing.close();
  });

  const ask = (list: string, parameters: Readonly<Record<string, unknown>>, of = tenant): Promise<Read> =>
    of.api('POST', `/api/v0/${list}`, { _method: 'GET', ...parameters });
  const told = ({ headers }: Read): string | undefined => headers['x-status-ignored'];

  test('is left out as if it had not been sent, and named', async () => {
    for (const [filters, found, names] of [
      ['monkeys(1)', [one, two], 'monkeys'],
      [`monkeys(1),id(${one})`, [one], 'monkeys'],
      [
        `id(${one}),monkeys_not(1),monkeys_after(0),id_before(9)`,
        [one],
        'monkeys_not, monkeys_after, id_before',
      ],
      [`_OR(id(${two}),monkeys(1))`, [two], 'monkeys'],
      [`_OR(monkeys(1))`, [one, two], 'monkeys'],
      [`id(${one}),_OR(monkeys(1),_AND(apes(2)))`, [one], 'monkeys, apes'],
      [`_OR(id(${two}),_AND(monkeys(1)))`, [two], 'monkeys'],
      [`_OR(id(${two}),_AND(monkeys(1),id(${one})))`, [one, two], 'monkeys'],
      ['empty(website,monkeys)', [two], 'empty(monkeys)'],
      ['empty_not(monkeys)', [one, two], 'empty_not(monkeys)'],
      ['_OR(empty_not(monkeys),empty(website))', [two], 'empty_not(monkeys)'],
      ['order_by_desc(monkeys,id)', [two, one], 'order_by_desc(monkeys)'],
      ['_AND(order_by_asc(monkeys))', [one, two], 'order_by_asc(monkeys)'],
      ['order_by_asc(monkeys),order_by_desc(id)', [two, one], 'order_by_asc(monkeys)'],
      [
        'constructor(1),empty(__proto__),order_by_asc(toString)',
        [one, two],
        'constructor, empty(__proto__), order_by_asc(toString)',
      ],
      [{ monkeys: ['1'], id: [one] }, [one], 'monkeys'],
      [{ _OR: { monkeys: 1, id: [two] } }, [two], 'monkeys'],
      [{ _AND: { monkeys: 1 } }, [one, two], 'monkeys'],
      [{ 'a, "b"\r\nX-Bad: ü': 1 }, [one, two], 'a???b???X-Bad:??'],
      ['id_greater_than(0)', [one, two], undefined],
    ] as const) {
      const reply = await ask('companies', { _filters: filters });
      const what = JSON.stringify(filters);
      assert.equal(reply.http, 200, what);
      assert.deepEqual(idsIn(reply), found, what);
      assert.equal(told(reply), names, what);
      const count = await ask('companies/count', { _filters: filters });
      assert.deepEqual([count.json.response, told(count)], [{ count: String(found.length) }, names], what);
    }
  });

  test('a search where there is none is left out and named', async () => {
    await tenant.put('taxes', { title: 'GST' });
    for (const [parameters, names] of [
      [{ _search: 'mars' }, '_search'],
      [{ _filters: 'search(mars)' }, 'search'],
      [{ _filters: '_OR(search_not(mars),search(mars))', _search: 'mars' }, 'search_not, search, _search'],
    ] as const) {
      const reply = await ask('taxes', parameters);
      assert.deepEqual([reply.http, idsIn(reply).length, told(reply)], [200, 1, names]);
    }
  });

  test('lists with filters of their own, and saved filters, are no exception', async () => {
    for (const list of ['activities/threads', 'activities/threads/count', 'requests/threads']) {
      const reply = await ask(list, { _filters: 'monkeys(1)', _search: 'mars' });
      assert.deepEqual([reply.http, told(reply)], [200, 'monkeys, _search'], list);
    }
    const saved = await tenant.put('filters', {
      title: 'Mine',
      object_type: 'companies',
      filters: `monkeys(1),id(${one})`,
      owner_type: 'staff',
      owner_id: tenant.admin,
    });
    const reply = await tenant.get(`/api/v0/filters/${saved}/run`);
    assert.deepEqual([idsIn(reply), told(reply)], [[one], 'monkeys']);
  });

  test('the names are one bounded line, however many and long they are', async () => {
    const long = 'x'.repeat(500);
    const cut = await ask('companies', { _filters: `${long}(1)` });
    assert.equal(told(cut), 'x'.repeat(60));
    const many = Array.from({ length: 900 }, (_, i) => `monkeys${i}(1)`).join();
    const header = told(await ask('companies', { _filters: many })) ?? '';
    assert.ok(
      header.length <= 512 && header.endsWith(', ...') && header.startsWith('monkeys0, monkeys1, '),
      header,
    );
    const again = told(await ask('companies', { _filters: 'monkeys(1),_AND(monkeys(2)),_AND(monkeys(3))' }));
    assert.equal(again, 'monkeys');
  });

  test('what is there has to be sent as it is valid, whatever stands beside it', async () => {
    for (const filters of [
      'monkeys(1),id(twelve)',
      '_OR(monkeys(1),id())',
      'monkeys()',
      'monkeys',
      '_AND(monkeys(1),_OR())',
    ]) {
      const reply = await ask('companies', { _filters: filters });
      assert.deepEqual([reply.http, reply.cause], [400, 'parameter.invalid'], filters);
    }
  });

  test('the log of requests has the names, and no values', async () => {
    const reply = await ask('companies', { _filters: 'monkeys(secret),empty(apes)' });
    const trail = world.trailOf(reply.headers['x-request-id'] ?? '');
    assert.deepEqual(trail.ignored, ['monkeys', 'empty(apes)']);
  });

  test('a server may be told to refuse it', async () => {
    const other = await refusing.tenant();
    for (const [list, parameters, says] of [
      [
        'companies',
        { _filters: 'id(1),monkeys(1)' },
        /_filters monkeys is not valid: Company has no such filter; there are .*standing/,
      ],
      ['companies', { _filters: '_OR(id(1),monkeys(1))' }, /monkeys/],
      ['companies', { _filters: 'order_by_asc(monkeys)' }, /order_by_asc\(monkeys\).*there are .*name/],
      ['companies', { _filters: 'empty(monkeys)' }, /empty\(monkeys\)/],
      ['taxes', { _search: 'x' }, /_search is not valid: Tax has no search/],
      ['taxes', { _filters: 'search(x)' }, /_filters search/],
      ['activities/threads', { _filters: 'monkeys(1)' }, /threads have .*scope/],
      ['activities/threads', { _search: 'mars' }, /_search is not valid: threads have no search/],
    ] as const) {
      const reply = await ask(list, parameters, other);
      assert.deepEqual([reply.http, reply.cause, told(reply)], [400, 'parameter.invalid', undefined]);
      assert.match(reply.json.meta.message ?? '', says);
    }
  });
});

test('a sandbox of a test may be told to refuse what lists do not have', async () => {
  await using sandbox = await startSandbox({ settings: { 'unknown-filters': 'refuse' } });
  const headers = { Authorization: `Bearer ${sandbox.token}` };
  const answer = await fetch(`${sandbox.url}/api/v0/companies?_filters=monkeys(1)`, { headers });
  assert.equal(answer.status, 400);
  await assert.rejects(
    startSandbox({ settings: { 'unknown-filters': 'maybe' } }),
    /expected one of ignore, refuse/,
  );
});
