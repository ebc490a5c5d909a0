import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { codeAt, wrongCodeAt } from '../harness/totp.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { asking } from '../security/pages.ts';
import { Browser, causeOf, hiddenIn } from './account-pages.ts';
import { afterPassword, choose, codesIn, factorPath, isIn, keyIn, later } from './second-steps.ts';

onEveryEngine('a second factor that everybody needs', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;

  before(async () => {
    world = await startWorld(engine, { 'require-second-factor': true });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const begin = async (): Promise<Browser> => {
    tenant = await world.tenant();
    return new Browser(tenant);
  };
  const sessions = () =>
    world.server.world.store.list(tenant.deployment.id, {
      table: 'sessions',
      columns: ['digest'],
      limit: 100,
    });

  test('is set up before a person is let into the account, and codes are asked for from then on', async () => {
    const browser = await begin();
    const page = await afterPassword(browser);
    assert.match(page.text, /asks everybody for a code/);
    const key = keyIn(page);
    assert.match(key, /^[A-Z2-7]{32}$/);
    assert.deepEqual(await sessions(), []);
    assert.equal(await isIn(browser), false);
    const wrong = await browser.submit(page, '/account/code', { code: wrongCodeAt(key, world.now) });
    assert.deepEqual([wrong.http, causeOf(tenant, wrong)], [401, 'factor.wrong']);
    assert.equal(keyIn(wrong), key);
    const done = await browser.submit(wrong, '/account/code', { code: codeAt(key, world.now) });
    assert.equal(codesIn(done).length, 10, done.text);
    assert.match(done.text, /<a class="button" href="\/account">/);
    assert.equal(await isIn(browser), true);
    world.now += later;
    const next = new Browser(tenant);
    const asked = await afterPassword(next);
    assert.equal(keyIn(asked), '', 'it is there');
    assert.equal((await next.submit(asked, '/account/code', { code: codeAt(key, world.now) })).http, 303);
  });

  test('is set up before a consent, which comes after it with all that was asked for', async () => {
    const browser = await begin();
    const page = await browser.get(asking(tenant, { state: 's', scope: 'read(companies)' }));
    const shown = await browser.submit(page, '/oauth2/v0/authorize', { username: 'hermes', password });
    const key = keyIn(shown);
    const done = await browser.submit(shown, '/oauth2/v0/authorize', { code: codeAt(key, world.now) });
    assert.equal(codesIn(done).length, 10, done.text);
    const next = /<a class="button" href="([^"]*)"/.exec(done.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    assert.match(next, /^\/oauth2\/v0\/authorize\?/);
    const consent = await browser.get(next);
    assert.match(consent.text, /name="decision"/);
    assert.match(consent.text, /Read <bdi>Company<\/bdi>/);
    const allowed = await browser.submit(consent, '/oauth2/v0/authorize', { decision: 'allow' });
    assert.equal(new URL(allowed.headers.location ?? '').searchParams.get('state'), 's');
  });

  test('cannot be turned off', async () => {
    const browser = await begin();
    const page = await afterPassword(browser);
    await browser.submit(page, '/account/code', { code: codeAt(keyIn(page), world.now) });
    const on = await browser.get(factorPath);
    assert.doesNotMatch(on.text, /Turn it off/);
    assert.match(on.text, /everybody needs one/);
    const off = await choose(browser, 'off', { password });
    assert.deepEqual([off.http, causeOf(tenant, off)], [400, 'parameter.invalid']);
    assert.equal(await isIn(browser), true);
  });

  test('ends a sign-in that was made without one', async () => {
    const browser = await begin();
    const { startSession } = await import('../../src/identity/sessions.ts');
    const from = { address: '127.0.0.1', agent: undefined };
    const { store } = world.server.world;
    const session = await startSession(store, tenant.deployment.id, tenant.admin, from, world.now);
    browser.cookie = `accord_sign_in=${session.secret}`;
    assert.match((await browser.get(asking(tenant))).text, /name="password"/);
    assert.deepEqual(await sessions(), []);
  });

  test('is set up once: a form from before it was is out of date', async () => {
    const browser = await begin();
    const other = new Browser(tenant);
    const [page, late] = [await afterPassword(browser), await afterPassword(other)];
    await browser.submit(page, '/account/code', { code: codeAt(keyIn(page), world.now) });
    const key = keyIn(late);
    const refused = await other.submit(late, '/account/code', { code: codeAt(key, world.now) });
    assert.deepEqual([refused.http, causeOf(tenant, refused)], [400, 'parameter.invalid']);
    assert.equal(await isIn(other), false);
    assert.equal(await isIn(browser), true);
    const again = await browser.post('/account/code', {
      ...hiddenIn(page),
      code: codeAt(keyIn(page), world.now),
    });
    assert.equal(again.http, 400, 'nor twice');
  });
});
