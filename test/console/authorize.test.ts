import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { catalogueOf } from '../../src/catalogue/catalogue.ts';
import { text, unsigned } from '../../src/catalogue/fields.ts';
import { resource } from '../../src/catalogue/resource.ts';
import type { ParameterValue } from '../../src/catalogue/sent.ts';
import { authorizeHandler } from '../../src/console/authorize.ts';
import { metadataHandler } from '../../src/console/metadata.ts';
import { pinHandler } from '../../src/console/pin-page.ts';
import { isRegistered, withParameters } from '../../src/console/redirect-uri.ts';
import { folderFiles } from '../../src/files/folder.ts';
import {
  type Application,
  createApplication,
  disableApplication,
  type NewApplication,
} from '../../src/identity/applications.ts';
import { createDeployment, type Deployment, findDeployment } from '../../src/identity/deployments.ts';
import { createKeys } from '../../src/identity/keys.ts';
import { lockout } from '../../src/identity/lockout.ts';
import { hashPassword } from '../../src/identity/passwords.ts';
import { pastNamesTable } from '../../src/identity/past-names.ts';
import { digest, s256 } from '../../src/identity/secrets.ts';
import { sessionLifetime } from '../../src/identity/sessions.ts';
import { identityTables } from '../../src/identity/tables.ts';
import { memoryTallies } from '../../src/limits/memory.ts';
import { parseForm } from '../../src/request/01-transport/form.ts';
import { plain } from '../../src/request/01-transport/presentation.ts';
import type { Method, Received } from '../../src/request/01-transport/received.ts';
import { buildRoutes } from '../../src/request/05-route/table.ts';
import { createSelections } from '../../src/request/06-parameters/fields.ts';
import { oauthHandler } from '../../src/request/oauth.ts';
import type { Trail } from '../../src/request/trail.ts';
import type { SurfaceHandler } from '../../src/request/walk.ts';
import type { World } from '../../src/request/world.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { openStore } from '../../src/store/open-store.ts';
import { catalogueTables } from '../../src/store/schema.ts';
import type { Store, Values } from '../../src/store/store.ts';
import { walked } from '../harness/walked.ts';

const catalogue = catalogueOf([
  resource({
    singular: 'staff',
    plural: 'staff',
    fields: {
      id: unsigned(),
      username: text(),
      firstname: text(),
      surname: text(),
      email: text(),
      title: text(),
      mobile: text(),
      phone: text(),
      fax: text(),
      position: text(),
      timezone: text(),
      standing: text(),
      access: text({ shown: 'hidden' }),
      financial_level: text(),
      password: text({ shown: 'hidden' }),
    },
    unique: [['username']],
    titled: 'username',
    requests: [],
  }),
  resource({
    singular: 'company',
    plural: 'companies',
    fields: { id: unsigned(), name: text() },
    titled: 'name',
    requests: [],
  }),
]);

const callback = 'https://planet-express.example/callback?tenant=1';
const password = 'good news everyone';
const host = 'planet-express.api.localhost:4280';
const v0 = '/oauth2/v0/authorize';
const verifier = 'v'.repeat(43);

let store: Store;
let world: World;
let deployment: Deployment;
let now = 1_800_000_000;
let web: Application;
let webSecret: string;
let twofold: Application;
let installed: Application;
let native: Application;
let service: Application;
let disabled: Application;

const worldOver = (over: Store): World => ({
  catalogue,
  store: over,
  files: folderFiles({ folder: '/nowhere', room: 0 }),
  directory: Object.assign((name: string) => findDeployment(over, name), { forget: () => {} }),
  tallies,
  lockout: lockout(tallies, { attempts: 3, window: 300 }),
  keys: createKeys(over, () => now),
  clock: () => now,
  settings: {
    rateLimit: 5_000,
    domain: undefined,
    bareDeployment: () => 'planet-express',
    authorizationLifetime: 94_608_000,
    requireSecondFactor: false,
    tellCauses: false,
    unknownFilters: 'ignore',
    webhookAllowPrivate: false,
    webhookAllowLoopback: false,
  },
  deliveries: { wake: () => {}, send: async () => ({ http: null, problem: 'no', ms: 0 }) },
  routes: buildRoutes(catalogue),
  selections: createSelections(catalogue),
  verbs: new Map(),
});
const tallies = memoryTallies();

