import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contains } from '../../src/identity/address.ts';
import {
  checkRedirectUri,
  createApplication,
  disableApplication,
  domainsOf,
  findApplication,
  listApplications,
  type NewApplication,
  rangesOf,
  rotateSecret,
} from '../../src/identity/applications.ts';
import { digestText } from '../../src/identity/secrets.ts';
import { identityTables } from '../../src/identity/tables.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { openStore } from '../../src/store/sql.ts';
import type { Store } from '../../src/store/store.ts';

let store: Store;
before(async () => {
  store = openStore(sqliteEngine({ file: ':memory:' }), identityTables);
  await store.ready;
});
after(() => store.close());

const deployment = { id: 1, name: 'planet-express' };
const create = (given: Partial<NewApplication>) =>
  createApplication(store, deployment, { type: 'service', name: 'x', staffId: 7, ...given }, 5);
const uri = 'https://planet-express.example/callback';

test('an application is found in its own deployment as it was created, its secret as a digest', async () => {
  const { application, secret } = await create({
    type: 'web',
    redirectUris: [uri, 'https://other.example/'],
    allowAddresses: ['10.0.0.0/8'],
    allowDomains: ['App.Example.com'],
    defaultScope: 'write(jobs)',
  });
  assert.deepEqual(await findApplication(store, 1, application.clientId), application);
  assert.equal(await findApplication(store, 2, application.clientId), undefined);
  assert.ok((await listApplications(store, 1)).some(({ id }) => id === application.id));
  assert.deepEqual(await listApplications(store, 2), []);
  assert.equal(application.secret, digestText(secret));
  assert.equal(application.staffId, 7);
  assert.deepEqual(application.redirectUris, [uri, 'https://other.example/']);
  assert.deepEqual(domainsOf(application.allowDomains ?? ''), ['app.example.com']);
  assert.equal(contains(rangesOf(application.allowAddresses ?? ''), '10.1.2.3'), true);
  assert.equal(contains(rangesOf(application.allowAddresses ?? ''), '11.1.2.3'), false);
  assert.equal(application.defaultScope, 'write(jobs)');
  assert.equal(application.disabled, false);
});

test('an application restricts nothing and reads everything unless told', async () => {
  for (const given of [{}, { allowAddresses: [], allowDomains: [] }]) {
    const { application } = await create(given);
    assert.deepEqual(
      [application.allowAddresses, application.allowDomains, application.defaultScope],
      [null, null, 'read(all)'],
    );
  }
});

test('the number of redirect URIs fits the type', async () => {
  await assert.rejects(
    create({ type: 'service', redirectUris: [uri] }),
    /service application has no redirect/,
  );
  await assert.rejects(create({ type: 'web' }), /web application needs at least one/);
  await assert.rejects(create({ type: 'installed', redirectUris: [uri, uri] }), /one redirect URI at most/);
  for (const given of [
    { type: 'service' },
    { type: 'web', redirectUris: [uri] },
    { type: 'installed' },
    { type: 'installed', redirectUris: [uri] },
  ] as const)
    assert.equal((await create(given)).application.type, given.type);
});

test('addresses, domains and redirect URIs that cannot be are refused', async () => {
  await assert.rejects(create({ allowAddresses: ['10.0.0.0/33'] }));
  for (const domain of ['https://app.example.com', 'app.example.com:8080', 'a b', '', 'app.example.com/'])
    await assert.rejects(create({ allowDomains: ['fine.example', domain] }), /is no host name/, domain);
  await assert.rejects(create({ type: 'web', redirectUris: [uri, 'http://far.example/'] }), /not safe/);
});

test('a pinned client id is taken once', async () => {
  const pinned = { clientId: 'pinned@x', secret: 'pinned secret' };
  const { application, secret } = await create({ pinned });
  assert.deepEqual([application.clientId, secret], ['pinned@x', 'pinned secret']);
  await assert.rejects(create({ pinned }), /exists already/);
  const ids = await Promise.all(Array.from({ length: 5 }, () => create({})));
  assert.equal(new Set(ids.map(({ application: { clientId } }) => clientId)).size, 5);
});

test('what fails otherwise is told as it is', async () => {
  const broken = { within: () => Promise.reject(new Error('disk')) } as unknown as Store;
  const given = { type: 'service', name: 'x', staffId: 1 } as const;
  await assert.rejects(createApplication(broken, deployment, given, 5), /^Error: disk$/);
});

test('a new secret ends the old one, of this application only', async () => {
  const [one, other] = [await create({}), await create({})];
  const secret = await rotateSecret(store, 1, one.application.clientId);
  assert.notEqual(secret, one.secret);
  assert.equal((await findApplication(store, 1, one.application.clientId))?.secret, digestText(secret ?? ''));
  assert.equal(
    (await findApplication(store, 1, other.application.clientId))?.secret,
    digestText(other.secret),
  );
  assert.equal(await rotateSecret(store, 2, one.application.clientId), undefined);
});

test('an application is disabled and enabled, no other with it', async () => {
  const [one, other] = [await create({}), await create({})];
  const disabled = async ({ application }: typeof one) =>
    (await findApplication(store, 1, application.clientId))?.disabled;
  assert.equal(await disableApplication(store, 1, one.application.clientId, true), true);
  assert.deepEqual([await disabled(one), await disabled(other)], [true, false]);
  assert.equal(await disableApplication(store, 1, one.application.clientId, false), true);
  assert.equal(await disabled(one), false);
  assert.equal(await disableApplication(store, 2, one.application.clientId, true), false);
});

test('a redirect URI is absolute, has no fragment, and is safe to follow', () => {
  for (const good of [
    uri,
    'https://planet-express.example/?tenant=1',
    'http://localhost/',
    'http://127.0.0.1:8080/callback',
    'http://[::1]:1/',
    'com.example.app:/callback',
  ])
    checkRedirectUri(good);
  for (const [bad, why] of [
    ['', /not an absolute/],
    ['/callback', /not an absolute/],
    ['https://', /not an absolute/],
    [`${uri}#x`, /fragment/],
    [`${uri}#`, /fragment/],
    ['javascript:alert(1)', /browser would run/],
    ['JavaScript:alert(1)', /browser would run/],
    ['data:text/html,x', /browser would run/],
    ['vbscript:x', /browser would run/],
    ['file:///etc/passwd', /browser would run/],
    ['blob:https://a.example/x', /browser would run/],
    ['about:blank', /browser would run/],
    ['http://far.example/', /not safe/],
    ['http://localhost.far.example/', /not safe/],
    ['http://127.0.0.2/', /not safe/],
  ] as const)
    assert.throws(() => checkRedirectUri(bad), why, bad);
});

test('parsed lists are kept, and right beyond what is kept', () => {
  const text = '["a.example"]';
  assert.equal(domainsOf(text), domainsOf(text));
  assert.ok(Object.isFrozen(domainsOf(text)));
  const first = domainsOf(text);
  for (let i = 0; i < 20_000; i++) domainsOf(`["a${i}.example"]`);
  assert.notEqual(domainsOf(text), first);
  assert.deepEqual(domainsOf(text), ['a.example']);
});
