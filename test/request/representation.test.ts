import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Tree } from '../../src/contract/answer.ts';
import { writeXml } from '../../src/request/01-transport/xml.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { populate } from '../harness/populate.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite);
  tenant = await world.tenant();
  await populate(tenant, 'a "quoted" <text>\r\n', tenant.admin);
});
after(async () => {
  closeConnections();
  await world.close();
});

test('every list says the same in JSON and in XML', async () => {
  const lists = world.server.world.routes.all.filter(
    ({ row, ids }) => row.method === 'GET' && ids.length === 0,
  );
  let compared = 0;
  for (const { row, answered } of lists) {
    const embedded = Object.entries(answered.fields).flatMap(([name, { to }]) => (to ? [`${name}()`] : []));
    const fields = encodeURIComponent(['_ALL', 'breadcrumbs', ...embedded].join(','));
    const headers = bearer(tenant.token);
    const json = await tenant.send({
      path: `/api/v0/${row.path}?_fields=${fields}&_suppress_meta=1`,
      headers,
    });
    const xml = await tenant.send({
      path: `/api/v0/${row.path}.xml?_fields=${fields}&_suppress_meta=1`,
      headers,
    });
    assert.equal(json.http, 200, `${row.path}: ${json.text}`);
    assert.equal(xml.text, writeXml(JSON.parse(json.text) as Tree), row.path);
    compared++;
  }
  assert.ok(compared > 30, `${compared} were compared`);
});
