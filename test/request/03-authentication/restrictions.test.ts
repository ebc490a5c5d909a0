import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApplication, disableApplication } from '../../../src/identity/applications.ts';
import { knownApplication } from '../../../src/request/03-authentication/known.ts';
import { preflightHeaders, preflightOrigin } from '../../../src/request/03-authentication/preflight.ts';
import { allowedOrigin, restrict } from '../../../src/request/03-authentication/restrictions.ts';
import type { World } from '../../../src/request/world.ts';
import type { Store } from '../../../src/store/store.ts';
import { identityStore } from '../../identity/store.ts';
import { located, received } from './received.ts';
import { refused } from './refused.ts';

let store: Store;
before(async () => {
  store = await identityStore();
});
after(() => store.close());

const domains = '["app.example","other.example"]';
const from = (headers: Readonly<Record<string, string>>) => received({ headers });

test('an origin is allowed when its host is listed, or is below one that is', () => {
  const origin = (url: string) => allowedOrigin(from({ origin: url }), domains);
  assert.equal(origin('https://app.example'), 'https://app.example');
  assert.equal(origin('http://app.example:8080'), 'http://app.example:8080');
  assert.equal(origin('https://a.b.other.example'), 'https://a.b.other.example');
  for (const url of [
    'https://evil.example',
    'https://notapp.example',
    'https://app.example.evil.test',
    'https://example',
    'null',
    '',
    'app.example',
  ])
    assert.equal(origin(url), undefined, url);
  assert.equal(
    allowedOrigin(from({ referer: 'https://app.example/page?x' }), domains),
    'https://app.example',
  );
  const both = from({ origin: 'https://evil.example', referer: 'https://app.example/' });
  assert.equal(allowedOrigin(both, domains), undefined, 'the Origin goes before the Referer');
  assert.equal(allowedOrigin(from({}), domains), undefined);
  assert.equal(allowedOrigin(from({ origin: 'https://app.example' }), null), undefined);
});

test('without a list nothing is restricted; with one, what is not on it is refused', async () => {
  assert.equal(await refused(() => restrict(from({}), null, null)), 'accepted');
  const addresses = '["203.0.113.0/24"]';
  assert.equal(await refused(() => restrict(from({}), addresses, null)), 'accepted');
  assert.equal(
    await refused(() => restrict(received({ address: '198.51.100.1' }), addresses, null)),
    `address.restricted: 198.51.100.1 is not within ${addresses}`,
  );
  assert.equal(
    await refused(() => restrict(from({ origin: 'https://app.example' }), null, domains)),
    'accepted',
  );
  const outside = (headers: Readonly<Record<string, string>>) =>
    refused(() => restrict(from(headers), null, domains));
  assert.equal(await outside({}), `domain.restricted: nowhere is not within ${domains}`);
  assert.equal(
    await outside({ origin: 'https://evil.example' }),
    `domain.restricted: https://evil.example is not within ${domains}`,
  );
  assert.equal(
    await outside({ referer: 'https://evil.example/x' }),
    `domain.restricted: https://evil.example/x is not within ${domains}`,
  );
  const long = `https://evil.example/${'x'.repeat(500)}`;
  assert.equal(
    await outside({ referer: long }),
    `domain.restricted: ${long.slice(0, 200)} is not within ${domains}`,
  );
});

test('an application that is disabled or is not there is unknown', async () => {
  const { application } = await createApplication(
    store,
    { id: 1, name: 'here' },
    { type: 'service', name: 'R', staffId: 1 },
    1,
  );
  assert.equal(knownApplication(application, application.clientId), application);
  assert.equal(
    await refused(() => knownApplication({ ...application, disabled: true }, 'c')),
    'client.unknown: application c is disabled',
  );
  const gone = '5ba17c78a0@here.accelo.com';
  assert.equal(
    await refused(() => knownApplication(undefined, gone)),
    `client.unknown: no application ${gone}`,
  );
  const { secret, clientId } = { secret: 'x'.repeat(48), clientId: 'a17c78ao11@here' };
  assert.equal(
    await refused(() => knownApplication(undefined, secret)),
    'client.unknown: no application of that name, and it is not written as a client id',
    'a secret in the wrong place is not told',
  );
  for (const odd of [
    `x${clientId}`,
    `${clientId} x`,
    `${clientId}${'e'.repeat(100)}`,
    '@here',
    'a17c78ao11@',
  ])
    assert.doesNotMatch(await refused(() => knownApplication(undefined, odd)), /@/, odd);
});

test('a preflight is answered for any application that lists the origin and is not disabled', async () => {
  const world = { store } as unknown as World;
  const web = { type: 'service', name: 'R', staffId: 1 } as const;
  const register = (...allowDomains: string[]) =>
    createApplication(store, { id: 3, name: 'there' }, { ...web, allowDomains }, 1);
  await register();
  await register('one.example');
  const two = await register('two.example');
  const asks = (headers: Readonly<Record<string, string>>, deployment = 3) =>
    preflightOrigin(located({ headers }, deployment), world);
  for (const origin of ['https://one.example', 'https://two.example'])
    assert.equal(await asks({ origin }), origin);
  assert.equal(await asks({ origin: 'https://three.example' }), undefined);
  assert.equal(await asks({ origin: 'https://one.example' }, 4), undefined);
  assert.equal(await asks({ referer: 'https://one.example/' }), undefined, 'a preflight has an Origin');
  await disableApplication(store, 3, two.application.clientId, true);
  assert.equal(await asks({ origin: 'https://two.example' }), undefined);
});

test('what a browser may send is told to origins that are listed', () => {
  assert.deepEqual(preflightHeaders(undefined), []);
  const headers = new Map(preflightHeaders('https://app.example'));
  assert.deepEqual(headers.get('Access-Control-Allow-Methods')?.split(', '), [
    'GET',
    'POST',
    'PUT',
    'DELETE',
    'HEAD',
  ]);
  const sent = headers.get('Access-Control-Allow-Headers')?.split(', ') ?? [];
  for (const name of ['Authorization', 'Content-Type', 'Accept', 'Idempotency-Key', 'X-Request-Id'])
    assert.ok(sent.includes(name), name);
  assert.equal(headers.get('Access-Control-Max-Age'), '600');
});
