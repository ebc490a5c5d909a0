import assert from 'node:assert/strict';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createClient } from '../../client/src/client.ts';
import { Refused } from '../../client/src/refused.ts';
import type { Tokens } from '../../client/src/tokens.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { tokensFor } from '../harness/grants.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** `fetch` says no other host than the one it calls. */
const name = 'hypnotoad';
const flags = { 'default-deployment': name };
const baseOf = (tenant: Tenant): string => `http://127.0.0.1:${tenant.world.server.port}/`;

onEveryEngine('the client', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  const requests: string[] = [];
  const counting: typeof fetch = (input, init) => {
    requests.push(new URL(String(input)).pathname);
    return fetch(input, init);
  };
  before(async () => {
    world = await startWorld(engine, flags);
    tenant = await world.tenant({ name });
  });
  after(() => world.close());
  const serviceAuth = () => ({
    grant: 'client_credentials' as const,
    clientId: tenant.service.application.clientId,
    clientSecret: tenant.service.secret,
    scope: 'write(all)',
  });

  test('creates, reads and lists, page after page', async () => {
    const client = createClient({ baseUrl: baseOf(tenant), auth: serviceAuth() });
    for (let i = 1; i <= 5; i++) {
      const made = await client.call<{ id: string; name: string }>({
        method: 'POST',
        path: 'companies',
        body: { name: `Mom's Old-Fashioned Robot Oil ${i} & Söhne` },
      });
      assert.ok(made.ok);
      assert.equal(made.response.name, `Mom's Old-Fashioned Robot Oil ${i} & Söhne`);
      assert.equal(made.verdict.quota?.limit, 5_000);
    }
    const names: string[] = [];
    for await (const { name } of client.pages<{ name: string }>(
      { path: 'companies', query: { _search: 'Robot Oil' } },
      2,
    ))
      names.push(name);
    assert.equal(names.length, 5);
    const removed = await client.call({ method: 'DELETE', path: 'companies/1' });
    assert.ok(removed.ok);
  });

  test('says why not', async () => {
    const client = createClient({ baseUrl: baseOf(tenant), auth: { token: tenant.token } });
    const result = await client.call({ path: 'companies', query: { _limit: 'many' } });
    assert.ok(!result.ok);
    assert.deepEqual(
      [result.verdict.status, result.verdict.retry],
      ['invalid_request', { when: 'after fixing', parameter: '_limit' }],
    );
    await assert.rejects(async () => {
      for await (const _ of client.pages({ path: 'monkeys' }));
    }, Refused);
    const wrong = createClient({
      baseUrl: baseOf(tenant),
      auth: { ...serviceAuth(), clientSecret: 'wrong' },
    });
    const refused = await wrong.call({ path: 'companies' });
    assert.ok(!refused.ok);
    assert.equal(refused.verdict.status, 'invalid_client');
  });

  test('100 calls with an expired token: one refresh', async () => {
    const { access_token: access, refresh_token: refresh } = await tokensFor(tenant);
    let saved: Tokens | undefined = { access, refresh };
    const { application, secret } = tenant.web;
    const client = createClient({
      baseUrl: baseOf(tenant),
      auth: {
        grant: 'refresh_token',
        clientId: application.clientId,
        clientSecret: secret,
        storage: {
          load: () => saved,
          save: (tokens) => {
            saved = tokens;
          },
        },
      },
      fetch: counting,
    });
    world.now += 31 * 86_400;
    requests.length = 0;
    const results = await Promise.all(Array.from({ length: 100 }, () => client.call({ path: 'companies' })));
    assert.ok(results.every(({ ok }) => ok));
    assert.equal(requests.filter((path) => path === '/oauth2/v0/token').length, 1);
    assert.notEqual(saved.access, access);
    assert.ok(saved.refresh !== undefined && saved.expires !== undefined);
    assert.ok((await client.call({ path: 'companies' })).ok);
  });

  test('an hour that is used up: no call before its time, none lost', async () => {
    const busy = await startWorld(engine, { ...flags, 'rate-limit': '10' });
    try {
      const crowded = await busy.tenant({ name });
      const real = Date.now();
      let ms = 0;
      const waits: number[] = [];
      let early = 0;
      let reset = 0;
      let told = 0;
      let underWay = 0;
      const fresh = () =>
        createClient({
          baseUrl: baseOf(crowded),
          auth: { token: crowded.token },
          patience: 1_000_000,
          now: () => real + ms,
          wait: async (time, signal) => {
            waits.push(time);
            const until = ms + time;
            // Time passes while nothing is under way, and once for all that wait at the same time.
            do await new Promise((resume) => setTimeout(resume, 5));
            while (underWay > 0);
            signal?.throwIfAborted();
            if (ms < until) {
              busy.now += Math.ceil((until - ms) / 1_000);
              ms = until;
            }
          },
          fetch: async (input, init) => {
            const sent = real + ms;
            if (reset > sent) early++;
            underWay++;
            const { status, headers, ...response } = await fetch(input, init).then(async (answer) => ({
              status: answer.status,
              headers: answer.headers,
              text: await answer.text(),
            }));
            const closed = status === 429 ? sent + Number(headers.get('retry-after')) * 1_000 : 0;
            if (closed > 0) told++;
            // Known when it has been read: what was on its way by then was not sent against it.
            setImmediate(() => {
              underWay--;
              reset = Math.max(reset, closed);
            });
            return new Response(response.text, { status, headers });
          },
        });
      const client = fresh();
      for (let i = 0; i < 10; i++) assert.ok((await client.call({ path: 'companies' })).ok);
      const first = await client.call({ path: 'companies' });
      assert.ok(first.ok, 'it waited for the next hour');
      assert.equal(told, 0, 'it knew');
      const stranger = fresh();
      const storm = await Promise.all(Array.from({ length: 60 }, () => stranger.call({ path: 'companies' })));
      assert.ok(told > 0, 'nobody knew yet');
      assert.ok(storm.every(({ ok }) => ok));
      assert.equal(early, 0);
      assert.ok(waits[0] !== undefined && waits[0] > 0);
    } finally {
      await busy.close();
    }
  });
});

