import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { passwordFresh, sessionIdle, sessionLifetime } from '../../src/identity/sessions.ts';
import { contents } from '../harness/contents.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { Browser, causeOf, csrfIn, sessionsIn } from './account-pages.ts';

const another = 'delivery boy, 3000 AD';

onEveryEngine('the account of a person', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;

  before(async () => {
    world = await startWorld(engine, { 'lockout-attempts': '5' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const begin = async (): Promise<Browser> => {
    tenant = await world.tenant();
    return new Browser(tenant);
  };
  const change = { current: password, new: another, again: another };

  test('asks for a sign-in, then shows who it is, on a page that nobody keeps', async () => {
    const browser = await begin();
    const rows = await contents(tenant);
    const first = await browser.get('/account');
    assert.equal(first.http, 200);
    assert.match(first.text, /autocomplete="current-password"/);
    assert.deepEqual(await contents(tenant), rows, 'a stranger writes nothing');
    const before = browser.cookie;
    const page = await browser.signIn();
    assert.equal(page.http, 200);
    assert.match(page.text, /<dd><bdi>hermes<\/bdi><\/dd>/);
    assert.match(page.text, /Firefox on Linux.*this browser/s);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.match(page.headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.notEqual(browser.cookie, before, 'the secret from before the sign-in is worth nothing');
    const old = new Browser(tenant);
    old.cookie = before;
    assert.match((await old.get('/account')).text, /name="password"/);
  });

  test('takes no session that a browser brings along', async () => {
    const browser = await begin();
    browser.cookie = 'accord_sign_in=chosen-by-somebody-else';
    const page = await browser.get('/account');
    assert.notEqual(browser.cookie, 'accord_sign_in=chosen-by-somebody-else');
    assert.match(page.text, /name="password"/);
  });

  test('counts wrong passwords of the sign-in', async () => {
    const browser = await begin();
    const page = await browser.get('/account');
    const tried = { username: 'hermes', password: 'wrong' };
    const reply = await browser.submit(page, '/account/sign-in', tried);
    assert.equal(reply.http, 401);
    assert.equal(causeOf(tenant, reply), 'password.wrong');
    assert.match(reply.text, /role="alert">The username or password is not right/);
    assert.ok(!reply.text.includes('wrong"'), 'the password is never sent back');
    for (let i = 0; i < 5; i++) await browser.submit(page, '/account/sign-in', tried);
    const locked = await browser.submit(page, '/account/sign-in', { ...tried, password });
    assert.equal(causeOf(tenant, locked), 'user.locked');
    assert.ok(Number(locked.headers['retry-after']) > 0);
  });

  test('goes on to the page that was asked for, and nowhere else', async () => {
    const browser = await begin();
    const asked = await browser.get('/account/password');
    const fields = { username: 'hermes', password };
    const reply = await browser.submit(asked, '/account/sign-in', fields);
    assert.equal(reply.headers.location, '/account/password');
    for (const next of ['https://evil.example/', '//evil.example', '/oauth2/v0/authorize', '']) {
      const other = new Browser(tenant);
      const page = await other.get('/account');
      const led = await other.submit(page, '/account/sign-in', { ...fields, next });
      assert.equal(led.headers.location, '/account', next);
    }
  });

  test('changes the password, and ends the other sign-ins when that is checked', async () => {
    const browser = await begin();
    const other = new Browser(tenant);
    await other.signIn();
    const colleague = new Browser(tenant);
    await colleague.signIn('fry');
    await browser.signIn();
    const page = await browser.get('/account/password');
    assert.match(page.text, /name="others" value="1" autocomplete="off" checked=""/);
    assert.match(page.text, /autocomplete="current-password".*autocomplete="new-password"/s);
    const before = browser.cookie;
    const reply = await browser.submit(page, '/account/password', { ...change, others: '1' });
    assert.deepEqual([reply.http, reply.headers.location], [303, '/account?done=password'], reply.text);
    assert.match(
      (await browser.get('/account?done=password')).text,
      /role="status">Your password was changed/,
    );
    assert.notEqual(browser.cookie, before, 'this sign-in has another secret');
    assert.match((await other.get('/account')).text, /name="password"/, 'the other is over');
    assert.match((await colleague.get('/account')).text, /fry/, 'a colleague goes on');
    const again = new Browser(tenant);
    const form = await again.get('/account');
    const old = await again.submit(form, '/account/sign-in', { username: 'hermes', password });
    assert.equal(causeOf(tenant, old), 'password.wrong');
    await again.signIn('hermes', another);
  });

  test('leaves the other sign-ins alone when that is not checked', async () => {
    const browser = await begin();
    const other = new Browser(tenant);
    await other.signIn();
    await browser.signIn();
    const page = await browser.get('/account/password');
    assert.equal((await browser.submit(page, '/account/password', change)).http, 303);
    assert.match((await other.get('/account')).text, /Change the password/);
  });

  test('takes no password that is wrong, weak, typed differently or the same, and writes nothing then', async () => {
    const browser = await begin();
    await browser.signIn();
    const page = await browser.get('/account/password');
    const rows = await contents(tenant);
    for (const [fields, cause, http] of [
      [{ current: 'wrong', new: another, again: another }, 'password.wrong', 401],
      [{ new: another, again: another }, 'password.wrong', 401],
      [{ current: password, new: 'short', again: 'short' }, 'parameter.invalid', 400],
      [{ current: password, new: 'password123', again: 'password123' }, 'parameter.invalid', 400],
      [{ current: password, new: another, again: 'other' }, 'parameter.invalid', 400],
      [{ current: password, new: password, again: password }, 'parameter.invalid', 400],
      [{ current: password }, 'parameter.invalid', 400],
    ] as const) {
      const reply = await browser.submit(page, '/account/password', fields);
      assert.deepEqual([reply.http, causeOf(tenant, reply)], [http, cause], JSON.stringify(fields));
      assert.match(reply.text, /role="alert"/);
      assert.match(reply.text, /aria-invalid="true"/);
    }
    assert.deepEqual(await contents(tenant), rows);
  });

  test('counts a wrong current password as a sign-in that failed', async () => {
    const browser = await begin();
    await browser.signIn();
    const page = await browser.get('/account/password');
    for (let i = 0; i < 6; i++) await browser.submit(page, '/account/password', { ...change, current: 'x' });
    const locked = await browser.submit(page, '/account/password', change);
    assert.equal(causeOf(tenant, locked), 'user.locked');
    const signIn = new Browser(tenant);
    const form = await signIn.get('/account');
    const reply = await signIn.submit(form, '/account/sign-in', { username: 'hermes', password });
    assert.equal(causeOf(tenant, reply), 'user.locked', 'at the sign-in too');
  });

  const forms = [
    ['/account/password', { ...change, others: '1' }],
    ['/account/sessions', { session: 'others' }],
    ['/account/applications', { application: '2' }],
    ['/account/sign-out', {}],
    ['/account/sign-in', { username: 'hermes', password }],
  ] as const;
  test('takes no form without the token of its session', async () => {
    const browser = await begin();
    await browser.signIn();
    const other = new Browser(tenant);
    const foreign = csrfIn(await other.signIn());
    const stranger = csrfIn(await new Browser(tenant).get('/account'));
    const rows = await contents(tenant);
    for (const [path, fields] of forms) {
      for (const csrf of [undefined, '', 'made-up', foreign, stranger]) {
        const sent: Record<string, string> = csrf === undefined ? { ...fields } : { ...fields, csrf };
        const reply = await browser.post(path, sent);
        assert.deepEqual([reply.http, causeOf(tenant, reply)], [400, 'parameter.invalid'], `${path} ${csrf}`);
      }
      const reply = await browser.post(`${path}?csrf=${csrfIn(await browser.get('/account'))}`, fields);
      assert.equal(causeOf(tenant, reply), 'parameter.invalid', `${path}, in the URL`);
    }
    assert.deepEqual(await contents(tenant), rows);
  });

  test('takes no form from another site, whose posts come without the cookie', async () => {
    const browser = await begin();
    const csrf = csrfIn(await browser.signIn());
    const nobody = new Browser(tenant);
    for (const [path, fields] of forms) {
      if (path === '/account/sign-out') continue;
      const reply = await nobody.post(path, { ...fields, csrf });
      assert.deepEqual([reply.http, causeOf(tenant, reply)], [400, 'parameter.invalid'], path);
    }
  });

  test('signs out on every page that needs a sign-in, and the session is over', async () => {
    const browser = await begin();
    await browser.signIn();
    const client = encodeURIComponent(tenant.web.application.clientId);
    const pages = [
      '/account',
      '/account/password',
      `/oauth2/v0/authorize?response_type=code&client_id=${client}`,
      '/oauth2/v0/authorize/pin',
    ];
    for (const path of pages)
      assert.match((await browser.get(path)).text, /action="\/account\/sign-out"[^§]*>Sign out</, path);
    const { cookie } = browser;
    const csrf = csrfIn(await browser.get('/account'));
    const reply = await browser.post('/account/sign-out', { csrf });
    assert.deepEqual([reply.http, reply.headers.location], [303, '/account/signed-out']);
    assert.equal(browser.cookie, '', 'the browser forgets it');
    assert.match((await browser.get('/account/signed-out')).text, /You are signed out/);
    browser.cookie = cookie;
    assert.match((await browser.get('/account')).text, /name="password"/, 'the server has forgotten it');
    assert.equal((await browser.post('/account/password', { ...change, csrf })).http, 400);
    assert.equal((await browser.post('/account/sign-out', { csrf })).http, 303, 'once more does no harm');
  });

  test('lists the sign-ins of the person, and ends one of them', async () => {
    const browser = await begin();
    const phone = new Browser(
      tenant,
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
    );
    await phone.signIn();
    const tablet = new Browser(tenant, 'x<script>');
    await tablet.signIn();
    await new Browser(tenant).signIn('fry');
    const page = await browser.signIn();
    assert.match(page.text, /Safari on iPhone/);
    assert.match(page.text, /x&lt;script&gt;/);
    assert.match(page.text, /127\.0\.0\.1/);
    const ids = sessionsIn(page);
    assert.equal(ids.length, 2, 'those of the person alone');
    const csrf = csrfIn(page);
    const which = /Safari on iPhone.*?name="session" value="([^"]*)"/s.exec(page.text)?.[1] ?? '';
    const reply = await browser.post('/account/sessions', { csrf, session: which });
    assert.deepEqual([reply.http, reply.headers.location], [303, '/account?done=sessions']);
    assert.match((await phone.get('/account')).text, /name="password"/);
    assert.match((await tablet.get('/account')).text, /Change the password/);
    await browser.post('/account/sessions', { csrf, session: 'others' });
    assert.match((await tablet.get('/account')).text, /name="password"/);
    assert.match((await browser.get('/account')).text, /Change the password/);
  });

  test('ends no sign-in of a colleague', async () => {
    const browser = await begin();
    const colleague = new Browser(tenant);
    await colleague.signIn('fry');
    const [theirs] = sessionsIn(await new Browser(tenant).signIn('fry'));
    assert.ok(theirs);
    const csrf = csrfIn(await browser.signIn());
    await browser.post('/account/sessions', { csrf, session: theirs });
    await browser.post('/account/sessions', { csrf, session: 'others' });
    assert.match((await colleague.get('/account')).text, /Change the password/);
  });

  test('asks for the password again once it is a while ago', async () => {
    const browser = await begin();
    const other = new Browser(tenant);
    await other.signIn();
    const page = await browser.signIn();
    const [id = ''] = sessionsIn(page);
    const fields = { csrf: csrfIn(page), session: id };
    world.now += passwordFresh;
    const asks = await browser.post('/account/sessions', fields);
    assert.match(asks.text, /Your password, please/);
    assert.match((await other.get('/account')).text, /Change the password/, 'nothing was ended');
    const wrong = await browser.submit(asks, '/account/sessions', { password: 'wrong' });
    assert.deepEqual([wrong.http, causeOf(tenant, wrong)], [401, 'password.wrong']);
    assert.match((await other.get('/account')).text, /Change the password/);
    const { cookie } = browser;
    const done = await browser.submit(asks, '/account/sessions', { password });
    assert.deepEqual([done.http, done.headers.location], [303, '/account?done=sessions']);
    assert.notEqual(browser.cookie, cookie, 'it was a sign-in');
    assert.match((await other.get('/account')).text, /name="password"/);
    assert.match((await browser.get('/account')).text, /Change the password/);
  });

  test('ends a sign-in that is not used, and one that is, after its time', async () => {
    const idle = await begin();
    await idle.signIn();
    const used = new Browser(tenant);
    await used.signIn();
    const start = world.now;
    while (world.now - start + sessionIdle - 1 < sessionLifetime) {
      world.now += sessionIdle - 1;
      assert.match((await used.get('/account')).text, /Change the password/);
      assert.equal((await idle.get('/account/signed-out')).http, 200);
    }
    world.now = start + sessionLifetime - 1;
    assert.match((await used.get('/account')).text, /Change the password/);
    world.now = start + sessionLifetime;
    assert.match((await used.get('/account')).text, /name="password"/, 'absolute');
    world.now = start;
    const another = new Browser(tenant);
    await another.signIn();
    world.now += sessionIdle;
    assert.match((await another.get('/account')).text, /name="password"/, 'idle');
  });

  for (const standing of ['inactive', 'lockout'])
    test(`ends the sign-ins of a person who is ${standing}`, async () => {
      const browser = await begin();
      const csrf = csrfIn(await browser.signIn());
      const { cookie } = browser;
      const { store } = world.server.world;
      const set = (values: Record<string, string>) =>
        store.within((writing) =>
          writing.update(tenant.deployment.id, 'staff', { id: tenant.admin }, values),
        );
      await set({ standing });
      const reply = await browser.post('/account/password', { ...change, csrf });
      assert.equal(reply.http, 400);
      browser.cookie = cookie;
      assert.match((await browser.get('/account')).text, /name="password"/);
      await set({ standing: 'active' });
      browser.cookie = cookie;
      assert.match((await browser.get('/account')).text, /name="password"/, 'for good');
      await browser.signIn();
    });

  test('is one of a deployment: nothing of it works in another with the same people', async () => {
    const browser = await begin();
    const csrf = csrfIn(await browser.signIn());
    const neighbour = await world.tenant();
    assert.equal(neighbour.admin, tenant.admin);
    const there = new Browser(neighbour);
    const theirs = await there.signIn();
    const [id] = sessionsIn(await new Browser(neighbour).signIn());
    const smuggled = new Browser(neighbour);
    smuggled.cookie = browser.cookie;
    assert.match((await smuggled.get('/account')).text, /name="password"/);
    smuggled.cookie = browser.cookie;
    assert.equal((await smuggled.post('/account/password', { ...change, csrf })).http, 400);
    await browser.post('/account/sessions', { csrf, session: id ?? '' });
    await browser.post('/account/sessions', { csrf, session: 'others' });
    const reply = await browser.post('/account/password', { ...change, csrf, others: '1' });
    assert.equal(reply.http, 303);
    assert.equal(sessionsIn(await there.get('/account')).length, 1, 'both sign-ins go on');
    assert.equal(csrfIn(await there.get('/account')), csrfIn(theirs));
    await new Browser(neighbour).signIn('hermes', password);
  });

  test('refuses other methods and hosts, and has no page below its pages', async () => {
    const browser = await begin();
    const method = await browser.send({ method: 'PUT', path: '/account' });
    assert.deepEqual([method.http, causeOf(tenant, method)], [400, 'method.unknown']);
    const form = await browser.get('/account/sessions');
    assert.deepEqual([form.http, form.headers.location], [302, '/account'], 'a form that was loaded again');
    const below = await browser.get('/account/password/x');
    assert.deepEqual([below.http, causeOf(tenant, below)], [404, 'resource.unknown']);
    const lost = await browser.send({ path: '/account', headers: { Host: 'nobody.api.localhost' } });
    assert.deepEqual([lost.http, causeOf(tenant, lost)], [500, 'deployment.unknown']);
  });

  test('is told to operators as every request is', async () => {
    const browser = await begin();
    await browser.signIn();
    const reply = await browser.get('/account');
    await world.server.flush();
    const trail = world.trailOf(reply.headers['x-request-id'] ?? '');
    assert.equal(trail.stage, 'status');
    assert.equal(trail.deployment?.id, tenant.deployment.id);
    assert.equal(reply.headers['x-status'], 'ok');
  });
});
