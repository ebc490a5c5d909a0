import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  createDeployment,
  createDirectory,
  disableDeployment,
  findDeployment,
  isHostLabel,
  listDeployments,
  takeTurn,
} from '../../src/identity/deployments.ts';
import type { Reading, Store } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

let store: Store;
before(async () => {
  store = await identityStore();
});
after(() => store.close());

test('a deployment is what was asked for, and the rest has defaults', async () => {
  const plain = await createDeployment(store, { name: 'plain' }, 1_000);
  assert.deepEqual(plain, {
    id: plain.id,
    name: 'plain',
    title: 'plain',
    disabled: false,
    statuses: 'older',
    currency: '$',
    timezone: 'UTC',
  });
  const given = {
    name: 'own',
    title: 'Own Ltd',
    statuses: 'current',
    currency: '€',
    timezone: 'Europe/Berlin',
  } as const;
  const own = await createDeployment(store, given, 1_000);
  assert.deepEqual(own, { ...given, id: own.id, disabled: false });
  assert.notEqual(own.id, plain.id);
  assert.deepEqual(await findDeployment(store, 'own'), own);
  assert.deepEqual(await listDeployments(store), [plain, own]);
  assert.equal(await findDeployment(store, 'other'), undefined);
  assert.ok(Object.isFrozen(own));
  const [row] = await store.list(0, {
    table: 'deployments',
    columns: ['statuses', 'date_created'],
    where: { name: 'plain' },
    limit: 1,
  });
  assert.deepEqual(row, { statuses: 'older', date_created: 1_000 });
  assert.equal(await store.within((writing) => writing.nextId(0, 'deployments')), own.id + 1);
});

test('its name is taken once, and has to be part of a host name', async () => {
  await createDeployment(store, { name: 'taken' }, 1);
  await assert.rejects(createDeployment(store, { name: 'taken' }, 1), /named taken exists already/);
  for (const name of ['', 'Upper', 'a b', '-a', 'a-', 'a.b', 'ä', 'x'.repeat(64)])
    await assert.rejects(createDeployment(store, { name }, 1), /cannot be part of a host name/, name);
  await assert.rejects(
    createDeployment(store, { name: 'zone', timezone: 'Mars/Base' }, 1),
    /"Mars\/Base" is no time zone/,
  );
  assert.equal(await findDeployment(store, 'zone'), undefined);
});

test('what fails for another reason is not called taken', async () => {
  const failing = { within: () => Promise.reject(new Error('the disk is gone')) } as unknown as Store;
  await assert.rejects(createDeployment(failing, { name: 'any' }, 1), /the disk is gone/);
});

test('a host label has lower-case letters, digits and hyphens inside', () => {
  for (const name of ['a', 'z', '0', '9', 'a-b', 'x'.repeat(63), '0-9']) assert.ok(isHostLabel(name), name);
  for (const name of ['', '-', '-a', 'a-', 'A', 'a_b', 'a.b', 'a/b', 'a:b', '`', '{', 'x'.repeat(64)])
    assert.equal(isHostLabel(name), false, name);
});

test('a deployment is disabled and enabled again', async () => {
  await createDeployment(store, { name: 'switch' }, 1);
  assert.equal(await disableDeployment(store, 'switch', true), true);
  assert.equal((await findDeployment(store, 'switch'))?.disabled, true);
  assert.equal(await disableDeployment(store, 'switch', false), true);
  assert.equal((await findDeployment(store, 'switch'))?.disabled, false);
  assert.equal(await disableDeployment(store, 'nowhere', true), false);
});

/** A store that counts how often it is asked. */
function asked() {
  const seen = { times: 0, before: async () => {} };
  const reading = {
    find: async (...given: Parameters<Reading['find']>) => {
      seen.times++;
      const found = await store.find(...given);
      await seen.before();
      return found;
    },
  } as unknown as Reading;
  return { seen, directory: createDirectory(reading) };
}

test('the directory believes what it knows for a second', async (t) => {
  await createDeployment(store, { name: 'known' }, 1);
  const { seen, directory } = asked();
  let now = 10_000;
  t.mock.method(performance, 'now', () => now);
  assert.equal((await directory('known'))?.name, 'known');
  now += 999;
  assert.equal((await directory('known'))?.name, 'known');
  assert.equal(seen.times, 1);
  now += 1;
  await directory('known');
  assert.equal(seen.times, 2);
});

test('the directory keeps no host that names nothing, and forgets what it is told to', async () => {
  await createDeployment(store, { name: 'one' }, 1);
  const { seen, directory } = asked();
  for (let i = 0; i < 3; i++) assert.equal(await directory('nothing'), undefined);
  assert.equal(seen.times, 3);
  await directory('one');
  await directory('one');
  assert.equal(seen.times, 4);
  directory.forget('one');
  await disableDeployment(store, 'one', true);
  assert.equal((await directory('one'))?.disabled, true);
  assert.equal(seen.times, 5);
});

test('what is forgotten while it is being looked up is not kept', async () => {
  await createDeployment(store, { name: 'late' }, 1);
  const { seen, directory } = asked();
  seen.before = async () => directory.forget('late');
  assert.equal((await directory('late'))?.name, 'late');
  seen.before = async () => {};
  await directory('late');
  assert.equal(seen.times, 2);
});

test('the directory remembers a bounded number of names', async (t) => {
  t.mock.method(performance, 'now', () => 5);
  const asked: unknown[] = [];
  const find = async (...[, , , where]: Parameters<Reading['find']>) => {
    asked.push(where.name);
    return { id: 1, name: where.name ?? null, disabled: 0 };
  };
  const directory = createDirectory({ find } as unknown as Reading);
  for (let i = 0; i < 10_000; i++) await directory(`d${i}`);
  assert.equal(asked.length, 10_000);
  await directory('d0');
  await directory('d9999');
  assert.equal(asked.length, 10_000, 'all of them are known');
  await directory('one more');
  await directory('d0');
  assert.deepEqual(asked.slice(10_000), ['one more', 'd0']);
  await directory('d0');
  assert.equal(asked.length, 10_002);
});

test('a turn is taken in a deployment that is there', async () => {
  const { id } = await createDeployment(store, { name: 'turns' }, 1);
  assert.equal(await store.within((writing) => takeTurn(writing, id)), true);
  assert.equal(await store.within((writing) => takeTurn(writing, id + 1_000)), false);
});
