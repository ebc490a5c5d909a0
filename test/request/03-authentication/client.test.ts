import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Application,
  createApplication,
  disableApplication,
} from '../../../src/identity/applications.ts';
import type { LockSubject } from '../../../src/identity/lockout.ts';
import { claimedClient, identifyClient } from '../../../src/request/03-authentication/client.ts';
import type { World } from '../../../src/request/world.ts';
import type { Store } from '../../../src/store/store.ts';
import { identityStore } from '../../identity/store.ts';
import { type Asking, located, received } from './received.ts';
import { refused } from './refused.ts';

let store: Store;
let service: { readonly application: Application; readonly secret: string };
let installed: typeof service;
/** What the lockout was told. */
let told: string[] = [];
const tells =
  (what: string) =>
  async (kind: string, deployment: number, { subject, address, who }: LockSubject & { who?: string }) => {
    told.push([what, kind, deployment, subject, address, ...(who === undefined ? [] : [who])].join(' '));
  };
const lockout = { check: tells('check'), fail: tells('fail'), succeed: tells('succeed') };
const worldOf = (): World => ({ store, lockout }) as unknown as World;

before(async () => {
  store = await identityStore();
  service = await register({});
  installed = await register({ type: 'installed' });
});
after(() => store.close());

const register = (more: object) =>
  createApplication(
    store,
    { id: 1, name: 'here' },
    { type: 'service', name: 'Robot', staffId: 7, ...more },
    1,
  );
const basicOf = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const basic = (client: string, secret: string) => basicOf(`${client}:${secret}`);
const asks = (
  asking: Asking,
  deployment = 1,
  endpoint: 'token' | 'revoke' | undefined = 'token',
): Promise<string> => {
  told = [];
  return refused(() => identifyClient(located(asking, deployment), endpoint, worldOf()));
};

test('a client is identified by Basic or by the body', async () => {
  const { application, secret } = service;
  const { clientId } = application;
  const inBody = { client_id: clientId, client_secret: secret };
  for (const asking of [
    { headers: basic(clientId, secret) },
    { headers: basic(encodeURIComponent(clientId), secret) },
    { headers: { authorization: basic(clientId, secret).authorization.replace('Basic ', 'bASIC   ') } },
    { headers: basic(clientId, secret), body: { client_id: clientId } },
    { headers: basic(clientId, secret), query: { client_id: clientId } },
    { body: inBody },
    { body: inBody, headers: { authorization: '' } },
    { body: { client_secret: secret }, query: { client_id: clientId } },
  ]) {
    const given = located(asking);
    const {
      application: found,
      confidential,
      origin,
      ...rest
    } = await identifyClient(given, 'token', worldOf());
    assert.deepEqual(rest, given);
    assert.deepEqual([found, confidential, origin], [application, true, undefined], JSON.stringify(asking));
  }
});

test('each try is checked against the lockout, and a failure counts', async () => {
  const { clientId } = service.application;
  assert.equal(await asks({ headers: basic(clientId, service.secret), address: '192.0.2.1' }), 'accepted');
  assert.deepEqual(told, [`check client 1 ${clientId} 192.0.2.1`]);
  assert.equal(await asks({ headers: basic(clientId, 'wrong'), address: '192.0.2.1' }), 'secret.wrong');
  assert.deepEqual(told, [
    `check client 1 ${clientId} 192.0.2.1`,
    `fail client 1 ${clientId} 192.0.2.1 ${clientId}`,
  ]);
  assert.match(await asks({ body: { client_id: 'nobody' } }, 2), /^client.unknown: no application/);
  assert.deepEqual(told, ['check client 2 nobody 203.0.113.5', 'fail client 2 nobody 203.0.113.5']);
});

test('a client without credentials, or with several, is refused', async () => {
  const { clientId } = service.application;
  const secret = { client_secret: service.secret };
  for (const asking of [
    {},
    { headers: { authorization: '' } },
    { body: { client_id: '' } },
    { body: { client_id: ['a', 'b'], ...secret } },
    { query: secret },
  ])
    assert.equal(await asks(asking), 'credentials.missing', JSON.stringify(asking));
  const noId = 'credentials.missing: the Basic credentials have no client id';
  for (const text of [':secret', 'nothing', ''])
    assert.equal(await asks({ headers: basicOf(text) }), noId, text);
  for (const authorization of ['Bearer x', 'x', 'Basicx y', 'Basicx'])
    assert.match(
      await asks({ headers: { authorization } }),
      /^credentials.unsupported: Basic, or client_id and client_secret in the body$/,
    );
  const headers = basic(clientId, service.secret);
  assert.match(
    await asks({ headers, body: secret }),
    /^credentials.several: an Authorization header and client_secret$/,
  );
  assert.equal(await asks({ headers, body: { client_id: 'other' } }), 'credentials.several: two client ids');
  assert.equal(await asks({ headers, query: { client_id: 'other' } }), 'credentials.several: two client ids');
  const twice = { authorization: `${headers.authorization}, ${headers.authorization}` };
  assert.match(
    await asks({ headers: twice }),
    /^credentials.several: several Authorization headers, or several/,
  );
  assert.deepEqual(told, [], 'none of them is a failed attempt of anybody');
});

test('a secret in the URL is not looked at', async () => {
  const { clientId } = service.application;
  const query = { client_id: clientId, client_secret: service.secret };
  assert.equal(await asks({ query }), 'secret.wrong');
});

