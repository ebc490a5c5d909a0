import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ParameterValue } from '../../src/catalogue/sent.ts';
import { s256 } from '../../src/identity/secrets.ts';
import type { Store } from '../../src/store/store.ts';
import {
  ask,
  callback,
  closeSite,
  defined,
  disabled,
  type Fields,
  formOf,
  host,
  installed,
  openSite,
  post,
  received,
  request,
  service,
  signedIn,
  store,
  type Told,
  tell,
  verifier,
  web,
  worldOver,
} from './authorize-site.ts';

before(openSite);
after(closeSite);

describe('what ends on a page, whatever the redirect URI says', () => {
  const evil = 'https://evil.example/';
  const cases: Readonly<Record<string, readonly [fields: () => Fields, http: number, cause: string]>> = {
    'no client id': [() => ({ response_type: 'code', redirect_uri: evil }), 400, 'parameter.missing'],
    'an unknown client': [() => ({ client_id: 'x', redirect_uri: evil }), 401, 'client.unknown'],
    'a disabled application': [() => request(disabled, { redirect_uri: callback }), 401, 'client.unknown'],
    'a service application': [() => request(service, { redirect_uri: evil }), 401, 'grant_type.forbidden'],
    'a foreign redirect URI': [() => request(web, { redirect_uri: evil }), 400, 'parameter.invalid'],
    'a redirect URI where none is registered': [
      () => request(installed, { redirect_uri: evil }),
      400,
      'parameter.invalid',
    ],
  };
  for (const [name, [fields, http, cause]] of Object.entries(cases)) {
    test(name, async () => {
      for (const told of [await ask({ ...fields(), state: 's' }), await post({ ...fields(), state: 's' })]) {
        assert.deepEqual([told.http, told.cause, told.location], [http, cause, '']);
        assert.equal(told.headers.get('Set-Cookie'), undefined);
        assert.match(told.page, /You were not sent back/);
        assert.ok(told.page.includes(told.trail.received.id));
        assert.equal(told.headers.has('WWW-Authenticate'), http === 401);
        assert.notEqual(told.trail.deployment, undefined);
      }
    });
  }

  test('an unknown client and a disabled one are told the same', async () => {
    const [one, other] = [await ask(request(disabled)), await ask({ client_id: 'nobody' })];
    const bare = ({ page, trail }: Told) => page.replaceAll(trail.received.id, '');
    assert.equal(bare(one), bare(other));
  });

  test('what cannot be read, and what decides the address twice', async () => {
    const malformed = await ask(request(web), { malformed: 'the query string is not valid' });
    assert.deepEqual([malformed.http, malformed.cause, malformed.location], [400, 'body.malformed', '']);
    for (const repeated of ['client_id', 'redirect_uri', 'authorization']) {
      const told = await ask(request(web), { repeated });
      assert.deepEqual([told.http, told.cause, told.location], [400, 'parameter.repeated', '']);
    }
  });

  test('a method that is neither GET nor POST, and an unknown deployment', async () => {
    const put = await tell(received('PUT', { query: new Map(Object.entries(defined(request(web)))) }));
    assert.deepEqual([put.http, put.cause], [400, 'method.unknown']);
    const lost = await ask(request(web), { host: 'nowhere.api.localhost' });
    assert.deepEqual(
      [lost.http, lost.cause, lost.headers.get('X-Status')],
      [500, 'deployment.unknown', 'server_error'],
    );
  });
});

