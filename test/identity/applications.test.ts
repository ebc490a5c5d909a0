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
import type { Store } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

let store: Store;
before(async () => {
  store = await identityStore();
});
after(() => store.close());

const here = { id: 1, name: 'here' };
const service: NewApplication = { type: 'service', name: 'Robot', staffId: 7 };
const create = (more: Partial<NewApplication>, deployment = here) =>
  createApplication(store, deployment, { ...service, ...more }, 1_000);

test('an application is what was asked for, and the rest has defaults', async () => {
  const { application, secret } = await create({});
  const { id, clientId } = application;
  assert.deepEqual(application, {
    id,
    clientId,
    secret: digestText(secret),
    name: 'Robot',
    type: 'service',
    staffId: 7,
    redirectUris: [],
    allowAddresses: null,
    allowDomains: null,
    allowScope: null,
    requirePkce: false,
    defaultScope: 'read(all)',
    disabled: false,
  });
  assert.match(clientId, /^[0-9a-f]{10}@here\.accelo\.com$/);
  assert.ok(Object.isFrozen(application));
  assert.deepEqual(await findApplication(store, 1, clientId), application);
  assert.equal(await findApplication(store, 2, clientId), undefined);
  const redirectUris = ['https://a.example/b'];
  const all = await create({
    type: 'web',
    redirectUris,
    allowAddresses: ['10.0.0.0/8'],
    allowDomains: ['App.Example'],
    defaultScope: 'write(all)',
    pinned: { clientId: 'pinned', secret: 'known' },
  });
  assert.equal(all.secret, 'known');
  const { allowAddresses, allowDomains, defaultScope } = all.application;
  assert.deepEqual(
    [allowAddresses, allowDomains, defaultScope],
    ['["10.0.0.0/8"]', '["app.example"]', 'write(all)'],
  );
  const ranges = rangesOf(allowAddresses ?? '');
  assert.deepEqual([contains(ranges, '10.1.2.3'), contains(ranges, '11.1.2.3')], [true, false]);
  assert.deepEqual(all.application.redirectUris, redirectUris);
  assert.equal(all.application.secret, digestText('known'));
  assert.deepEqual(
    (await listApplications(store, 1)).map((each) => each.clientId),
    [clientId, 'pinned'],
  );
  assert.deepEqual(await listApplications(store, 2), []);
  assert.equal(await store.within((writing) => writing.nextId(1, 'applications')), all.application.id + 1);
});

test('empty lists restrict nothing', async () => {
  const { application } = await create({ allowAddresses: [], allowDomains: [] });
  assert.deepEqual([application.allowAddresses, application.allowDomains], [null, null]);
});

test('each type has its redirect URIs', async () => {
  const [one, two] = ['https://a.example/', 'https://b.example/'];
  await assert.rejects(create({ redirectUris: [one] }), /a service application has no redirect URI/);
  await assert.rejects(create({ type: 'web' }), /a web application needs at least one/);
  await create({ type: 'web', redirectUris: [one, two] });
  await create({ type: 'installed' });
  await create({ type: 'installed', redirectUris: [one] });
  await assert.rejects(create({ type: 'installed', redirectUris: [one, two] }), /one redirect URI at most/);
  await assert.rejects(create({ type: 'web', redirectUris: [one, 'nowhere'] }), /not an absolute URI/);
});

test('lists that cannot be meant are refused, and nothing is written', async () => {
  const before = (await listApplications(store, 1)).length;
  await assert.rejects(create({ allowAddresses: ['10.0.0.0/99'] }), /10\.0\.0\.0\/99/);
  for (const domain of [
    'https://app.example',
    'app.example:80',
    'a b',
    '',
    'user@app.example',
    'app.example/',
  ])
    await assert.rejects(create({ allowDomains: ['app.example', domain] }), /is not a host name/, domain);
  assert.equal((await listApplications(store, 1)).length, before);
});

test('a client id is taken once in a deployment', async () => {
  const pinned = { clientId: 'twice', secret: 'x' };
  await create({ pinned });
  await assert.rejects(create({ pinned }), /with that client id exists already/);
  await create({ pinned }, { id: 2, name: 'there' });
  const ids = await Promise.all(Array.from({ length: 5 }, () => create({})));
  assert.equal(new Set(ids.map(({ application: { clientId } }) => clientId)).size, 5);
  const failing = { within: () => Promise.reject(new Error('the disk is gone')) } as unknown as Store;
  await assert.rejects(createApplication(failing, here, service, 1), /the disk is gone/);
});

test('a new secret takes the place of the old one, of this application alone', async () => {
  const [one, other] = [await create({}), await create({})];
  const secret = await rotateSecret(store, 1, one.application.clientId);
  assert.ok(secret && secret !== one.secret);
  assert.equal((await findApplication(store, 1, one.application.clientId))?.secret, digestText(secret));
  assert.deepEqual(await findApplication(store, 1, other.application.clientId), other.application);
  assert.equal(await rotateSecret(store, 1, 'nobody'), undefined);
  assert.equal(await rotateSecret(store, 2, one.application.clientId), undefined);
});

test('an application is disabled and enabled again, and no other with it', async () => {
  const [one, other] = [await create({}), await create({})];
  const isDisabled = async ({ application }: typeof one) =>
    (await findApplication(store, 1, application.clientId))?.disabled;
  assert.equal(await disableApplication(store, 1, one.application.clientId, true), true);
  assert.deepEqual([await isDisabled(one), await isDisabled(other)], [true, false]);
  assert.equal(await disableApplication(store, 1, one.application.clientId, false), true);
  assert.equal(await isDisabled(one), false);
  assert.equal(await disableApplication(store, 1, 'nobody', true), false);
});

test('a redirect URI is https, http on this machine, or a private scheme', () => {
  for (const uri of [
    'https://a.example/b?c=d',
    'http://localhost:8080/x',
    'http://127.0.0.1/x',
    'http://[::1]:9/x',
    'com.example.app:/back',
  ])
    checkRedirectUri(uri);
  for (const [uri, problem] of [
    ['', /not an absolute URI/],
    ['https://', /not an absolute URI/],
    ['/relative', /not an absolute URI/],
    ['https://a.example/#part', /has a fragment/],
    ['https://a.example/#', /has a fragment/],
    ['http://a.example/', /use https/],
    ['http://localhost.example/', /use https/],
    ['http://127.0.0.2/', /use https/],
    ['JavaScript:alert(1)', /a browser would run/],
    ...['javascript:1', 'data:x', 'vbscript:x', 'file:///x', 'blob:x', 'about:blank'].map(
      (each) => [each, /a browser would run/] as const,
    ),
  ] as const)
    assert.throws(() => checkRedirectUri(uri), problem, uri);
});

test('lists are read once, and what is read cannot be changed', () => {
  const text = '["a.example","b.example"]';
  assert.deepEqual(domainsOf(text), ['a.example', 'b.example']);
  assert.equal(domainsOf(text), domainsOf(text));
  assert.ok(Object.isFrozen(domainsOf(text)));
  const ranges = rangesOf('["10.0.0.0/8"]');
  assert.equal(ranges.length, 1);
  assert.equal(rangesOf('["10.0.0.0/8"]'), ranges);
  const first = domainsOf(text);
  for (let i = 0; i < 20_000; i++) domainsOf(`["${i}.example"]`);
  assert.notEqual(domainsOf(text), first, 'what is kept has a bound');
  assert.deepEqual(domainsOf(text), ['a.example', 'b.example'], 'also after many others');
});
