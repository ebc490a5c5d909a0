import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { populate } from '../harness/populate.ts';
import { bodyOf, pathOf as pathTo } from '../harness/requests.ts';
import { contents } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const secret = 'SECRET-OF-THE-OTHER';

onEveryEngine("another deployment's ids", (engine) => {
  let world: TestWorld;
  let own: Tenant;
  let other: Tenant;
  let ownIds: ReadonlyMap<string, number>;
  let otherIds: ReadonlyMap<string, number>;
  let routes: readonly Route[];

  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    own = await world.tenant();
    other = await world.tenant();
    const { store, catalogue } = world.server.world;
    // So that no id of the one is an id of the other.
    await store.within(async (writing) => {
      for (const name of catalogue.resources.keys())
        await writing.skipIds(other.deployment.id, name, 1_000_000);
    });
    ownIds = await populate(own, 'own', own.admin);
    otherIds = await populate(
      other,
      secret,
      await other.put('staff', { firstname: secret, surname: secret, standing: 'active' }),
    );
    routes = world.server.world.routes.all;
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const pathOf = (route: Route, foreign: number): string =>
    pathTo(world.server.world.catalogue, route, ownIds, foreign, otherIds);

  test('no path reaches them: nothing leaks, nothing is written', async () => {
    let tried = 0;
    const [mine, theirs] = [await contents(own), await contents(other)];
    for (const route of routes) {
      for (let at = 0; at < route.ids.length; at++) {
        const reply = await own.api(
          route.row.method,
          `${pathOf(route, at)}?_fields=_ALL`,
          route.row.method === 'GET' ? undefined : { title: 'x', name: 'x', firstname: 'x' },
        );
        const where = `${route.id}, id ${at}: ${reply.text.slice(0, 200)}`;
        assert.notEqual(reply.http, 500, where);
        assert.ok(!reply.text.includes(secret), where);
        if (reply.http === 200)
          assert.ok(
            Array.isArray(reply.json.response) && (reply.json.response as unknown[]).length === 0,
            where,
          );
        assert.deepEqual(await contents(other), theirs, where);
        assert.deepEqual(await contents(own), mine, where);
        tried++;
      }
    }
    assert.ok(tried > 60, `${tried} were tried`);
  });

  test('no filter finds them', async () => {
    for (const route of routes.filter(({ row, ids }) => row.act === 'list' && ids.length === 0)) {
      const { basic } = route.answered.filters;
      for (const name of basic) {
        const field = route.answered.fields[fieldBehind(route.answered, name) ?? ''];
        const target = name === 'id' ? route.answered.name : field?.to;
        if (!target) continue;
        const reply = await own.get(
          `/api/v0/${route.row.path}?_fields=_ALL&_filters=${name}(${otherIds.get(target)})`,
        );
        assert.equal(reply.http, 200, reply.text);
        const { wrapped } = route.row;
        assert.deepEqual(
          reply.json.response,
          wrapped === undefined ? [] : { [wrapped]: [] },
          `${route.id} by ${name}`,
        );
      }
    }
  });

  test('no write can link to them', async () => {
    let tried = 0;
    const [mine, theirs] = [await contents(own), await contents(other)];
    for (const route of routes.filter(({ row }) => row.act === 'create' || row.act === 'update')) {
      const { create, update, fields } = route.owner;
      const names = route.row.act === 'create' ? [...create.required, ...create.optional] : update;
      for (const name of names) {
        const target = fields[fieldBehind(route.owner, name) ?? '']?.to;
        const twice = create.required.some(
          (each) => each !== name && fieldBehind(route.owner, each) === fieldBehind(route.owner, name),
        );
        // A read name beside the write name that is required is ignored.
        if (!target || (twice && route.row.act === 'create')) continue;
        const body = {
          ...bodyOf(world.server.world.catalogue, route, ownIds, false),
          [name]: String(otherIds.get(target)),
        };
        const reply = await own.api(route.row.method, pathOf(route, -1), body);
        const where = `${route.id} with ${name}: ${reply.text.slice(0, 200)}`;
        assert.equal(reply.cause, 'parameter.invalid', where);
        assert.ok(reply.json.meta.message?.includes(name), where);
        assert.deepEqual(await contents(other), theirs, where);
        assert.deepEqual(await contents(own), mine, where);
        tried++;
      }
    }
    assert.ok(tried > 30, `${tried} were tried`);
  });
});