before(async () => {
  const tables = [...catalogueTables(catalogue), ...identityTables, pastNamesTable];
  store = openStore(sqliteEngine({ file: ':memory:' }), tables);
  await store.ready;
  world = worldOver(store);
  deployment = await createDeployment(store, { name: 'planet-express', title: 'Planet Express' }, now);
  const hash = await hashPassword(password);
  for (const [id, username, standing] of [
    [1, 'hermes', 'active'],
    [2, 'zapp', 'inactive'],
    [3, 'leela', 'active'],
  ] as const) {
    const row = { id, username, standing, firstname: username, surname: '<b>', email: null };
    await store.within((writing) =>
      writing.insert(deployment.id, 'staff', { ...row, access: null, password: hash }),
    );
  }
  const register = async (given: Omit<NewApplication, 'staffId' | 'name'>) =>
    createApplication(store, deployment, { name: `A ${given.type} "client"`, staffId: 1, ...given }, now);
  ({ application: web, secret: webSecret } = await register({ type: 'web', redirectUris: [callback] }));
  const both = ['https://a.example/', 'https://b.example/'];
  ({ application: twofold } = await register({ type: 'web', redirectUris: both }));
  ({ application: installed } = await register({ type: 'installed', defaultScope: 'write(companies)' }));
  const loopback = ['http://127.0.0.1/done'];
  ({ application: native } = await register({ type: 'installed', redirectUris: loopback }));
  ({ application: service } = await register({ type: 'service' }));
  ({ application: disabled } = await register({ type: 'web', redirectUris: [callback] }));
  await disableApplication(store, deployment.id, disabled.clientId, true);
});

after(async () => {
  await store.close();
  await tallies.close();
});

interface Told {
  readonly http: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly page: string;
  readonly trail: Trail;
  readonly cause: string | undefined;
  /** The parameters that the redirect URI was given. */
  readonly back: URLSearchParams;
  readonly location: string;
}

type Fields = Readonly<Record<string, string | undefined>>;

const defined = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

function received(method: Method, more: Partial<Received> = {}): Received {
  return {
    id: randomUUID(),
    at: now * 1_000,
    started: performance.now(),
    method,
    wrote: method,
    head: false,
    segments: ['oauth2', 'v0', 'authorize'],
    path: v0,
    https: false,
    host,
    address: '203.0.113.7',
    headers: {},
    query: new Map(),
    body: new Map(),
    uploads: new Map(),
    repeated: undefined,
    malformed: undefined,
    misaddressed: undefined,
    presentation: plain,
    ...more,
  };
}

async function tell(
  request: Received,
  inside: World = world,
  by: SurfaceHandler = authorizeHandler,
): Promise<Told> {
  const { answer, trail } = await walked(by, request, inside);
  const names = answer.headers.map(([name]) => name.toLowerCase());
  assert.deepEqual(names, [...new Set(names)], 'no header twice');
  for (const [, value] of answer.headers) assert.match(value, /^[\x20-\x7e\xa0-\xff]*$/, 'fit for a header');
  const headers = new Map(answer.headers);
  assert.equal(headers.get('X-Status'), answer.status);
  assert.equal(headers.get('X-Request-Id'), request.id);
  assert.equal(headers.get('Cache-Control'), 'no-store');
  assert.notEqual(headers.get('X-Status-Reason') ?? '', '');
  assert.equal(answer.cause, trail.refusal?.because);
  const location = headers.get('Location') ?? '';
  const back = new URLSearchParams(location.slice(location.indexOf('?') + 1));
  return {
    http: answer.http,
    headers,
    page: String(answer.body),
    trail,
    cause: answer.cause,
    back,
    location,
  };
}

const ask = (fields: Fields, more: Partial<Received> = {}): Promise<Told> =>
  tell(received('GET', { query: new Map<string, ParameterValue>(Object.entries(defined(fields))), ...more }));

const post = (fields: Fields, cookie?: string, more: Partial<Received> = {}): Promise<Told> =>
  tell(
    received('POST', {
      body: new Map<string, ParameterValue>(Object.entries(defined(fields))),
      headers: cookie === undefined ? {} : { cookie },
      ...more,
    }),
  );

const request = (application: Application, more: Fields = {}): Fields => ({
  client_id: application.clientId,
  response_type: 'code',
  ...more,
});

