import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepExpired } from '../../src/identity/sweep.ts';
import { expiring } from '../../src/identity/tables.ts';
import { expiringKeys } from '../../src/request/08-operation/idempotency.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld } from '../harness/world.ts';

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
