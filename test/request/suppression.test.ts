import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { causes, type RowName } from '../../src/contract/causes.ts';
import { Refusal } from '../../src/contract/refuse.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import { unreadableRequest } from '../../src/request/01-transport/unreadable.ts';
import { concludeApi } from '../../src/request/10-status/api.ts';
import { trailOf } from '../../src/request/trail.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { checkRecoverable, combinations, type Format, formats, switches } from '../harness/recoverable.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

onEveryEngine('suppression over HTTP', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  /** One cause a stage, by suffix and by body too; every cause goes through the matrix with its scenario. */
  const ways: readonly { cause: RowName; path: string; headers: () => Record<string, string> }[] = [
    {
      cause: 'deployment.unknown',
      path: '/api/v0/companies',
      headers: () => ({ Host: 'nobody.api.localhost' }),
    },
    { cause: 'token.missing', path: '/api/v0/companies', headers: () => ({}) },
    { cause: 'token.unknown', path: '/api/v0/companies', headers: () => ({ ...bearer('x') }) },
    { cause: 'resource.unknown', path: '/api/v0/monkeys', headers: () => ({ ...bearer(tenant.token) }) },
    { cause: 'object.missing', path: '/api/v0/companies/4242', headers: () => ({ ...bearer(tenant.token) }) },
    {
      cause: 'method.unknown',
      path: '/api/v0/companies/1?_method=brew',
      headers: () => ({ ...bearer(tenant.token) }),
    },
  ];
  for (const { cause, path, headers } of ways) {
    test(`${cause}: 8 combinations × 2 values × 3 formats × query and body`, async () => {
      for (const asked of combinations) {
        for (const value of ['1', 'yes']) {
          for (const format of formats) {
            const parameters = asked.map((name) => `${name}=${value}`).join('&');
            const [bare = '', query] = path.split('?');
            const suffix = format === 'json' ? '' : `.${format}`;
            const inQuery = await tenant.send({
              path: `${bare}${suffix}?${[query, parameters].filter(Boolean).join('&')}`,
              headers: headers(),
            });
            checkRecoverable(
              { http: inQuery.http, header: inQuery.headers['x-status'], text: inQuery.text },
              cause,
              asked,
              format,
            );
            const inBody: Reply = await tenant.send({
              path: `${bare}${query ? `?${query}` : ''}`,
              headers: {
                ...headers(),
                Accept: format === 'json' ? '*/*' : `application/${format}`,
                'Content-Type': 'application/x-www-form-urlencoded',
              },
              body: parameters,
            });
            checkRecoverable(
              { http: inBody.http, header: inBody.headers['x-status'], text: inBody.text },
              cause,
              asked,
              format,
            );
          }
        }
      }
    });
  }
  test('other values than 1 and yes suppress nothing', async () => {
    for (const value of ['0', 'no', 'true', '2', '']) {
      const reply = await tenant.get(`/api/v0/companies?_suppress_meta=${value}`);
      assert.equal(reply.json.meta.status, 'ok');
    }
  });
  test('a success honours them too', async () => {
    const reply = await tenant.get('/api/v0/companies?_suppress_meta=1');
    assert.deepEqual(Object.keys(reply.json), ['response']);
  });
});

const presented = (asked: readonly string[], format: Format): Received => ({
  ...unreadableRequest('', 'request-1', 0, { host: 'localhost', https: false }),
  presentation: {
    format,
    suppressMessage: asked.includes('_suppress_message'),
    suppressHttpStatus: asked.includes('_suppress_http_status'),
    suppressMeta: asked.includes('_suppress_meta'),
  },
});

test('every cause × 8 combinations × 3 formats recovers the status', async () => {
  for (const cause of Object.keys(causes) as RowName[]) {
    for (const asked of combinations) {
      for (const format of formats) {
        const trail = {
          ...trailOf(presented(asked, format)),
          refusal: new Refusal(cause, { field: 'x', detail: 'y' }),
        };
        const answer = concludeApi(trail, undefined, false);
        const header = answer.headers.find(([name]) => name === 'X-Status')?.[1];
        checkRecoverable({ http: answer.http, header, text: String(answer.body) }, cause, asked, format);
        assert.ok(!String(answer.body).includes(`"${cause}"`), 'the private cause is not on the wire');
      }
    }
  }
});

test('whatever the particulars say, headers stay one safe line and the status is recovered', async () => {
  const particulars = fc.record({
    field: fc.string({ unit: 'binary' }),
    detail: fc.string({ unit: 'binary', maxLength: 2_000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      particulars,
      fc.constantFrom(...(Object.keys(causes) as RowName[])),
      fc.subarray([...switches]),
      fc.constantFrom(...formats),
      async (given, cause, asked, format) => {
        const trail = {
          ...trailOf(presented(asked, format)),
          refusal: new Refusal(cause, given),
        };
        const answer = concludeApi(trail, undefined, false);
        const reason = answer.headers.find(([name]) => name === 'X-Status-Reason')?.[1] ?? '';
        assert.ok(Buffer.byteLength(reason, 'latin1') <= 512);
        for (const character of reason)
          assert.ok(
            (character >= ' ' && character <= '~') || (character >= '\u00a0' && character <= '\u00ff'),
          );
        const header = answer.headers.find(([name]) => name === 'X-Status')?.[1];
        checkRecoverable({ http: answer.http, header, text: String(answer.body) }, cause, asked, format);
      },
    ),
    { numRuns: 300 },
  );
});
