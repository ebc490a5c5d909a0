import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LogEntry } from '../../src/observe/entry.ts';
import { entriesOf, findRequest } from '../../src/observe/request-log.ts';
import { Browser, csrfIn } from '../console/account-pages.ts';
import {
  afterPassword,
  choose,
  codesIn,
  factorPath,
  keyIn,
  later,
  withFactor,
} from '../console/second-steps.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { exchange, refresh } from '../harness/grants.ts';
import { closeConnections, type Reply, type Sending } from '../harness/http.ts';
import { codeAt, wrongCodeAt } from '../harness/totp.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { asking, carried, consentPage, formOn, signInPage } from './pages.ts';

const address = '127.0.0.1';
const another = 'delivery boy, 3000 AD';
const verifier = 'a verifier that is long enough for PKCE, 43';

// Both logs are given the same text (`createObserver`); here it is read back from the one in the database.
onEveryEngine('the request log', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'lockout-attempts': '3' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  async function entryOf(reply: Reply): Promise<Partial<LogEntry>> {
    await world.server.flush();
    await world.server.flush();
    const { store } = world.server.world;
    const found = await findRequest(store, [tenant.deployment.id], reply.headers['x-request-id'] ?? '');
    assert.ok(found, 'the request was kept');
    const { entry } = found;
    assert.deepEqual([entry.address, entry.deployment], [address, tenant.deployment.name]);
    assert.ok(Math.abs(Date.now() - entry.at) < 60_000, 'unix milliseconds, which know no time zone');
    return entry;
  }
  const web = (): string => tenant.web.application.clientId;
  const who = ({ event, by, staff, application, cause, http }: Partial<LogEntry>) => ({
    event,
    by,
    staff,
    application,
    cause,
    http,
  });
  const told = (more: Partial<LogEntry>) => ({
    event: undefined,
    by: undefined,
    staff: undefined,
    application: web(),
    cause: undefined,
    http: 200,
    ...more,
  });
  const revoke = (token: string): Sending => ({
    method: 'POST',
    path: '/oauth2/v0/revoke',
    ...form({ token }, basic(tenant.web)),
  });

  test('tells who signed in, consented, denied and signed out, when, from where and how', async () => {
    tenant = await world.tenant();
    const { admin } = tenant;
    const consent = await consentPage(tenant);
    const signedIn = told({ event: 'signed-in', by: 'password', staff: admin });
    assert.deepEqual(who(await entryOf(consent.reply)), signedIn);
    for (const [decision, event, http] of [
      ['allow', 'consented', 303],
      ['deny', 'denied', 303],
      ['switch', 'signed-out', 200],
    ] as const) {
      const { fill } = await consentPage(tenant);
      const expected = told({ event, by: 'session', staff: admin, http });
      assert.deepEqual(who(await entryOf(await fill({ decision }))), expected);
    }
    assert.deepEqual(who(await entryOf((await signInPage(tenant)).reply)), told({}), 'nothing yet');
  });

  test('tells who changed a password, ended sign-ins, took a consent back and signed out', async () => {
    tenant = await world.tenant();
    const { admin: staff } = tenant;
    const browser = new Browser(tenant);
    await new Browser(tenant).signIn();
    const page = await browser.get('/account');
    const signedIn = await browser.submit(page, '/account/sign-in', { username: 'hermes', password });
    const own = (more: Partial<LogEntry>) => told({ application: undefined, http: 303, staff, ...more });
    assert.deepEqual(who(await entryOf(signedIn)), own({ event: 'signed-in', by: 'password' }));
    const csrf = csrfIn(await browser.get('/account'));
    const after = async (path: string, fields: Readonly<Record<string, string>>): Promise<object> =>
      who(await entryOf(await browser.post(path, { csrf, ...fields })));
    assert.deepEqual(
      await after('/account/sessions', { session: 'others' }),
      own({ event: 'sign-ins.ended', by: 'session' }),
    );
    const application = String(tenant.web.application.id);
    await (await consentPage(tenant)).fill({ decision: 'allow' });
    assert.deepEqual(
      await after('/account/applications', { application }),
      own({ event: 'consent.revoked', by: 'session' }),
    );
    const wrong = { current: 'wrong', new: another, again: another };
    assert.deepEqual(
      await after('/account/password', wrong),
      own({ staff: undefined, cause: 'password.wrong', http: 401 }),
    );
    const right = { ...wrong, current: password };
    assert.deepEqual(
      await after('/account/password', right),
      own({ event: 'password.changed', by: 'password' }),
    );
    const last = csrfIn(await browser.get('/account'));
    assert.deepEqual(
      await after('/account/sign-out', { csrf: last }),
      own({ event: 'signed-out', by: 'session' }),
    );
  });

  test('tells who turned a second factor on and off, made recovery codes, and signed in with which', async () => {
    tenant = await world.tenant();
    const { admin: staff } = tenant;
    const own = (more: Partial<LogEntry>) => told({ application: undefined, http: 200, staff, ...more });
    const browser = new Browser(tenant);
    await browser.signIn();
    const shown = await choose(browser, 'begin');
    const key = keyIn(shown);
    const code = (): string => codeAt(key, world.now);
    const on = await browser.submit(shown, factorPath, { code: code() });
    assert.deepEqual(who(await entryOf(on)), own({ event: 'second-factor.on', by: 'session' }));
    const asked = await choose(browser, 'codes');
    const made = await browser.submit(asked, factorPath, { password });
    assert.deepEqual(who(await entryOf(made)), own({ event: 'recovery-codes.made', by: 'password' }));
    world.now += later;
    const [recovery = ''] = codesIn(made);
    const typed = { code: code(), recovery };
    for (const [name, by] of [
      ['code', 'code'],
      ['recovery', 'recovery-code'],
    ] as const) {
      const page = await afterPassword(browser);
      assert.deepEqual(
        who(await entryOf(page)),
        own({ staff: undefined, event: undefined, by: undefined }),
        'not yet',
      );
      const reply = await browser.submit(page, '/account/code', { [name]: typed[name] });
      const entry = await entryOf(reply);
      assert.deepEqual(who(entry), own({ event: 'signed-in', by, http: 303 }));
      assert.ok(!JSON.stringify(entry).includes(typed[name]));
      const again = await browser.get('/account');
      if (name === 'code') await browser.submit(again, '/account/sign-out', { csrf: csrfIn(again) });
    }
    const off = await browser.submit(await choose(browser, 'off'), factorPath, { password });
    assert.deepEqual(who(await entryOf(off)), own({ event: 'second-factor.off', by: 'password', http: 303 }));
  });

  test('tells of a wrong code whose it would have been, and never what was typed', async () => {
    tenant = await world.tenant();
    const { key } = await withFactor(tenant);
    const browser = new Browser(tenant);
    const code = wrongCodeAt(key, world.now);
    const reply = await browser.submit(await afterPassword(browser), '/account/code', { code });
    const entry = await entryOf(reply);
    assert.deepEqual([entry.cause, entry.http, entry.event], ['factor.wrong', 401, undefined]);
    assert.match(entry.exact ?? '', new RegExp(`the code of staff ${tenant.admin} is another`));
    assert.ok(!(entry.exact ?? '').includes(code));
  });

  test('tells of a sign-in that fails whose it would have been, and never what was typed', async () => {
    tenant = await world.tenant();
    const wrong = await entryOf(
      await (await signInPage(tenant)).fill({ username: 'hermes', password: 'open sesame' }),
    );
    const refused = told({ cause: 'password.wrong', http: 401 });
    assert.deepEqual(who(wrong), refused);
    assert.match(wrong.exact ?? '', new RegExp(`staff ${tenant.admin}\\b`));
    const nobody = await entryOf(
      await (await signInPage(tenant)).fill({ username: 'open sesame', password: 'x' }),
    );
    assert.deepEqual(who(nobody), refused);
    for (const entry of [wrong, nobody]) assert.doesNotMatch(JSON.stringify(entry), /sesame/);
  });

  test('tells which client got, renewed and revoked a token, for whom, and how it authenticated', async () => {
    tenant = await world.tenant();
    const { admin: staff } = tenant;
    const { fill } = await consentPage(tenant);
    const code = carried(await fill({ decision: 'allow' })).get('code') ?? '';
    const issued = await tenant.send(exchange(tenant, code));
    assert.deepEqual(who(await entryOf(issued)), told({ event: 'token.issued', by: 'secret', staff }));
    const { refresh_token: first } = JSON.parse(issued.text);
    const renewed = await tenant.send(refresh(tenant, first));
    assert.deepEqual(who(await entryOf(renewed)), told({ event: 'token.refreshed', by: 'secret', staff }));
    const { refresh_token: second } = JSON.parse(renewed.text);
    const ended = await entryOf(await tenant.send(revoke(second)));
    assert.deepEqual(who(ended), told({ event: 'token.revoked', by: 'secret' }));
    assert.deepEqual(who(await entryOf(await tenant.send(revoke('nothing')))), told({}), 'nothing ended');
    const service = await tenant.send({
      method: 'POST',
      path: '/oauth2/v0/token',
      ...form({ grant_type: 'client_credentials' }, basic(tenant.service)),
    });
    const { clientId } = tenant.service.application;
    assert.deepEqual(
      who(await entryOf(service)),
      told({ event: 'token.issued', by: 'secret', staff, application: clientId }),
    );
    const { web: application } = tenant;
    const wrongSecret = { ...application, secret: 'x' };
    const failed = await entryOf(await tenant.send(refresh(tenant, second, {}, wrongSecret)));
    assert.deepEqual([failed.cause, failed.http], ['secret.wrong', 401]);
  });

  test('tells whose request a permission or a scope was lacking for, and what for', async () => {
    tenant = await world.tenant();
    const { restricted, admin, issue } = tenant;
    const lacking = await entryOf(
      await tenant.send({ path: '/api/v0/companies', headers: bearer(await issue({ staff: restricted })) }),
    );
    assert.deepEqual(
      who(lacking),
      told({ staff: restricted, cause: 'permission.lacking', http: 403, event: undefined }),
    );
    assert.match(lacking.route ?? '', /companies/);
    const narrow = await issue({ scope: 'read(companies)' });
    const exceeded = await entryOf(
      await tenant.send({
        method: 'POST',
        path: '/api/v0/companies',
        ...form({ name: 'Momcorp' }, bearer(narrow)),
      }),
    );
    assert.deepEqual(who(exceeded), told({ staff: admin, cause: 'scope.exceeded', http: 400 }));
    assert.deepEqual([exceeded.method, exceeded.path], ['POST', '/api/v0/companies']);
  });

  test('tells of attempts to get round a control: forged forms, replays, guesses, and what cannot be read', async () => {
    tenant = await world.tenant();
    const { fill } = await consentPage(tenant);
    const code = carried(await fill({ decision: 'allow' })).get('code') ?? '';
    const forged = await (await consentPage(tenant)).fill({ decision: 'allow', csrf: 'x' });
    assert.deepEqual(
      [(await entryOf(forged)).cause, (await entryOf(forged)).field],
      ['parameter.invalid', 'csrf'],
    );
    const elsewhere = asking(tenant, { redirect_uri: 'https://evil.example/' });
    assert.equal((await entryOf(await tenant.send({ path: elsewhere }))).field, 'redirect_uri');
    const downgraded = exchange(tenant, code, { code_verifier: verifier });
    assert.equal((await entryOf(await tenant.send(downgraded))).cause, 'verifier.wrong');
    await tenant.send(exchange(tenant, code));
    assert.equal((await entryOf(await tenant.send(exchange(tenant, code)))).cause, 'grant.consumed');
    assert.equal(
      (await entryOf(await tenant.send({ path: '/api/v0/companies', headers: bearer('guess') }))).cause,
      'token.unknown',
    );
    const garbage = { method: 'POST', path: '/api/v0/companies', body: '{"name":' };
    const headers = { 'Content-Type': 'application/json', ...bearer(tenant.token) };
    assert.equal((await entryOf(await tenant.send({ ...garbage, headers }))).cause, 'body.malformed');
    for (let i = 0; i < 4; i++)
      await tenant.send(exchange(tenant, 'guess', {}, { ...tenant.web, secret: 'x' }));
    const locked = await entryOf(await tenant.send(exchange(tenant, 'guess')));
    assert.equal(locked.cause, 'client.locked');
  });

  test('has no password, token, code, secret, verifier, state or cookie in it, whatever succeeds or fails', async () => {
    tenant = await world.tenant();
    const state = 'a state that nobody else is to know';
    const url = asking(tenant, { state });
    const page = await signInPage(tenant, url);
    const wrong = 'a password that is nearly right';
    await page.fill({ username: 'hermes', password: wrong });
    const consent = await consentPage(tenant, { url });
    const { cookie } = formOn(consent.reply);
    const code = carried(await consent.fill({ decision: 'allow' })).get('code') ?? '';
    await tenant.send(exchange(tenant, code, { code_verifier: verifier }));
    const { access_token, refresh_token } = JSON.parse((await tenant.send(exchange(tenant, code))).text);
    await tenant.send({
      path: `/api/v0/companies?_bearer_token=${access_token}&_search=${encodeURIComponent(wrong)}`,
    });
    await tenant.send({ path: '/api/v0/companies', headers: bearer(`${access_token}x`) });
    await tenant.send(refresh(tenant, refresh_token, { scope: 'nonsense' }));
    await tenant.send(revoke(access_token));
    await tenant.send(exchange(tenant, code));
    const { clientId } = tenant.web.application;
    const mixedUp = basic({ application: { clientId: tenant.web.secret }, secret: clientId });
    const asked = form({ grant_type: 'client_credentials' }, mixedUp);
    assert.equal((await tenant.send({ method: 'POST', path: '/oauth2/v0/token', ...asked })).http, 401);
    await world.server.flush();
    await world.server.flush();
    const rows = await world.server.world.store.list(tenant.deployment.id, {
      table: 'request_log',
      columns: ['entries'],
      limit: 1_000,
    });
    const all = JSON.stringify(rows.flatMap(({ entries }) => entriesOf(entries as string)));
    assert.match(all, /password\.wrong/, 'it is all there');
    const secrets = {
      password,
      wrong,
      state,
      verifier,
      code,
      access_token,
      refresh_token,
      secret: tenant.web.secret,
      cookie: cookie.slice(cookie.indexOf('=') + 1),
    };
    for (const [name, value] of Object.entries(secrets)) {
      assert.ok(value.length > 10, name);
      assert.ok(!all.includes(value) && !all.includes(encodeURIComponent(value)), `the log has the ${name}`);
    }
  });
});
