import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../../client/src/client.ts';
import type { TokenStorage, Tokens } from '../../client/src/tokens.ts';
import { sqlite } from '../harness/engines.ts';
import { tokensFor } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { oddServer } from './odd-server.ts';
import { nowhere, tenantFetch } from './tenant-fetch.ts';

let world: TestWorld;
let tenant: Tenant;
before(async () => {
  world = await startWorld(sqlite);
  tenant = await world.tenant();
});
after(async () => {
  closeConnections();
  await world.close();
});

/** A client of the web application, and the requests for tokens that it makes. */
function clientOn(storage: TokenStorage) {
  const asked: string[] = [];
  const send = tenantFetch(tenant);
  const client = createClient({
    baseUrl: nowhere,
    now: () => world.now * 1_000,
    auth: {
      grant: 'refresh_token',
      clientId: tenant.web.application.clientId,
      clientSecret: tenant.web.secret,
      storage,
    },
    fetch: (input, init) => {
      const { pathname } = new URL(String(input));
      if (pathname.endsWith('/token')) asked.push(pathname);
      return send(input, init);
    },
  });
  return { client, asked };
}

async function kept(): Promise<{ storage: TokenStorage; saved: () => Tokens | undefined }> {
  const { access_token: access, refresh_token: refresh } = await tokensFor(tenant);
  let tokens: Tokens | undefined = { access, refresh, expires: world.now + 30 * 86_400 };
  const storage = {
    load: () => tokens,
    save: (given: Tokens | undefined) => {
      tokens = given;
    },
  };
  return { storage, saved: () => tokens };
}

const month = 31 * 86_400;

test('two clients of one storage: what one has renewed the other takes over, and nobody looks like a thief', async () => {
  const { storage } = await kept();
  const [one, other] = [clientOn(storage), clientOn(storage)];
  const both = () => Promise.all([one, other].map(({ client }) => client.call({ path: 'companies' })));
  assert.ok((await both()).every(({ ok }) => ok));
  world.now += month;
  assert.ok((await both()).every(({ ok }) => ok));
  assert.equal(one.asked.length + other.asked.length, 1, 'together they ask once');
  world.now += month;
  assert.ok((await one.client.call({ path: 'companies' })).ok);
  // Later than a race could last.
  world.now += 60;
  assert.ok((await other.client.call({ path: 'companies' })).ok);
  assert.equal(one.asked.length + other.asked.length, 2);
});

test('a storage that fails once does not end the client', async () => {
  const { storage } = await kept();
  let failures = 1;
  const { client } = clientOn({
    load: () => {
      if (failures-- > 0) throw new Error('the disk is away');
      return storage.load();
    },
    save: storage.save,
  });
  await assert.rejects(client.call({ path: 'companies' }), /the disk is away/);
  assert.ok((await client.call({ path: 'companies' })).ok);
});

test('tokens that could not be kept are kept with the next call', async () => {
  const { storage, saved } = await kept();
  let failures = 1;
  const { client, asked } = clientOn({
    load: storage.load,
    save: (tokens) => {
      if (failures-- > 0) throw new Error('the disk is full');
      return storage.save(tokens);
    },
  });
  const old = saved()?.access;
  world.now += month;
  await assert.rejects(client.call({ path: 'companies' }), /the disk is full/);
  assert.equal(saved()?.access, old);
  assert.ok((await client.call({ path: 'companies' })).ok);
  assert.notEqual(saved()?.access, old);
  assert.equal(asked.length, 1);
});

test('a refresh token that is refused is not tried again, until the storage has another', async () => {
  const { storage, saved } = await kept();
  storage.save({ access: 'expired', refresh: 'unknown', expires: 1 });
  const { client, asked } = clientOn(storage);
  for (let i = 0; i < 3; i++) {
    const { verdict } = await client.call({ path: 'companies' });
    assert.equal(verdict.status, 'invalid_grant');
  }
  assert.equal(asked.length, 1);
  const { access_token: access, refresh_token: refresh } = await tokensFor(tenant);
  storage.save({ access, refresh });
  assert.ok((await client.call({ path: 'companies' })).ok);
  assert.equal(saved()?.access, access);
});

test('a token that ends between two pages, while the list changes', async () => {
  const { storage } = await kept();
  const { client, asked } = clientOn(storage);
  const names = ['one', 'two', 'three'];
  for (const name of names)
    assert.ok((await client.call({ method: 'POST', path: 'companies', values: { name, website: 'p' } })).ok);
  const found: string[] = [];
  for await (const { name } of client.pages<{ name: string }>(
    { path: 'companies', query: { _filters: 'website(p),order_by_asc(id)' } },
    1,
  )) {
    found.push(name);
    world.now += month;
    if (found.length === 1)
      await client.call({ method: 'POST', path: 'companies', values: { name: 'four', website: 'p' } });
  }
  assert.deepEqual(found, [...names, 'four']);
  assert.equal(asked.length, 4, 'one for each month that passed before a request');
});

test('a signal ends the wait for a token, for its own call alone', async () => {
  const held: (() => void)[] = [];
  await using server = await oddServer((request, response) => {
    if (request.url?.startsWith('/api/')) response.end('{"meta":{"status":"ok"},"response":[]}');
    else held.push(() => response.end('{"access_token":"t","expires_in":60}'));
  });
  const auth = { grant: 'client_credentials', clientId: 'a', clientSecret: 'b' } as const;
  const client = createClient({ baseUrl: server.base, auth });
  const stop = new AbortController();
  const patient = client.call({ path: 'tags' });
  const hasty = client.call({ path: 'tags', signal: stop.signal });
  while (held.length === 0) await new Promise((resume) => setTimeout(resume, 5));
  stop.abort(new Error('enough'));
  await assert.rejects(hasty, /enough/);
  for (const go of held) go();
  assert.ok((await patient).ok);
  assert.equal(held.length, 1);
});
