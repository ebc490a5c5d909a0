import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { populate } from '../harness/populate.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e999',
    '9'.repeat(30),
    '\0',
    'null',
    '{}',
    "' or 1=1 --",
    '%',
    '_',
    '((((',
    '))',
    'id(1',
    '_ALL',
    '_AND(_OR(id(1)))',
    '１２',
  ),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 4 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
);

onEveryEngine('whatever is sent', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let ids: ReadonlyMap<string, number>;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '10000000' });
    tenant = await world.tenant();
    ids = await populate(tenant, 'row', tenant.admin);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('no request is answered 5xx, and every answer has a status', async () => {
    const routes = world.server.world.routes.all.filter(({ row }) => row.method !== 'DELETE');
    const names = fc.oneof(
      fc.constantFrom(
        '_fields',
        '_filters',
        '_search',
        '_page',
        '_limit',
        '_offset',
        '_method',
        'name',
        'title',
        'status_id',
        'against_type',
        'against_id',
        'date_due',
        'to',
        'standing',
        'billable',
      ),
      text,
    );
    const asked = fc.record({
      at: fc.nat({ max: routes.length - 1 }),
      own: fc.boolean(),
      query: fc.dictionary(names, text, { maxKeys: 4 }),
      body: fc.dictionary(names, value, { maxKeys: 5 }),
      json: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ at, own, query, body, json }) => {
        const route = routes[at];
        assert.ok(route);
        const path = route.row.path.replaceAll(/\{\w+\}/g, () =>
          own ? String(ids.get(route.subject?.name ?? route.answered.name) ?? 1) : '4242',
        );
        const search = new URLSearchParams(query).toString();
        const flat = Object.fromEntries(
          Object.entries(body).map(([key, each]) => [
            key,
            typeof each === 'string' ? each : JSON.stringify(each),
          ]),
        );
        const reply = await tenant.send({
          method: route.row.method,
          path: `/api/v0/${path}?${search}`,
          headers: {
            Authorization: `Bearer ${tenant.token}`,
            'Content-Type': json ? 'application/json' : 'application/x-www-form-urlencoded',
          },
          body: json ? JSON.stringify(body) : new URLSearchParams(flat).toString(),
        });
        const trail = world.trailOf(reply.headers['x-request-id'] ?? '');
        assert.ok(
          reply.http < 500,
          `${route.id} ${search} ${JSON.stringify(body)}: ${trail.refusal?.particulars.exact} ${(trail.thrown as Error)?.stack}`,
        );
        assert.ok((reply.headers['x-status'] ?? '') !== '');
      }),
      { numRuns: Number(process.env.ACCORD_RUNS ?? 1_500) },
    );
  });
});
