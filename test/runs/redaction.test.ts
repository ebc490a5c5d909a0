import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { compose, type Seen } from '../../src/runs/recording/compose.ts';
import { createRedactor } from '../../src/runs/recording/redact.ts';
import { reportFormats } from '../../src/runs/report/formats.ts';
import { sqlite } from '../harness/engines.ts';
import { codeFor, exchange, refresh } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { basic, form } from '../harness/scenario.ts';
import { password, redirectUri, startWorld, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from '../sandbox/control.ts';
import { runsOf } from './runs.ts';

const body = (tree?: unknown) => ({
  type: 'application/json',
  bytes: 10,
  ...(tree === undefined ? {} : { tree }),
});

const nothing: Seen = {
  id: 'a',
  at: 0,
  began: 0,
  ended: 0,
  method: 'POST',
  path: '/api/v0/companies',
  oauth: false,
  query: new Map(),
  headers: {},
  body: body(),
  answer: { http: 200, headers: [], body: body() },
  status: 'ok',
};

type Place = (secret: string) => Partial<Seen>;
const oauth = { oauth: true, path: '/oauth2/v0/token' };
const answering = (headers: [string, string][], tree?: unknown) => ({
  answer: { http: 200, headers, body: body(tree) },
});

/** Wherever a secret may stand that a name or a place gives away. */
const places: readonly Place[] = [
  (secret) => ({ headers: { authorization: `Bearer ${secret}` } }),
  (secret) => ({ headers: { authorization: `Basic ${btoa(`me@acme:${secret}`)}` } }),
  (secret) => ({ headers: { authorization: secret } }),
  (secret) => ({ headers: { cookie: `session=${secret}; a=b` } }),
  (secret) => ({ headers: { 'x-api-key': secret } }),
  (secret) => ({ headers: { referer: `https://example.com/?code=${encodeURIComponent(secret)}` } }),
  (secret) => answering([['Set-Cookie', `session=${secret}; HttpOnly`]]),
  (secret) => answering([['Location', `https://example.com/?code=${encodeURIComponent(secret)}&state=1`]]),
  (secret) => answering([], { access_token: secret, refresh_token: secret }),
  (secret) => ({ ...oauth, ...answering([], { access_token: secret, id_of: [secret], scope: 'read(all)' }) }),
  (secret) => ({ query: new Map([['access_token', secret]]) }),
  (secret) => ({ ...oauth, query: new Map([['code', secret]]) }),
  (secret) => ({ body: body({ password: secret }) }),
  (secret) => ({ body: body({ staff: [{ newPassword: secret, 'api-key': { inner: secret } }] }) }),
  (secret) => ({ ...oauth, body: body({ client_secret: secret, code: secret, code_verifier: secret }) }),
  (secret) => ({ ...oauth, body: body({ whatever: secret }) }),
];

/** Where one may come again, once it is known. */
const elsewhere: readonly Place[] = [
  (secret) => ({ path: `/api/v0/companies/${encodeURIComponent(secret)}` }),
  (secret) => ({ query: new Map([['_search', secret]]) }),
  (secret) => ({ query: new Map([[secret, 'x']]) }),
  (secret) => ({ body: body({ comments: `it is ${secret}, keep it` }) }),
  (secret) => ({ headers: { 'user-agent': `client/1 (${secret})` } }),
  (secret) => answering([], { response: [{ name: [secret] }] }),
];

const includes = (text: string, secret: string): boolean =>
  [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)].some((form) =>
    text.includes(form),
  );

