import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApplication } from '../../src/identity/applications.ts';
import { contents } from '../harness/contents.ts';
import { onEveryEngine, sqlite } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { closeConnections } from '../harness/http.ts';
import { signIn } from '../harness/sign-in.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';

const companies = '/api/v0/companies';
const rateHeaders = [
  ...['retry-after', 'x-ratelimit-reset', 'x-ratelimit-limit', 'x-ratelimit-remaining'],
  ...['ratelimit', 'ratelimit-policy'],
];
const sandbox = { sandbox: true, 'sandbox-token': controlToken };

const faults = (tenant: Tenant, method: string, body?: unknown, id = '') =>
  controlled(tenant, method, `deployments/${tenant.deployment.name}/faults${id}`, body);

async function add(tenant: Tenant, rule: Readonly<Record<string, unknown>>): Promise<string> {
  const { http, json, text } = await faults(tenant, 'POST', rule);
  assert.equal(http, 200, text);
  return json.id as string;
}

const counts = async (tenant: Tenant, id: string) => {
  const { matches, hits } = (await faults(tenant, 'GET', undefined, `/${id}`)).json;
  return { matches, hits };
};

/** The causes of so many requests, one after the other. */
async function asked(tenant: Tenant, times: number, path = companies): Promise<(string | undefined)[]> {
  const causes: (string | undefined)[] = [];
  for (let i = 0; i < times; i++) causes.push((await tenant.get(path)).cause);
  return causes;
}

const at = (causes: readonly (string | undefined)[]): number[] =>
  causes.flatMap((cause, i) => (cause === undefined ? [] : [i + 1]));

