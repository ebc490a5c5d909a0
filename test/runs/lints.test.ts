import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadLints } from '../../src/runs/lint.ts';
import { sqlite } from '../harness/engines.ts';
import { codeFor, exchange, refresh, tokensFor } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { basic, form } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlToken } from '../sandbox/control.ts';
import { advance, client, found, reportOn } from './runs.ts';

interface Pair {
  /** What the finding has to say. */
  readonly says: RegExp;
  readonly bad: (tenant: Tenant) => Promise<unknown>;
  readonly good: (tenant: Tenant) => Promise<unknown>;
}

const limit = 25;
const reader = async (tenant: Tenant) => client(tenant, await tenant.issue({ scope: 'read(companies)' }));
const writer = async (tenant: Tenant, more = {}) =>
  client(tenant, await tenant.issue({ scope: 'write(companies)' }), more);
const tokenRequest = (
  values: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
) => ({
  method: 'POST',
  path: '/oauth2/v0/token',
  ...form(values, headers),
});
const service = (tenant: Tenant, secret = tenant.service.secret) =>
  tokenRequest(
    { grant_type: 'client_credentials', scope: 'read(companies)' },
    basic({ ...tenant.service, secret }),
  );
const accessIn = (text: string): string => (JSON.parse(text) as { access_token: string }).access_token;

async function several(times: number, ask: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i++) await ask(i);
}

/** Uses up the hour, and tells how long it has yet to go. */
async function exhaust(ask: Awaited<ReturnType<typeof reader>>): Promise<number> {
  for (let i = 0; i < limit; i++) await ask('GET', `companies/count?_search=${i}`);
  return Number((await ask('GET', 'companies/count')).headers['retry-after']);
}

/** Locks the client out, and tells for how long. */
async function lockOut(tenant: Tenant): Promise<number> {
  for (;;) {
    const wait = (await tenant.send(service(tenant, 'wrong-secret'))).headers['retry-after'];
    if (wait !== undefined) return Number(wait);
  }
}

/** A create that fails for a reason of the server's: what it answers embeds a row that is broken. */
async function failing(tenant: Tenant): Promise<Readonly<Record<string, string>>> {
  const id = await tenant.put('companies', { name: 'MomCorp' });
  const { store } = tenant.world.server.world;
  await store.within((writing) =>
    writing.update(tenant.deployment.id, 'companies', { id }, { staff_bookmarked: 7 }),
  );
  return {
    contact_id: String(await tenant.put('contacts', { firstname: 'Mom', surname: 'Mother' })),
    company_id: String(id),
    _fields: 'company(staff_bookmarked)',
  };
}

const affiliations = async (tenant: Tenant, more = {}) =>
  client(tenant, await tenant.issue({ scope: 'read(companies),write(affiliations)' }), more);

async function putCompanies(tenant: Tenant, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await tenant.put('companies', { name: `Robots ${i}` });
}

