import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { type AccountPageContent, account } from '../../src/console/pages/account.ts';
import { accountConfirm } from '../../src/console/pages/account-confirm.ts';
import { accountError } from '../../src/console/pages/account-error.ts';
import { accountPassword } from '../../src/console/pages/account-password.ts';
import { accountSecondFactor } from '../../src/console/pages/account-second-factor.ts';
import { authorizationError } from '../../src/console/pages/authorization-error.ts';
import { consent } from '../../src/console/pages/consent.ts';
import { denied } from '../../src/console/pages/denied.ts';
import { home } from '../../src/console/pages/home.ts';
import { html } from '../../src/console/pages/html.ts';
import { styleSource } from '../../src/console/pages/layout.ts';
import { notFound } from '../../src/console/pages/not-found.ts';
import { pin } from '../../src/console/pages/pin.ts';
import { recoveryCodes } from '../../src/console/pages/recovery-codes.ts';
import { signIn } from '../../src/console/pages/sign-in.ts';
import { signInCode } from '../../src/console/pages/sign-in-code.ts';
import { statusCodes } from '../../src/console/pages/status-codes.ts';
import { page } from '../../src/console/respond.ts';
import { causes } from '../../src/contract/causes.ts';
import { type StatusName, statuses } from '../../src/contract/statuses.ts';
import { samplePages } from '../browser/sample-pages.ts';

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Every tag of a page, read by a scanner that knows nothing of how pages are made; refuses a `<` that opens no tag. */
function tagsOf(markup: string): readonly Tag[] {
  const tags = [
    ...markup.matchAll(/<(\/?[a-z][a-z0-9]*|!DOCTYPE)((?:\s+[a-zA-Z-]+="[^"<>]*")*|\shtml)\s*\/?>/g),
  ];
  assert.equal(tags.length, markup.split('<').length - 1, 'a < that opens no tag');
  return tags.map(([, name, attributes]) => ({
    name: name!,
    attributes: new Map(
      [...attributes!.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map((one) => [one[1]!, one[2]!]),
    ),
  }));
}

const skeleton = (markup: string): readonly string[] =>
  tagsOf(markup).map(({ name, attributes }) => [name, ...attributes.keys()].join(' '));

const hostile = fc.oneof(
  fc.constantFrom(
    '"><script>alert(1)</script>',
    "' onfocus='alert(1)' autofocus='",
    '</title></style></textarea><svg/onload=alert(1)>',
    ']]><!--',
    '&lt;b&gt;&#60;',
    '<!DOCTYPE x [<!ENTITY y "z">]>',
    'a\0\u0008\ud800\uffff\r\n\t',
    '\u202edrawkcab',
  ),
  fc.string({ unit: 'binary', minLength: 1 }),
);

function accountOf(v: string): AccountPageContent {
  const moment = { text: v, exact: v };
  return {
    deployment: v,
    signedIn: { person: v, csrf: v },
    username: v,
    email: v,
    secondFactor: false,
    done: v,
    sessions: [{ id: v, browser: v, address: v, began: moment, used: moment, here: false }],
    applications: [{ applicationId: 1, application: v, scopes: [v, v], first: moment, last: moment }],
  };
}

const hostilePages: Readonly<Record<string, (value: string) => string | Promise<string>>> = {
  signIn: (v) =>
    signIn({ deployment: v, application: v, username: v, error: v, action: v, hidden: { [v]: v } }),
  consent: (v) =>
    consent({
      deployment: v,
      application: v,
      person: v,
      csrf: v,
      scopes: [{ verb: 'write', resource: v }],
      lastDay: v,
      redirectHost: v,
      action: v,
      hidden: { [v]: v },
    }),
  authorizationError: (v) =>
    authorizationError({ title: v, message: v, requestId: v, status: 'invalid_request' }),
  denied: (v) => denied({ application: v, signedIn: { person: v, csrf: v } }),
  account: (v) => account(accountOf(v)),
  accountPassword: (v) =>
    accountPassword({
      signedIn: { person: v, csrf: v },
      username: v,
      error: { of: 'new', text: v },
    }),
  accountConfirm: (v) =>
    accountConfirm({
      signedIn: { person: v, csrf: v },
      username: v,
      action: v,
      hidden: { [v]: v },
      error: v,
    }),
  signInCode: (v) => signInCode({ deployment: v, application: v, error: v, action: v, hidden: { [v]: v } }),
  accountSecondFactor: (v) =>
    accountSecondFactor({
      signedIn: { person: v, csrf: v },
      on: { since: { text: v, exact: v }, recoveryCodesLeft: 1 },
      required: false,
      done: v,
    }),
  recoveryCodes: (v) => recoveryCodes({ signedIn: { person: v, csrf: v }, codes: [v], done: v, next: v }),
  accountError: (v) => accountError({ message: v, requestId: v, status: 'invalid_request' }),
  home: (v) => home({ version: v, sandbox: true, deployments: [{ title: v, base: v }], lines: [v] }),
  notFound: (v) => notFound({ path: v, requestId: v }),
  statusCodes: (v) => statusCodes({ statuses: { ok: statuses.ok }, causes: {}, deployment: v }),
};

describe('what a page is given never becomes markup', () => {
  for (const [name, build] of Object.entries(hostilePages)) {
    test(name, async () => {
      const harmless = skeleton(await build('x'));
      await fc.assert(
        fc.asyncProperty(hostile, async (value) => {
          const built = await build(value);
          assert.deepEqual(skeleton(built), harmless);
          assert.equal(XMLValidator.validate(built), true);
        }),
      );
    });
  }

  test('pin: the groups are the PIN and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const signedIn = { person: value, csrf: value };
        const built = await pin({ application: value, signedIn, pin: value, minutes: 10 });
        assert.deepEqual(new Set(skeleton(built)), new Set(skeleton(samplePages.pin!)));
        assert.equal(XMLValidator.validate(built), true);
      }),
      { numRuns: 50 },
    );
    const shown = /id="pin"[^>]*>(.*?)<\/p>/.exec(samplePages.pin!)![1]!;
    assert.equal(shown, '<span>4071</span><span>8253</span>');
    assert.match(
      await pin({
        application: 'x',
        signedIn: { person: 'p', csrf: 'c' },
        pin: '123456',
        minutes: 1,
      }),
      /<span>123<\/span><span>456<\/span>/,
    );
  });

  test('a table of statuses and causes', () => {
    const table = (v: string): string =>
      statusCodes({
        statuses: { ok: { http: 200, meaning: v, advice: v } },
        causes: { 'a.b': { status: 'ok', raisedAt: {}, message: v, because: v, remedy: v, origin: 'ours' } },
      });
    // Backticks and braces are the tables' own marks: they add <code> and <var>, never anything else.
    const allowed = new Set([...skeleton(table('`x` {x}'))]);
    fc.assert(
      fc.property(hostile, (value) => {
        assert.equal(XMLValidator.validate(table(value)), true);
        for (const tag of skeleton(table(value))) assert.ok(allowed.has(tag), tag);
      }),
    );
  });
});

