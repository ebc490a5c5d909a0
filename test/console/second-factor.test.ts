import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { factorLimits } from '../../src/identity/lockout.ts';
import { contents } from '../harness/contents.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { codeAt, wrongCodeAt } from '../harness/totp.ts';
import { password, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { asking, formOn, signInPage } from '../security/pages.ts';
import { Browser, causeOf, csrfIn, hiddenIn } from './account-pages.ts';
import {
  afterPassword,
  choose,
  codesIn,
  factorPath,
  isIn,
  keyIn,
  later,
  turnOn,
  withFactor,
} from './second-steps.ts';

onEveryEngine('a second factor', (engine) => {
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
  const code = (key: string): string => codeAt(key, world.now);
  const rowsOf = (table: string, columns: readonly string[]) =>
    world.server.world.store.list(tenant.deployment.id, { table, columns, limit: 100 });

  test('is off until a code of the new key is given, and nothing is kept before', async () => {
    const browser = await begin();
    await browser.signIn();
    const page = await browser.get(factorPath);
    assert.match(page.text, /<span class="badge warn">off<\/span>/);
    const before = await contents(tenant);
    const shown = await browser.submit(page, factorPath, { do: 'begin' });
    const key = keyIn(shown);
    assert.match(shown.text, /aria-label="QR code of the key below"/);
    assert.match(shown.text, new RegExp(`otpauth://totp/Planet%20Express:hermes\\?[^"]*secret=${key}`));
    assert.equal(shown.headers['cache-control'], 'no-store');
    const wrong = await browser.submit(shown, factorPath, { code: wrongCodeAt(key, world.now) });
    assert.deepEqual([wrong.http, causeOf(tenant, wrong)], [401, 'factor.wrong']);
    assert.match(wrong.text, /role="alert">The code is not right\./);
    assert.equal(keyIn(wrong), key, 'the same key: it was scanned already');
    assert.deepEqual(await contents(tenant), before);
    const done = await browser.submit(wrong, factorPath, {
      code: ` ${code(key).slice(0, 3)} ${code(key).slice(3)}`,
    });
    assert.equal(done.http, 200, done.text);
    assert.equal(codesIn(done).length, 10);
    const on = await browser.get(factorPath);
    assert.match(on.text, /<span class="badge good">on<\/span>/);
    assert.match(on.text, /Recovery codes left<\/dt><dd>10</);
    assert.ok(!on.text.includes(key) && !on.text.includes(codesIn(done)[0] ?? ''), 'shown once');
    assert.match((await browser.get('/account')).text, /Second factor<\/dt><dd>on</);
  });

  test('asks for the password before it shows a key, when that was given a while ago', async () => {
    const browser = await begin();
    await browser.signIn();
    world.now += 301;
    const asked = await choose(browser, 'begin');
    assert.match(asked.text, /Your password, please/);
    assert.equal(keyIn(asked), '');
    const wrong = await browser.submit(asked, factorPath, { password: 'wrong' });
    assert.equal(causeOf(tenant, wrong), 'password.wrong');
    const before = browser.cookie;
    const shown = await browser.submit(wrong, factorPath, { password });
    assert.notEqual(browser.cookie, before, 'under another secret');
    const done = await browser.submit(shown, factorPath, { code: code(keyIn(shown)) });
    assert.equal(codesIn(done).length, 10, done.text);
  });

  test('ends all other sign-ins when it is turned on, and gives this one another secret', async () => {
    const browser = await begin();
    const other = new Browser(tenant);
    await other.signIn();
    await browser.signIn();
    const before = browser.cookie;
    await turnOn(browser, tenant);
    assert.notEqual(browser.cookie, before);
    const old = new Browser(tenant);
    old.cookie = before;
    assert.deepEqual([await isIn(browser), await isIn(other), await isIn(old)], [true, false, false]);
  });

  test('is asked for after the right password, on a page of its own, before there is any session', async () => {
    const browser = await begin();
    const { key } = await withFactor(tenant);
    const sessions = await rowsOf('sessions', ['digest']);
    const page = await afterPassword(browser);
    assert.equal(page.http, 200, page.text);
    assert.match(page.text, /autocomplete="one-time-code"/);
    assert.equal(page.headers['set-cookie'], undefined, 'no session');
    assert.deepEqual(await rowsOf('sessions', ['digest']), sessions);
    assert.equal(await isIn(browser), false);
    const consent = await browser.get(asking(tenant));
    assert.match(consent.text, /autocomplete="current-password"/, 'nothing to consent with');
    const done = await browser.submit(page, '/account/code', { code: code(key) });
    assert.deepEqual([done.http, done.headers.location], [303, '/account'], done.text);
    assert.equal(await isIn(browser), true);
  });

  test('is asked for on the way to a consent', async () => {
    await begin();
    const { key, codes } = await withFactor(tenant);
    for (const fields of [{ code: code(key) }, { recovery: codes[0] ?? '' }]) {
      const browser = new Browser(tenant);
      const page = await browser.get(asking(tenant, { state: 's' }));
      const asked = await browser.submit(page, '/oauth2/v0/authorize', { username: 'hermes', password });
      assert.match(asked.text, /Your code for/);
      assert.doesNotMatch(asked.text, /name="decision"/);
      const forged = await browser.submit(asked, '/oauth2/v0/authorize', { decision: 'allow', ticket: '' });
      assert.equal(forged.http, 400, 'a decision needs a session');
      const consent = await browser.submit(asked, '/oauth2/v0/authorize', fields);
      assert.match(consent.text, /name="decision"/, consent.text);
      const allowed = await browser.submit(consent, '/oauth2/v0/authorize', { decision: 'allow' });
      const back = new URL(allowed.headers.location ?? '');
      assert.ok(back.searchParams.get('code'));
      assert.equal(back.searchParams.get('state'), 's');
    }
  });

  test('does not show whether there is one to whoever has a wrong password', async () => {
    await begin();
    await withFactor(tenant);
    const texts = [];
    for (const username of ['hermes', 'fry', 'nobody']) {
      const reply = await afterPassword(new Browser(tenant), 'wrong', username);
      assert.deepEqual([reply.http, causeOf(tenant, reply)], [401, 'password.wrong']);
      texts.push(reply.text.replaceAll(/value="[^"]*"/g, ''));
    }
    assert.equal(new Set(texts).size, 1);
  });

  test('takes a code once, and none of an earlier step after a later one', async () => {
    await begin();
    const { key } = await withFactor(tenant);
    const tried = async (now: number): Promise<string | undefined> => {
      const browser = new Browser(tenant);
      const reply = await browser.submit(await afterPassword(browser), '/account/code', {
        code: codeAt(key, now),
      });
      return causeOf(tenant, reply);
    };
    assert.equal(await tried(world.now), undefined);
    assert.equal(await tried(world.now), 'factor.wrong', 'the same again');
    assert.equal(await tried(world.now - 30), 'factor.wrong', 'the one before');
    assert.equal(await tried(world.now + 30), undefined, 'the next');
    assert.equal(await tried(world.now), 'factor.wrong');
    world.now += 30;
    assert.equal(await tried(world.now), 'factor.wrong', 'used before its time');
  });

  test('takes one of many requests that send the same code at the same moment', async () => {
    await begin();
    const { key, codes } = await withFactor(tenant);
    for (const fields of [{ code: code(key) }, { recovery: codes[3] ?? '' }]) {
      const browsers = Array.from({ length: 8 }, () => new Browser(tenant));
      const pages = await Promise.all(browsers.map((browser) => afterPassword(browser)));
      const replies = await Promise.all(
        browsers.map((browser, at) => browser.submit(pages[at] ?? assert.fail(), '/account/code', fields)),
      );
      const causes = replies.map((reply) => causeOf(tenant, reply) ?? 'in');
      assert.equal(causes.filter((cause) => cause === 'in').length, 1, causes.join(' '));
      assert.deepEqual([...new Set(causes)].sort(), ['factor.wrong', 'in']);
      const inside = await Promise.all(browsers.map(isIn));
      assert.equal(inside.filter(Boolean).length, 1);
    }
  });

  test('takes each recovery code once, and keeps digests of them only', async () => {
    await begin();
    const { codes } = await withFactor(tenant);
    const [first = '', second = ''] = codes;
    const use = async (recovery: string): Promise<string | undefined> => {
      const browser = new Browser(tenant);
      const reply = await browser.submit(await afterPassword(browser), '/account/code', { recovery });
      return causeOf(tenant, reply);
    };
    assert.equal(await use(first), undefined);
    assert.equal(await use(first), 'factor.wrong');
    assert.equal(await use(second.toUpperCase().replaceAll('-', ' ')), undefined);
    assert.equal((await rowsOf('recovery_codes', ['digest'])).length, 8);
    const kept = JSON.stringify([...(await contents(tenant))]);
    for (const each of codes)
      for (const written of [each, each.replaceAll('-', '')]) assert.ok(!kept.includes(written));
  });

  test('keeps the key sealed', async () => {
    await begin();
    const { key } = await withFactor(tenant);
    const kept = JSON.stringify([...(await contents(tenant))]);
    assert.ok(!kept.includes(key));
    const [row] = await rowsOf('second_factors', ['key', 'staff_id']);
    assert.match(String(row?.key), /^[\w-]{80,}$/);
    // A sealed key is of one person: to copy the row to another gives nothing away.
    await world.server.world.store.within((writing) =>
      writing.insert(tenant.deployment.id, 'second_factors', {
        ...{
          staff_id: tenant.restricted,
          key: String(row?.key),
          step: 0,
          salt: 'x',
          date_created: world.now,
        },
      }),
    );
    const browser = new Browser(tenant);
    const page = await afterPassword(browser, password, 'fry');
    const reply = await browser.submit(page, '/account/code', { code: code(key) });
    assert.notEqual(reply.http, 303);
    assert.equal(await isIn(browser), false);
  });

  test('needs the password again to make new recovery codes, and those before are worth nothing', async () => {
    const browser = await begin();
    await browser.signIn();
    const { codes } = await turnOn(browser, tenant);
    const asked = await choose(browser, 'codes');
    assert.match(asked.text, /Your password, please/, 'however fresh it is');
    assert.equal(codesIn(asked).length, 0);
    const wrong = await browser.submit(asked, factorPath, { password: 'wrong' });
    assert.equal(causeOf(tenant, wrong), 'password.wrong');
    const made = await browser.submit(wrong, factorPath, { password });
    const fresh = codesIn(made);
    assert.equal(fresh.length, 10, made.text);
    assert.ok(fresh.every((each) => !codes.includes(each)));
    for (const [recovery, cause] of [
      [codes[5], 'factor.wrong'],
      [fresh[5], undefined],
    ] as const) {
      const other = new Browser(tenant);
      const page = await afterPassword(other);
      const reply = await other.submit(page, '/account/code', { recovery: recovery ?? '' });
      assert.equal(causeOf(tenant, reply), cause);
    }
  });

  test('needs the password again to be turned off, ends the other sign-ins, and leaves nothing', async () => {
    const browser = await begin();
    await browser.signIn();
    const { key } = await turnOn(browser, tenant);
    const other = new Browser(tenant);
    await other.submit(await afterPassword(other), '/account/code', { code: code(key) });
    assert.equal(await isIn(other), true);
    const asked = await choose(browser, 'off');
    assert.match(asked.text, /Your password, please/);
    assert.equal((await rowsOf('second_factors', ['staff_id'])).length, 1);
    const before = browser.cookie;
    const off = await browser.submit(asked, factorPath, { password });
    assert.equal(off.headers.location, `${factorPath}?done=off`, off.text);
    assert.notEqual(browser.cookie, before);
    assert.deepEqual([await isIn(browser), await isIn(other)], [true, false]);
    for (const table of ['second_factors', 'recovery_codes'])
      assert.deepEqual(await rowsOf(table, ['staff_id']), []);
    assert.equal((await afterPassword(new Browser(tenant))).http, 303, 'the password is enough');
  });

  test('can be moved to another app, and the key from before is worth nothing', async () => {
    const browser = await begin();
    await browser.signIn();
    const old = await turnOn(browser, tenant);
    const next = await turnOn(browser, tenant);
    assert.notEqual(next.key, old.key);
    assert.equal((await rowsOf('recovery_codes', ['digest'])).length, 10);
    const other = new Browser(tenant);
    const page = await afterPassword(other);
    for (const fields of [{ code: code(old.key) }, { recovery: old.codes[0] ?? '' }]) {
      const reply = await other.submit(page, '/account/code', fields);
      assert.equal(causeOf(tenant, reply), 'factor.wrong');
    }
    assert.equal((await other.submit(page, '/account/code', { code: code(next.key) })).http, 303);
  });

  test('of two forms that turn it on at once one does, and the codes it shows are good', async () => {
    const browser = await begin();
    await browser.signIn();
    const page = await choose(browser, 'begin');
    const fields = { ...hiddenIn(page), code: code(keyIn(page)) };
    const { cookie } = browser;
    const replies = await Promise.all(
      [0, 1, 2].map(() => {
        const same = new Browser(tenant);
        same.cookie = cookie;
        return same.post(factorPath, fields);
      }),
    );
    const shown = replies.filter((reply) => codesIn(reply).length > 0);
    assert.equal(shown.length, 1);
    const other = new Browser(tenant);
    const recovery = codesIn(shown[0] ?? assert.fail())[0] ?? '';
    const reply = await other.submit(await afterPassword(other), '/account/code', { recovery });
    assert.equal(reply.http, 303, reply.text);
  });

  test('takes no form without the token of its session, and no seal of another session or person', async () => {
    const browser = await begin();
    const { key } = await withFactor(tenant);
    const page = await afterPassword(browser);
    const { csrf: own, ...hidden } = hiddenIn(page);
    const before = await contents(tenant);
    for (const csrf of [undefined, '', `${own}x`]) {
      const sent = { ...hidden, ...(csrf === undefined ? {} : { csrf }), code: code(key) };
      for (const path of ['/account/code', '/oauth2/v0/authorize']) {
        const reply = await browser.post(path, sent);
        assert.equal(reply.http, 400, path);
      }
    }
    // The ticket of this session in another, beside that one's own token.
    const other = new Browser(tenant);
    const foreign = csrfIn(await other.get('/account'));
    const taken = await other.post('/account/code', { ...hidden, csrf: foreign, code: code(key) });
    assert.deepEqual([taken.http, causeOf(tenant, taken)], [400, 'parameter.invalid']);
    for (const ticket of ['', 'x', `x${hidden.ticket}`, hidden.ticket?.slice(0, -4) ?? '']) {
      const reply = await browser.post('/account/code', {
        ...hidden,
        csrf: own ?? '',
        ticket,
        code: code(key),
      });
      assert.equal(reply.http, 400, ticket);
    }
    const signedIn = new Browser(tenant);
    await signedIn.signIn('fry');
    for (const what of ['begin', 'confirm', 'codes', 'off']) {
      const reply = await signedIn.post(factorPath, { do: what, code: code(key), password });
      assert.deepEqual([reply.http, causeOf(tenant, reply)], [400, 'parameter.invalid'], what);
    }
    const tokens = await contents(tenant);
    for (const table of ['second_factors', 'recovery_codes'])
      assert.equal(tokens.get(table), before.get(table));
    assert.equal(
      (await browser.post('/account/code', { ...hidden, csrf: own ?? '', code: code(key) })).http,
      303,
    );
  });

  test('takes no key that the server has not made for this session', async () => {
    const browser = await begin();
    const { key } = await withFactor(tenant);
    const page = await afterPassword(browser);
    // A key of one's own, sealed by the server for another session, in the second step of somebody who has a second factor.
    const fry = new Browser(tenant);
    await fry.signIn('fry');
    const foreign = hiddenIn(await choose(fry, 'begin')).key ?? '';
    const own = keyIn(await choose(fry, 'begin'));
    for (const sealed of [foreign, 'x', '']) {
      const reply = await browser.submit(page, '/account/code', { key: sealed, code: code(own) });
      assert.equal(causeOf(tenant, reply), 'factor.wrong');
    }
    assert.equal((await browser.submit(page, '/account/code', { code: code(key) })).http, 303);
    const [row] = await rowsOf('second_factors', ['staff_id']);
    assert.equal(row?.staff_id, tenant.admin);
  });

  test('asks for the password again when ten minutes have passed, or it was changed meanwhile', async () => {
    const browser = await begin();
    const { key } = await withFactor(tenant);
    const page = await afterPassword(browser);
    world.now += 600;
    const late = await browser.submit(page, '/account/code', { code: code(key) });
    assert.equal(late.http, 400);
    assert.match(late.text, /out of date. Sign in to go on.*name="password"/s);
    const next = await afterPassword(browser);
    await world.server.world.store.within((writing) =>
      writing.update(tenant.deployment.id, 'staff', { id: tenant.admin }, { password: 'another hash' }),
    );
    assert.equal((await browser.submit(next, '/account/code', { code: code(key) })).http, 400);
    assert.equal(await isIn(browser), false);
  });

  test('lets nobody in whose standing is another by then', async () => {
    const browser = await begin();
    const { key } = await withFactor(tenant);
    const page = await afterPassword(browser);
    await world.server.world.store.within((writing) =>
      writing.update(tenant.deployment.id, 'staff', { id: tenant.admin }, { standing: 'inactive' }),
    );
    assert.equal((await browser.submit(page, '/account/code', { code: code(key) })).http, 400);
  });

  test('is of a deployment: the same name in another has none', async () => {
    await begin();
    await withFactor(tenant);
    const neighbour = new Browser(await world.tenant());
    await neighbour.signIn();
  });

  test('counts wrong codes from everywhere, and is locked at the tenth and one more', async () => {
    const browser = await begin();
    const { key, codes } = await withFactor(tenant);
    const page = await afterPassword(browser);
    for (let i = 0; i <= factorLimits({ attempts: 100, window: 300 }).attempts; i++) {
      const reply = await browser.submit(page, '/account/code', { code: wrongCodeAt(key, world.now) });
      assert.equal(causeOf(tenant, reply), 'factor.wrong', String(i));
    }
    for (const fields of [{ code: code(key) }, { recovery: codes[0] ?? '' }]) {
      const locked = await browser.submit(page, '/account/code', fields);
      assert.deepEqual([locked.http, causeOf(tenant, locked)], [401, 'user.locked']);
      assert.match(locked.text, /role="alert">The code is not right\./);
      assert.ok(Number(locked.headers['retry-after']) > 0);
    }
    const again = await afterPassword(new Browser(tenant));
    assert.match(again.text, /one-time-code/, 'the password page is not locked by it');
    const { lockout } = world.server.world;
    await lockout.succeed('factor', tenant.deployment.id, 'hermes', '127.0.0.1');
    assert.equal((await browser.submit(page, '/account/code', { code: code(key) })).http, 303);
  });

  test('lets a forgotten password be replaced without being turned off', async () => {
    await begin();
    const { key } = await withFactor(tenant);
    const row = await world.server.world.store.find(tenant.deployment.id, 'staff', ['password'], {
      id: tenant.restricted,
    });
    await world.server.world.store.within((writing) =>
      writing.update(
        tenant.deployment.id,
        'staff',
        { id: tenant.admin },
        { password: row?.password ?? null },
      ),
    );
    const browser = new Browser(tenant);
    const page = await afterPassword(browser);
    assert.match(page.text, /one-time-code/);
    assert.equal((await browser.submit(page, '/account/code', { code: code(key) })).http, 303);
    world.now += later;
  });

  test('refuses what the page does not send', async () => {
    const browser = await begin();
    await browser.signIn();
    const reply = await choose(browser, 'begin', { do: 'nothing' });
    assert.deepEqual([reply.http, causeOf(tenant, reply)], [400, 'parameter.invalid']);
    assert.match(reply.text, /begin, confirm, codes or off/);
    assert.equal((await browser.get('/account/code')).headers.location, '/account');
    assert.match((await new Browser(tenant).get(factorPath)).text, /name="password"/);
    assert.match(formOn(await new Browser(tenant).get(factorPath)).hidden.next ?? '', /second-factor$/);
    assert.ok((await signInPage(tenant)).reply.http === 200);
  });
});

onEveryEngine('the lock of a username, with a second factor', (engine) => {
  test('counts wrong codes with wrong passwords, and a right password forgets none of them', async () => {
    const world = await startWorld(engine, { 'lockout-attempts': '5' });
    try {
      const tenant = await world.tenant();
      const { key } = await withFactor(tenant);
      const browser = new Browser(tenant);
      const tried = async (): Promise<string | undefined> => {
        const page = await afterPassword(browser);
        if (page.http !== 200) return causeOf(tenant, page);
        const wrong = { code: wrongCodeAt(key, world.now) };
        return causeOf(tenant, await browser.submit(page, '/account/code', wrong));
      };
      assert.equal(await tried(), 'factor.wrong');
      assert.equal(await tried(), 'factor.wrong');
      assert.equal(causeOf(tenant, await afterPassword(browser, 'wrong')), 'password.wrong');
      assert.equal(await tried(), 'user.locked');
      assert.equal(await tried(), 'user.locked');
      world.server.world.lockout.succeed('user', tenant.deployment.id, 'hermes', '127.0.0.1');
      for (let i = 0; i < 8; i++) {
        const page = await afterPassword(browser);
        const reply = await browser.submit(page, '/account/code', { code: codeAt(key, world.now) });
        assert.equal(reply.http, 303, 'a right code forgets them');
        await browser.submit(await browser.get('/account'), '/account/sign-out', {
          csrf: csrfIn(await browser.get('/account')),
        });
        world.now += later;
      }
    } finally {
      closeConnections();
      await world.close();
    }
  });
});