describe('what travels to the redirect URI', () => {
  const challenge = s256(verifier);
  const cases: Readonly<Record<string, readonly [more: Fields, error: string, cause: string]>> = {
    'an unknown scope': [{ scope: 'read(monkeys)' }, 'invalid_scope', 'scope.unknown'],
    'a malformed scope': [{ scope: 'read((' }, 'invalid_scope', 'scope.malformed'],
    'no response type': [{ response_type: '' }, 'invalid_request', 'parameter.missing'],
    'another response type': [{ response_type: 'token' }, 'unsupported_response_type', 'parameter.invalid'],
    'plain PKCE': [
      { code_challenge: challenge, code_challenge_method: 'plain' },
      'invalid_request',
      'parameter.invalid',
    ],
    'PKCE that is plain by default': [{ code_challenge: challenge }, 'invalid_request', 'parameter.invalid'],
    'a challenge that is no digest': [
      { code_challenge: 'short', code_challenge_method: 'S256' },
      'invalid_request',
      'parameter.invalid',
    ],
    'a method without a challenge': [
      { code_challenge_method: 'S256' },
      'invalid_request',
      'parameter.missing',
    ],
    'a lifetime that is none': [{ expires_in: '-1' }, 'invalid_request', 'parameter.invalid'],
  };
  for (const [name, [more, error, cause]] of Object.entries(cases)) {
    test(name, async () => {
      const told = await ask(request(web, { state: 's"1', ...more }));
      assert.deepEqual([told.http, told.back.get('error'), told.cause], [302, error, cause]);
      assert.ok(told.location.startsWith(`${callback}&error=`));
      assert.deepEqual([told.back.get('state'), told.back.get('iss')], ['s"1', `http://${host}`]);
      // RFC 6749, 4.1.2.1: what error_description may hold.
      assert.match(told.back.get('error_description') ?? '', /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
      assert.equal(told.headers.get('Set-Cookie'), undefined);
    });
  }

  test('another parameter sent twice; the state only when there is one', async () => {
    for (const [repeated, state] of [
      ['scope', 's'],
      ['state', null],
    ] as const) {
      const told = await ask(request(web, { state: 's' }), { repeated });
      assert.deepEqual(
        [told.cause, told.back.get('error'), told.back.get('state')],
        ['parameter.repeated', 'invalid_request', state],
      );
    }
  });

  test('a state that is too long for a header, without it', async () => {
    const told = await ask(request(web, { state: 'é'.repeat(1_000) }));
    assert.deepEqual(
      [told.cause, told.back.get('error'), told.back.has('state')],
      ['parameter.invalid', 'invalid_request', false],
    );
  });

  test('a failure of the server, once it is known whom to tell', async () => {
    const broken: Store = {
      ...store,
      list: store.list,
      find: (id, table, ...rest) =>
        table === 'sessions' ? Promise.reject(new TypeError('a defect')) : store.find(id, table, ...rest),
    };
    const fields = new Map<string, ParameterValue>(Object.entries(defined(request(web, { state: 's' }))));
    const told = await tell(
      received('GET', { query: fields, headers: { cookie: 'accord_sign_in=x' } }),
      worldOver(broken),
    );
    assert.deepEqual(
      [told.back.get('error'), told.back.get('state'), told.cause],
      ['server_error', 's', 'routine.threw'],
    );
    assert.ok(told.trail.thrown instanceof TypeError);
    assert.ok(!told.location.includes('defect'));
  });

  test('hostile states come back as they were, and never leave their parameter', async () => {
    const { cookie } = await signedIn(request(web));
    const hostile = fc.oneof(
      fc.constantFrom(
        '\r\nSet-Cookie: a=b',
        '"><script>alert(1)</script>',
        '&code=mine',
        '#fragment',
        '\ud800',
        '%00%0d%0a',
        ' ',
        'a\nb\rc',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (written) => {
        const state = written.replaceAll('\0', '');
        fc.pre(state !== '');
        const refused = await ask(request(web, { state, scope: 'x' }));
        assert.equal(refused.back.get('state'), state.toWellFormed());
        const page = await ask(request(web, { state }), { headers: { cookie } });
        assert.ok(!page.page.includes('<script'));
        const told = await post({ ...formOf(page), decision: 'allow' }, cookie);
        assert.equal(told.back.get('state'), state.toWellFormed());
        assert.equal(told.back.getAll('code').length, 1);
        assert.ok(told.location.startsWith(`${callback}&code=`));
        assert.ok(!told.location.includes('#'));
      }),
      { numRuns: 40 },
    );
  });
});