test('a wrong secret, none, and a client of another deployment or disabled are refused', async () => {
  const { clientId } = service.application;
  for (const secret of ['', `${service.secret}x`, service.secret.slice(1), installed.secret])
    assert.equal(await asks({ headers: basic(clientId, secret) }), 'secret.wrong', secret);
  assert.equal(await asks({ body: { client_id: clientId } }), 'secret.wrong');
  assert.match(await asks({ headers: basic(clientId, service.secret) }, 2), /^client.unknown/);
  // The secret of nobody is empty: it must not be the right one.
  assert.match(await asks({ headers: basic('nobody', '') }), /^client.unknown/);
  const other = await register({});
  await disableApplication(store, 1, other.application.clientId, true);
  const { application, secret } = other;
  assert.equal(
    await asks({ headers: basic(application.clientId, secret) }),
    `client.unknown: application ${application.clientId} is disabled`,
  );
  assert.equal(told.length, 2, 'it counts');
});

test('an installed application proves itself by a verifier instead of a secret', async () => {
  const client_id = installed.application.clientId;
  const exchange = { grant_type: 'authorization_code', code_verifier: 'v' };
  for (const asking of [{ body: { client_id, ...exchange } }, { body: { client_id }, query: exchange }]) {
    assert.equal(await asks(asking), 'accepted', JSON.stringify(asking));
    assert.equal((await identifyClient(located(asking), 'token', worldOf())).confidential, false);
  }
  const refresh = { client_id, grant_type: 'refresh_token' };
  assert.equal(await asks({ body: refresh }), 'accepted', 'the grant knows whether it began with a secret');
  assert.equal(await asks({ body: { client_id } }, 1, 'revoke'), 'accepted');
  assert.equal(await asks({ body: { client_id, client_secret: 'wrong' } }, 1, 'revoke'), 'secret.wrong');
  assert.equal(
    await asks({ body: { client_id: service.application.clientId } }, 1, 'revoke'),
    'secret.wrong',
  );
  assert.equal(await asks({ body: { client_id } }, 1, undefined), 'secret.wrong');
  for (const body of [
    { client_id },
    { client_id, grant_type: 'authorization_code' },
    { client_id, ...exchange, code_verifier: '' },
    { client_id, ...exchange, code_verifier: ['a', 'b'] },
    { client_id, ...exchange, grant_type: 'client_credentials' },
    { client_id, ...exchange, client_secret: 'wrong' },
    { client_id: service.application.clientId, ...exchange },
  ])
    assert.equal(await asks({ body }), 'secret.wrong', JSON.stringify(body));
  const right = { client_id, client_secret: installed.secret };
  assert.equal((await identifyClient(located({ body: right }), 'token', worldOf())).confidential, true);
});

test('an application may be used from its addresses and domains only', async () => {
  const { application, secret } = await register({
    allowAddresses: ['10.0.0.0/8'],
    allowDomains: ['app.example'],
  });
  const from = (address: string, origin: string) => ({
    address,
    headers: { ...basic(application.clientId, secret), origin },
  });
  const { origin } = await identifyClient(
    located(from('10.0.0.1', 'https://app.example')),
    'token',
    worldOf(),
  );
  assert.equal(origin, 'https://app.example');
  assert.match(await asks(from('11.0.0.1', 'https://app.example')), /^address.restricted/);
  assert.match(await asks(from('10.0.0.1', 'https://evil.example')), /^domain.restricted/);
});

test('ids and secrets are decoded as forms are, or stand for themselves, and are cut where they are too long', async () => {
  const client = 'a b&c%zz';
  const secret = 's'.repeat(1_024);
  await register({ pinned: { clientId: client, secret } });
  const encoded = 'a%20b%26c%25zz';
  assert.equal(await asks({ headers: basic(encoded, secret) }), 'accepted');
  assert.equal(
    await asks({ headers: basic(client, secret) }),
    'accepted',
    'what does not decode stands for itself',
  );
  assert.equal(await asks({ headers: basic(encoded, `${secret}more`) }), 'accepted');
  assert.equal(await asks({ body: { client_id: client, client_secret: `${secret}more` } }), 'accepted');
  assert.equal(await asks({ headers: basic(encoded, secret.slice(1)) }), 'secret.wrong');
  const colons = await register({ pinned: { clientId: 'colons', secret: 'a:b:c' } });
  assert.equal(await asks({ headers: basic(colons.application.clientId, 'a:b:c') }), 'accepted');
});

test('a client that asks for several tokens at a time is looked up once, and no other for it', async () => {
  const asked: string[] = [];
  const once = (key: string, work: () => Promise<unknown>) => {
    asked.push(key);
    return work();
  };
  const watched = { store: { ...store, once }, lockout } as unknown as World;
  const { application, secret } = service;
  await identifyClient(located({ headers: basic(application.clientId, secret) }), 'token', watched);
  assert.deepEqual(asked, [`client 1 ${application.clientId}`]);
});

test('which client a request names can be told without refusing it', () => {
  const nobody = { application: undefined, staff: undefined };
  assert.deepEqual(claimedClient(received({ headers: basic('c', 'x') })), {
    application: 'c',
    staff: undefined,
  });
  assert.deepEqual(claimedClient(received({ body: { client_id: 'c' } })), {
    application: 'c',
    staff: undefined,
  });
  assert.deepEqual(claimedClient(received({})), nobody);
});
