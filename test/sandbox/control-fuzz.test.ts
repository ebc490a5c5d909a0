import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\0',
    'start',
    '@latest',
    'f1',
    '..',
    '__proto__',
    'constructor',
    '-1',
    '1e999',
    '\ud800',
    '1'.repeat(400),
  ),
  fc.constantFrom(
    'GET *',
    'POST /companies',
    'name.taken',
    'window.exhausted',
    'parameter.invalid',
    '2027-01-31',
    '253402300799',
    'hit',
  ),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.array(fc.dictionary(text, text, { maxKeys: 2 }), { maxLength: 2 }),
  fc
    .record({
      request: text,
      given: fc.array(text, { maxLength: 3 }),
      read: fc.array(text, { maxLength: 3 }),
    })
    .map((each) => [each]),
);
const names = [
  ...[
    'name',
    'replace',
    'from',
    'expires',
    'port',
    'set',
    'advance',
    'freeze',
    'format',
    'reads',
    'on',
    'application',
    'staff',
    'nth',
    'every',
  ],
  ...[
    'probability',
    'seed',
    'times',
    'after',
    'until',
    'for',
    'cause',
    'field',
    'detail',
    'object',
    'retry_after',
    'latency',
    'cut',
    'truncate',
  ],
];
const values = fc.dictionary(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text }),
  value,
  { maxKeys: 4 },
);

const granted = ({ service }: Tenant) => ({
  method: 'POST',
  ...form({ grant_type: 'client_credentials', scope: 'write(all)' }, basic(service)),
});

onEveryEngine('whatever the control API is sent', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, {
      sandbox: true,
      'sandbox-token': controlToken,
      'rate-limit': '10000000',
    });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('no answer is 5xx, all are JSON of a bounded length, and the deployment goes on', async () => {
    const { routes } = world.server.sandbox ?? { routes: [] };
    const asked = fc.record({
      route: fc.constantFrom(...routes),
      // Most of the time of a deployment that there is.
      known: fc.integer({ min: 0, max: 9 }).map((each) => each > 0),
      name: text,
      values,
      form: fc.boolean(),
    });
    const call = async ({
      route,
      known,
      name,
      values,
      form,
    }: typeof asked extends fc.Arbitrary<infer T> ? T : never) => {
      const path = route.path
        .replace('{deployment}', () =>
          known ? tenant.deployment.name : encodeURIComponent(name.toWellFormed()),
        )
        .replace(/\{\w+\}/, () => encodeURIComponent(name.toWellFormed()));
      const body = form
        ? new URLSearchParams(
            Object.entries(values).map(
              ([key, each]) =>
                [key, typeof each === 'string' ? each : JSON.stringify(each)] as [string, string],
            ),
          ).toString()
        : JSON.stringify(values);
      const reply = await send(world.server.port, tenant.host, {
        method: route.method,
        path: `/sandbox/v0/${path}`,
        headers: {
          Authorization: `Bearer ${controlToken}`,
          ...(route.method === 'GET'
            ? {}
            : { 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
        },
        ...(route.method === 'GET' ? {} : { body }),
      });
      const said = `${route.method} ${path} ${body} → ${reply.http} ${reply.text.slice(0, 300)}`;
      assert.ok([200, 400, 404, 405].includes(reply.http), said);
      if (reply.headers['content-type']?.startsWith('application/json')) JSON.parse(reply.text);
      else assert.equal(reply.http, 200, said);
      if (reply.http !== 200) {
        assert.equal(typeof JSON.parse(reply.text).error, 'string', said);
        assert.ok(reply.text.length < 8_000, said);
      }
    };
    await fc.assert(fc.asyncProperty(asked, call), { numRuns: 600 });
    // Wherever the clock was left, and at the end of time, the deployment can be used.
    await controlled(tenant, 'DELETE', `deployments/${tenant.deployment.name}/faults`);
    for (const set of [undefined, 253_402_300_799, 0]) {
      if (set !== undefined)
        await controlled(tenant, 'POST', `deployments/${tenant.deployment.name}/clock`, { set });
      const { http, text } = await tenant.send({ path: '/oauth2/v0/token', ...granted(tenant) });
      assert.equal(http, 200, text);
      const { access_token } = JSON.parse(text) as { access_token: string };
      const made = await tenant.send({
        method: 'POST',
        path: '/api/v0/companies',
        ...form({ name: `At ${set}` }, bearer(access_token)),
      });
      assert.equal(made.http, 200, made.text);
    }
    assert.deepEqual(
      await world.server.world.store.list(0, { table: 'incidents', columns: ['cause'], limit: 10 }),
      [],
    );
  });
});