const pairs: Readonly<Record<string, Pair>> = {
  'retry-too-early': {
    says: /sent again twice before its Retry-After/,
    bad: async (tenant) => {
      const ask = await reader(tenant);
      await exhaust(ask);
      await several(2, () => ask('GET', 'companies/count'));
    },
    good: async (tenant) => {
      const ask = await reader(tenant);
      await advance(tenant, await exhaust(ask));
      await ask('GET', 'companies/count');
    },
  },
  'call-in-exhausted-window': {
    says: /3 other calls before the end of the hour/,
    bad: async (tenant) => {
      const ask = await reader(tenant);
      await exhaust(ask);
      await several(3, (i) => ask('GET', `companies/${i + 1}`));
    },
    good: async (tenant) => {
      const ask = await reader(tenant);
      await advance(tenant, await exhaust(ask));
      await several(3, () => ask('GET', 'companies'));
    },
  },
  'hammering-while-locked': {
    says: /tried to authenticate twice more while locked out/,
    bad: async (tenant) => {
      await lockOut(tenant);
      await several(2, () => tenant.send(service(tenant)));
    },
    good: async (tenant) => {
      await advance(tenant, await lockOut(tenant));
      assert.equal((await tenant.send(service(tenant))).http, 200);
    },
  },
  'secret-in-url': {
    says: /the parameter access_token/,
    bad: async (tenant) => {
      const token = await tenant.issue({ scope: 'read(companies)' });
      await client(tenant, token)('GET', `companies?access_token=${token}`);
    },
    good: async (tenant) =>
      (await reader(tenant))('GET', 'companies?_search=a-long-word-with-23-letters-in-it'),
  },
  'scope-unused': {
    says: /granted \S+, and the run needed only read\(companies\): ask for that/,
    bad: async (tenant) => {
      const token = await tenant.issue({ scope: 'read(companies),write(tasks)' });
      await client(tenant, token)('GET', 'companies');
    },
    good: async (tenant) => {
      const token = await tenant.issue({ scope: 'read(companies),write(tasks)' });
      const ask = client(tenant, token);
      await ask('GET', 'companies');
      const id = await tenant.put('companies', { name: 'MomCorp' });
      const against = { against_type: 'company', against_id: String(id) };
      const made = await ask('POST', 'tasks', { ...against, title: 'Deliver', date_started: '1800000000' });
      assert.equal(made.http, 200, made.text);
    },
  },
  'repeated-after-refusal': {
    says: /POST \/api\/v0\/companies was sent unchanged 3 times more after invalid_request \(parameter\.missing\)/,
    bad: async (tenant) => {
      const ask = await writer(tenant);
      await several(4, () => ask('POST', 'companies', { website: 'http://momcorp.example' }));
      await ask('POST', 'companies', { name: 'MomCorp' });
    },
    good: async (tenant) => {
      const ask = await writer(tenant);
      await ask('POST', 'companies', { website: 'http://momcorp.example' });
      await ask('POST', 'companies', { website: 'http://momcorp.example', name: 'MomCorp' });
      // What was missing is there when it is asked for again.
      assert.equal((await ask('GET', 'companies/2')).http, 400);
      await ask('POST', 'companies', { name: 'Farnsworth' });
      assert.equal((await ask('GET', 'companies/2')).http, 200);
    },
  },
  'dead-token-used': {
    says: /used for 2 more calls/,
    bad: async (tenant) => {
      const ask = await reader(tenant);
      await ask('GET', 'companies');
      await advance(tenant, 31 * 86_400);
      await several(3, (i) => ask('GET', `companies?_page=${i}`));
    },
    good: async (tenant) => {
      const ask = await reader(tenant);
      await ask('GET', 'companies');
      await advance(tenant, 31 * 86_400);
      await ask('GET', 'companies');
      await (await reader(tenant))('GET', 'companies');
    },
  },
  'write-repeated': {
    says: /POST \/api\/v0\/affiliations was repeated once after server_error without an Idempotency-Key/,
    bad: async (tenant) => {
      const broken = await failing(tenant);
      const ask = await affiliations(tenant);
      await several(2, async () => assert.equal((await ask('POST', 'affiliations', broken)).http, 500));
      await ask('POST', 'affiliations', { ...broken, _fields: 'company(website)' });
    },
    good: async (tenant) => {
      const broken = await failing(tenant);
      const ask = await affiliations(tenant, { 'Idempotency-Key': 'one' });
      await several(2, async () => assert.equal((await ask('POST', 'affiliations', broken)).http, 500));
      const other = await affiliations(tenant, { 'Idempotency-Key': 'two' });
      await other('POST', 'affiliations', { ...broken, _fields: 'company(website)' });
    },
  },
  'refused-refresh-token': {
    says: /was used twice more/,
    bad: async (tenant) => several(3, () => tenant.send(refresh(tenant, 'gone-for-good'))),
    good: async (tenant) => {
      await tenant.send(refresh(tenant, 'gone-for-good'));
      await tokensFor(tenant);
    },
  },
  'code-sent-twice': {
    says: /sent once more after it was used/,
    bad: async (tenant) => {
      const code = await codeFor(tenant);
      await several(2, () => tenant.send(exchange(tenant, code)));
    },
    good: async (tenant) => several(2, async () => tenant.send(exchange(tenant, await codeFor(tenant)))),
  },
  'token-not-reused': {
    says: /3 tokens were fetched while the one before was still good, for 4 calls/,
    bad: async (tenant) =>
      several(4, async (i) => {
        const token = accessIn((await tenant.send(service(tenant))).text);
        await client(tenant, token)('GET', `companies?_page=${i}&_search=${i}`);
      }),
    good: async (tenant) =>
      several(4, async (i) => {
        const token = accessIn((await tenant.send(service(tenant))).text);
        await client(tenant, token)('GET', `companies?_search=${i}`);
        await advance(tenant, 31 * 86_400);
      }),
  },
  'polling-too-fast': {
    says: /GET \/api\/v0\/companies was asked for \d+ times in a row/,
    bad: async (tenant) => {
      const ask = await reader(tenant);
      await several(12, () => ask('GET', 'companies'));
    },
    good: async (tenant) => {
      const ask = await reader(tenant);
      await several(6, async () => {
        await ask('GET', 'companies');
        await advance(tenant, 2);
      });
      // Each is another than the one before.
      await several(6, async (i) => {
        await tenant.put('companies', { name: `Robots ${i}` });
        await ask('GET', 'companies');
      });
    },
  },
  'past-short-page': {
    says: /had 3 of 10 objects on page 0, and the client fetched 2 more pages/,
    bad: async (tenant) => {
      await putCompanies(tenant, 3);
      const ask = await reader(tenant);
      await several(3, (i) => ask('GET', `companies?_page=${i}`));
    },
    good: async (tenant) => {
      await putCompanies(tenant, 12);
      const ask = await reader(tenant);
      await several(2, (i) => ask('GET', `companies?_page=${i}`));
      await several(4, (i) => ask('GET', `companies?_page=${i}&_limit=4`));
    },
  },
  'filter-ignored': {
    says: /asked for what this list does not have, twice: monkeys, empty\(monkeys\), order_by_desc\(monkeys\)/,
    bad: async (tenant) => {
      const ask = await reader(tenant);
      const filters = '_filters=monkeys(1),empty_not(website),empty(monkeys),order_by_desc(monkeys)';
      await ask('GET', `companies?${filters}`);
      await ask('GET', `companies?${filters}&_search=planet`);
    },
    good: async (tenant) =>
      (await reader(tenant))(
        'GET',
        'companies?_filters=empty_not(website),standing(bogus),order_by_desc(id)',
      ),
  },
  'limit-over-100': {
    says: /asked for a _limit of 500, once/,
    bad: async (tenant) => (await reader(tenant))('GET', 'companies?_limit=500'),
    good: async (tenant) => (await reader(tenant))('GET', 'companies?_limit=100'),
  },
};

