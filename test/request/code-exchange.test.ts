import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sqlite } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { codeFor, exchange, refresh } from '../harness/grants.ts';
import { closeConnections, type Reply, type Sending } from '../harness/http.ts';
import { type Registered, redirectUri, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** What a grant gives, and what each of its conditions refuses. */
let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite, { 'lockout-attempts': '3' });
});
after(async () => {
  closeConnections();
  await world.close();
});

const causeIn = ({ headers }: Reply): string =>
  world.trailOf(headers['x-request-id'] ?? '').refusal?.because ?? 'ok';
const causeOf = async (sending: Sending): Promise<string> => causeIn(await tenant.send(sending));
const told = async (sending: Sending) => {
  const { http, text } = await tenant.send(sending);
  assert.equal(http, 200, text);
  return JSON.parse(text) as Record<string, string | number>;
};
const asking = (values: Record<string, string>, client: Registered) => ({
  method: 'POST',
  path: '/oauth2/v0/token',
  ...form(values, basic(client)),
});
/** An exchange that says nothing of a redirect URI unless told. */
const bare = (code: string, more: Record<string, string> = {}, client: Registered = tenant.web) =>
  asking({ grant_type: 'authorization_code', code, ...more }, client);

test('each type of application has its grants, and no other', async () => {
  tenant = await world.tenant();
  const { service, web, installed } = tenant;
  for (const [type, client] of Object.entries({ service, web, installed }))
    for (const [grant_type, own] of [
      ['client_credentials', type === 'service'],
      ['authorization_code', type !== 'service'],
      ['refresh_token', type !== 'service'],
    ] as const) {
      const cause = await causeOf(asking({ grant_type }, client));
      const missing = grant_type === 'client_credentials' ? 'ok' : 'parameter.missing';
      assert.equal(cause, own ? missing : 'grant_type.forbidden', `${type} ${grant_type}`);
    }
  for (const [grant_type, cause] of [
    ['', 'parameter.missing'],
    ['password', 'grant_type.unsupported'],
    ['CLIENT_CREDENTIALS', 'grant_type.unsupported'],
  ] as const)
    assert.equal(await causeOf(asking({ grant_type }, service)), cause, grant_type);
  assert.equal(await causeOf(asking({}, service)), 'parameter.missing');
  for (const name of ['code', 'refresh_token'])
    assert.equal(
      await causeOf(asking({ grant_type: name === 'code' ? 'authorization_code' : name, [name]: '' }, web)),
      'parameter.missing',
    );
});

test('client credentials give an access token of the asked scope, and no refresh token', async () => {
  tenant = await world.tenant();
  const ask = (more: Record<string, string> = {}) =>
    told(asking({ grant_type: 'client_credentials', ...more }, tenant.service));
  const plain = await ask();
  assert.deepEqual([plain.scope, plain.expires_in], ['write(all)', 30 * 86_400]);
  assert.ok(!('refresh_token' in plain));
  assert.equal((await ask({ scope: '' })).scope, 'write(all)');
  assert.equal((await ask({ scope: 'read(jobs) read(companies)' })).scope, 'read(companies,jobs)');
  const short = await ask({ expires_in: '60' });
  assert.equal(short.expires_in, 60);
  const use = { path: '/api/v0/companies', headers: bearer(String(short.access_token)) };
  assert.equal(await causeOf(use), 'ok');
  world.now += 60;
  assert.equal(await causeOf(use), 'token.expired');
  const rows = await world.server.world.store.list(tenant.deployment.id, {
    table: 'token_families',
    columns: ['family'],
    limit: 10,
  });
  assert.deepEqual(rows, [], 'and take no lock');
});

test('a code may be typed in groups, and is used once', async () => {
  tenant = await world.tenant();
  const code = await codeFor(tenant, { redirectUri: null });
  assert.equal(await causeOf(bare('   ')), 'parameter.missing');
  assert.equal(await causeOf(bare(` ${code.slice(0, 3)} ${code.slice(3)} `)), 'ok');
  assert.equal(await causeOf(bare(code)), 'grant.consumed');
});

test('a redirect URI that was asked for is repeated; one that was not is registered or left out', async () => {
  tenant = await world.tenant();
  const other = 'https://planet-express.example/other';
  const ask = async (asked: string | null, sent?: string) =>
    causeOf(
      bare(await codeFor(tenant, { redirectUri: asked }), sent === undefined ? {} : { redirect_uri: sent }),
    );
  assert.equal(await ask(redirectUri, redirectUri), 'ok');
  assert.equal(await ask(redirectUri), 'redirect.mismatched');
  assert.equal(await ask(redirectUri, `${redirectUri}/`), 'redirect.mismatched');
  assert.equal(await ask(null), 'ok');
  assert.equal(await ask(null, redirectUri), 'ok');
  assert.equal(await ask(null, other), 'redirect.mismatched');
  assert.equal(await ask(other, redirectUri), 'redirect.mismatched');
});

