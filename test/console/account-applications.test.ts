import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endSessions } from '../../src/identity/sessions.ts';
import { sweepExpired } from '../../src/identity/sweep.ts';
import { expiring } from '../../src/identity/tables.ts';
import { lifetimes } from '../../src/identity/tokens.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { bearer } from '../harness/forms.ts';
import { exchange, refresh } from '../harness/grants.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { password, redirectUri, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { Browser, causeOf, csrfIn, hiddenIn } from './account-pages.ts';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

onEveryEngine('the applications that a person has allowed', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;

  before(async () => {
    world = await startWorld(engine);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const begin = async (): Promise<Browser> => {
    tenant = await world.tenant();
    return new Browser(tenant);
  };

  /** A code, by the pages of the authorization. */
  async function allow(
    browser: Browser,
    username = 'hermes',
    scope = 'read(companies)',
    more = '',
  ): Promise<string> {
    const client = encodeURIComponent(tenant.web.application.clientId);
    const path = `/oauth2/v0/authorize?response_type=code&scope=${scope}&redirect_uri=${encodeURIComponent(redirectUri)}&client_id=${client}${more}`;
    let page = await browser.get(path);
    if (page.text.includes('name="password"'))
      page = await browser.post('/oauth2/v0/authorize', { ...hiddenIn(page), username, password });
    const reply = await browser.post('/oauth2/v0/authorize', { ...hiddenIn(page), decision: 'allow' });
    return new URL(reply.headers.location ?? '').searchParams.get('code') ?? '';
  }
  async function tokens(code: string): Promise<Tokens> {
    const reply = await tenant.send(exchange(tenant, code));
    assert.equal(reply.http, 200, reply.text);
    return JSON.parse(reply.text) as Tokens;
  }
  const list = (token: string): Promise<Reply> =>
    tenant.send({ path: '/api/v0/companies', headers: bearer(token) });
  const takeBack = async (browser: Browser): Promise<Reply> => {
    const page = await browser.get('/account');
    const id = /name="application" value="(\d+)"/.exec(page.text)?.[1] ?? '';
    return browser.post('/account/applications', { csrf: csrfIn(page), application: id });
  };

  test('are shown with what each may and since when, one entry for all consents', async () => {
    const browser = await begin();
    assert.match((await browser.signIn()).text, /You have allowed no application/);
    await tokens(await allow(browser));
    world.now += 120;
    await tokens(await allow(browser, 'hermes', 'write(tasks)'));
    const { text } = await browser.get('/account');
    assert.match(text, /<h3><bdi>web client<\/bdi><\/h3>/);
    assert.equal([...text.matchAll(/name="application"/g)].length, 1);
    assert.match(text, /<dd>read and write Task; read Company<\/dd>/);
    assert.match(text, /First allowed<\/dt><dd><time datetime="20/);
    const fry = new Browser(tenant);
    assert.match(
      (await fry.signIn('fry')).text,
      /You have allowed no application/,
      'a colleague has allowed none',
    );
  });

  test('are refused after it was taken back: tokens, refreshes and codes of all consents', async () => {
    const browser = await begin();
    const one = await tokens(await allow(browser));
    const two = await tokens(await allow(browser));
    const renewed = JSON.parse((await tenant.send(refresh(tenant, two.refresh_token))).text) as Tokens;
    const code = await allow(browser);
    const colleague = await tokens(await allow(new Browser(tenant), 'fry', 'read(tasks)'));
    assert.equal((await list(one.access_token)).http, 200);
    const reply = await takeBack(browser);
    assert.deepEqual([reply.http, reply.headers.location], [303, '/account?done=applications'], reply.text);
    for (const { access_token } of [one, two, renewed])
      assert.equal(causeOf(tenant, await list(access_token)), 'token.revoked');
    for (const { refresh_token } of [one, renewed])
      assert.equal(causeOf(tenant, await tenant.send(refresh(tenant, refresh_token))), 'refresh.revoked');
    assert.equal(causeOf(tenant, await tenant.send(exchange(tenant, code))), 'grant.revoked');
    assert.equal(
      (await tenant.send(refresh(tenant, colleague.refresh_token))).http,
      200,
      'a colleague goes on',
    );
    assert.match((await browser.get('/account')).text, /You have allowed no application/);
    const again = await tokens(await allow(browser));
    assert.equal((await list(again.access_token)).http, 200, 'it may be allowed anew');
    assert.match((await browser.get('/account')).text, /web client/);
  });

  test('end with a refresh that is under way when it is taken back', async () => {
    const browser = await begin();
    const { refresh_token } = await tokens(await allow(browser));
    const [page] = [await browser.get('/account')];
    const id = /name="application" value="(\d+)"/.exec(page.text)?.[1] ?? '';
    const [raced] = await Promise.all([
      tenant.send(refresh(tenant, refresh_token)),
      browser.post('/account/applications', { csrf: csrfIn(page), application: id }),
    ]);
    if (raced.http === 200) {
      const given = JSON.parse(raced.text) as Tokens;
      assert.equal(causeOf(tenant, await list(given.access_token)), 'token.revoked');
    } else assert.equal(causeOf(tenant, raced), 'refresh.revoked');
  });

  test('are not taken back by a form that names another, none or nonsense', async () => {
    const browser = await begin();
    const { access_token } = await tokens(await allow(browser));
    const csrf = csrfIn(await browser.get('/account'));
    for (const application of [String(tenant.service.application.id), '999999']) {
      const { http, headers } = await browser.post('/account/applications', { csrf, application });
      const { event } = world.trailOf(headers['x-request-id'] ?? '');
      assert.deepEqual([http, event], [303, undefined], 'the log says nothing of what did not happen');
    }
    for (const application of ['', '-1', '1 or 1', '9'.repeat(40)]) {
      const reply = await browser.post('/account/applications', { csrf, application });
      assert.equal(causeOf(tenant, reply), 'parameter.invalid', application);
    }
    const colleague = new Browser(tenant);
    const theirs = csrfIn(await colleague.signIn('fry'));
    const application = String(tenant.web.application.id);
    await colleague.post('/account/applications', { csrf: theirs, application });
    assert.equal((await list(access_token)).http, 200);
  });

  test('are those of one deployment, where another has the same ids', async () => {
    const browser = await begin();
    const { access_token } = await tokens(await allow(browser));
    const mine = tenant;
    const neighbour = await begin();
    assert.deepEqual([tenant.admin, tenant.web.application.id], [mine.admin, mine.web.application.id]);
    const page = await neighbour.signIn();
    assert.match(page.text, /You have allowed no application/);
    const application = String(mine.web.application.id);
    await neighbour.post('/account/applications', { csrf: csrfIn(page), application });
    tenant = mine;
    assert.equal((await list(access_token)).http, 200);
  });

  test('are shown for as long as a token of theirs is good, and no longer', async () => {
    const browser = await begin();
    const start = world.now;
    const { access_token } = await tokens(
      await allow(browser, 'hermes', 'read(companies)', '&expires_in=31536000'),
    );
    await allow(browser);
    world.now = start + lifetimes.refresh + 31 * 86_400;
    await sweepExpired(world.server.world.store, expiring, () => world.now);
    assert.match((await browser.signIn()).text, /web client/);
    assert.equal((await takeBack(browser)).http, 303);
    assert.equal(causeOf(tenant, await list(access_token)), 'token.revoked');
    world.now = start;
    const other = await begin();
    await tokens(await allow(other));
    world.now = start + lifetimes.refresh;
    assert.match((await other.signIn()).text, /You have allowed no application/);
    world.now = start;
  });

  test('are shown no more when their time is over, however lately they were renewed', async () => {
    const browser = await begin();
    const start = world.now;
    const day = 86_400;
    let { refresh_token } = await tokens(await allow(browser));
    for (const days of [170, 340, 510, 680, 850, 1_020]) {
      world.now = start + days * day;
      const renewed = await tenant.send(refresh(tenant, refresh_token));
      ({ refresh_token } = JSON.parse(renewed.text) as Tokens);
    }
    world.now = start + 1_094 * day;
    assert.match((await browser.signIn()).text, /web client/);
    world.now = start + 1_096 * day;
    assert.equal(causeOf(tenant, await tenant.send(refresh(tenant, refresh_token))), 'refresh.expired');
    assert.match((await browser.signIn()).text, /You have allowed no application/);
    world.now = start;
  });

  test('keep their tokens when the operator ends the sign-ins of everybody in a deployment', async () => {
    const browser = await begin();
    const { access_token } = await tokens(await allow(browser));
    const mine = tenant;
    const neighbour = await begin();
    await neighbour.signIn();
    const { store } = world.server.world;
    assert.equal(await store.within((writing) => endSessions(writing, mine.deployment.id, {})), 1);
    assert.match((await browser.get('/account')).text, /name="password"/);
    assert.match((await neighbour.get('/account')).text, /Change the password/);
    tenant = mine;
    assert.equal((await list(access_token)).http, 200);
  });
});
