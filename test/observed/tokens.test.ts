import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { s256 } from '../../src/identity/secrets.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { codeFor } from '../harness/grants.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { basic, bearer, form } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** What clients in the field send to the OAuth endpoints, shape by shape, and what they read of the answer. */
onEveryEngine('tokens, as clients ask for them', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const path = '/oauth2/v0/token';
  const told = (reply: Reply): Record<string, unknown> => {
    assert.equal(reply.http, 200, reply.text);
    return JSON.parse(reply.text) as Record<string, unknown>;
  };
  const asService = (more: Record<string, string> = {}): Promise<Reply> =>
    tenant.send({
      method: 'POST',
      path,
      ...form({ grant_type: 'client_credentials', ...more }, basic(tenant.service)),
    });
  const scopeOf = async (more: Record<string, string>): Promise<unknown> => told(await asService(more)).scope;

  test('Basic and a form; credentials in the form; the grant in the query; a JSON body', async () => {
    const wanted = { grant_type: 'client_credentials' };
    const client = {
      client_id: tenant.service.application.clientId,
      client_secret: tenant.service.secret,
    };
    const json = { 'Content-Type': 'application/json', ...basic(tenant.service) };
    for (const sending of [
      { path, ...form(wanted, basic(tenant.service)) },
      { path, ...form({ ...wanted, ...client }) },
      { path: `${path}?grant_type=client_credentials&scope=read(all)`, ...form({}, basic(tenant.service)) },
      { path, headers: json, body: JSON.stringify(wanted) },
    ])
      assert.equal(String(told(await tenant.send({ method: 'POST', ...sending })).access_token).length, 64);
  });

  test('a parameter nobody defined', async () => {
    told(await asService({ request_type: 'code' }));
  });

  test('scopes of one verb and two, by comma and by space; none is that of the application', async () => {
    assert.equal(await scopeOf({ scope: 'write(all)' }), 'write(all)');
    const both = await scopeOf({ scope: 'read(all),write(all)' });
    for (const scope of [
      'read(companies,staff) write(tasks)',
      'read(companies,staff),write(tasks)',
      'read(staff companies), write(tasks)',
    ])
      assert.equal(await scopeOf({ scope }), 'read(companies,staff) write(tasks)');
    assert.equal(await scopeOf({ scope: 'read(all) write(all)' }), both);
    // Many ask for nothing, and then write.
    const { access_token } = told(await asService());
    const made = await tenant.send({
      method: 'POST',
      path: '/api/v0/companies',
      ...form({ name: 'Asked for nothing' }, bearer(String(access_token))),
    });
    const expected = tenant.service.application.defaultScope.startsWith('write') ? 'ok' : 'invalid_scope';
    assert.equal(made.headers['x-status'], expected);
  });

  test('an application whose default scope writes may write without asking for it', async () => {
    await world.server.world.store.within((writing) =>
      writing.update(
        tenant.deployment.id,
        'applications',
        { id: tenant.service.application.id },
        { default_scope: 'write(all)' },
      ),
    );
    const { access_token, scope } = told(await asService());
    assert.equal(scope, 'write(all)');
    const headers = bearer(String(access_token));
    const made = await tenant.send({
      method: 'POST',
      path: '/api/v0/companies',
      ...form({ name: 'Default scope' }, headers),
    });
    assert.equal(made.http, 200, made.text);
  });

  test('lives from 900 to 94,608,000 seconds, told as a number', async () => {
    for (const expires_in of ['900', '94608000'])
      assert.equal(told(await asService({ expires_in })).expires_in, Number(expires_in));
  });

  test('an installed application: a form to authorize, a code that was typed in, no redirect_uri', async () => {
    const { clientId } = tenant.installed.application;
    const led = await tenant.send({
      method: 'POST',
      path: '/oauth2/v0/authorize',
      ...form({ client_id: clientId, response_type: 'code', scope: 'read(all)' }),
    });
    assert.equal(led.http, 303);
    // The client follows no redirect: it sends its user where this leads.
    const { origin, pathname, search } = new URL(led.headers.location ?? '');
    assert.equal(origin, `http://${tenant.host}`);
    const page = await tenant.send({ path: pathname + search });
    assert.equal(page.http, 200);
    assert.match(page.headers['content-type'] ?? '', /^text\/html/);
    assert.match(page.text, /<form/);
    const code = await codeFor(tenant, { application: tenant.installed, redirectUri: null });
    told(
      await tenant.send({
        method: 'POST',
        path,
        ...form({ grant_type: 'authorization_code', code }, basic(tenant.installed)),
      }),
    );
  });

  test('an installed application without a secret, by PKCE', async () => {
    const verifier = 'v'.repeat(50);
    assert.equal(s256(verifier).length, 43);
    const code = await codeFor(tenant, { application: tenant.installed, redirectUri: null, verifier });
    const { clientId } = tenant.installed.application;
    const values = { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier };
    told(await tenant.send({ method: 'POST', path, ...form(values) }));
  });

  test('a public client revokes by its client id alone, and only what was issued to it', async () => {
    const { clientId } = tenant.installed.application;
    const revoke = (token: string) =>
      tenant.send({ method: 'POST', path: '/oauth2/v0/revoke', ...form({ token, client_id: clientId }) });
    const [own, other] = [
      await tenant.issue({ application: tenant.installed }),
      await tenant.issue({ application: tenant.web }),
    ];
    for (const token of ['of nobody', other, own, own]) assert.equal((await revoke(token)).http, 200);
    const read = async (token: string) =>
      (await tenant.send({ path: '/api/v0/tokeninfo', headers: bearer(token) })).http;
    assert.deepEqual([await read(own), await read(other)], [401, 200]);
    const unnamed = await tenant.send({
      method: 'POST',
      path: '/oauth2/v0/revoke',
      ...form({ token: other }),
    });
    assert.equal(unnamed.http, 401);
  });

  test('where a deployment is, is told without a scheme', async () => {
    assert.equal(told(await asService()).deployment_uri, tenant.host);
  });

  test('client ids, secrets and tokens look as clients expect', async () => {
    assert.match(tenant.service.application.clientId, /^[0-9a-f]{10}@[a-z0-9-]+\.accelo\.com$/);
    assert.match(tenant.service.secret, /^[A-Za-z0-9._~-]{32,}$/);
    assert.match(String(told(await asService()).access_token), /^[A-Za-z0-9._~-]{64}$/);
  });

  test('account_details, tokeninfo and user, as clients read them', async () => {
    const { account_details, account_id } = told(await asService()) as {
      account_id: string;
      account_details: Record<string, unknown>;
    };
    assert.equal(account_details.id, account_id);
    for (const key of ['email', 'username', 'firstname', 'surname', 'initials', 'position', 'title'])
      assert.ok(Object.hasOwn(account_details, key), key);
    for (const key of ['phone', 'mobile', 'fax', 'access_level'])
      assert.ok(Object.hasOwn(account_details, key), key);
    const { locale, user_access, user_defined_titles } = account_details as {
      locale: { currency: { symbol: string } };
      user_access: Record<string, Record<string, unknown>>;
      user_defined_titles: Record<string, unknown>;
    };
    assert.equal(typeof locale.currency.symbol, 'string');
    assert.deepEqual(Object.keys(user_access.company ?? {}).sort(), [
      'add',
      'admin',
      'dashboard',
      'manages',
      'view',
    ]);
    for (const flag of Object.values(user_access.company ?? {}))
      assert.ok(flag === 1 || flag === 0 || flag === '', String(flag));
    assert.deepEqual(user_defined_titles.company, { singular: 'Company', plural: 'Companies' });
    const info = (await tenant.get('/api/v0/tokeninfo')).json.response as Record<string, unknown>;
    assert.deepEqual(Object.keys(info).sort(), [
      'deployment',
      'email',
      'expiry_date',
      'firstname',
      'locale',
      'staff_id',
      'surname',
    ]);
    const user = (await tenant.get('/api/v0/user')).json.response as Record<string, unknown>;
    for (const key of ['id', 'email', 'name']) assert.equal(typeof user[key], 'string', key);
  });

  test('the recorded errors', async () => {
    const bad = await tenant.get('/api/v0/companies', bearer('x'.repeat(64)));
    assert.equal(bad.http, 401);
    assert.equal(bad.json.meta.status, 'invalid_client');
    assert.match(bad.json.meta.message ?? '', /^Could not authorize your access/);
    assert.deepEqual(
      bad.names.filter((name) => /^X-RateLimit/i.test(name)),
      [],
    );
    const wrong = await tenant.send({
      method: 'POST',
      path,
      ...form(
        { grant_type: 'client_credentials' },
        basic({ application: tenant.service.application, secret: 'wrong' }),
      ),
    });
    const { error, error_description } = JSON.parse(wrong.text) as Record<string, unknown>;
    assert.deepEqual([wrong.http, error, typeof error_description], [401, 'invalid_client', 'string']);
    const code = await codeFor(tenant);
    const use = () =>
      tenant.send({
        method: 'POST',
        path,
        ...form(
          { grant_type: 'authorization_code', code, redirect_uri: 'https://planet-express.example/callback' },
          basic(tenant.web),
        ),
      });
    told(await use());
    const again = await use();
    assert.equal(again.http, 400);
    assert.deepEqual(
      [JSON.parse(again.text).error, JSON.parse(again.text).error_description],
      ['invalid_grant', 'Grant was not found (possibly expired).'],
    );
    for (const missing of ['/api/v0/companies/99999', '/api/v0/monkeys']) {
      const reply = await tenant.get(missing);
      assert.deepEqual([reply.http, reply.json.meta.status], [400, 'invalid_request'], missing);
      assert.equal(reply.json.response, null);
    }
  });
});
