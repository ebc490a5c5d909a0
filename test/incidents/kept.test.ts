import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { keepIncident } from '../../src/incidents/keep-incident.ts';
import { openDatabase } from '../../src/server/database.ts';
import { onEveryEngine } from '../harness/engines.ts';

onEveryEngine('incidents of several processes', (engine) => {
  test('are counted together, each once', async () => {
    const database = await engine.create('full');
    const catalogue = await loadCatalogue();
    const stores = await Promise.all([openDatabase(database, catalogue), openDatabase(database, catalogue)]);
    try {
      for (const store of stores) await store.ready;
      const incident = {
        fingerprint: 'abc',
        cause: 'routine.threw',
        title: 'TypeError',
        detail: 'x',
        count: 1,
        requestId: 'r',
        deploymentId: undefined,
        method: 'GET',
        path: '/',
      };
      const keepers = stores.map((store) => keepIncident(store, () => 1));
      await keepers[0]?.(incident);
      await Promise.all(Array.from({ length: 40 }, (_, i) => keepers[i % 2]?.(incident)));
      const [row] = (await stores[0]?.list(0, { table: 'incidents', columns: ['count'], limit: 10 })) ?? [];
      assert.equal(row?.count, 41);
    } finally {
      for (const store of stores) await store.close();
      await database.release();
    }
  });
});