describe('what is recorded', () => {
  const token = fc
    .uint8Array({ minLength: 18, maxLength: 48 })
    .map((bytes) => `7q${Buffer.from(bytes).toString('base64url')}`);
  // Anything a person may choose, with a beginning that no exchange has by chance.
  const chosen = fc.string({ maxLength: 30 }).map((text) => `~Q7x${text.replace(/[:;,\s]/g, '_')}x7Q~`);

  test('has no secret, wherever it stood, and tells equal ones from others', () => {
    fc.assert(
      fc.property(fc.oneof(token, chosen), fc.constantFrom(...places), fc.nat(), (secret, place, other) => {
        const redactor = createRedactor();
        const first = JSON.stringify(compose({ ...nothing, ...place(secret) }, redactor));
        assert.ok(!includes(first, secret), first);
        assert.match(first, /\[secret [0-9a-f]{12}\]/);
        const again = elsewhere[other % elsewhere.length] as Place;
        const second = JSON.stringify(compose({ ...nothing, ...again(secret) }, redactor));
        assert.ok(!includes(second, secret), `${first}\n${second}`);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });

  test('has no token, even where nothing gives it away', () => {
    fc.assert(
      fc.property(token, fc.constantFrom(...elsewhere), (secret, place) => {
        const text = JSON.stringify(compose({ ...nothing, ...place(secret) }, createRedactor()));
        assert.ok(!includes(text, secret), text);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  test('has the same fingerprint for the same token, by whatever way it came; another recorder has another', () => {
    const redactor = createRedactor();
    const secret = randomBytes(48).toString('base64url');
    const sent = compose({ ...nothing, headers: { authorization: `Bearer ${secret}` } }, redactor);
    const given = compose({ ...nothing, ...oauth, ...answering([], { access_token: secret }) }, redactor);
    const shown = compose({ ...nothing, query: new Map([['access_token', `Bearer ${secret}`]]) }, redactor);
    assert.equal(sent.token, given.answer.given?.access);
    assert.equal(sent.token, shown.inUrl[0]?.print);
    assert.notEqual(sent.token, createRedactor().print(secret));
  });

  test('has what is no secret', () => {
    const tree = {
      name: "Mom's Friendly Robot Company",
      address: { city: 'New New York' },
      size: 9,
      old: true,
    };
    const { body: recorded, query } = compose(
      { ...nothing, body: body(tree), query: new Map([['_filters', 'standing(active)']]) },
      createRedactor(),
    );
    assert.deepEqual(JSON.parse(recorded.text ?? ''), tree);
    assert.deepEqual(query, { _filters: 'standing(active)' });
  });
});

describe('a run of every grant', () => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(sqlite, { sandbox: true, 'sandbox-token': controlToken });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('has none of its tokens, codes, passwords, secrets and cookies, in any format', async () => {
    const tenant = await world.tenant();
    const { web, service } = tenant;
    await controlled(tenant, 'POST', runsOf(tenant), { name: 'all' });
    const secrets = [web.secret, service.secret, tenant.token, password];
    const code = await codeFor(tenant);
    const first = JSON.parse((await tenant.send(exchange(tenant, code))).text);
    const second = JSON.parse((await tenant.send(refresh(tenant, first.refresh_token))).text);
    secrets.push(code, first.access_token, first.refresh_token, second.access_token, second.refresh_token);
    await tenant.send({
      method: 'POST',
      path: '/oauth2/v0/token',
      ...form({
        grant_type: 'client_credentials',
        client_id: service.application.clientId,
        client_secret: service.secret,
      }),
    });
    await tenant.send({
      method: 'POST',
      path: '/oauth2/v0/revoke',
      ...form({ token: first.access_token }, basic(web)),
    });
    const asked = new URLSearchParams({
      client_id: web.application.clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      state: 'a-state-that-is-secret',
    });
    const page = await tenant.send({ path: `/oauth2/v0/authorize?${asked}` });
    const cookie = /=([^;]+)/.exec(page.headers['set-cookie'] ?? '')?.[1] ?? '';
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1];
    secrets.push('a-state-that-is-secret', cookie, ...(csrf === undefined ? [] : [csrf]));
    assert.ok(cookie.length > 8);
    await tenant.send({
      method: 'POST',
      path: `/oauth2/v0/authorize?${asked}`,
      ...form(
        { username: 'hermes', password, csrf: csrf ?? '' },
        { Cookie: (page.headers['set-cookie'] ?? '').split(';')[0] ?? '' },
      ),
    });
    // Secrets of a person, under names that only a form of ours has.
    const typed = { current: 'spleesh, guh', new: 'wernstrom!!', recovery: 'k3vx-9m2q-7htd' };
    secrets.push(...Object.values(typed));
    await tenant.send({ method: 'POST', path: '/account/password', ...form(typed) });
    await tenant.get(`/api/v0/companies?access_token=${tenant.token}&_search=${second.access_token}`);
    await tenant.get(`/api/v0/companies/${code}`);
    await tenant.post('/api/v0/companies', { name: 'MomCorp', comments: `token ${tenant.token}` });
    const ended = await controlled(tenant, 'POST', `${runsOf(tenant)}/end`, {});
    assert.equal(ended.json.exchanges, 10);
    const lines = (await controlled(tenant, 'GET', `${runsOf(tenant)}/all`)).text;
    assert.match(lines, /MomCorp/);
    const reports = await Promise.all(
      Object.keys(reportFormats).map(
        async (format) =>
          (await controlled(tenant, 'GET', `${runsOf(tenant)}/all/report?format=${format}`)).text,
      ),
    );
    for (const text of [lines, ...reports])
      for (const secret of secrets) assert.ok(!includes(text, secret), `${secret} in ${text}`);
  });
});
