import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApplication, disableApplication } from '../../src/identity/applications.ts';
import { revokeToken } from '../../src/identity/tokens.ts';
import { sqlite } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { closeConnections, type Sending } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** How credentials are read of a request, shape by shape, and what each shape is refused for. */
let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite, { 'lockout-attempts': '1000000', 'rate-limit': '1000000' });
  tenant = await world.tenant();
});
after(async () => {
  closeConnections();
  await world.close();
});

/** The cause a request is refused for; `ok` for none. */
async function causeOf(sending: Sending): Promise<string> {
  const reply = await tenant.send(sending);
  return world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because ?? 'ok';
}

const grant = { grant_type: 'client_credentials' };
const token = '/oauth2/v0/token';
const asks = (
  headers: Record<string, string>,
  values: Record<string, string> = {},
  query: Record<string, string> = {},
): Promise<string> =>
  causeOf({
    method: 'POST',
    path: `${token}?${new URLSearchParams(query)}`,
    ...form({ ...grant, ...values }, headers),
  });
const basicOf = (text: string, scheme = 'Basic') => ({
  Authorization: `${scheme} ${Buffer.from(text).toString('base64')}`,
});

test('a client is named by Basic, whatever the case of the scheme, and with or without percent signs', async () => {
  const { clientId } = tenant.service.application;
  const { secret } = tenant.service;
  for (const scheme of ['Basic', 'basic', 'BASIC'])
    assert.equal(await asks(basicOf(`${clientId}:${secret}`, scheme)), 'ok', scheme);
  assert.equal(await asks(basicOf(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`)), 'ok');
  assert.equal(await asks(basicOf(`${clientId}:${secret}x`)), 'secret.wrong');
  assert.equal(await asks(basicOf(`${clientId}:`)), 'secret.wrong');
  assert.equal(await asks(basicOf(`${clientId}:${secret}:x`)), 'secret.wrong');
  assert.equal(await asks(basicOf(`${clientId}:%E0%A4%A`)), 'secret.wrong');
  assert.equal(await asks(basicOf(`x${clientId}:${secret}`)), 'client.unknown');
});

test('a secret may have colons and percent signs', async () => {
  for (const secret of ['a:b:c', '100%', '%zz', 'ü:%']) {
    const clientId = `odd-${Buffer.from(secret).toString('hex')}`;
    await createApplication(
      world.server.world.store,
      tenant.deployment,
      { type: 'service', name: 'odd', staffId: tenant.admin, pinned: { clientId, secret } },
      world.now,
    );
    assert.equal(await asks(basicOf(`${clientId}:${secret}`)), 'ok', secret);
    assert.equal(await asks({}, { client_id: clientId, client_secret: secret }), 'ok', secret);
  }
});

test('Basic without a client id is no credentials', async () => {
  for (const headers of [
    basicOf(`:${tenant.service.secret}`),
    basicOf(tenant.service.application.clientId),
    { Authorization: 'Basic' },
    { Authorization: 'Basic ' },
    { Authorization: 'Basic !!!' },
  ])
    assert.equal(await asks(headers), 'credentials.missing', headers.Authorization);
});

test('a client is named in the body, and by its id in the query; a secret in the query is not looked at', async () => {
  const client_id = tenant.service.application.clientId;
  const client_secret = tenant.service.secret;
  assert.equal(await asks({}, { client_id, client_secret }), 'ok');
  assert.equal(await asks({ Authorization: '' }, { client_id, client_secret }), 'ok');
  assert.equal(await asks({}, { client_secret }, { client_id }), 'ok');
  assert.equal(await asks({}, { client_id }, { client_secret }), 'secret.wrong');
  assert.equal(await asks({}, { client_id }), 'secret.wrong');
  assert.equal(await asks({}, { client_id, client_secret: '' }), 'secret.wrong');
  assert.equal(await asks({}, { client_secret }), 'credentials.missing');
  assert.equal(await asks({}, { client_id: '', client_secret }), 'credentials.missing');
});

test('credentials come one way only, but a client id may be said twice', async () => {
  const client_id = tenant.service.application.clientId;
  const right = basic(tenant.service);
  assert.equal(await asks(right, { client_id }), 'ok');
  assert.equal(await asks(right, {}, { client_id }), 'ok');
  assert.equal(await asks(right, { client_id: tenant.web.application.clientId }), 'credentials.several');
  assert.equal(await asks(right, {}, { client_id: 'another' }), 'credentials.several');
  assert.equal(await asks(right, { client_secret: tenant.service.secret }), 'credentials.several');
  assert.equal(await asks(right, { client_secret: '' }), 'ok', 'an empty one was not sent');
  assert.equal(
    await asks({ Authorization: `${right.Authorization}, ${right.Authorization}` }),
    'credentials.several',
  );
  for (const scheme of ['Bearer', 'Digest', 'Basically'])
    assert.equal(await asks({ Authorization: `${scheme} x` }), 'credentials.unsupported', scheme);
});

test('a disabled application is unknown, and known again when it is enabled', async () => {
  const { store } = world.server.world;
  const { clientId } = tenant.service.application;
  await disableApplication(store, tenant.deployment.id, clientId, true);
  assert.equal(await asks(basic(tenant.service)), 'client.unknown');
  await disableApplication(store, tenant.deployment.id, clientId, false);
  assert.equal(await asks(basic(tenant.service)), 'ok');
});

test('an unknown client, a disabled one and a wrong secret count towards the lock, and nothing else does', async () => {
  const strict = await startWorld(sqlite, { 'lockout-attempts': '2' });
  try {
    const fresh = async () => {
      const own = await strict.tenant();
      const ask = async (headers: Record<string, string>, values: Record<string, string> = {}) => {
        const reply = await own.send({
          method: 'POST',
          path: token,
          ...form({ ...grant, ...values }, headers),
        });
        return strict.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because ?? 'ok';
      };
      return { own, ask };
    };
    const counting = [
      ['client.unknown', async () => basicOf('nobody:x')],
      ['secret.wrong', async ({ service }: Tenant) => basic({ ...service, secret: 'wrong' })],
      [
        'client.unknown',
        async ({ service, deployment }: Tenant) => {
          const { clientId } = service.application;
          await disableApplication(strict.server.world.store, deployment.id, clientId, true);
          return basic(service);
        },
      ],
    ] as const;
    for (const [cause, given] of counting) {
      const { own, ask } = await fresh();
      const headers = await given(own);
      for (let i = 0; i < 3; i++) assert.equal(await ask(headers), cause);
      assert.equal(await ask(headers), 'client.locked');
    }
    const { own, ask } = await fresh();
    for (let i = 0; i < 6; i++) {
      assert.equal(await ask(basic(own.service), { scope: 'nonsense' }), 'scope.malformed');
      assert.equal(await ask(basic(own.web)), 'grant_type.forbidden');
      assert.equal(await ask({}), 'credentials.missing');
    }
    assert.equal(await ask(basic(own.service)), 'ok');
  } finally {
    await strict.close();
  }
});

const api = '/api/v0/companies';
const reads = (headers: Record<string, string>, query = ''): Promise<string> =>
  causeOf({ path: `${api}${query}`, headers });

test('a token comes in a header or as a parameter, not both', async () => {
  const right = tenant.token;
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    assert.equal(await reads({ Authorization: `${scheme} ${right}` }), 'ok', scheme);
  assert.equal(await reads({ Authorization: `Bearer   ${right}` }), 'ok');
  assert.equal(await reads({}, `?_bearer_token=${right}`), 'ok');
  assert.equal(await reads({ Authorization: '' }, `?_bearer_token=${right}`), 'ok');
  assert.equal(
    await causeOf({ method: 'POST', path: api, ...form({ name: 'x', _bearer_token: right }) }),
    'ok',
  );
  assert.equal(await reads(bearer(right), `?_bearer_token=${right}`), 'credentials.several');
  assert.equal(await reads(bearer(right), '?_bearer_token='), 'credentials.several');
  assert.equal(await reads(bearer(`${right},${right}`)), 'credentials.several');
  assert.equal(await reads(bearer(`${right}, Bearer ${right}`)), 'credentials.several');
});

test('no token is no token, however it is written', async () => {
  assert.equal(await reads({}), 'token.missing');
  assert.equal(await reads({ Authorization: '' }), 'token.missing');
  assert.equal(await reads({}, '?_bearer_token='), 'token.missing');
  assert.equal(await reads({ Authorization: 'Bearer' }), 'token.missing');
  assert.equal(await reads({ Authorization: 'Bearer  ' }), 'token.missing');
  const json = { 'Content-Type': 'application/json' };
  for (const sent of [7, ['x'], { x: 1 }, true, null])
    assert.equal(
      await causeOf({
        method: 'POST',
        path: api,
        headers: json,
        body: JSON.stringify({ _bearer_token: sent }),
      }),
      'token.missing',
      JSON.stringify(sent),
    );
  for (const scheme of ['Basic', 'Token', 'Bearers'])
    assert.equal(await reads({ Authorization: `${scheme} ${tenant.token}` }), 'credentials.unsupported');
});

test('a token works until its last second, in its own deployment, and whole', async () => {
  const lasting = await tenant.issue({ lifetime: 100 });
  world.now += 99;
  assert.equal(await reads(bearer(lasting)), 'ok');
  world.now += 1;
  assert.equal(await reads(bearer(lasting)), 'token.expired');
  assert.equal(await reads(bearer(tenant.token.slice(0, -1))), 'token.unknown');
  assert.equal(await reads(bearer(`${tenant.token}x`)), 'token.unknown');
  assert.equal(await reads(bearer((await world.tenant()).token)), 'token.unknown');
});

test('a token ends with its application and with the standing of its person', async () => {
  const own = await world.tenant();
  const { store } = world.server.world;
  const { id } = own.deployment;
  const ask = async () => {
    const reply = await own.send({ path: api, headers: bearer(own.token) });
    return world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because ?? 'ok';
  };
  const { clientId } = own.web.application;
  await disableApplication(store, id, clientId, true);
  assert.equal(await ask(), 'token.revoked');
  await disableApplication(store, id, clientId, false);
  assert.equal(await ask(), 'ok');
  for (const standing of ['inactive', 'lockout', null, 'Active']) {
    await store.within((writing) => writing.update(id, 'staff', { id: own.admin }, { standing }));
    assert.equal(await ask(), 'user.invalid', String(standing));
  }
  await store.within((writing) => writing.update(id, 'staff', { id: own.admin }, { standing: 'active' }));
  assert.equal(await ask(), 'ok');
  await store.within((writing) => writing.remove(id, 'staff', { id: own.admin }));
  assert.equal(await ask(), 'user.invalid');
  await store.within((writing) => writing.remove(id, 'applications', { client_id: clientId }));
  assert.equal(await ask(), 'token.revoked');
});

test('an access token is revoked by its application, by itself, and once', async () => {
  const [one, other] = [await tenant.issue(), await tenant.issue()];
  const { store } = world.server.world;
  const ending = (value: string, { application }: Tenant['web'], deployment = tenant.deployment.id) =>
    store.within((writing) =>
      revokeToken(writing, deployment, { token: value, applicationId: application.id, now: world.now }),
    );
  assert.equal(await ending(one, tenant.service), false, 'of another application');
  assert.equal(await ending(one, tenant.web, tenant.deployment.id + 1_000), false, 'of another deployment');
  assert.equal(await ending('unknown', tenant.web), false);
  assert.equal(await reads(bearer(one)), 'ok');
  assert.equal(await ending(one, tenant.web), true);
  assert.equal(await ending(one, tenant.web), false);
  assert.deepEqual([await reads(bearer(one)), await reads(bearer(other))], ['token.revoked', 'ok']);
  const unnamed = { method: 'POST', path: '/oauth2/v0/revoke', ...form({}, basic(tenant.web)) };
  assert.equal(await causeOf(unnamed), 'parameter.missing');
});
