import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ParameterValue } from '../../src/catalogue/sent.ts';
import { pinHandler } from '../../src/console/pin-page.ts';
import { digest, s256 } from '../../src/identity/secrets.ts';
import { sessionLifetime } from '../../src/identity/sessions.ts';
import { parseForm } from '../../src/request/01-transport/form.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import { oauthHandler } from '../../src/request/oauth.ts';
import { walked } from '../harness/walked.ts';
import {
  ask,
  callback,
  closeSite,
  cookieOf,
  count,
  defined,
  deployment,
  formOf,
  grantOf,
  host,
  installed,
  isConsent,
  isSignIn,
  moveClock,
  native,
  now,
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
  v0,
  verifier,
  visitor,
  web,
  webSecret,
  world,
} from './authorize-site.ts';

before(openSite);
after(closeSite);

describe('a web application', () => {
  test('gets a code that holds what was asked for, and the code buys tokens', async () => {
    const challenge = s256(verifier);
    const asked = request(web, {
      redirect_uri: callback,
      scope: 'write(companies) read(staff)',
      state: 'a b+c&d=é\n"',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      expires_in: '3600',
      nonce: 'ignored',
    });
    const { form, cookie, page } = await signedIn(asked);
    assert.match(page.page, /Read <bdi>Staff<\/bdi>/);
    assert.match(page.page, /Read and write <bdi>Company<\/bdi>/);
    assert.match(page.page, /<bdi>planet-express\.example<\/bdi>/);
    assert.match(page.page, /<bdi>hermes &lt;b&gt;<\/bdi>/);
    assert.match(
      page.headers.get('Content-Security-Policy') ?? '',
      /form-action 'self' https:\/\/planet-express\.example;/,
    );
    const told = await post({ ...form, decision: 'allow' }, cookie);
    assert.equal(told.http, 303);
    assert.equal(told.trail.stage, 'status');
    assert.deepEqual(told.trail.application, { id: web.id, clientId: web.clientId });
    assert.ok(told.location.startsWith(`${callback}&code=`), told.location);
    assert.equal(told.back.get('state'), 'a b+c&d=é\n"');
    assert.equal(told.back.get('iss'), `http://${host}`);
    const code = told.back.get('code')!;
    assert.deepEqual(
      { ...(await grantOf(code)), family: '' },
      {
        digest: digest(code).toString('base64url'),
        family: '',
        application_id: web.id,
        staff_id: 1,
        scope: 'read(staff),write(companies)',
        redirect_uri: callback,
        challenge,
        lifetime: 3600,
        date_created: now,
        date_expires: now + 600,
        date_consumed: null,
        date_revoked: null,
      },
    );
    const exchange = (code_verifier: string) => {
      const fields = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier };
      const client = { client_id: web.clientId, client_secret: webSecret };
      const body = new Map(Object.entries({ ...fields, ...client }));
      return walked(
        oauthHandler('token'),
        received('POST', { segments: ['oauth2', 'v0', 'token'], body }),
        world,
      );
    };
    assert.equal((await exchange('w'.repeat(43))).answer.cause, 'verifier.wrong');
    const { answer } = await exchange(verifier);
    assert.equal(answer.cause, undefined, String(answer.body));
    const tokens = JSON.parse(String(answer.body)) as Record<string, unknown>;
    assert.deepEqual([tokens.expires_in, tokens.scope], [3_600, 'read(staff) write(companies)']);
  });

  test('may leave out its only redirect URI and its scope', async () => {
    const { form, cookie } = await signedIn(request(web));
    const told = await post({ ...form, decision: 'allow' }, cookie);
    assert.ok(told.location.startsWith(callback));
    assert.equal(told.back.has('state'), false);
    const { redirect_uri, scope, challenge, lifetime } = (await grantOf(told.back.get('code')!))!;
    assert.deepEqual(
      { redirect_uri, scope, challenge, lifetime },
      { redirect_uri: null, scope: 'read(all)', challenge: null, lifetime: null },
    );
  });

  test('has to say which of several redirect URIs', async () => {
    const told = await ask(request(twofold));
    assert.deepEqual([told.http, told.cause, told.location], [400, 'parameter.missing', '']);
    assert.match(told.page, /redirect_uri/);
    assert.equal((await ask(request(twofold, { redirect_uri: 'https://b.example/' }))).http, 200);
  });

  test('may begin by a post, in a form or in JSON', async () => {
    const told = await post(request(web));
    assert.equal(told.http, 303);
    const asked = await ask(Object.fromEntries(told.back));
    assert.ok(isSignIn(asked));
    assert.match(cookieOf(asked), visitor);
    assert.equal((await post({ ...request(web), expires_in: '99999999999' })).http, 303);
    const wrong = await post({ ...request(web), expires_in: 'soon' });
    assert.deepEqual([wrong.http, wrong.back.get('error')], [303, 'invalid_request']);
    const json = await tell(
      received('POST', { body: new Map<string, ParameterValue>([['client_id', { $ne: '' }]]) }),
    );
    assert.deepEqual([json.http, json.cause], [400, 'parameter.invalid']);
  });

  test('is sent round by a get when it is posted, whoever posts it, with all that it asks for', async () => {
    const { cookie } = await signedIn(request(web));
    const asked = { ...request(web), state: 's', scope: 'read(companies)', redirect_uri: callback };
    for (const [sent, headers] of [
      [asked, {}],
      [asked, { 'sec-fetch-site': 'cross-site' }],
      [asked, { 'sec-fetch-site': 'same-origin', cookie }],
      [{ ...asked, monkeys: '1' }, { cookie }],
    ] as const) {
      const told = await post(sent, undefined, { headers });
      assert.equal(told.http, 303);
      assert.ok(told.location.startsWith(`http://${host}${v0}?`), told.location);
      assert.equal(told.headers.get('Set-Cookie'), undefined);
      assert.deepEqual(Object.fromEntries(told.back), asked);
    }
    const again = await post(asked);
    assert.ok(isSignIn(await ask(Object.fromEntries(again.back))));
    assert.ok(isConsent(await ask(Object.fromEntries(again.back), { headers: { cookie } })));
  });

  test('hears of a denial', async () => {
    const grants = await count('grants');
    const { form, cookie } = await signedIn(request(web, { state: 'xyz' }));
    const told = await post({ ...form, decision: 'deny' }, cookie);
    assert.equal(told.http, 303);
    assert.deepEqual(
      [told.back.get('error'), told.back.get('state'), told.back.get('code')],
      ['access_denied', 'xyz', null],
    );
    assert.equal(await count('grants'), grants);
  });

  test('is asked for again without a password while the session lasts', async () => {
    const { cookie, page } = await signedIn(request(web));
    const again = await ask(request(web), { headers: { cookie: `other=1; ${cookie}` } });
    assert.ok(isConsent(again));
    assert.equal(again.headers.get('Set-Cookie'), undefined);
    assert.equal(formOf(again).csrf, formOf(page).csrf);
    moveClock(sessionLifetime);
    assert.ok(isSignIn(await ask(request(web), { headers: { cookie } })));
    moveClock(-sessionLifetime);
  });
});

