import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Route } from '../../src/request/05-route/table.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { asking } from '../harness/needs.ts';
import { populate } from '../harness/populate.ts';
import type { Ids } from '../harness/requests.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

onEveryEngine('every request of the catalogue', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let turn = 0;

  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '10000000', 'webhook-allow-private': true });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const fresh = (): Promise<Ids> => populate(tenant, `turn${turn++}`, tenant.admin);

  async function ask(route: Route, ids: Ids, all: boolean): Promise<string | undefined> {
    const { sending, body } = await asking(tenant, route, ids, all, '?_fields=_ALL,breadcrumbs');
    const reply = await tenant.send(sending);
    return reply.headers['x-status'] === 'ok'
      ? undefined
      : `${route.id} ${JSON.stringify(body)}: ${reply.text}`;
  }

  for (const all of [false, true])
    test(`is served, with ${all ? 'all it may be sent' : 'no more than it requires'}`, async () => {
      const wrong: string[] = [];
      const { all: routes } = world.server.world.routes;
      let ids = await fresh();
      for (const route of routes) {
        if ((await ask(route, ids, all)) === undefined) continue;
        // What one request took away the next may need.
        ids = await fresh();
        const problem = await ask(route, ids, all);
        if (problem) wrong.push(problem);
      }
      assert.deepEqual(wrong, []);
      assert.ok(routes.length > 200, `${routes.length} were asked`);
    });
});
