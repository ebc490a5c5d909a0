import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { isRegistered, withParameters } from '../../src/console/redirect-uri.ts';
import {
  ask,
  callback,
  closeSite,
  isSignIn,
  native,
  openSite,
  post,
  request,
  signedIn,
  web,
} from './authorize-site.ts';

before(openSite);
after(closeSite);

describe('no open redirect', () => {
  test('no variant of a registered URI passes for it', async () => {
    const variant = fc.oneof(
      fc.constantFrom(
        callback.toUpperCase(),
        `${callback}&x=1`,
        `${callback}#`,
        `${callback}/`,
        ` ${callback}`,
        `${callback} `,
        `${callback}\n`,
        callback.replace('https', 'http'),
        callback.replace('.example', '.example.'),
        callback.replace('.example', '.example@evil.example'),
        callback.replace('.example', '.example:443'),
        callback.replace('/callback', '/./callback'),
        callback.replace('//', '//evil@'),
        callback.replace('tenant=1', 'tenant=%31'),
        '//evil.example',
        '/',
        'javascript:alert(1)',
        'data:text/html,x',
        callback.split('?')[0]!,
      ),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc
        .tuple(fc.nat(callback.length), fc.string({ minLength: 1, maxLength: 4 }))
        .map(([at, text]) => callback.slice(0, at) + text + callback.slice(at)),
      fc.nat(callback.length - 1).map((at) => callback.slice(0, at)),
    );
    await fc.assert(
      fc.asyncProperty(variant, async (uri) => {
        fc.pre(uri !== callback && uri !== '');
        for (const more of [{}, { response_type: 'token' }, { scope: 'x' }]) {
          const told = await ask(request(web, { redirect_uri: uri, ...more }));
          assert.deepEqual([told.http, told.cause, told.location], [400, 'parameter.invalid', '']);
          assert.ok(!isSignIn(told));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a loopback address differs in its port only, and only for an installed application', () => {
    const right = ['http://127.0.0.1/done', 'http://127.0.0.1:1/done', 'http://127.0.0.1:65535/done'];
    const wrong = [
      'http://127.0.0.1:65536/done',
      'http://127.0.0.1:80@evil.example/done',
      'http://127.0.0.1:/done',
      'http://127.0.0.1:80/done/',
      'http://127.0.0.1:80/done?x',
      'http://127.0.0.1:80/done#x',
      'https://127.0.0.1:80/done',
      'http://localhost:80/done',
      'http://127.0.0.1.evil.example/done',
      'http://127.0.0.1:80\\@evil.example/done',
      'http://[::1]:80/done',
      'HTTP://127.0.0.1:80/done',
      'http://127.0.0.1:80/done\n',
      'http://127.0.0.10/done',
      'http://127.1/done',
    ];
    for (const uri of right) assert.ok(isRegistered(native, uri), uri);
    for (const uri of wrong) assert.ok(!isRegistered(native, uri), uri);
    assert.ok(!isRegistered({ ...native, type: 'web' }, right[1]!));
    assert.ok(isRegistered({ ...native, redirectUris: ['http://[::1]:80/'] }, 'http://[::1]:8080/'));
  });

  test('parameters go behind those a URI has', () => {
    assert.equal(withParameters('https://a.example', { code: 'a b' }), 'https://a.example/?code=a+b');
    assert.equal(withParameters('https://a.example/?', { code: '1' }), 'https://a.example/?code=1');
    assert.equal(
      withParameters('https://a.example/ü?q=%20é', { code: '1', state: undefined }),
      'https://a.example/%C3%BC?q=%20%C3%A9&code=1',
    );
    assert.equal(withParameters('com.example.app:/cb', { code: '1' }), 'com.example.app:/cb?code=1');
    assert.equal(withParameters('com.example.app:cb?a=1', { code: '1' }), 'com.example.app:cb?a=1&code=1');
  });

  test('a form leads to this server, however its path was written', async () => {
    const odd = await ask(request(web), { path: '//oauth2//authorize', segments: ['oauth2', 'authorize'] });
    assert.match(odd.page, /<form method="post" action="\/oauth2\/authorize">/);
    assert.match((await ask(request(web))).page, /<form method="post" action="\/oauth2\/v0\/authorize">/);
  });

  test('a form of ours is not believed: what it carries is checked anew', async () => {
    const { cookie, form } = await signedIn(request(web));
    const carried = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const changed = async (fields: unknown) =>
      post(
        { ...form, authorization: typeof fields === 'string' ? fields : carried(fields), decision: 'allow' },
        cookie,
      );
    for (const bad of [
      '',
      'x',
      '!!',
      carried([]),
      carried(null),
      carried(7),
      carried({ client_id: 1 }),
      carried({ client_id: 'a\0' }),
    ]) {
      const told = await changed(bad);
      assert.deepEqual([told.http, told.location], [400, ''], bad);
    }
    const foreign = await changed({
      client_id: web.clientId,
      response_type: 'code',
      redirect_uri: 'https://evil.example/',
    });
    assert.deepEqual([foreign.http, foreign.cause, foreign.location], [400, 'parameter.invalid', '']);
    const more = await changed({ client_id: web.clientId, response_type: 'code', scope: 'write(monkeys)' });
    assert.equal(more.back.get('error'), 'invalid_scope');
  });
});
