import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ascending, columnsNamed, selectRow, selectRows } from '../../src/store/select-named.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

onEveryEngine('rows with names', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant();
    for (const title of ['B', 'A', 'C'])
      await tenant.put('company_statuses', { title, standing: title === 'C' ? null : 'active' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const table = 'company_statuses';
  const all = { table, select: { name: { column: 'title' }, standing: { column: 'standing' } } } as const;

  test('are returned by the names that are selected, every row unless a limit is given', async () => {
    const { store } = world.server.world;
    const id = tenant.deployment.id;
    assert.deepEqual(await selectRows(store, id, { ...all, order: [ascending('title')] }), [
      { name: 'A', standing: 'active' },
      { name: 'B', standing: 'active' },
      { name: 'C', standing: null },
    ]);
    const second = { ...all, order: [ascending('title')], limit: 1, offset: 1 };
    assert.deepEqual(await selectRows(store, id, second), [{ name: 'B', standing: 'active' }]);
    const where = { test: '=', on: { column: 'standing' }, value: 'active' } as const;
    assert.equal((await selectRows(store, id, { ...all, where })).length, 2);
    const standings = { table, select: columnsNamed('standing'), where, distinct: true };
    assert.deepEqual(await selectRows(store, id, standings), [{ standing: 'active' }]);
  });

  test('the first row, or none', async () => {
    const { store } = world.server.world;
    const id = tenant.deployment.id;
    assert.equal((await selectRow(store, id, { ...all, order: [ascending('title')] }))?.name, 'A');
    const where = { test: '=', on: { column: 'title' }, value: 'D' } as const;
    assert.equal(await selectRow(store, id, { ...all, where }), undefined);
  });
});
