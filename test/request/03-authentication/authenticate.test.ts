import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApplication, disableApplication } from '../../../src/identity/applications.ts';
import { issueTokens, revokeToken } from '../../../src/identity/tokens.ts';
import { authenticate, claimed } from '../../../src/request/03-authentication/authenticate.ts';
import type { World } from '../../../src/request/world.ts';
import type { Store } from '../../../src/store/store.ts';
import { identityStore } from '../../identity/store.ts';
import { type Asking, located } from './received.ts';
import { refused } from './refused.ts';

const now = 1_000_000;
let store: Store;
let world: World;
let clientId: string;
let applicationId: number;
const person = { username: 'fry', access: '{"everything":"admin"}', standing: 'active' };

before(async () => {
  store = await identityStore();
  world = { store, clock: () => now } as unknown as World;
  await store.within((writing) => writing.insert(1, 'staff', { id: 7, ...person }));
  await store.within((writing) =>
    writing.insert(1, 'staff', { id: 8, ...person, standing: 'inactive', username: 'bender' }),
  );
  ({ clientId, id: applicationId } = await register());
});
after(() => store.close());

const register = async (more: object = {}) =>
  (
    await createApplication(
      store,
      { id: 1, name: 'here' },
      { type: 'service', name: 'Robot', staffId: 7, ...more },
      now,
    )
  ).application;
const issue = async (more: object = {}) =>
  (
    await store.within((writing) =>
      issueTokens(
        writing,
        1,
        {
          family: 'f',
          applicationId,
          staffId: 7,
          scope: 'read(jobs)',
          lifetime: 60,
          refreshable: false,
          ...more,
        },
        now,
      ),
    )
  ).access;
const bearer = (token: string, more: Asking = {}) => ({
  ...more,
  headers: { ...more.headers, authorization: `Bearer ${token}` },
});
const asks = (asking: Asking, deployment = 1) =>
  refused(() => authenticate(located(asking, deployment), world));

test('a token leads to its application, person and scope', async () => {
  const token = await issue();
  const given = located(bearer(token));
  const { caller, ...rest } = await authenticate(given, world);
  assert.deepEqual(rest, given);
  assert.deepEqual(caller.application, { id: applicationId, clientId, name: 'Robot', type: 'service' });
  assert.deepEqual([caller.person.id, caller.person.username], [7, 'fry']);
  assert.ok(caller.scope.allows('read', 'jobs') && !caller.scope.allows('write', 'jobs'));
  assert.deepEqual([caller.expires, caller.origin], [now + 60, undefined]);
});

test('a token may be a header in any case, or a parameter of query or body, but one of them', async () => {
  const token = await issue();
  for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}  `])
    assert.equal(await asks({ headers: { authorization } }), 'accepted', authorization);
  assert.equal(await asks({ query: { _bearer_token: token } }), 'accepted');
  assert.equal(await asks({ body: { _bearer_token: token } }), 'accepted');
  assert.equal(await asks({ headers: { authorization: '' }, body: { _bearer_token: token } }), 'accepted');
  const both = /^credentials.several: an Authorization header and _bearer_token$/;
  assert.match(await asks(bearer(token, { query: { _bearer_token: token } })), both);
  assert.match(await asks(bearer(token, { body: { _bearer_token: 'x' } })), both);
  const several = /^credentials.several: several Authorization headers, or several tokens in one$/;
  assert.match(await asks(bearer(`${token}, Bearer ${token}`)), several);
});

test('a request without a token says so, and another scheme is told which', async () => {
  for (const asking of [
    {},
    { headers: { authorization: '' } },
    { headers: { authorization: 'Bearer' } },
    { headers: { authorization: 'Bearer  ' } },
    { query: { _bearer_token: '' } },
    { query: { _bearer_token: ['a', 'b'] } },
  ])
    assert.equal(await asks(asking), 'token.missing', JSON.stringify(asking));
  for (const authorization of ['Basic abc', 'Bearerx abc', 'abc'])
    assert.equal(
      await asks({ headers: { authorization } }),
      'credentials.unsupported: Bearer',
      authorization,
    );
});

test('no more than 1024 characters of a token are looked at', async () => {
  const long = 'x'.repeat(1_024);
  await issue({ pinned: long });
  assert.equal(await asks(bearer(`${long}y`)), 'accepted');
  assert.equal(await asks({ query: { _bearer_token: `${long}y` } }), 'accepted');
  assert.equal(await asks(bearer(long.slice(1))), 'token.unknown');
});

test('a token that is no good is refused for its reason', async () => {
  const token = await issue();
  assert.equal(await asks(bearer('nonsense')), 'token.unknown');
  assert.equal(await asks(bearer(token), 2), 'token.unknown', 'in another deployment');
  const ended = await issue({ lifetime: 0 });
  assert.equal(await asks(bearer(ended)), `token.expired: it ended at ${now}`);
  assert.equal(await asks(bearer(await issue({ lifetime: 1 }))), 'accepted');
  await store.within((writing) => revokeToken(writing, 1, { token, applicationId, now }));
  assert.equal(await asks(bearer(token)), 'token.revoked');
  const other = await register();
  const disabled = await issue({ applicationId: other.id });
  await disableApplication(store, 1, other.clientId, true);
  assert.equal(await asks(bearer(disabled)), `token.revoked: application ${other.clientId} is disabled`);
});

test('its person has to be there and active', async () => {
  assert.equal(await asks(bearer(await issue({ staffId: 8 }))), 'user.invalid: staff 8 is inactive');
  assert.equal(await asks(bearer(await issue({ staffId: 9 }))), 'user.invalid: the staff member is gone');
});

test('an application may be used from its addresses and domains only', async () => {
  const strict = await register({ allowAddresses: ['10.0.0.0/8'], allowDomains: ['app.example'] });
  const token = await issue({ applicationId: strict.id });
  const origin = 'https://app.example';
  const from = (address: string, headers: Record<string, string>) => bearer(token, { address, headers });
  const { caller } = await authenticate(located(from('10.1.1.1', { origin })), world);
  assert.equal(caller.origin, origin);
  assert.match(await asks(from('11.1.1.1', { origin })), /^address.restricted: 11.1.1.1 is not within/);
  assert.match(
    await asks(from('10.1.1.1', { origin: 'https://evil.example' })),
    /^domain.restricted: https:\/\/evil/,
  );
});

test('whose a token is can be told without using it', async () => {
  const token = await issue();
  assert.deepEqual(await claimed(located(bearer(token)), world), { application: clientId, staff: 7 });
  assert.deepEqual(await claimed(located(bearer(await issue({ staffId: 9 }))), world), {
    application: clientId,
    staff: undefined,
  });
  const nobody = { application: undefined, staff: undefined };
  for (const asking of [{}, bearer('nonsense'), { headers: { authorization: 'Basic x' } }])
    assert.deepEqual(await claimed(located(asking), world), nobody);
});

test('several requests with one token look it up once', async () => {
  const token = await issue();
  const asked: string[] = [];
  const once = (key: string, work: () => Promise<unknown>) => {
    asked.push(key);
    return work();
  };
  const watched = { store: { ...store, once }, clock: () => now } as unknown as World;
  await authenticate(located(bearer(token)), watched);
  assert.deepEqual(asked, [`bearer 1 ${token}`]);
});