describe('the template', () => {
  test('escapes text, keeps markup, joins lists, leaves out undefined and false', () => {
    assert.equal(
      html`${'<'}${html`<b/>`}${['"', [html`<i/>`, 1]]}${undefined}${false}`.markup,
      '&lt;<b/>&quot;<i/>1',
    );
  });
  test('refuses an attribute value without quotes', () => {
    assert.throws(() => html`<a href=${'x'}>`, TypeError);
  });
  test('two different texts never look the same in a page, and no text is lost', () => {
    const decode = (text: string): string =>
      text.replace(
        /&(lt|gt|quot|amp|#39|#13);/g,
        (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'", '#13': '\r' })[name]!,
      );
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decode(html`${text}`.markup) === text));
    assert.equal(html`${'a\0b\ud800c'}`.markup, 'a\ufffdb\ufffdc');
  });
});

describe('every page', () => {
  for (const [name, markup] of Object.entries(samplePages)) {
    test(name, () => {
      assert.equal(XMLValidator.validate(markup), true);
      const tags = tagsOf(markup);
      const all = (attribute: string): readonly string[] =>
        tags.flatMap(({ attributes }) => attributes.get(attribute) ?? []);

      assert.match(markup, /^<!DOCTYPE html>\n<html lang="en">/);
      assert.equal(tags.filter((tag) => tag.name === 'h1').length, 1);
      assert.equal(tags.filter((tag) => tag.name === 'title').length, 1);
      assert.match(markup, /Accord is not affiliated with Accelo/);

      // Nothing that the policy would refuse.
      for (const { name: tag, attributes } of tags) {
        assert.ok(!['script', 'iframe', 'object', 'img', 'base'].includes(tag), tag);
        for (const attribute of attributes.keys())
          assert.ok(!/^(style|on.*|src)$/.test(attribute), attribute);
      }
      const source = `'sha256-${createHash('sha256')
        .update(/<style>([\s\S]*?)<\/style>/.exec(markup)![1]!)
        .digest('base64')}'`;
      assert.equal(source, styleSource);

      // Every id is one of a kind, and whatever points at an id finds it.
      const ids = all('id');
      assert.equal(new Set(ids).size, ids.length);
      const targets = [
        ...all('for'),
        ...all('aria-describedby'),
        ...all('aria-labelledby'),
        ...all('href')
          .filter((href) => href.startsWith('#'))
          .map((href) => href.slice(1)),
      ];
      for (const target of targets) assert.ok(ids.includes(target), target);

      for (const { name: tag, attributes } of tags) {
        if (tag !== 'input' || attributes.get('type') === 'hidden') continue;
        assert.ok(all('for').includes(attributes.get('id')!), `${attributes.get('name')} has no label`);
        assert.ok(
          attributes.has('autocomplete'),
          `${attributes.get('name')} says nothing to password managers`,
        );
      }
    });
  }

  test('an error of the sign-in is an alert that both fields refer to, and the password is not sent back', () => {
    const tags = tagsOf(samplePages.signInAgain!);
    assert.equal(
      tags.find(({ attributes }) => attributes.get('role') === 'alert')?.attributes.get('id'),
      'error',
    );
    const fields = tags.filter(({ attributes }) => attributes.get('aria-describedby') === 'error');
    assert.deepEqual(
      fields.map(({ attributes }) => attributes.get('name')),
      ['username', 'password'],
    );
    assert.equal(fields[0]!.attributes.get('value'), 'fry');
    assert.equal(fields[1]!.attributes.has('value'), false);
    assert.match(samplePages.signInAgain!, /<title>Error: /);
    for (const { attributes } of tagsOf(samplePages.signIn!)) {
      for (const absent of ['role', 'aria-invalid', 'aria-describedby'])
        assert.ok(!attributes.has(absent), absent);
    }
  });
});

