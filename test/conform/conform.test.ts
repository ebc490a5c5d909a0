import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { everywhere } from '../../src/conform/everywhere.ts';
import type { RowName } from '../../src/conform/probe.ts';
import { probes, unprobed } from '../../src/conform/probes/probes.ts';
import { promises } from '../../src/conform/promises.ts';
import { causes } from '../../src/contract/causes.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type TestWorld } from '../harness/world.ts';
import { startProxy } from './deviating-proxy.ts';
import { companies, differing, flags, piecesOf, probe, rowsOf } from './probing.ts';

describe('the table of probes', () => {
  const probed = new Set<RowName>([...probes, ...everywhere].map(({ row }) => row));
  test('every cause is probed, or said why it cannot be, never both', () => {
    for (const cause of Object.keys(causes) as (keyof typeof causes)[])
      assert.equal(probed.has(cause), unprobed[cause] === undefined, cause);
  });
  test('every promise is probed', () => {
    for (const row of Object.keys(promises)) assert.ok(probed.has(row as RowName), row);
  });
  test('every probe is of a cause or a promise, and no two have one name', () => {
    for (const row of probed) assert.ok(Object.hasOwn(causes, row) || Object.hasOwn(promises, row), row);
    const names = [...probes, ...everywhere].map(({ row, name }) => `${row} ${name}`);
    assert.equal(new Set(names).size, names.length);
  });
});

onEveryEngine('conform against this server', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, flags);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  test('no difference, and every probe was made', async () => {
    const tenant = await world.tenant();
    const report = await probe(tenant, world.server.port, await piecesOf(tenant));
    assert.deepEqual(rowsOf(report, 'differs'), [], differing(report));
    assert.deepEqual(rowsOf(report, 'not probed'), Object.keys(unprobed).sort());
    assert.equal(report.profile, 'accord');
    assert.deepEqual(report.left, []);
    assert.equal(await companies(tenant), 0, 'nothing is left of what was made');
  });
  test('reads only, unless writes are allowed', async () => {
    const tenant = await world.tenant();
    const pieces = { ...(await piecesOf(tenant)), writes: false, exhaust: false, lockout: undefined };
    const asked: string[] = [];
    const proxy = await startProxy(world.server.port, [
      {
        ask: (sent) => {
          if (sent.url.startsWith('/api')) asked.push(`${sent.method} ${sent.url} ${sent.body}`);
          return sent;
        },
      },
    ]);
    try {
      const report = await probe(tenant, proxy.port, pieces);
      assert.deepEqual(rowsOf(report, 'differs'), [], differing(report));
      const writing = asked.filter((each) => !/^(GET|HEAD) /.test(each) && !/_method/.test(each));
      assert.deepEqual(writing, []);
      assert.ok(report.results.some(({ why }) => why?.includes('needs --writes')));
      const usable = await world.server.world.store.list(tenant.deployment.id, {
        table: 'tokens',
        columns: ['application_id'],
        where: { application_id: tenant.service.application.id, date_revoked: null },
        limit: 100,
      });
      assert.deepEqual(usable, [], 'what was issued was given back');
    } finally {
      await proxy.close();
    }
  });
});