describe('what a server does', () => {
  let server: HttpServer;
  let base: string;
  let answers: { http: number; headers?: Record<string, string>; body: string }[] = [];
  let asked = 0;
  before(async () => {
    server = createServer((request, response) => {
      request.resume();
      const {
        http,
        headers = {},
        body,
      } = answers[Math.min(asked++, answers.length - 1)] ?? { http: 500, body: '' };
      response.writeHead(http, headers).end(body);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const failed = { http: 500, body: '{"meta":{"status":"server_error"},"response":null}' };
  const fine = { http: 200, body: '{"meta":{"status":"ok"},"response":[]}' };
  const waits: number[] = [];
  const patient = () =>
    createClient({ baseUrl: base, auth: { token: 't' }, wait: async (ms) => void waits.push(ms) });
  const answering = (...given: typeof answers): void => {
    answers = given;
    asked = 0;
    waits.length = 0;
  };

  test('a read is tried again after its failure, later each time; a write is not', async () => {
    answering(failed, failed, fine);
    assert.ok((await patient().call({ path: 'companies' })).ok);
    assert.equal(asked, 3);
    assert.ok(waits[0] && waits[1] && waits[0] >= 1_000 && waits[1] >= 2_000 && waits[1] <= 2_500);
    answering(failed, fine);
    assert.ok(!(await patient().call({ method: 'POST', path: 'companies', body: { name: 'x' } })).ok);
    assert.equal(asked, 1);
  });

  test('a write with a key is tried again', async () => {
    answering(failed, fine);
    const call = { method: 'POST', path: 'companies', body: { name: 'x' }, idempotencyKey: 'k-1' } as const;
    assert.ok((await patient().call(call)).ok);
    assert.equal(asked, 2);
  });

  test('a create is tried again under a key of its own, where the server is known to keep keys', async () => {
    const keys: (string | null)[] = [];
    const keyed = (answer: typeof failed) => {
      answering(answer, fine);
      return createClient({
        baseUrl: base,
        auth: { token: 't' },
        wait: async () => {},
        fetch: (input, init) => {
          keys.push(new Headers(init?.headers).get('Idempotency-Key'));
          return fetch(input, init);
        },
      });
    };
    const call = { method: 'POST', path: 'companies', body: { name: 'x' } } as const;
    assert.ok(!(await keyed(failed).call(call)).ok);
    assert.equal(asked, 1);
    keys.length = 0;
    const known = { ...failed, headers: { 'X-Status': 'server_error' } };
    assert.ok((await keyed(known).call(call)).ok);
    assert.equal(asked, 2);
    assert.ok(keys[0] && keys[0] === keys[1], 'the same key');
    answering(known, fine);
    assert.ok(!(await createClient({ baseUrl: base, auth: { token: 't' }, retries: false }).call(call)).ok);
    assert.equal(asked, 1);
  });

  test('repetitions are spent from a budget that successes fill again', async () => {
    answering(failed);
    const client = createClient({
      baseUrl: base,
      auth: { token: 't' },
      wait: async () => {},
      retries: { budget: 3, tries: 100 },
      patience: 1e9,
    });
    assert.ok(!(await client.call({ path: 'companies' })).ok);
    assert.equal(asked, 4, 'one call, and three repetitions');
    assert.ok(!(await client.call({ path: 'companies' })).ok);
    assert.equal(asked, 5);
    answering(fine);
    for (let i = 0; i < 10; i++) assert.ok((await client.call({ path: 'companies' })).ok);
    answering(failed);
    assert.ok(!(await client.call({ path: 'companies' })).ok);
    assert.equal(asked, 2);
  });

  test('not for ever', async () => {
    answering(failed);
    assert.ok(!(await patient().call({ path: 'companies' })).ok);
    assert.equal(asked, 5);
  });

  test('not longer than the patience, and not while the hour is used up', async () => {
    answering({
      http: 429,
      headers: { 'Retry-After': '900' },
      body: '{"meta":{"status":"too_many_requests"}}',
    });
    const client = patient();
    for (let i = 0; i < 3; i++) {
      const { ok, verdict } = await client.call({ path: 'companies' });
      assert.ok(!ok);
      assert.equal(verdict.status, 'too_many_requests');
      assert.ok(verdict.retry.when === 'after' && verdict.retry.seconds > 890);
    }
    assert.equal(asked, 1);
    assert.deepEqual(waits, []);
  });

  test('its reserve is left to other clients', async () => {
    const headers = {
      'X-RateLimit-Limit': '50',
      'X-RateLimit-Reset': String(Math.floor(Date.now() / 1_000) + 900),
    };
    answering(
      { ...fine, headers: { ...headers, 'X-RateLimit-Remaining': '6' } },
      { ...fine, headers: { ...headers, 'X-RateLimit-Remaining': '5' } },
    );
    const client = createClient({ baseUrl: base, auth: { token: 't' }, reserve: { share: 0.1 } });
    for (let i = 0; i < 2; i++) assert.ok((await client.call({ path: 'companies' })).ok);
    const { ok, verdict } = await client.call({ path: 'companies' });
    assert.ok(!ok && verdict.status === 'too_many_requests' && verdict.retry.when === 'after');
    assert.ok(verdict.retry.seconds > 890);
    assert.equal(asked, 2, 'the third was not sent');
    for (const reserve of [-1, Number.NaN, { share: 1 }, { share: -0.1 }])
      assert.throws(
        () => createClient({ baseUrl: base, auth: { token: 't' }, reserve }),
        /reserve is a number/,
      );
  });

  test('a wait ends with its signal', async () => {
    answering(failed);
    const client = createClient({ baseUrl: base, auth: { token: 't' } });
    const stop = new AbortController();
    const waiting = client.call({ path: 'companies', signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await assert.rejects(waiting, /enough/);
  });

  test('a token that is refused and cannot be renewed', async () => {
    answering({ http: 401, body: '{"meta":{"status":"invalid_client"}}' });
    const { ok, verdict } = await patient().call({ path: 'companies' });
    assert.deepEqual([ok, verdict.status, asked], [false, 'invalid_client', 1]);
  });

  test('something else that listens there', async () => {
    answering({ http: 200, body: '<html>It works!</html>' });
    await assert.rejects(patient().call({ path: 'companies' }), /no answer of the API: <html>/);
  });

  test('no deployment and no address', () => {
    assert.throws(() => createClient({ auth: { token: 't' } }), /deployment/);
    assert.throws(() => createClient({ deployment: 'evil.example/', auth: { token: 't' } }), /deployment/);
  });
});
