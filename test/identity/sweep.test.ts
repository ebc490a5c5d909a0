import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeployment } from '../../src/identity/deployments.ts';
import { sweepExpired } from '../../src/identity/sweep.ts';
import { identityStore } from './store.ts';

const day = 86_400;

test('each kind of row is kept past its end as long as it says, by the clock of its deployment', async () => {
  const store = await identityStore();
  const now = 100 * day;
  const ids = [
    (await createDeployment(store, { name: 'one' }, 1)).id,
    (await createDeployment(store, { name: 'other' }, 1)).id,
  ];
  const ends = { old: now - 8 * day, late: now - 6 * day, live: now + 1 };
  await store.within(async (writing) => {
    for (const id of ids)
      for (const [family, date_expires] of Object.entries(ends))
        await writing.insert(id, 'token_families', { family, date_expires });
  });
  const tables = [{ table: 'token_families', key: ['family'], kept: 7 * day }];
  const left = async (id = 0) =>
    (await store.list(id, { table: 'token_families', columns: ['family'], limit: 10 })).map(
      ({ family }) => family,
    );
  // The second deployment lives three days later.
  const clock = (id: number): number => (id === ids[1] ? now + 3 * day : now);
  assert.equal(await sweepExpired(store, tables, clock), 3);
  assert.deepEqual(await left(ids[0]), ['late', 'live']);
  assert.deepEqual(await left(ids[1]), ['live']);
  assert.equal(await sweepExpired(store, tables, clock), 0);
  await store.close();
});