test('every password field masks, and lets managers paste and keep it', () => {
  const fields = Object.values(samplePages).flatMap((page) =>
    tagsOf(page)
      .filter(({ attributes }) => /password|^(current|new|again)$/.test(attributes.get('name') ?? ''))
      .map(({ attributes }) => attributes),
  );
  assert.ok(fields.length >= 4, `${fields.length} fields`);
  for (const field of fields) {
    assert.equal(field.get('type'), 'password');
    assert.match(field.get('autocomplete') ?? '', /^(current|new)-password$/);
    assert.ok(!field.has('onpaste') && !field.has('maxlength') && !field.has('readonly'));
  }
});

describe('consent', () => {
  const asked = {
    deployment: 'd',
    application: 'a',
    person: 'p',
    csrf: 'c',
    lastDay: '2030-01-31',
    action: '/',
    hidden: {},
  };
  const lines = (markup: string): readonly string[] =>
    [...markup.matchAll(/<b>(.*?)<\/b>/g)].map(([, line]) => line!.replaceAll(/<\/?bdi>/g, ''));

  test('a resource that is read and written is one line, in whichever order', () => {
    const read = { verb: 'read', resource: 'Tasks' } as const;
    const write = { verb: 'write', resource: 'Tasks' } as const;
    assert.deepEqual(lines(consent({ ...asked, scopes: [read, write] })), ['Read and write Tasks']);
    assert.deepEqual(lines(consent({ ...asked, scopes: [write, read] })), ['Read and write Tasks']);
    assert.deepEqual(lines(consent({ ...asked, scopes: [read] })), ['Read Tasks']);
  });
  test('says where it goes: to a host, or to a PIN', () => {
    assert.match(
      consent({ ...asked, scopes: [], redirectHost: 'app.example' }),
      /takes you to <strong><bdi>app\.example/,
    );
    assert.match(consent({ ...asked, scopes: [] }), /you get a PIN/);
    assert.match(consent({ ...asked, scopes: [] }), /only to know who you are/);
  });
  test('says who asks, for whom, for what, and when it ends', () => {
    const page = consent({ ...asked, scopes: [{ verb: 'write', resource: 'Tasks' }] });
    for (const told of [/<bdi>a<\/bdi> to act for you/, /<bdi>p<\/bdi>/, /<bdi>d<\/bdi>/, /Tasks/])
      assert.match(page, told);
    assert.match(page, /it ends on 2030-01-31 \(UTC\) at the latest/);
  });
});