onEveryEngine('faults', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, { ...sandbox, 'lockout-attempts': '2' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  describe('when', () => {
    const windows: [string, Record<string, unknown>, number[]][] = [
      ['the 3rd', { nth: 3 }, [3]],
      ['three from the 2nd on', { nth: 2, times: 3 }, [2, 3, 4]],
      ['each 3rd', { every: 3 }, [3, 6, 9]],
      ['each 3rd, twice', { every: 3, times: 2 }, [3, 6]],
      ['always', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
      ['at most twice', { times: 2 }, [1, 2]],
    ];
    for (const [name, when, hit] of windows)
      test(name, async () => {
        const tenant = await world.tenant();
        const id = await add(tenant, { on: 'GET /companies', cause: 'data.corrupt', ...when });
        assert.deepEqual(at(await asked(tenant, 10)), hit);
        assert.deepEqual(await counts(tenant, id), { matches: 10, hits: hit.length });
        assert.equal((await faults(tenant, 'POST', {}, `/${id}/reset`)).json.matches, 0);
        assert.deepEqual(at(await asked(tenant, 10)), hit, 'and again after a reset');
      });

    test('by the clock of the deployment: after, until, and for some seconds', async () => {
      const tenant = await world.tenant();
      const clock = (body: unknown) =>
        controlled(tenant, 'POST', `deployments/${tenant.deployment.name}/clock`, body);
      const moved = async (advance: number) => {
        await clock({ advance });
        return at(await asked(tenant, 1)).length === 1;
      };
      await clock({ set: '2027-02-01T00:00:00Z', freeze: 1 });
      await faults(tenant, 'POST', {
        cause: 'window.exhausted',
        after: '2027-02-01T00:00:10Z',
        until: 1_801_440_020,
      });
      assert.deepEqual(
        [await moved(9), await moved(1), await moved(9), await moved(1)],
        [false, true, true, false],
      );
      await faults(tenant, 'DELETE');
      await add(tenant, { cause: 'window.exhausted', for: 30 });
      assert.deepEqual([await moved(29), await moved(1)], [true, false]);
      await faults(tenant, 'DELETE');
      await add(tenant, { cause: 'window.exhausted', nth: 2, for: 30 });
      assert.deepEqual(
        [await moved(100), await moved(0), await moved(29), await moved(1)],
        [false, true, true, false],
        'an outage that begins with the second request',
      );
    });

    test('by chance: the same seed, the same hits', async () => {
      const rule = { on: 'GET *', cause: 'store.unreachable', probability: 0.4 };
      const of = async (seed: string) => {
        const tenant = await world.tenant();
        await add(tenant, { ...rule, seed });
        return at(await asked(tenant, 30));
      };
      const [one, again, other] = [await of('a'), await of('a'), await of('b')];
      assert.deepEqual(one, again);
      assert.notDeepEqual(one, other);
      assert.ok(one.length > 2 && one.length < 28, String(one));
    });

    test('50 at once: counted exactly', async () => {
      const tenant = await world.tenant();
      const rules = [
        await add(tenant, {
          on: 'POST /companies',
          cause: 'name.taken',
          nth: 7,
          application: tenant.web.application.clientId,
        }),
        await add(tenant, {
          on: 'POST *',
          cause: 'window.exhausted',
          every: 5,
          times: 4,
          staff: tenant.admin,
        }),
      ];
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, i) => tenant.post(companies, { name: `Company ${i}` })),
      );
      const causes = replies.map(({ cause }) => cause);
      assert.equal(causes.filter((cause) => cause === 'name.taken').length, 1);
      assert.equal(causes.filter((cause) => cause === 'window.exhausted').length, 4);
      assert.equal(causes.filter((cause) => cause === undefined).length, 45);
      for (const [i, hits] of [1, 4].entries())
        assert.deepEqual(await counts(tenant, rules[i] ?? ''), { matches: 50, hits });
      const { json } = await tenant.get(`${companies}/count`);
      assert.equal((json.response as { count: string }).count, '45', 'what was refused was not written');
    });
  });

  describe('which', () => {
    test('paths, methods and who asks', async () => {
      const tenant = await world.tenant();
      const id = await tenant.put('companies', { name: 'MomCorp' });
      const meant: [string, string, boolean][] = [
        ['GET /companies', companies, true],
        ['get companies', `${companies}.xml`, true],
        ['/api/v0/companies', companies, true],
        ['/public_api/v0/companies/{id}', `${companies}/${id}`, true],
        ['GET companies/{company_id}', `${companies}/${id}`, true],
        ['GET /companies/{id}', `${companies}/count`, false],
        [`/companies/${id}`, `${companies}/${id}`, true],
        ['/companies/7777', `${companies}/${id}`, false],
        ['GET /companies/*', `${companies}/${id}/contacts`, true],
        ['GET /companies/*', companies, false],
        ['GET *', companies, true],
        ['*', companies, true],
        ['DELETE *', companies, false],
        ['* /oauth2/*', companies, false],
      ];
      for (const [on, path, hits] of meant) {
        const rule = await add(tenant, { on, cause: 'deployment.unknown' });
        await tenant.send({ path, headers: bearer(tenant.token) });
        assert.equal((await counts(tenant, rule)).hits, hits ? 1 : 0, `${on}: ${path}`);
        await faults(tenant, 'DELETE');
      }
      const { clientId } = tenant.service.application;
      await add(tenant, { cause: 'token.expired', application: clientId });
      assert.equal((await tenant.get(companies)).http, 200);
      const token = await tenant.issue({ application: tenant.service });
      assert.equal((await tenant.get(companies, bearer(token))).cause, 'token.expired');
      await faults(tenant, 'DELETE');
      await add(tenant, { cause: 'user.invalid', staff: tenant.restricted });
      assert.equal((await tenant.get(companies)).http, 200);
      const fry = await tenant.issue({ staff: tenant.restricted });
      assert.equal((await tenant.get('/api/v0/jobs', bearer(fry))).cause, 'user.invalid');
    });

    test('the first that hits wins, and a latency goes with it', async () => {
      const tenant = await world.tenant();
      const late = await add(tenant, { latency: 30 });
      const first = await add(tenant, { cause: 'object.missing', on: 'GET /companies/{id}', nth: 2 });
      const second = await add(tenant, { cause: 'data.corrupt', on: 'GET /companies/*' });
      const id = await tenant.put('companies', { name: 'MomCorp' });
      const began = performance.now();
      const causes = await asked(tenant, 3, `${companies}/${id}`);
      assert.ok(performance.now() - began >= 88);
      assert.deepEqual(causes, ['data.corrupt', 'object.missing', 'data.corrupt']);
      assert.deepEqual(await counts(tenant, late), { matches: 3, hits: 3 });
      assert.deepEqual(await counts(tenant, first), { matches: 3, hits: 1 });
      assert.deepEqual(await counts(tenant, second), { matches: 3, hits: 2 });
    });

    test('of one deployment only', async () => {
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const id = await add(tenant, { cause: 'window.exhausted' });
      assert.equal((await other.get(companies)).http, 200);
      assert.equal((await tenant.get(companies)).http, 429);
      assert.equal((await faults(other, 'GET', undefined, `/${id}`)).http, 404);
      assert.equal((await faults(other, 'DELETE', undefined, `/${id}`)).http, 404);
      assert.deepEqual((await faults(other, 'GET')).json, { faults: [] });
    });
  });

  describe('what', () => {
    test('the hour ends when retry_after says so, in all headers, as it does by itself', async () => {
      const tenant = await world.tenant();
      const limit = 5_000;
      const said = async (headers: Readonly<Record<string, string>> = {}) => {
        const { http, cause, headers: told } = await tenant.get(companies, headers);
        return [http, cause, ...rateHeaders.map((name) => told[name])];
      };
      const full = (left: number) => [
        ...[429, 'window.exhausted', `${left}`, `${world.now + left}`, `${limit}`, '0'],
        ...[`"hour";r=0;t=${left}`, `"hour";q=${limit};w=3600`],
      ];
      await add(tenant, { cause: 'window.exhausted', retry_after: 7, times: 1 });
      assert.deepEqual(await said(), full(7));
      assert.deepEqual(await said({ 'X-Sandbox-Fault': 'window.exhausted; retry_after=3600' }), full(3_600));
      const left = 3_600 - (world.now % 3_600);
      assert.deepEqual(await said({ 'X-Sandbox-Fault': 'window.exhausted' }), full(left), 'unless told');
      assert.deepEqual((await said())[0], 200);
    });

    test('a lockout lasts as long as retry_after says', async () => {
      const tenant = await world.tenant();
      await add(tenant, { cause: 'client.locked', on: '/oauth2/token', retry_after: 11 });
      const reply = await tenant.send({
        method: 'POST',
        path: '/oauth2/v0/token',
        ...form({ grant_type: 'client_credentials' }, basic(tenant.service)),
      });
      assert.equal(reply.headers['retry-after'], '11');
    });

    test('what follows from the request is said as it would be', async () => {
      const tenant = await world.tenant();
      const id = await tenant.put('companies', { name: 'MomCorp' });
      const said: [string, string, string, string][] = [
        ['POST', companies, 'name.taken', 'Company: company with that name already exists.'],
        [
          'PUT',
          `${companies}/${id}`,
          'custom_id.taken',
          'Company: company with that custom_id already exists.',
        ],
        ['POST', companies, 'parameter.missing', 'A required parameter is missing: name.'],
        [
          'GET',
          `${companies}/${id}`,
          'object.missing',
          `There is nothing to return: company ${id} does not exist.`,
        ],
        [
          'GET',
          `${companies}/${id}/contacts`,
          'object.missing',
          `There is nothing to return: company ${id} does not exist.`,
        ],
        [
          'GET',
          companies,
          'scope.exceeded',
          'The scope exceeds what was granted: read(companies) is needed.',
        ],
        ['POST', companies, 'permission.lacking', 'You do not have permission to create companies.'],
        [
          'GET',
          '/api/v0/timers',
          'permission.service',
          'A service application may not get timers: this acts as a person.',
        ],
        ['GET', companies, 'method.unknown', 'The method GET is not available here.'],
      ];
      for (const [method, path, cause, message] of said) {
        const body = method === 'GET' ? {} : form({ name: 'Slurm' }, bearer(tenant.token));
        const headers = {
          ...bearer(tenant.token),
          ...('headers' in body ? body.headers : {}),
          'X-Sandbox-Fault': cause,
        };
        const reply = await tenant.send({ method, path, ...body, headers });
        assert.equal(JSON.parse(reply.text).meta.message, message);
      }
    });

    test('the origin may read what is refused as one that a preflight allows', async () => {
      const tenant = await world.tenant();
      const { store } = world.server.world;
      const given = {
        type: 'service',
        name: 'page',
        staffId: tenant.admin,
        allowDomains: ['app.example.com'],
      } as const;
      const application = await createApplication(store, tenant.deployment, given, world.now);
      const headers = { ...bearer(await tenant.issue({ application })), Origin: 'https://app.example.com' };
      for (const [cause, allowed, metered] of [
        ['permission.lacking', 'https://app.example.com', true],
        ['window.exhausted', 'https://app.example.com', true],
        ['token.expired', 'https://app.example.com', false],
        ['store.unreachable', undefined, false],
      ] as const) {
        await add(tenant, { cause, times: 1, application: application.application.clientId });
        const reply = await tenant.get(companies, headers);
        assert.equal(reply.cause, cause);
        assert.equal(reply.headers['access-control-allow-origin'], allowed, cause);
        assert.equal(reply.headers['x-ratelimit-limit'] !== undefined, metered, cause);
      }
    });

    test('the authorize page: where it is known whom to answer the application is told, else the person', async () => {
      const tenant = await world.tenant();
      const client = encodeURIComponent(tenant.web.application.clientId);
      const path = `/oauth2/v0/authorize?response_type=code&state=s&client_id=${client}`;
      const ask = (query: string, fault?: string) =>
        tenant.send({
          path: `${path}${query}`,
          headers: {
            'X-Request-Id': 'authorize',
            ...(fault === undefined ? {} : { 'X-Sandbox-Fault': fault }),
          },
        });
      const natural = await ask('&scope=read');
      const forced = await ask(
        '',
        'scope.malformed; detail=a verb has its resources in parentheses, such as read(all)',
      );
      const { date: _, ...headers } = natural.headers;
      const { date: __, ...same } = forced.headers;
      assert.deepEqual([forced.http, same, forced.text], [natural.http, headers, natural.text]);
      assert.match(natural.headers.location ?? '', /error=invalid_scope/);
      const other = await tenant.send({
        path: path.replace(client, 'nobody'),
        headers: { 'X-Request-Id': 'authorize' },
      });
      assert.equal((await ask('', 'client.unknown')).text, other.text);
      assert.match((await ask('', 'routine.threw')).headers.location ?? '', /error=server_error/);
      assert.equal((await ask('', 'store.unreachable')).http, 500);
      assert.equal((await ask('')).http, 200);
      await add(tenant, {
        on: 'GET /oauth2/authorize',
        cause: 'grant_type.forbidden',
        application: tenant.web.application.clientId,
      });
      assert.equal((await ask('')).headers['x-status-cause'], 'grant_type.forbidden');
    });

    test('a server error is an incident, and the next request is served', async () => {
      const tenant = await world.tenant();
      for (const cause of ['routine.threw', 'store.unreachable', 'data.corrupt', 'deployment.unknown']) {
        const { headers, http } = await tenant.get(companies, { 'X-Sandbox-Fault': cause });
        assert.equal(http, 500);
        const where = { request_id: headers['x-request-id'] ?? '' };
        const kept = () =>
          world.server.world.store.list(0, { table: 'incidents', columns: ['fingerprint'], where, limit: 1 });
        for (let tries = 0; (await kept()).length === 0; tries++) {
          assert.ok(tries < 200, `the incident of ${cause} was not kept`);
          await new Promise((resume) => setTimeout(resume, 50));
        }
        assert.equal((await tenant.get(companies)).http, 200);
      }
    });

    test('a failed try that was forced counts towards the lockout as any other', async () => {
      const tenant = await world.tenant();
      const ask = (headers: Record<string, string> = {}) =>
        tenant.send({
          method: 'POST',
          path: '/oauth2/v0/token',
          ...form({ grant_type: 'client_credentials' }, { ...basic(tenant.service), ...headers }),
        });
      const rule = await add(tenant, { on: '/oauth2/token', cause: 'secret.wrong', times: 3 });
      for (let i = 0; i < 3; i++) assert.equal((await ask()).http, 401);
      assert.equal((await ask()).headers['x-status-cause'], 'client.locked');
      assert.deepEqual(await counts(tenant, rule), { matches: 4, hits: 3 });
      for (let i = 0; i < 3; i++) {
        const sending = await signIn(tenant, 'hermes', password);
        const headers = { ...sending.headers, 'X-Sandbox-Fault': 'password.wrong' };
        const forced = await tenant.send({ ...sending, headers });
        assert.equal(forced.http, 401);
      }
      const locked = await tenant.send(await signIn(tenant, 'hermes', password));
      assert.equal(locked.headers['x-status-cause'], 'user.locked');
    });

    test('a write that is refused leaves its idempotency key free', async () => {
      const tenant = await world.tenant();
      const write = (headers: Record<string, string> = {}) =>
        tenant.send({
          method: 'POST',
          path: companies,
          ...form({ name: 'MomCorp' }, { ...bearer(tenant.token), 'Idempotency-Key': 'once', ...headers }),
        });
      const untouched = await contents(tenant);
      for (const cause of ['name.taken', 'routine.threw', 'data.corrupt', 'window.exhausted'])
        assert.notEqual((await write({ 'X-Sandbox-Fault': cause })).http, 200);
      assert.deepEqual(await contents(tenant), untouched);
      assert.equal((await write()).http, 200);
    });
  });
});

test('a server that is no sandbox knows nothing of it', async () => {
  const world = await startWorld(sqlite);
  try {
    const tenant = await world.tenant();
    const headers = { 'X-Sandbox-Fault': 'window.exhausted; latency=60000' };
    assert.equal((await tenant.get(companies, headers)).http, 200);
    assert.equal((await faults(tenant, 'POST', { cause: 'window.exhausted' })).http, 404);
    assert.equal((await tenant.get(companies)).http, 200);
    assert.equal(world.server.world.faults, undefined);
  } finally {
    closeConnections();
    await world.close();
  }
});
