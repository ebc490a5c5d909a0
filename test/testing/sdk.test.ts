import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../../client/src/client.ts';
import type { Tokens } from '../../client/src/tokens.ts';
import { tellReads, watch } from '../../src/runs/watch.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { tokensFor } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { found, reportOn } from '../runs/runs.ts';
import { controlToken } from '../sandbox/control.ts';

/** `fetch` says no other host than the one it calls. */
const name = 'nimbus';
const limit = 60;

onEveryEngine('the SDK in a run', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, {
      sandbox: true,
      'sandbox-token': controlToken,
      'default-deployment': name,
      'rate-limit': String(limit),
    });
    tenant = await world.tenant({ name });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const baseUrl = () => `http://127.0.0.1:${world.server.port}`;
  /** Time passes for the deployment where the client waits. */
  let ms = 0;
  const real = Date.now();
  const time = {
    now: () => real + ms,
    patience: 100_000,
    wait: async (wanted: number) => {
      const until = ms + wanted;
      await new Promise((resume) => setTimeout(resume, 20));
      if (ms >= until) return;
      world.now += Math.ceil((until - ms) / 1_000);
      ms = until;
    },
  };
  const serviceAuth = (scope: string) => ({
    grant: 'client_credentials' as const,
    clientId: tenant.service.application.clientId,
    clientSecret: tenant.service.secret,
    scope,
  });

  test('pages, an hour that is used up, failures of the server, an expired token: nothing is found', async () => {
    let calls = 0;
    const report = await reportOn(tenant, async () => {
      const client = createClient({ baseUrl: baseUrl(), auth: serviceAuth('write(companies)'), ...time });
      for (let i = 0; i < 5; i++) {
        const call = { method: 'POST' as const, path: 'companies', body: { name: `Robots ${i}` } };
        assert.ok((await client.call({ ...call, idempotencyKey: `robots-${i}` })).ok);
      }
      const pages: unknown[] = [];
      for await (const each of client.pages({ path: 'companies' }, 2)) pages.push(each);
      assert.equal(pages.length, 5);

      const { store } = world.server.world;
      await store.within((writing) =>
        writing.update(tenant.deployment.id, 'companies', { id: 1 }, { staff_bookmarked: 7 }),
      );
      const broken = await client.call({ path: 'companies/1', query: { _fields: 'staff_bookmarked' } });
      assert.equal(broken.verdict.status, 'server_error');
      const refused = await client.call({ path: 'companies', query: { _limit: 'many' } });
      assert.equal(refused.verdict.status, 'invalid_request');

      while (calls++ < limit * 2) assert.ok((await client.call({ path: `companies/${(calls % 4) + 2}` })).ok);
      // Another client of the deployment takes what is left, which this one cannot know.
      for (let id = 100; ; id++) {
        const { headers } = await tenant.get(`/api/v0/companies/${id}`);
        if (headers['x-ratelimit-remaining'] === '0') break;
      }
      const storm = Array.from({ length: 40 }, () => client.call({ path: 'companies' }));
      assert.ok((await Promise.all(storm)).every(({ ok }) => ok));
      world.now += 31 * 86_400;
      ms += 31 * 86_400_000;
      assert.ok((await client.call({ path: 'companies' })).ok);
    });
    assert.deepEqual(found(report), {});
    const met = report.coverage.statuses.met.map((each) => each.name).sort();
    assert.deepEqual(met, ['invalid_request', 'ok', 'server_error', 'too_many_requests']);
  });

  test('100 calls with an expired refreshable token: nothing is found', async () => {
    const { access_token: access, refresh_token: token } = await tokensFor(tenant, {
      scope: 'read(companies)',
    });
    world.now += 31 * 86_400;
    ms += 31 * 86_400_000;
    const report = await reportOn(tenant, async () => {
      let kept: Tokens | undefined = { access, refresh: token };
      const client = createClient({
        baseUrl: baseUrl(),
        auth: {
          grant: 'refresh_token',
          clientId: tenant.web.application.clientId,
          clientSecret: tenant.web.secret,
          storage: {
            load: () => kept,
            save: (tokens) => {
              kept = tokens;
            },
          },
        },
        ...time,
      });
      const all = Array.from({ length: limit - 10 }, () => client.call({ path: 'companies' }));
      assert.ok((await Promise.all(all)).every(({ ok }) => ok));
    });
    assert.deepEqual(found(report), {});
    assert.ok(report.coverage.causes.met.some((each) => each.name === 'token.expired'));
  });

  test('what it never reads of its answers is found, through its option fetch', async () => {
    world.now += 3_600;
    ms += 3_600_000;
    using watching = watch(fetch, { parse: true });
    const client = createClient({
      baseUrl: baseUrl(),
      auth: serviceAuth('read(companies)'),
      fetch: watching.fetch,
      ...time,
    });
    interface Company {
      readonly website: string | null;
    }
    const place = { url: baseUrl(), token: controlToken, deployment: name };
    const report = await reportOn(
      tenant,
      async () => {
        const query = { _fields: 'website,phone' };
        for await (const { website } of client.pages<Company>({ path: 'companies', query }))
          assert.equal(website, null);
      },
      () => tellReads(watching, place),
    );
    assert.match(
      found(report)['fields-unread']?.[0] ?? '',
      /asks for phone with _fields, and nobody reads it/,
    );
    assert.deepEqual(Object.keys(found(report)), ['fields-unread']);
  });
});
