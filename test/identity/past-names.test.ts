import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDeployment } from '../../src/identity/deployments.ts';
import { keepName, keepNames, wasDeployment } from '../../src/identity/past-names.ts';
import { Clash, type Store } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

let store: Store;
before(async () => {
  store = await identityStore();
});
after(() => store.close());

const kept = async () =>
  (await store.list(0, { table: 'deployment_names', columns: ['name', 'date_given'], limit: 100 })).map(
    ({ name, date_given }) => [name, date_given],
  );

test('a name is kept with its deployment, once, with its first date', async () => {
  await createDeployment(store, { name: 'one' }, 5);
  assert.equal(await wasDeployment(store, 'one'), true);
  assert.equal(await wasDeployment(store, 'two'), false);
  await store.within((writing) => keepName(writing, 'one', 9));
  assert.deepEqual(await kept(), [['one', 5]]);
});

test('names from before they were kept are added, and the others stay', async () => {
  await createDeployment(store, { name: 'older' }, 5);
  await store.within((writing) => writing.remove(0, 'deployment_names', { name: 'older' }));
  await keepNames(store, 7);
  assert.deepEqual(await kept(), [
    ['older', 7],
    ['one', 5],
  ]);
  const still = { ...store, within: () => assert.fail('there is nothing to write') } as unknown as Store;
  await keepNames(still, 8);
});

test('that another process was faster is no failure, and anything else is one', async () => {
  await store.within((writing) => writing.remove(0, 'deployment_names', { name: 'older' }));
  const failing = (error: Error): Store => ({ ...store, within: () => Promise.reject(error) });
  await keepNames(failing(new Clash(['name'])), 7);
  await assert.rejects(keepNames(failing(new Error('away')), 7), /away/);
});