const unescaped = (value: string): string =>
  value
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** What a browser would send back: the hidden fields of a page, and its cookie. */
function formOf({ page }: Told): Record<string, string> {
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)];
  assert.ok(hidden.length >= 2, 'the page has a form');
  // A browser normalises line ends in hidden fields.
  return Object.fromEntries(
    hidden.map(([, name, value]) => [name, unescaped(value!).replace(/\r\n|\r|\n/g, '\r\n')]),
  );
}

/** The cookie of a browser that nobody has signed in with: random, when it ends, and their signature. */
const visitor = /^accord_sign_in=[\w-]{22}\.[0-9a-z]+\.[\w-]{43}$/;

const cookieOf = ({ headers }: Told): string => (headers.get('Set-Cookie') ?? '').split(';')[0]!;
const isSignIn = ({ page }: Told): boolean => page.includes('name="password"');
const isConsent = ({ page }: Told): boolean => page.includes('name="decision" value="allow"');

interface AtConsent {
  readonly form: Record<string, string>;
  readonly cookie: string;
  readonly before: string;
  readonly page: Told;
}

async function signedIn(fields: Fields, username = 'hermes'): Promise<AtConsent> {
  const first = await ask(fields);
  assert.ok(isSignIn(first), first.page);
  const page = await post({ ...formOf(first), username, password }, cookieOf(first));
  assert.ok(isConsent(page), page.page);
  return { form: formOf(page), cookie: cookieOf(page), before: cookieOf(first), page };
}

const columns = [
  'digest',
  'family',
  'application_id',
  'staff_id',
  'scope',
  'redirect_uri',
  'challenge',
  'lifetime',
  'date_created',
  'date_expires',
  'date_consumed',
  'date_revoked',
];

const grantOf = async (code: string): Promise<Values | undefined> =>
  store.find(deployment.id, 'grants', columns, { digest: digest(code).toString('base64url') });

const count = async (table: string): Promise<number> =>
  (await store.list(deployment.id, { table, columns: ['digest'], limit: 10_000 })).length;

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
    now += sessionLifetime;
    assert.ok(isSignIn(await ask(request(web), { headers: { cookie } })));
    now -= sessionLifetime;
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
    now += 541;
    assert.match((await pinPage(`${cookie}; ${pins}`)).page, /within 1 minute\./);
    now += 58;
    assert.equal(pinOn(await pinPage(`${cookie}; ${pins}`)), digits);
    now += 1;
    assert.equal(pinOn(await pinPage(`${cookie}; ${pins}`)), undefined, 'its time is over');
    now -= 600;
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

test('a query of many parameters is read like any other', async () => {
  const { values } = parseForm(
    new URLSearchParams({ ...defined(request(web)), prompt: 'none', nonce: 'n' }).toString(),
    'the query',
  );
  assert.ok(isSignIn(await tell(received('GET', { query: values }))));
});

describe('the metadata', () => {
  const segments = ['.well-known', 'oauth-authorization-server'];

  test('names the endpoints as the caller sees them', async () => {
    const { answer, trail } = await walked(
      metadataHandler,
      received('GET', { segments, https: true, host: 'planet-express.api.example.com' }),
      world,
    );
    assert.deepEqual(
      [answer.http, answer.type, trail.deployment?.name],
      [200, 'application/json; charset=utf-8', 'planet-express'],
    );
    const told = JSON.parse(String(answer.body)) as Record<string, unknown>;
    const issuer = 'https://planet-express.api.example.com';
    assert.equal(told.issuer, issuer);
    assert.equal(told.authorization_endpoint, `${issuer}/oauth2/v0/authorize`);
    assert.deepEqual(told.code_challenge_methods_supported, ['S256']);
    assert.equal(told.authorization_response_iss_parameter_supported, true);
    assert.deepEqual(told.scopes_supported, [
      'read(all)',
      'write(all)',
      'read(companies)',
      'write(companies)',
      'read(staff)',
      'write(staff)',
    ]);
  });

  test('of an unknown deployment is a server error', async () => {
    const { answer, trail } = await walked(
      metadataHandler,
      received('GET', { segments, host: 'nowhere.api.localhost' }),
      world,
    );
    assert.deepEqual(
      [answer.http, answer.status, trail.refusal?.because],
      [500, 'server_error', 'deployment.unknown'],
    );
  });
});
