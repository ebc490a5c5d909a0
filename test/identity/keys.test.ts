import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createKeys } from '../../src/identity/keys.ts';
import { Clash, type Store } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

let store: Store;
before(async () => {
  store = await identityStore();
});
after(() => store.close());

const rows = () =>
  store.list(0, { table: 'server_keys', columns: ['name', 'secret', 'date_created'], limit: 10 });

test('there is one root for all processes, and a key of its own for each purpose and deployment', async () => {
  const [one, other] = [createKeys(store, () => 5), createKeys(store, () => 6)];
  const key = await one.of('sign-in', 1);
  assert.equal(key.length, 32);
  assert.deepEqual(await one.of('sign-in', 1), key);
  assert.deepEqual(await other.of('sign-in', 1), key);
  const all = [key, await one.of('sign-in', 2), await one.of('other', 1)].map((each) => each.toString('hex'));
  assert.equal(new Set(all).size, 3);
  const kept = await rows();
  assert.deepEqual(
    kept.map(({ name, date_created }) => [name, date_created]),
    [['root', 5]],
  );
  const secret = Buffer.from(String(kept[0]?.secret), 'base64url');
  assert.equal(secret.length, 32);
  assert.notDeepEqual(secret, key, 'the root itself signs nothing');
});

test('another key of the server is not taken for the root', async () => {
  const own = await identityStore();
  await own.within((writing) =>
    writing.insert(0, 'server_keys', { name: 'next', secret: 'AAAA', date_created: 1 }),
  );
  const key = await createKeys(own, () => 5).of('a', 1);
  await own.within((writing) => writing.update(0, 'server_keys', { name: 'next' }, { secret: 'BBBB' }));
  assert.deepEqual(await createKeys(own, () => 5).of('a', 1), key);
  assert.equal((await own.list(0, { table: 'server_keys', columns: ['name'], limit: 10 })).length, 2);
  await own.close();
});

test('the root is read once by each process', async () => {
  let asked = 0;
  const watched = {
    ...store,
    find: (...given: Parameters<Store['find']>) => {
      asked++;
      return store.find(...given);
    },
  };
  const keys = createKeys(watched, () => 5);
  await Promise.all([keys.of('a', 1), keys.of('b', 1), keys.of('a', 2)]);
  assert.equal(asked, 1);
});

test('of two processes that make it at once, one key is everybody’s', async () => {
  const own = await identityStore();
  const keys = await Promise.all(Array.from({ length: 4 }, () => createKeys(own, () => 5).of('a', 1)));
  assert.equal(new Set(keys.map((key) => key.toString('hex'))).size, 1);
  assert.equal((await own.list(0, { table: 'server_keys', columns: ['name'], limit: 10 })).length, 1);
  await own.close();
});

test('a failure is told, and the next request asks again', async () => {
  const own = await identityStore();
  let isAway = true;
  const failing = {
    ...own,
    find: async (...given: Parameters<Store['find']>) => {
      if (isAway) throw new Error('away');
      return own.find(...given);
    },
  };
  const keys = createKeys(failing, () => 5);
  await assert.rejects(keys.of('a', 1), /away/);
  isAway = false;
  assert.equal((await keys.of('a', 1)).length, 32);
  await own.close();
});

test('what keeps it from being written is told, unless another was faster', async () => {
  const nothing = { find: async () => undefined };
  const full = {
    ...nothing,
    within: () => Promise.reject(new Error('the disk is full')),
  } as unknown as Store;
  await assert.rejects(createKeys(full, () => 5).of('a', 1), /the disk is full/);
  const clashing = { ...nothing, within: () => Promise.reject(new Clash(['name'])) } as unknown as Store;
  await assert.rejects(createKeys(clashing, () => 5).of('a', 1), Clash);
  const found = { find: async () => ({ secret: 'AAAA' }), within: () => Promise.reject(new Error('no')) };
  assert.equal((await createKeys(found as unknown as Store, () => 5).of('a', 1)).length, 32);
});
