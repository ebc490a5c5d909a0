import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApplication, type NewApplication } from '../../src/identity/applications.ts';
import { digestText, s256 } from '../../src/identity/secrets.ts';
import { contents } from '../harness/contents.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { codeFor, exchange, refresh } from '../harness/grants.ts';
import { closeConnections, type Reply, type Sending } from '../harness/http.ts';
import {
  password,
  type Registered,
  redirectUri,
  startWorld,
  type Tenant,
  type TestWorld,
} from '../harness/world.ts';
import { asking, carried, consentPage, formOn, path, signInPage } from './pages.ts';

const day = 86_400;
const days = 400;
const verifier = 'v'.repeat(43);

onEveryEngine('the authorization server', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'authorization-days': String(days) });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const causeOf = ({ headers }: Reply): string | undefined =>
    world.trailOf(headers['x-request-id'] ?? '').refusal?.because;
  const register = (given: Partial<NewApplication>): Promise<Registered> =>
    createApplication(
      world.server.world.store,
      tenant.deployment,
      { type: 'web', name: 'Scheduler', staffId: tenant.admin, redirectUris: [redirectUri], ...given },
      world.now,
    );
  const tokenOf = (reply: Reply) => {
    assert.equal(reply.http, 200, reply.text);
    return JSON.parse(reply.text) as {
      access_token: string;
      refresh_token: string;
      expires_in: number;
      scope: string;
    };
  };

  test('lets no page of another origin ask the authorization endpoint, whatever an application allows elsewhere', async () => {
    tenant = await world.tenant();
    const allowing = await register({ allowDomains: ['app.example.com'] });
    const Origin = 'https://app.example.com';
    const asked = { Origin, 'Access-Control-Request-Method': 'POST' };
    const allowed = ({ headers }: Reply): string | undefined => headers['access-control-allow-origin'];
    const token = await tenant.send({ method: 'OPTIONS', path: '/oauth2/v0/token', headers: asked });
    assert.equal(allowed(token), Origin, 'the token endpoint is asked by scripts');
    const { clientId: client_id } = allowing.application;
    const sendings: readonly Sending[] = [
      ...[path, '/oauth2/authorize', `${path}/pin`].map((each) => ({ path: each, method: 'OPTIONS' })),
      { path: asking(tenant, {}, allowing) },
      { path: asking(tenant, { scope: 'nonsense' }, allowing) },
      { path: asking(tenant, { redirect_uri: 'https://evil.example/' }, allowing) },
      { path, method: 'POST', ...form({ client_id, response_type: 'code' }) },
    ];
    for (const sending of sendings) {
      const reply = await tenant.send({ ...sending, headers: { ...asked, ...sending.headers } });
      const corsHeaders = Object.keys(reply.headers).filter((name) => name.startsWith('access-control'));
      assert.deepEqual(corsHeaders, [], `${sending.method ?? 'GET'} ${sending.path}`);
    }
  });

  test('answers a post with a redirect that is followed by a get, and names the issuer in it', async () => {
    tenant = await world.tenant();
    for (const [decision, parameter] of [
      ['allow', 'code'],
      ['deny', 'error'],
    ] as const) {
      const { fill } = await consentPage(tenant, { url: asking(tenant, { state: 'xyz' }) });
      const reply = await fill({ decision });
      assert.equal(reply.http, 303);
      const back = carried(reply);
      assert.ok(back.get(parameter));
      assert.deepEqual([back.get('iss'), back.get('state')], [`http://${tenant.host}`, 'xyz']);
    }
    const values = { response_type: 'code', client_id: tenant.web.application.clientId, scope: 'nonsense' };
    const posted = await tenant.send({ method: 'POST', path, ...form(values) });
    assert.deepEqual([posted.http, carried(posted).get('error')], [303, 'invalid_scope']);
    assert.equal(carried(posted).get('iss'), `http://${tenant.host}`);
  });

  test('has pages that nobody frames, that load nothing from elsewhere and link to nowhere else', async () => {
    tenant = await world.tenant();
    const consent = await consentPage(tenant);
    for (const reply of [(await signInPage(tenant)).reply, consent.reply, await tenant.send({ path })]) {
      assert.match(
        reply.headers['content-security-policy'] ?? '',
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      assert.equal(reply.headers['x-frame-options'], 'DENY');
      assert.equal(reply.headers['referrer-policy'], 'same-origin');
      assert.equal(reply.headers['cache-control'], 'no-store');
      const places = [...reply.text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(
        ([, place]) => place ?? '',
      );
      for (const place of places) assert.match(place, /^(?:\/(?!\/)|#|data:)/, place);
    }
  });

  test('asks for a username and a password and nothing else, masked, and lets managers paste and keep it', async () => {
    tenant = await world.tenant();
    const { reply } = await signInPage(tenant);
    const fields = [...reply.text.matchAll(/<(?:input|select|textarea)[^>]*>/g)].map(([tag]) => ({
      name: /name="([^"]*)"/.exec(tag)?.[1],
      type: /type="([^"]*)"/.exec(tag)?.[1],
      autocomplete: /autocomplete="([^"]*)"/.exec(tag)?.[1],
    }));
    assert.deepEqual(
      fields.filter(({ type }) => type !== 'hidden'),
      [
        { name: 'username', type: 'text', autocomplete: 'username' },
        { name: 'password', type: 'password', autocomplete: 'current-password' },
      ],
    );
    assert.doesNotMatch(reply.text, /<script|\son\w+=|maxlength/, 'nothing that could keep a paste out');
  });

  test('takes a password as long as nobody changes it', async () => {
    tenant = await world.tenant();
    world.now += 10 * 365 * day;
    assert.match((await consentPage(tenant)).reply.text, /name="decision"/);
  });

  test('asks each time, also who is signed in and has agreed before', async () => {
    tenant = await world.tenant();
    const { reply, fill } = await consentPage(tenant);
    const { cookie } = formOn(reply);
    await fill({ decision: 'allow' });
    for (const more of [{}, { prompt: 'none' }, { approval_prompt: 'auto' }]) {
      const again = await tenant.send({ path: asking(tenant, more), headers: { Cookie: cookie } });
      assert.deepEqual([again.http, again.headers.location], [200, undefined]);
      assert.match(again.text, /name="decision" value="deny"/);
    }
  });

  test('refuses a challenge that is none, and where an application requires PKCE a request without one', async () => {
    tenant = await world.tenant();
    const strict = await register({ requirePkce: true });
    const plain = { code_challenge: verifier, code_challenge_method: 'plain' };
    for (const application of [tenant.web, strict]) {
      const reply = await tenant.send({ path: asking(tenant, plain, application) });
      assert.deepEqual(
        [causeOf(reply), carried(reply).get('error')],
        ['parameter.invalid', 'invalid_request'],
      );
    }
    const without = await tenant.send({ path: asking(tenant, {}, strict) });
    assert.deepEqual([causeOf(without), carried(without).get('code')], ['parameter.missing', null]);
    const challenge = { code_challenge: s256(verifier), code_challenge_method: 'S256' };
    const { fill } = await consentPage(tenant, { url: asking(tenant, challenge, strict) });
    const code = carried(await fill({ decision: 'allow' })).get('code') ?? '';
    assert.equal(causeOf(await tenant.send(exchange(tenant, code, {}, strict))), 'verifier.wrong');
    tokenOf(await tenant.send(exchange(tenant, code, { code_verifier: verifier }, strict)));
  });

  test('gives nothing to a public client without PKCE', async () => {
    tenant = await world.tenant();
    const { installed } = tenant;
    const publicly = (values: Readonly<Record<string, string>>): Promise<Reply> =>
      tenant.send({
        method: 'POST',
        path: '/oauth2/v0/token',
        ...form({ grant_type: 'authorization_code', client_id: installed.application.clientId, ...values }),
      });
    const options = { application: installed, redirectUri: null };
    const [bound, bare] = [await codeFor(tenant, { ...options, verifier }), await codeFor(tenant, options)];
    for (const [code, more, cause] of [
      [bound, {}, 'secret.wrong'],
      [bound, { code_verifier: '' }, 'secret.wrong'],
      [bound, { code_verifier: 'w'.repeat(43) }, 'verifier.wrong'],
      [bare, {}, 'secret.wrong'],
      [bare, { code_verifier: verifier }, 'verifier.wrong'],
    ] as const)
      assert.equal(causeOf(await publicly({ code, ...more })), cause);
    tokenOf(await publicly({ code: bound, code_verifier: verifier }));
  });

  test('issues tokens at the token endpoint only', async () => {
    tenant = await world.tenant();
    const { cookie } = formOn((await consentPage(tenant)).reply);
    for (const response_type of ['token', 'id_token', 'code token', 'code id_token', 'none']) {
      const reply = await tenant.send({
        path: asking(tenant, { response_type }),
        headers: { Cookie: cookie },
      });
      assert.equal(carried(reply).get('error'), 'unsupported_response_type', response_type);
      assert.doesNotMatch(reply.headers.location ?? '', /access_token|id_token=|#/);
    }
    const { fill } = await consentPage(tenant, { url: asking(tenant, { response_mode: 'fragment' }) });
    const location = (await fill({ decision: 'allow' })).headers.location ?? '';
    assert.match(location, /\?code=/);
    assert.doesNotMatch(location, /#|token/);
  });

  test('keeps no token, code, secret or password as it is', async () => {
    tenant = await world.tenant();
    const { reply, fill } = await consentPage(tenant);
    const { cookie } = formOn(reply);
    const code = carried(await fill({ decision: 'allow' })).get('code') ?? '';
    const first = tokenOf(await tenant.send(exchange(tenant, code)));
    const second = tokenOf(await tenant.send(refresh(tenant, first.refresh_token)));
    const all = [...(await contents(tenant)).values()].join('\n');
    const secrets = {
      cookie: cookie.slice(cookie.indexOf('=') + 1),
      code,
      password,
      secret: tenant.web.secret,
      access: first.access_token,
      refresh: first.refresh_token,
      successor: second.refresh_token,
      nextAccess: second.access_token,
    };
    for (const [name, value] of Object.entries(secrets)) {
      assert.ok(value.length > 10, name);
      assert.ok(!all.includes(value), `the store has the ${name}`);
    }
    assert.ok(all.includes(digestText(second.access_token)), 'digests are kept');
  });

  test('gives an application no more scope than it may ask for, by a consent or for itself', async () => {
    tenant = await world.tenant();
    const allowScope = 'read(companies,contacts)';
    const narrow = await register({ allowScope });
    for (const scope of ['read(all)', 'write(companies)', 'read(companies,tasks)']) {
      const reply = await tenant.send({ path: asking(tenant, { scope }, narrow) });
      assert.deepEqual(
        [causeOf(reply), carried(reply).get('error')],
        ['scope.exceeded', 'invalid_scope'],
        scope,
      );
    }
    const { fill } = await consentPage(tenant, { url: asking(tenant, { scope: 'read(companies)' }, narrow) });
    const code = carried(await fill({ decision: 'allow' })).get('code') ?? '';
    assert.equal(tokenOf(await tenant.send(exchange(tenant, code, {}, narrow))).scope, 'read(companies)');
    const service = await register({ type: 'service', redirectUris: [], allowScope });
    const ask = (more: Readonly<Record<string, string>> = {}): Promise<Reply> =>
      tenant.send({
        method: 'POST',
        path: '/oauth2/v0/token',
        ...form({ grant_type: 'client_credentials', ...more }, basic(service)),
      });
    assert.equal(causeOf(await ask({ scope: 'write(all)' })), 'scope.exceeded');
    assert.equal(
      tokenOf(await ask()).scope,
      allowScope,
      'what it may is what it gets when it asks for nothing',
    );
    await assert.rejects(
      register({ allowScope, defaultScope: 'write(all)' }),
      /more than the application may/,
    );
    await assert.rejects(register({ type: 'service', redirectUris: [], requirePkce: true }), /no PKCE/);
  });

  test('ends all tokens of a consent on the day that its page said, however often they are renewed', async () => {
    tenant = await world.tenant();
    const { reply, fill } = await consentPage(tenant);
    const began = world.now;
    const last = new Date((began + days * day) * 1_000).toISOString().slice(0, 10);
    assert.ok(reply.text.includes(`it ends on ${last} (UTC) at the latest`));
    const code = carried(await fill({ decision: 'allow' })).get('code') ?? '';
    let tokens = tokenOf(await tenant.send(exchange(tenant, code)));
    assert.equal(tokens.expires_in, 30 * day);
    while (world.now < began + (days - 1) * day) {
      world.now = Math.min(world.now + 170 * day, began + (days - 1) * day);
      tokens = tokenOf(await tenant.send(refresh(tenant, tokens.refresh_token)));
    }
    assert.equal(tokens.expires_in, day, 'the access token ends with it');
    world.now = began + days * day - 1;
    const asked = { path: '/api/v0/companies', headers: bearer(tokens.access_token) };
    assert.equal((await tenant.send(asked)).http, 200);
    world.now = began + days * day;
    assert.equal(causeOf(await tenant.send(asked)), 'token.expired');
    assert.equal(causeOf(await tenant.send(refresh(tenant, tokens.refresh_token))), 'refresh.expired');
  });

  test('ends a family that was authorized before that was kept, counted from its oldest token', async () => {
    tenant = await world.tenant();
    const { store } = world.server.world;
    const first = tokenOf(await tenant.send(exchange(tenant, await codeFor(tenant))));
    const began = world.now;
    await store.within((writing) =>
      writing.update(tenant.deployment.id, 'refresh_tokens', {}, { date_authorized: null }),
    );
    world.now += day;
    const second = tokenOf(await tenant.send(refresh(tenant, first.refresh_token)));
    const rows = await store.list(tenant.deployment.id, {
      table: 'refresh_tokens',
      columns: ['date_authorized'],
      limit: 10,
    });
    assert.ok(rows.some(({ date_authorized }) => date_authorized === began));
    // As an older process would have written it, with an end of its own.
    await store.within((writing) =>
      writing.update(tenant.deployment.id, 'refresh_tokens', {}, { date_expires: began + 10 * days * day }),
    );
    world.now = began + days * day;
    assert.equal(causeOf(await tenant.send(refresh(tenant, second.refresh_token))), 'refresh.expired');
  });
});