describe('each rule', () => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(sqlite, {
      sandbox: true,
      'sandbox-token': controlToken,
      'rate-limit': String(limit),
      'lockout-attempts': '2',
    });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  for (const [rule, { says, bad, good }] of Object.entries(pairs)) {
    test(`${rule} catches a client that is bad in that way, and in no other`, async () => {
      const tenant = await world.tenant();
      const report = await reportOn(tenant, () => bad(tenant));
      const all = found(report);
      assert.deepEqual(Object.keys(all), [rule], JSON.stringify(all, null, 1));
      assert.equal(all[rule]?.length, 1);
      assert.match(all[rule]?.[0] ?? '', says);
      const [finding] = report.lints.find(({ id }) => id === rule)?.findings ?? [];
      assert.ok(finding && finding.exchanges.length > 0);
      for (const { id } of finding.exchanges) assert.ok(world.trailOf(id), 'a request that there was');
    });
    test(`${rule} has nothing to say of its good twin, and no other has`, async () => {
      const tenant = await world.tenant();
      assert.deepEqual(found(await reportOn(tenant, () => good(tenant))), {});
    });
  }

  test('what was sent at the same time is no repetition', async () => {
    const tenant = await world.tenant();
    const ask = await reader(tenant);
    const report = await reportOn(tenant, async () => {
      await Promise.all(Array.from({ length: 10 }, () => ask('GET', 'companies')));
      await Promise.all(Array.from({ length: 10 }, () => ask('GET', 'companies?_limit=none')));
    });
    assert.deepEqual(found(report), {});
  });

  test('a server that does not tell what it leaves out cannot be looked at for that', async () => {
    const rule = (await loadLints()).find(({ id }) => id === 'filter-ignored');
    const saw = (parameters: object, headers: object) =>
      rule?.unlooked?.({ exchanges: [{ parameters, answer: { headers } }], reads: [] } as never);
    assert.match(saw({ _filters: 'id(1)' }, {}) ?? '', /does not tell/);
    assert.equal(saw({ _filters: 'id(1)' }, { 'x-status': 'ok' }), undefined);
    assert.equal(saw({}, {}), undefined);
  });

  test('there is a pair for each rule', async () => {
    const rules = (await loadLints()).map(({ id }) => id);
    // That one is tested with the fetch that tells it (watch.test.ts).
    assert.deepEqual([...Object.keys(pairs), 'fields-unread'].sort(), [...rules].sort());
  });
});
