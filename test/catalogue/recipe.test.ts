import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { choice, link, moment, money, text, unsigned } from '../../src/catalogue/fields.ts';
import { count, create, list, read, remove, update } from '../../src/catalogue/request.ts';
import { resource } from '../../src/catalogue/resource.ts';
import { collections } from '../../src/catalogue/traits/collections.ts';
import { profiles } from '../../src/catalogue/traits/custom.ts';
import { progressions } from '../../src/catalogue/traits/progressions.ts';
import { statuses } from '../../src/catalogue/traits/statuses.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer, contents } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** What the recipe "Add a resource" of CONTRIBUTING.md says a file of the catalogue is: this, and nothing else anywhere. */
const spaceships = resource({
  singular: 'spaceship',
  plural: 'spaceships',
  fields: {
    id: unsigned({ shown: 'default' }),
    name: text({ shown: 'default' }),
    drive: choice(['dark matter', 'sail'], { initial: { value: 'sail' } }),
    price: money({ initial: { value: 0 } }),
    company: link('companies', { id: true }),
    date_created: moment({ initial: 'now' }),
    status: link('spaceship_statuses', { initial: 'first' }),
    standing: text(),
  },
  unique: [['name']],
  titled: 'name',
  parent: 'company',
  search: ['name'],
  follows: { standing: ['status', 'standing'] },
  create: { required: ['name', 'company_id'], optional: ['drive', 'price'] },
  update: ['name', 'drive', 'price'],
  filters: { basic: ['id', 'drive', 'company'], range: ['price'], order: ['name', 'price'] },
  requests: [
    list('spaceships'),
    count('spaceships/count'),
    read('spaceships/{spaceship_id}'),
    create('spaceships'),
    update('spaceships/{spaceship_id}'),
    remove('spaceships/{spaceship_id}'),
  ],
  traits: [
    statuses('spaceship', 'spaceships'),
    progressions('spaceship', 'spaceships', 'status'),
    profiles('spaceship', 'spaceships'),
    collections('spaceship', 'spaceships'),
  ],
});

type Row = Record<string, unknown>;

onEveryEngine('a resource is one file', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: number;
  before(async () => {
    world = await startWorld(engine, {}, [spaceships]);
    tenant = await world.tenant();
    company = await tenant.put('companies', { name: 'Planet Express' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const path = '/api/v0/spaceships';
  const object = (reply: Read): Row => {
    assert.equal(reply.http, 200, reply.text);
    return reply.json.response;
  };
  const build = async (name: string, price: string): Promise<Row> =>
    object(await tenant.post(path, { name, price, company_id: String(company), drive: 'dark matter' }));

  test('it is created, listed, filtered, searched, counted, changed and removed', async () => {
    const { id } = await build('Old Bessie', '100.5');
    await build('Nimbus', '9000');
    const found = async (query: string): Promise<unknown> =>
      (object(await tenant.get(`${path}?${query}`)) as unknown as Row[]).map(({ name }) => name);
    assert.deepEqual(await found('_filters=price_greater_than(500)'), ['Nimbus']);
    assert.deepEqual(await found('_search=bess'), ['Old Bessie']);
    assert.deepEqual(await found(`_filters=company(${company}),order_by_asc(name)`), [
      'Nimbus',
      'Old Bessie',
    ]);
    assert.deepEqual(object(await tenant.get(`${path}/count`)), { count: '2' });
    const shown = object(await tenant.get(`${path}/${id}?_fields=_ALL,breadcrumbs`));
    assert.deepEqual([shown.price, shown.drive, shown.company], ['100.50', 'dark matter', String(company)]);
    assert.equal(shown.company_id, String(company));
    assert.deepEqual(shown.breadcrumbs, [{ id: String(company), table: 'company', title: 'Planet Express' }]);
    assert.equal(object(await tenant.api('PUT', `${path}/${id}`, { name: 'Bessie' })).name, 'Bessie');
    assert.equal((await tenant.api('DELETE', `${path}/${id}`)).http, 200);
    assert.equal((await tenant.get(`${path}/${id}`)).cause, 'object.missing');
  });

  test('it has statuses, moves between them with a history, custom fields and files', async () => {
    const docked = await tenant.put('spaceship_statuses', { title: 'Docked', standing: 'docked', start: 1 });
    const lost = await tenant.put('spaceship_statuses', { title: 'Lost', standing: 'lost' });
    const lose = await tenant.put('spaceship_progressions', { title: 'Lose', from: docked, status: lost });
    const field = await tenant.put('profile_fields', { field_name: 'Callsign', link_type: 'spaceship' });
    const { id } = await build('Planet Express Ship', '1');
    const moved = await tenant.api('POST', `${path}/${id}/progressions/${lose}/auto?_fields=standing`);
    assert.equal(object(moved).standing, 'lost');
    const history = await tenant.get(`/api/v0/progressions/history?_filters=against(spaceship(${id}))`);
    assert.deepEqual(
      (object(history) as unknown as Row[]).map(({ to_title }) => to_title),
      ['Lost'],
    );
    object(await tenant.api('PUT', `${path}/${id}`, { [`profile.${field}`]: 'PE-1' }));
    const values = object(await tenant.get(`${path}/${id}/profiles/values`)) as unknown as Row[];
    assert.deepEqual(
      values.map(({ value }) => value),
      ['PE-1'],
    );
    const { collections: own } = object(await tenant.get(`${path}/${id}/collections`)) as {
      collections: Row[];
    };
    assert.equal(own.length, 1);
  });

  test('it is guarded like any other: names, scopes, people, tenants and what is wrong', async () => {
    const { id } = await build('Guarded', '1');
    const other = await world.tenant();
    const narrow = bearer(await tenant.issue({ scope: 'read(companies)' }));
    for (const [work, cause] of [
      [() => tenant.post(path, { name: 'Guarded', company_id: String(company) }), 'name.taken'],
      [() => tenant.post(path, { name: 'Homeless' }), 'parameter.missing'],
      [
        () => tenant.post(path, { name: 'X', company_id: String(company), drive: 'steam' }),
        'parameter.invalid',
      ],
      [() => tenant.get(path, narrow), 'scope.exceeded'],
      [() => other.get(`${path}/${id}`), 'object.missing'],
      [() => tenant.get(`${path}?_filters=id(red)`), 'parameter.invalid'],
    ] as const) {
      const before = await contents(tenant);
      assert.equal((await work()).cause, cause);
      assert.deepEqual(await contents(tenant), before);
    }
    assert.equal(
      (await tenant.get('/api/v0/tokeninfo', bearer(await tenant.issue({ scope: 'read(spaceships)' })))).http,
      200,
    );
  });
});
