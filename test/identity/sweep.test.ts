import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeployment } from '../../src/identity/deployments.ts';
import { sweepExpired } from '../../src/identity/sweep.ts';
import { expiring } from '../../src/identity/tables.ts';
import { expiringKeys } from '../../src/request/08-operation/idempotency.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld } from '../harness/world.ts';
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

onEveryEngine('what has expired', (engine) => {
  test('is removed in batches, and only that', async () => {
    const world = await startWorld(engine);
    try {
      const tenant = await world.tenant();
      const { store } = world.server.world;
      const headers = { ...bearer(tenant.token), 'Idempotency-Key': 'k', 'Content-Type': 'application/json' };
      assert.equal(
        (await tenant.send({ method: 'POST', path: '/api/v0/companies', headers, body: '{"name":"x"}' }))
          .http,
        200,
      );
      await store.within(async (writing) => {
        for (let i = 0; i < 1_203; i++) {
          await writing.insert(tenant.deployment.id, 'sessions', {
            digest: `d${i}`,
            csrf: 'x',
            date_created: 1,
            date_expires: world.now - 1,
          });
        }
        await writing.insert(tenant.deployment.id, 'sessions', {
          digest: 'live',
          csrf: 'x',
          date_created: 1,
          date_expires: world.now + 1,
        });
      });
      const tables = [...expiring, expiringKeys];
      assert.equal(await sweepExpired(store, tables, () => world.now), 1_203);
      assert.equal(await sweepExpired(store, tables, () => world.now), 0);
      assert.equal(
        (await store.list(tenant.deployment.id, { table: 'sessions', columns: ['digest'], limit: 10 }))
          .length,
        1,
      );
      assert.equal(
        await sweepExpired(store, tables, () => world.now + 2 * 86_400),
        2,
        'the live session and the idempotency key, a day later',
      );
    } finally {
      closeConnections();
      await world.close();
    }
  });
});
