import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ConformReport } from '../../src/conform/run.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type TestWorld } from '../harness/world.ts';
import { startProxy } from './deviating-proxy.ts';
import { type Deviation, deviations } from './deviations.ts';
import { companies, differing, flags, piecesOf, probe, rowsOf } from './probing.ts';

describe('conform against a server that differs', () => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(sqlite, flags);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  async function through(chosen: readonly Deviation[]): Promise<ConformReport> {
    const tenant = await world.tenant();
    const proxy = await startProxy(
      world.server.port,
      chosen.map(({ make }) => make()),
    );
    try {
      // What is locked out is told by Retry-After alone, which is a deviation of its own.
      const report = await probe(tenant, proxy.port, { ...(await piecesOf(tenant)), lockout: undefined });
      assert.deepEqual(report.left, []);
      assert.equal(await companies(tenant), 0, 'nothing is left of what was made');
      return report;
    } finally {
      await proxy.close();
    }
  }

  test('there are twenty deviations and more, and their rows are rows', () => {
    assert.ok(deviations.length >= 20);
    assert.equal(new Set(deviations.map(({ name }) => name)).size, deviations.length);
  });
  for (const deviation of deviations) {
    test(`${deviation.name}: found where it belongs, and nowhere else`, async () => {
      const report = await through([deviation]);
      assert.deepEqual(rowsOf(report, 'differs'), [...deviation.rows].sort(), differing(report));
    });
  }
  test('all of them at once: all are found', async () => {
    const found = rowsOf(await through(deviations), 'differs');
    const missed = deviations.filter(({ rows }) => !rows.every((row) => found.includes(row)));
    assert.deepEqual(
      missed.map(({ name }) => name),
      [],
    );
  });
});
