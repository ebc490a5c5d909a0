import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { asking } from '../harness/needs.ts';
import { populate } from '../harness/populate.ts';
import { type Ids, pathOf } from '../harness/requests.ts';
import { contents } from '../harness/scenario.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const unknown = 424_242;

onEveryEngine('private objects of another person', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let ids: Ids;
  /** One of each resource that can hide objects. */
  let hidden: ReadonlyMap<string, number>;

  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
    ids = await populate(tenant, 'own', tenant.admin);
    const theirs = await populate(tenant, 'hidden', tenant.restricted, 1);
    const { catalogue, store } = world.server.world;
    const found = new Map<string, number>();
    for (const { name, secrecy, fields } of catalogue.resources.values()) {
      if (!secrecy) continue;
      const { type = '', id = '' } = fields[secrecy.owner]?.reference ?? {};
      const owned = (staff: number) => ({ [type]: 'staff', [id]: staff });
      await store.within(async (writing) => {
        const to = (at: Ids) => ({ id: at.get(name) ?? 0 });
        const secret = { [secrecy.visibility]: secrecy.word ?? 'private', ...owned(tenant.restricted) };
        await writing.update(tenant.deployment.id, name, to(theirs), secret);
        await writing.update(tenant.deployment.id, name, to(ids), owned(tenant.admin));
      });
      found.set(name, theirs.get(name) ?? 0);
    }
    hidden = found;
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  /** Both are refused in the same words, and neither writes anything. */
  async function checkSame(ask: (id: number) => Promise<Read>, id: number, where: string): Promise<void> {
    const before = await contents(tenant);
    const [there, not] = [await ask(id), await ask(unknown)];
    const said = ({ text }: Read, named: number) =>
      text.replaceAll(tenant.host, '').replace(new RegExp(`\\b${named}\\b`, 'g'), '#');
    assert.notEqual(not.http, 200, `${where}: an unknown id succeeds: ${not.text.slice(0, 200)}`);
    assert.deepEqual(
      [there.http, there.cause],
      [not.http, not.cause],
      `${where}: ${there.text.slice(0, 200)}`,
    );
    assert.equal(said(there, id), said(not, unknown), where);
    assert.deepEqual(await contents(tenant), before, where);
  }

  const hides = (name: string | undefined): boolean => name !== undefined && hidden.has(name);

  test('are as ones that do not exist, on every path that leads to one', async () => {
    const routes = world.server.world.routes.all.filter(
      ({ ids: [first], subject }) => first !== undefined && hides(subject?.name),
    );
    for (const route of routes) {
      const name = route.subject?.name ?? '';
      const { sending, body } = await asking(tenant, route, ids, true);
      const ask = (id: number) =>
        tenant.api(
          route.row.method,
          pathOf(world.server.world.catalogue, route, new Map([...ids, [name, id]])),
          sending.method === 'GET' ? undefined : (body ?? {}),
        );
      await checkSame(ask, hidden.get(name) ?? 0, route.id);
    }
    assert.ok(routes.length > 15, `${routes.length} routes`);
  });

  /** The resource that a parameter of a write leads to, where that can hide objects. */
  function ledTo(resource: Resource, name: string): string | undefined {
    const { catalogue } = world.server.world;
    const behind = fieldBehind(resource, name) ?? '';
    const field = resource.fields[behind];
    const origin = field?.source && 'own' in field.source ? resource.fields[field.source.own] : field;
    if (hides(origin?.to)) return origin?.to;
    for (const [reference, singulars] of Object.entries(resource.references)) {
      if (resource.fields[reference]?.reference?.id !== behind) continue;
      const target = singulars.map((each) => catalogue.bySingular.get(each)?.name).find(hides);
      if (target) return target;
    }
    const named = catalogue.bySingular.get(name.replace(/_id$/, ''))?.name;
    return name.endsWith('_id') && hides(named) ? named : undefined;
  }

  const writable = ({ row, owner }: Route): readonly string[] => {
    if (row.method === 'GET') return [];
    if (row.act === 'create') return [...owner.create.required, ...owner.create.optional];
    if (row.act === 'update') return owner.update;
    return (row.parameters ?? []).map((name) => name.replace('!', ''));
  };

  test('are as ones that do not exist, in every parameter that leads to one', async () => {
    const tried: string[] = [];
    for (const route of world.server.world.routes.all) {
      for (const name of new Set(writable(route))) {
        const target = ledTo(route.owner, name);
        if (target === undefined) continue;
        const { sending, body = {} } = await asking(tenant, route, ids, false);
        const ask = (id: number) =>
          tenant.api(route.row.method, sending.path, { ...body, [name]: String(id) });
        await checkSame(ask, hidden.get(target) ?? 0, `${route.id} with ${name}`);
        tried.push(`${route.id} ${name}`);
      }
    }
    for (const wanted of [
      'POST activities parent_id',
      'POST activities thread_id',
      'POST activities/reports activity_id',
      'POST expenses resource_id',
      'PUT expenses/{expense_id} resource_id',
    ])
      assert.ok(tried.includes(wanted), `${wanted} was not tried: ${tried.join(', ')}`);
  });

  test('a person may reply to and link to what is his own, and reply to what he may see in any thread', async () => {
    const create = async (token: string, values: Record<string, string>) =>
      JSON.parse(
        (
          await tenant.send({
            method: 'POST',
            path: '/api/v0/activities?_fields=thread_id,parent_id',
            headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
            body: JSON.stringify(values),
          })
        ).text,
      ) as { response: { id: string; thread_id: string; parent_id: string } };
    const restricted = await tenant.issue({ staff: tenant.restricted });
    const { response: first } = await create(restricted, { subject: 'For me' });
    const { response: reply } = await create(restricted, {
      subject: 'For all',
      visibility: 'all',
      parent_id: first.id,
    });
    assert.equal(reply.thread_id, first.id);
    for (const placed of [
      { parent_id: reply.id },
      { thread_id: reply.id },
      { parent_id: reply.id, thread_id: first.id },
    ]) {
      const { response: answer } = await create(tenant.token, { subject: 'Seen', ...placed });
      assert.deepEqual([answer.parent_id, answer.thread_id], [reply.id, first.id]);
    }
    const resource = String(ids.get('resources'));
    const linked = await tenant.api('PUT', `/api/v0/expenses/${ids.get('expenses')}`, {
      resource_id: resource,
    });
    assert.equal(linked.http, 200, linked.text);
  });

  test('are nobody’s who has the id of their owner and is of another kind', async () => {
    const { deployment, admin } = tenant;
    const { store } = world.server.world;
    const of = { subject: 'Of an affiliation', owner_type: 'affiliation', owner_id: admin };
    await tenant.put('affiliations', {});
    const secret = await tenant.put('activities', { ...of, visibility: 'private' });
    const masked = await tenant.put('activities', { ...of, visibility: 'confidential' });
    assert.equal((await tenant.get(`/api/v0/activities/${secret}`)).cause, 'object.missing');
    assert.equal(
      (await tenant.api('PUT', `/api/v0/activities/${secret}`, { details: 'x' })).cause,
      'object.missing',
    );
    assert.equal((await tenant.api('DELETE', `/api/v0/activities/${secret}`)).cause, 'object.missing');
    const subject = async () =>
      ((await tenant.get(`/api/v0/activities/${masked}`)).json.response as { subject: string }).subject;
    assert.equal(await subject(), 'Confidential');
    const mine = { owner_type: 'staff', owner_id: admin };
    await store.within((writing) => writing.update(deployment.id, 'activities', { id: masked }, mine));
    assert.equal(await subject(), 'Of an affiliation');
  });

  test('are in no list and no count, sum or search of another person, and in their owner’s', async () => {
    const fresh = await world.tenant();
    const owner = { owner_type: 'staff', owner_id: fresh.restricted, visibility: 'private' };
    await fresh.put('activities', { ...owner, subject: 'Secret', billable: 7 });
    await fresh.put('resources', { ...owner, title: 'Secret' });
    const fry = { Authorization: `Bearer ${await fresh.issue({ staff: fresh.restricted })}` };
    for (const path of ['activities', 'resources', 'activities?_filters=id(1)', 'resources?_filters=id(1)']) {
      const [hers, his] = [await fresh.get(`/api/v0/${path}`), await fresh.get(`/api/v0/${path}`, fry)];
      assert.deepEqual([hers.json.response, (his.json.response as unknown[]).length], [[], 1], path);
      const count = `/api/v0/${path.replace(/\?|$/, '/count$&')}`;
      assert.deepEqual((await fresh.get(count)).json.response, { count: '0' }, count);
      assert.deepEqual((await fresh.get(count, fry)).json.response, { count: '1' }, count);
    }
    const sum = '/api/v0/activities/allocations';
    const billable = async (headers = {}) =>
      ((await fresh.get(sum, headers)).json.response as { billable: string }).billable;
    assert.deepEqual([await billable(), await billable(fry)], ['0', '7']);
  });

  test('are told from open ones, whose words everybody reads', async () => {
    const open = { subject: 'Open', visibility: 'all', owner_type: 'staff', owner_id: tenant.restricted };
    const id = await tenant.put('activities', open);
    const { json } = await tenant.get(`/api/v0/activities/${id}`);
    assert.equal((json.response as { subject: string }).subject, 'Open');
  });

  test('of kinds that hide nothing are linked to when they exist, by link and by reference', async () => {
    for (const [links, named] of [
      [{ against_type: 'company', against_id: String(unknown) }, 'against_id'],
      [{ priority_id: String(unknown) }, 'priority_id'],
    ] as const) {
      const reply = await tenant.api('POST', '/api/v0/activities', { subject: 'x', ...links });
      assert.equal(reply.cause, 'parameter.invalid', reply.text);
      assert.ok(reply.json.meta.message?.includes(named), reply.text);
    }
  });
});
