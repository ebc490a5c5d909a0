import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestText, s256 } from '../../../../src/identity/secrets.ts';
import { findBearer, lifetimes } from '../../../../src/identity/tokens.ts';
import type { Store, Writing } from '../../../../src/store/store.ts';
import { refused } from '../../03-authentication/refused.ts';
import { redirectUri, startGranting } from './granting.ts';

let granting: Awaited<ReturnType<typeof startGranting>>;
before(async () => {
  granting = await startGranting();
});
after(() => granting.store.close());

type More = Parameters<typeof granting.ask>[2];
const exchange = (code: string, parameters: object = {}, more: More = {}, by = granting.applications.web) =>
  granting.ask(by, { grant_type: 'authorization_code', code, ...parameters }, more);
const isRevoked = async (token: string) => (await findBearer(granting.store, 1, token))?.revoked;

test('a code is exchanged for what was granted', async () => {
  const { web } = granting.applications;
  const code = await granting.code(web);
  const { tokens, account } = await exchange(code);
  assert.deepEqual([tokens.scope, tokens.lifetime], ['read(jobs),write(companies)', lifetimes.token]);
  assert.equal(account.person.id, 7);
  assert.equal((await findBearer(granting.store, 1, tokens.access))?.application.id, web.id);
  const kept = await granting.store.find(1, 'refresh_tokens', ['family', 'authenticated'], {
    digest: digestText(tokens.refresh ?? ''),
  });
  assert.deepEqual(kept, { family: code, authenticated: 1 });
  const spaced = await granting.code(web);
  assert.equal(
    (await exchange(`${spaced.slice(0, 4)} ${spaced.slice(4, 8)} ${spaced.slice(8)}`)).account.person.id,
    7,
  );
});

test('its lifetime is that of the request, of the authorization, or the usual one', async () => {
  const { web } = granting.applications;
  assert.equal((await exchange(await granting.code(web, { lifetime: 90 }))).tokens.lifetime, 90);
  assert.equal(
    (await exchange(await granting.code(web, { lifetime: 90 }), {}, { lifetime: 30 })).tokens.lifetime,
    30,
  );
});

test('a code that is no good is refused for its reason', async () => {
  const { web, other } = granting.applications;
  assert.equal(await refused(() => exchange('')), 'parameter.missing');
  assert.equal(await refused(() => exchange('nonsense')), 'grant.unknown');
  assert.deepEqual(granting.told.splice(0), [`client 1 ${web.clientId} 192.0.2.1`], 'guessing counts');
  assert.equal(await refused(async () => exchange(await granting.code(other))), 'grant.foreign');
  assert.equal(
    await refused(async () => exchange(await granting.code(web, { date_revoked: 1 }))),
    'grant.revoked',
  );
  const ended = { date_expires: granting.now };
  assert.equal(await refused(async () => exchange(await granting.code(web, ended))), 'grant.expired');
  await exchange(await granting.code(web, { date_expires: granting.now + 1 }));
  const inactive = await granting.code(web, { staff_id: 8 });
  assert.equal(await refused(() => exchange(inactive)), 'user.invalid: staff 8 is inactive');
  assert.deepEqual(granting.told, [], 'nothing else counts');
});

test('the parameter that is missing is named', async () => {
  const { web } = granting.applications;
  const field = async (parameters: object): Promise<unknown> =>
    Promise.resolve()
      .then(() => granting.ask(web, { ...parameters }))
      .then(
        () => 'nothing',
        (error: { particulars: { field?: string } }) => error.particulars.field,
      );
  assert.equal(await field({ grant_type: 'authorization_code' }), 'code');
  assert.equal(await field({ grant_type: 'refresh_token' }), 'refresh_token');
  assert.equal(await field({}), 'grant_type');
  const { web: application } = granting.applications;
  assert.equal(await refused(() => granting.ask(application, {})), 'parameter.missing');
});

test('a second use ends what the first one got, also when the time of the code is over', async () => {
  for (const later of [0, 601]) {
    const code = await granting.code(granting.applications.web);
    const { tokens } = await exchange(code);
    granting.now += later;
    assert.equal(
      await refused(() => exchange(code, { redirect_uri: 'https://evil.example/' })),
      'grant.consumed',
    );
    assert.equal(await isRevoked(tokens.access), true);
  }
});

test('where another process has taken the code meanwhile, nothing is given, and what it got ends', async () => {
  const code = await granting.code(granting.applications.web);
  const { store } = granting;
  const family = { family: code, application_id: 1, staff_id: 7, scope: 'read(jobs)' };
  await store.within((writing) =>
    writing.insert(1, 'tokens', {
      digest: digestText('first'),
      ...family,
      date_created: 1,
      date_expires: 9e8,
    }),
  );
  const over: Store = {
    ...store,
    within: (work) =>
      store.within((writing) => {
        const late: Writing = {
          ...writing,
          update: async (deployment, table, where, values) =>
            table === 'grants' ? 0 : writing.update(deployment, table, where, values),
        };
        return work(late);
      }),
  };
  assert.equal(await refused(() => exchange(code, {}, { over })), 'grant.consumed');
  assert.equal(await isRevoked('first'), true);
  const left = await store.list(1, {
    table: 'tokens',
    columns: ['digest'],
    where: { family: code },
    limit: 10,
  });
  assert.equal(left.length, 1);
});