const pinPage = (cookie: string, more: Partial<Received> = {}): Promise<Told> =>
  tell(
    received('GET', {
      segments: ['oauth2', 'v0', 'authorize', 'pin'],
      path: `${v0}/pin`,
      headers: { cookie },
      ...more,
    }),
    world,
    pinHandler,
  );

const pinOn = ({ page }: Told): string | undefined =>
  /id="pin"[^>]*>(.*?)<\/p>/.exec(page)?.[1]?.replace(/<[^>]*>/g, '');

describe('an installed application', () => {
  test('gets a PIN where there is no redirect URI', async () => {
    const { form, cookie, page } = await signedIn(request(installed));
    assert.match(page.page, /you get a PIN/);
    const told = await post({ ...form, decision: 'allow' }, cookie);
    assert.deepEqual([told.http, told.location], [303, `${v0}/pin`]);
    const shown = await pinPage(`${cookie}; ${cookieOf(told)}`);
    assert.equal(shown.http, 200);
    const digits = pinOn(shown) ?? '';
    assert.match(digits, /^\d{10}$/);
    assert.match(shown.page, /within 10 minutes/);
    const { redirect_uri, scope } = (await grantOf(digits))!;
    assert.deepEqual({ redirect_uri, scope }, { redirect_uri: null, scope: 'write(companies)' });
  });

  test('is shown the same PIN again by a reload, which makes none and tells it to nobody else', async () => {
    const { form, cookie } = await signedIn(request(installed));
    const told = await post({ ...form, decision: 'allow' }, cookie);
    const pins = cookieOf(told);
    assert.match(
      told.headers.get('Set-Cookie') ?? '',
      /^accord_pin=[\w-]+; Path=\/oauth2; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    const grants = await count('grants');
    const digits = pinOn(await pinPage(`${cookie}; ${pins}`)) ?? '';
    assert.match(digits, /^\d{10}$/);
    assert.equal(pinOn(await pinPage(`${pins}; ${cookie}`)), digits);
    assert.equal(await count('grants'), grants);
    for (const text of [told.location, told.page, ...told.headers.values()])
      assert.ok(!text.includes(digits), 'it stands in no header and no URL');
    assert.ok(!Buffer.from(pins, 'base64url').toString('latin1').includes(digits));

    const other = await signedIn(request(installed), 'leela');
    for (const nothing of [
      pins,
      cookie,
      `${other.cookie}; ${pins}`,
      `${cookie}; accord_pin=x`,
      `${cookie}; ${pins}x`,
    ]) {
      const page = await pinPage(nothing);
      assert.deepEqual([page.http, pinOn(page)], [200, undefined], nothing);
      assert.match(page.page, /There is no PIN to show/);
    }
    moveClock(541);
    assert.match((await pinPage(`${cookie}; ${pins}`)).page, /within 1 minute\./);
    moveClock(58);
    assert.equal(pinOn(await pinPage(`${cookie}; ${pins}`)), digits);
    moveClock(1);
    assert.equal(pinOn(await pinPage(`${cookie}; ${pins}`)), undefined, 'its time is over');
    moveClock(-600);
    for (const column of ['date_consumed', 'date_revoked']) {
      const where = { digest: digest(digits).toString('base64url') };
      const set = (value: number | null) =>
        store.within((writing) => writing.update(deployment.id, 'grants', where, { [column]: value }));
      await set(now);
      assert.equal(pinOn(await pinPage(`${cookie}; ${pins}`)), undefined, column);
      await set(null);
    }
    assert.equal(pinOn(await pinPage(`${cookie}; ${pins}`)), digits);
    const posted = await pinPage(`${cookie}; ${pins}`, { method: 'POST', wrote: 'POST' });
    assert.deepEqual([posted.http, posted.cause], [400, 'method.unknown']);
    assert.equal((await pinPage('', { host: 'nowhere.api.localhost' })).cause, 'deployment.unknown');
  });

  test('is shown its PIN under TLS by a cookie that siblings cannot set', async () => {
    const tls = { https: true };
    const first = await ask(request(installed), tls);
    const asked = await post({ ...formOf(first), username: 'hermes', password }, cookieOf(first), tls);
    const told = await post({ ...formOf(asked), decision: 'allow' }, cookieOf(asked), tls);
    assert.match(
      told.headers.get('Set-Cookie') ?? '',
      /^__Host-accord_pin=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/,
    );
    const both = `${cookieOf(asked)}; ${cookieOf(told)}`;
    assert.match(pinOn(await pinPage(both, tls)) ?? '', /^\d{10}$/);
    assert.equal(pinOn(await pinPage(both.replace('__Host-accord_pin', 'accord_pin'), tls)), undefined);
  });

  test('gets a PIN, too, when it does not send the one it has', async () => {
    assert.match((await signedIn(request(native))).page.page, /you get a PIN/);
  });

  test('is denied on a page', async () => {
    const { form, cookie } = await signedIn(request(installed));
    const told = await post({ ...form, decision: 'deny' }, cookie);
    assert.deepEqual([told.http, told.location], [200, '']);
    assert.match(told.page, /Nothing was granted/);
  });

  test('is refused on a page', async () => {
    const told = await ask(request(installed, { scope: 'read(monkeys)' }));
    assert.deepEqual(
      [told.http, told.cause, told.headers.get('X-Status')],
      [400, 'scope.unknown', 'invalid_scope'],
    );
    assert.match(told.page, /monkeys/);
  });

  test('may use any port of its loopback address, and has to repeat the one it used', async () => {
    const uri = 'http://127.0.0.1:51004/done';
    const { form, cookie } = await signedIn(request(native, { redirect_uri: uri }));
    const told = await post({ ...form, decision: 'allow' }, cookie);
    assert.ok(told.location.startsWith(`${uri}?code=`));
    assert.equal((await grantOf(told.back.get('code')!))!.redirect_uri, uri);
  });
});

test('a query of many parameters is read like any other', async () => {
  const { values } = parseForm(
    new URLSearchParams({ ...defined(request(web)), prompt: 'none', nonce: 'n' }).toString(),
    'the query',
  );
  assert.ok(isSignIn(await tell(received('GET', { query: values }))));
});
