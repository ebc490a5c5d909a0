import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { disableApplication } from '../../src/identity/applications.ts';
import {
  ask,
  closeSite,
  cookieOf,
  count,
  defined,
  deployment,
  formOf,
  grantOf,
  isConsent,
  isSignIn,
  openSite,
  password,
  post,
  received,
  request,
  signedIn,
  store,
  type Told,
  tell,
  twofold,
  visitor,
  web,
} from './authorize-site.ts';

before(openSite);
after(closeSite);

describe('sign-in', () => {
  test('gives the session another secret, and ends the one before', async () => {
    const { before: anonymous, cookie, form } = await signedIn(request(web));
    assert.notEqual(cookie, anonymous);
    assert.ok(isSignIn(await ask(request(web), { headers: { cookie: anonymous } })));
    const told = await post({ ...form, decision: 'allow' }, anonymous);
    assert.deepEqual([told.http, told.location], [400, '']);
    const rows = await store.list(deployment.id, { table: 'sessions', columns: ['digest'], limit: 10_000 });
    const secret = cookie.slice(cookie.indexOf('=') + 1);
    assert.ok(!JSON.stringify(rows).includes(secret), 'only a digest is kept');
  });

  test('takes no secret that a browser brings along', async () => {
    const cookie = 'accord_sign_in=chosen-by-somebody-else';
    const first = await ask(request(web), { headers: { cookie } });
    assert.match(cookieOf(first), visitor);
    assert.notEqual(cookieOf(first), cookie);
  });

  test('keeps its cookie from scripts, from other sites, and under TLS from siblings', async () => {
    const open = (await ask(request(web))).headers.get('Set-Cookie')!;
    assert.match(open, /^accord_sign_in=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/);
    const told = await ask(request(web), { https: true });
    assert.match(
      told.headers.get('Set-Cookie')!,
      /^__Host-accord_sign_in=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    const again = await ask(request(web), { https: true, headers: { cookie: cookieOf(told) } });
    assert.equal(again.headers.get('Set-Cookie'), undefined);
    const tossed = cookieOf(told).replace('__Host-', '');
    assert.ok(
      (await ask(request(web), { https: true, headers: { cookie: tossed } })).headers.has('Set-Cookie'),
    );
  });

  test('says the same for an unknown name, a wrong password and a person who may not', async () => {
    const first = await ask(request(web, { state: 's' }));
    const form = formOf(first);
    const pages: string[] = [];
    for (const [username, tried, exact] of [
      ['nobody', password, 'there is no such username'],
      ['leela', 'wrong', 'the password of staff 3 is another'],
      ['zapp', password, 'staff 2 is inactive'],
    ] as const) {
      const told = await post({ ...form, username, password: tried }, cookieOf(first));
      assert.deepEqual(
        [told.http, told.cause, told.trail.refusal?.particulars.exact],
        [401, 'password.wrong', exact],
      );
      assert.equal(told.headers.get('X-Status'), 'invalid_client');
      assert.equal(told.headers.get('Set-Cookie'), undefined);
      assert.ok(!told.page.includes(tried), 'the password is not sent back');
      pages.push(told.page.replaceAll(username, ''));
    }
    assert.equal(new Set(pages).size, 1);
    assert.match(pages[0]!, /role="alert">The username or password is not right\./);
    assert.ok(
      isSignIn(await ask(request(web), { headers: { cookie: cookieOf(first) } })),
      'nobody is signed in',
    );
  });

  test('is locked after too many failures, by name and address, and the page does not tell', async () => {
    const first = await ask(request(web));
    const attempt = (username: string, tried: string, address = '198.51.100.1') =>
      post({ ...formOf(first), username, password: tried }, cookieOf(first), { address });
    let last: Told | undefined;
    for (let i = 0; i < 4; i++) last = await attempt('leela', 'wrong');
    const locked = await attempt('leela', password);
    assert.deepEqual(
      [locked.http, locked.cause, locked.headers.get('Retry-After')],
      [401, 'user.locked', '300'],
    );
    assert.equal(locked.page, last!.page);
    assert.equal(locked.headers.get('X-Status-Reason'), last!.headers.get('X-Status-Reason'));
    assert.ok(isConsent(await attempt('leela', password, '198.51.100.2')), 'from elsewhere');
  });

  test('counts guesses that are under way, and forgets failures when one is right', async () => {
    const first = await ask(request(web));
    const attempt = (tried: string, address: string) =>
      post({ ...formOf(first), username: 'hermes', password: tried }, cookieOf(first), { address });
    const many = await Promise.all(Array.from({ length: 12 }, () => attempt('wrong', '198.51.100.3')));
    assert.equal(many.filter(({ cause }) => cause === 'password.wrong').length, 4);
    assert.equal(many.filter(({ cause }) => cause === 'user.locked').length, 8);
    for (let round = 0; round < 2; round++) {
      const fresh = await ask(request(web));
      for (let i = 0; i < 3; i++) {
        const told = await post(
          { ...formOf(fresh), username: 'hermes', password: 'wrong' },
          cookieOf(fresh),
          { address: '198.51.100.4' },
        );
        assert.equal(told.cause, 'password.wrong');
      }
      const right = await post({ ...formOf(fresh), username: 'hermes', password }, cookieOf(fresh), {
        address: '198.51.100.4',
      });
      assert.ok(isConsent(right));
    }
  });

  test('takes credentials and decisions from the body only', async () => {
    const { cookie, form } = await signedIn(request(web));
    const everything = { ...defined(request(web)), ...form, decision: 'allow' };
    const told = await ask(everything, { headers: { cookie } });
    assert.ok(isConsent(told));
    const posted = await tell(
      received('POST', { query: new Map(Object.entries(everything)), headers: { cookie } }),
    );
    assert.equal(posted.http, 303);
    assert.deepEqual(Object.fromEntries(posted.back), { ...request(web), scope: posted.back.get('scope') });
  });
});

describe('forged forms', () => {
  for (const [name, csrf] of [
    ['without', undefined],
    ['with an empty', ''],
    ['with a wrong', 'x'.repeat(43)],
  ] as const) {
    test(`a sign-in ${name} token does nothing`, async () => {
      const first = await ask(request(web));
      const told = await post({ ...formOf(first), csrf, username: 'hermes', password }, cookieOf(first));
      assert.deepEqual([told.http, told.cause], [400, 'parameter.invalid']);
      assert.equal(told.headers.get('Set-Cookie'), undefined);
      assert.ok(isSignIn(told) && told.page.includes('This form is out of date'));
      assert.ok(isSignIn(await ask(request(web), { headers: { cookie: cookieOf(first) } })));
    });

    test(`a decision ${name} token does nothing`, async () => {
      const { form, cookie } = await signedIn(request(web));
      const grants = await count('grants');
      for (const decision of ['allow', 'deny', 'switch']) {
        const told = await post({ ...form, csrf, decision }, cookie);
        assert.deepEqual([told.http, told.cause, told.location], [400, 'parameter.invalid', '']);
        assert.ok(isSignIn(told) && told.page.includes('This form is out of date'));
      }
      assert.equal(await count('grants'), grants);
      assert.ok(isConsent(await ask(request(web), { headers: { cookie } })), 'the session is as it was');
    });
  }

  test('the token of another session does not count, nor one without a session', async () => {
    const [mine, other] = [await signedIn(request(web)), await signedIn(request(web), 'leela')];
    const grants = await count('grants');
    assert.equal(
      (await post({ ...mine.form, csrf: other.form.csrf, decision: 'allow' }, mine.cookie)).http,
      400,
    );
    const bare = await post({ ...mine.form, decision: 'allow' });
    assert.equal(bare.http, 400);
    assert.ok(bare.headers.has('Set-Cookie'), 'the page has a session to go on with');
    assert.ok(isConsent(await post({ ...formOf(bare), username: 'hermes', password }, cookieOf(bare))));
    assert.equal(await count('grants'), grants);
  });

  test('nobody decides before signing in', async () => {
    const first = await ask(request(web));
    const told = await post({ ...formOf(first), decision: 'allow' }, cookieOf(first));
    assert.ok(told.http === 200 && isSignIn(told) && told.location === '');
  });
});

describe('who is asked', () => {
  test('another person, after a switch', async () => {
    const { form, cookie } = await signedIn(request(web));
    const told = await post({ ...form, decision: 'switch' }, cookie);
    assert.ok(told.http === 200 && isSignIn(told));
    assert.notEqual(cookieOf(told), cookie);
    assert.ok(isSignIn(await ask(request(web), { headers: { cookie } })), 'the session is over');
    const other = await post({ ...formOf(told), username: 'leela', password }, cookieOf(told));
    const allowed = await post({ ...formOf(other), decision: 'allow' }, cookieOf(other));
    assert.equal((await grantOf(allowed.back.get('code')!))!.staff_id, 3);
  });

  test('nobody who was made inactive meanwhile', async () => {
    const { form, cookie } = await signedIn(request(web), 'leela');
    const standing = (value: string) =>
      store.within((writing) => writing.update(deployment.id, 'staff', { id: 3 }, { standing: value }));
    await standing('inactive');
    const told = await post({ ...form, decision: 'allow' }, cookie);
    assert.ok(isSignIn(told) && told.location === '');
    await standing('active');
  });

  test('with an answer that is one of three', async () => {
    const { form, cookie } = await signedIn(request(web));
    const told = await post({ ...form, decision: 'maybe' }, cookie);
    assert.deepEqual(
      [told.cause, told.back.get('error'), told.back.has('code')],
      ['parameter.invalid', 'invalid_request', false],
    );
  });

  test('not for an application that was disabled meanwhile', async () => {
    const { form, cookie } = await signedIn(request(twofold, { redirect_uri: 'https://a.example/' }));
    await disableApplication(store, deployment.id, twofold.clientId, true);
    const told = await post({ ...form, decision: 'allow' }, cookie);
    assert.deepEqual([told.http, told.cause, told.location], [401, 'client.unknown', '']);
    await disableApplication(store, deployment.id, twofold.clientId, false);
  });
});