test('the redirect URI is the one of the authorization', async () => {
  const { web } = granting.applications;
  const asked = { redirect_uri: redirectUri };
  await exchange(await granting.code(web, asked), asked);
  await exchange(await granting.code(web), asked);
  const problem = async (given: object, sent: object): Promise<string> => {
    const code = await granting.code(web, given as never);
    return refused(() => exchange(code, sent));
  };
  const evil = { redirect_uri: 'https://evil.example/' };
  assert.equal(
    await problem(asked, evil),
    `redirect.mismatched: sent https://evil.example/, asked for ${redirectUri}`,
  );
  assert.equal(await problem(asked, {}), `redirect.mismatched: sent none, asked for ${redirectUri}`);
  assert.equal(await problem({}, evil), 'redirect.mismatched: sent https://evil.example/, asked for none');
  const long = `https://evil.example/${'x'.repeat(500)}`;
  assert.equal(
    await problem(asked, { redirect_uri: long }),
    `redirect.mismatched: sent ${long.slice(0, 200)}, asked for ${redirectUri}`,
  );
});

test('a challenge wants its verifier, and a verifier its challenge', async () => {
  const { installed } = granting.applications;
  const problem = async (challenge: string | null, verifier: string | undefined, isPublic: boolean) => {
    const code = await granting.code(installed, { challenge });
    const sent = verifier === undefined ? {} : { code_verifier: verifier };
    return refused(() => exchange(code, sent, { isPublic }, installed));
  };
  for (const isPublic of [true, false]) {
    assert.equal(await problem(s256('v'), 'v', isPublic), 'accepted');
    assert.equal(await problem(s256('v'), 'w', isPublic), 'verifier.wrong');
    assert.equal(await problem(s256('v'), undefined, isPublic), 'verifier.wrong');
    assert.equal(await problem(s256('v'), '', isPublic), 'verifier.wrong');
    assert.equal(await problem(null, 'v', isPublic), 'verifier.wrong: the code has no challenge');
  }
  assert.equal(await problem(null, undefined, true), 'verifier.wrong: the code has no challenge');
  assert.equal(await problem(null, undefined, false), 'accepted');
});

test('each type of application has its grants', async () => {
  const { web, installed, service } = granting.applications;
  const by = (application: typeof web, grant_type: string) =>
    refused(() => granting.ask(application, { grant_type, code: 'x', refresh_token: 'x' }));
  assert.equal(await by(service, 'client_credentials'), 'accepted');
  for (const application of [web, installed]) {
    assert.equal(await by(application, 'authorization_code'), 'grant.unknown');
    assert.equal(await by(application, 'refresh_token'), 'refresh.unknown');
    assert.equal(
      await by(application, 'client_credentials'),
      `grant_type.forbidden: a ${application.type} application may not use client_credentials`,
    );
  }
  for (const grant of ['authorization_code', 'refresh_token'])
    assert.equal(
      await by(service, grant),
      `grant_type.forbidden: a service application may not use ${grant}`,
    );
  assert.equal(await by(web, 'password'), 'grant_type.unsupported: it says password');
  assert.equal(await by(web, 'p'.repeat(90)), `grant_type.unsupported: it says ${'p'.repeat(60)}`);
});

test('a service application gets its own scope, or a part, for its own person', async () => {
  const { service } = granting.applications;
  const ask = (parameters: object, more: More = {}) =>
    granting.ask(service, { grant_type: 'client_credentials', ...parameters }, more);
  const plain = await ask({});
  assert.deepEqual(
    [plain.tokens.scope, plain.tokens.lifetime, plain.tokens.refresh],
    ['read(jobs)', lifetimes.token, undefined],
  );
  assert.equal(plain.account.person.id, 7);
  const asked = await ask({ scope: 'write(companies)' }, { lifetime: 60 });
  assert.deepEqual([asked.tokens.scope, asked.tokens.lifetime], ['write(companies)', 60]);
  assert.match(await refused(() => ask({ scope: 'read(planets)' })), /^scope.unknown/);
  const keys: string[] = [];
  const once: Store['once'] = (key, work) => {
    keys.push(key);
    return work();
  };
  await ask({}, { over: { ...granting.store, once } });
  assert.deepEqual(keys, ['account 1 7']);
  const families = await granting.store.list(1, {
    table: 'tokens',
    columns: ['family'],
    where: { application_id: service.id },
    limit: 10,
  });
  assert.equal(new Set(families.map(({ family }) => family)).size, families.length);
});