describe('status codes', () => {
  const whole = samplePages.statusCodes!;
  const tags = tagsOf(whole);
  const headed = (name: string): string => whole.slice(whole.indexOf(`id="${name}"`)).split('</section>')[0]!;

  for (const [name, { http, meaning, advice }] of Object.entries(statuses)) {
    test(`#${name} has its code, meaning, advice and causes, and the list leads to it`, () => {
      assert.equal(tags.filter(({ attributes }) => attributes.get('id') === name).length, 1);
      assert.ok(whole.includes(`<li><a href="#${name}">`));
      const section = headed(name);
      for (const text of [`>${http}</span>`, meaning, advice]) assert.ok(section.includes(text), text);
      const own = Object.entries(causes).filter(([, { status }]) => status === name);
      assert.deepEqual(
        [...section.matchAll(/<tr role="row" id="(.*?)"/g)].map(([, id]) => id),
        own.map(([id]) => id),
      );
    });
  }
  test('a row tells because, message, remedy and origin', () => {
    const row = headed('version.unknown').split('</tr>')[0]!;
    assert.match(row, /data-label="Because">The path names a version other than v0\./);
    assert.match(row, /data-label="Message">There is no such version: <var>detail<\/var>\. Only v0 exists\./);
    assert.match(row, /data-label="Remedy">Use \/api\/v0/);
    assert.match(row, /data-label="Origin" class="quiet">documented \(older page\)/);
    assert.match(headed('client.unknown'), /<code>accord application list<\/code>/);
  });
});

test('a page not found shows no more than 200 characters of the path', () => {
  const built = notFound({ path: `/${'x'.repeat(5000)}`, requestId: 'r' });
  assert.equal(/x{100,}/.exec(built)![0].length, 199);
});

test('a QR code has its three finder patterns inside a margin of four modules', () => {
  const dark = new Set([...samplePages.pin!.matchAll(/M(\d+ \d+)h1v1h-1z/g)].map(([, at]) => at!));
  const side = Number(
    /viewBox="0 0 (\d+) \1"/.exec(samplePages.pin!.slice(samplePages.pin!.indexOf('class="code"')))![1],
  );
  const finder = (left: number, top: number): boolean =>
    Array.from({ length: 49 }, (_, index) => [index % 7, Math.floor(index / 7)] as const).every(([x, y]) => {
      const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
      return dark.has(`${left + x} ${top + y}`) === (ring !== 2);
    });
  assert.ok(finder(4, 4) && finder(side - 11, 4) && finder(4, side - 11));
  assert.ok(!finder(side - 11, side - 11));
  for (const at of dark)
    for (const part of at.split(' ').map(Number)) assert.ok(part >= 4 && part < side - 4);
});

describe('the answer that carries a page', () => {
  const policyOf = (formAction: readonly string[]): string =>
    page(200, '', { formAction }).headers.find(([name]) => name === 'Content-Security-Policy')![1];
  const rest = `default-src 'none'; style-src ${styleSource}; img-src data:; form-action 'self'`;

  test('is ok unless told otherwise; a cause brings its status', () => {
    assert.deepEqual(
      [
        page(200, 'x'),
        page(404, 'x', { status: 'invalid_request' }),
        page(401, 'x', { cause: 'password.wrong' }),
      ].map(({ http, status, cause }) => [http, status, cause]),
      [
        [200, 'ok', undefined],
        [404, 'invalid_request', undefined],
        [401, 'invalid_client', 'password.wrong'],
      ] satisfies [number, StatusName, string | undefined][],
    );
    assert.equal(page(200, 'x').body, 'x');
    assert.equal(page(200, 'x').type, 'text/html; charset=utf-8');
  });
  test('carries the security headers and those it is given', () => {
    const headers = new Map(page(200, '', { headers: [['Set-Cookie', 'a=b']] }).headers);
    assert.deepEqual(Object.fromEntries(headers), {
      'Content-Security-Policy': `${rest}; frame-ancestors 'none'; base-uri 'none'`,
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      'Set-Cookie': 'a=b',
    });
  });
  test('lets forms lead to the origins of redirect URIs', () => {
    const policy = policyOf([
      'https://App.example:8443/back?x=1',
      'https://app.example:8443/other',
      'http://127.0.0.1:9000/',
      'http://[::1]:9000/',
      'com.example.app:/back',
      'not a uri',
      "https://a;script-src'*'/",
      'https://a,b/',
    ]);
    assert.equal(
      policy,
      `${rest} https://app.example:8443 http://127.0.0.1:9000 http: com.example.app:; frame-ancestors 'none'; base-uri 'none'`,
    );
  });
  test('no redirect URI adds a directive, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
          hostile.map((text) => `https://${text}`),
          hostile.map((text) => `${text}://x`),
        ),
        (uri) => {
          assert.match(policyOf([uri]), /^[\x20-\x7e]*$/);
          assert.equal(policyOf([uri]).split(/[;,]/).length, 6);
        },
      ),
    );
  });
});