test('a code works until its last second, for its own client and an active person', async () => {
  tenant = await world.tenant();
  const { store } = world.server.world;
  const [first, second, third] = [await codeFor(tenant), await codeFor(tenant), await codeFor(tenant)];
  assert.equal(await causeOf(exchange(tenant, first, {}, tenant.installed)), 'grant.foreign');
  world.now += 599;
  assert.equal(await causeOf(exchange(tenant, first)), 'ok', 'what another has tried is not used up');
  const standing = (text: string) =>
    store.within((writing) =>
      writing.update(tenant.deployment.id, 'staff', { id: tenant.admin }, { standing: text }),
    );
  await standing('inactive');
  assert.equal(await causeOf(exchange(tenant, second)), 'user.invalid');
  await standing('active');
  const { refresh_token } = await told(exchange(tenant, second));
  await standing('lockout');
  assert.equal(await causeOf(refresh(tenant, String(refresh_token))), 'user.invalid');
  await standing('active');
  assert.equal(await causeOf(refresh(tenant, String(refresh_token))), 'ok');
  world.now += 1;
  assert.equal(await causeOf(exchange(tenant, third)), 'grant.expired');
});

test('a verifier is asked for where there is a challenge, with a secret too', async () => {
  tenant = await world.tenant();
  const verifier = 'v'.repeat(43);
  const code = await codeFor(tenant, { verifier });
  for (const wrong of [{}, { code_verifier: '' }, { code_verifier: 'w'.repeat(43) }])
    assert.equal(await causeOf(exchange(tenant, code, wrong)), 'verifier.wrong');
  assert.equal(await causeOf(exchange(tenant, code, { code_verifier: verifier })), 'ok');
});

test('the lifetime is what the exchange asks for, else what the authorization asked for, else 30 days', async () => {
  tenant = await world.tenant();
  const lasting = async (asked: number | null, more: Record<string, string> = {}) => {
    const code = await codeFor(tenant);
    await world.server.world.store.within((writing) =>
      writing.update(tenant.deployment.id, 'grants', { date_consumed: null }, { lifetime: asked }),
    );
    return (await told(exchange(tenant, code, more))).expires_in;
  };
  assert.equal(await lasting(null), 30 * 86_400);
  assert.equal(await lasting(1_000), 1_000);
  assert.equal(await lasting(1_000, { expires_in: '77' }), 77);
  assert.equal(await lasting(null, { expires_in: '999999999' }), 94_608_000);
});

test('guesses at a code count towards the lock of the client; codes that were issued do not', async () => {
  tenant = await world.tenant();
  const code = await codeFor(tenant);
  assert.equal(await causeOf(exchange(tenant, code)), 'ok');
  for (let i = 0; i < 6; i++) assert.equal(await causeOf(exchange(tenant, code)), 'grant.consumed');
  for (let i = 0; i < 6; i++) assert.equal(await causeOf(refresh(tenant, 'guess')), 'refresh.unknown');
  for (let i = 0; i < 4; i++) assert.equal(await causeOf(exchange(tenant, `guess ${i}`)), 'grant.unknown');
  assert.equal(await causeOf(exchange(tenant, 'guess')), 'client.locked');
});

test('a replayed code ends the family it began, also what was refreshed since, and no other', async () => {
  tenant = await world.tenant();
  const [code, other] = [await codeFor(tenant), await codeFor(tenant)];
  const begun = await told(exchange(tenant, code));
  const renewed = await told(refresh(tenant, String(begun.refresh_token)));
  const kept = await told(exchange(tenant, other));
  const use = ({ access_token }: typeof begun) => ({
    path: '/api/v0/companies',
    headers: bearer(String(access_token)),
  });
  world.now += 10;
  assert.equal(await causeOf(exchange(tenant, code)), 'grant.consumed');
  assert.deepEqual(
    [await causeOf(use(begun)), await causeOf(use(renewed)), await causeOf(use(kept))],
    ['token.revoked', 'token.revoked', 'ok'],
  );
  assert.equal(await causeOf(refresh(tenant, String(renewed.refresh_token))), 'refresh.revoked');
  const ended = world.now;
  world.now += 10;
  assert.equal(await causeOf(exchange(tenant, code)), 'grant.consumed');
  const rows = await world.server.world.store.list(tenant.deployment.id, {
    table: 'tokens',
    columns: ['date_revoked'],
    where: { date_revoked: { above: 0 } },
    limit: 10,
  });
  assert.deepEqual(
    rows.map(({ date_revoked }) => date_revoked),
    [ended, ended],
    'when it ended is kept',
  );
});
