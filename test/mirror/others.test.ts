import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sqlite } from '../harness/engines.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { differences, dump, mirror, type Report } from './command.ts';
import { type Fate, startProxy } from './proxy.ts';
import { originOf } from './source.ts';

/** Servers of this kind that lack something of this one. */
describe('a server that', () => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(sqlite);
    tenant = await world.tenant({ name: 'source' });
    for (let i = 1; i <= 250; i++) await tenant.put('companies', { name: `Company ${i}` });
  });
  after(() => world?.close());

  async function copied(fate: (path: string) => Fate): Promise<Report> {
    const into = await sqlite.create();
    const proxy = await startProxy(originOf(world, tenant), (_, path) =>
      path.startsWith('/api/v0/companies?') ? fate(decodeURIComponent(path)) : 'pass',
    );
    try {
      const report = await mirror(proxy.origin, tenant.token, into, '--only', 'companies');
      if (report.copied.companies === 250) {
        const { companies = [] } = await dump(into, 'copy');
        const { companies: original = [] } = await dump(world.database, 'source');
        assert.deepEqual(differences({ companies: original }, { companies }), []);
      }
      return report;
    } finally {
      await proxy.close();
      await into.release();
    }
  }
  const refused: Fate = { http: 400, status: 'invalid_request' };

  test('does not compare ids is read by pages', async () => {
    const { copied: counts, leftOut } = await copied((path) =>
      path.includes('greater_than') ? refused : 'pass',
    );
    assert.deepEqual([counts.companies, leftOut], [250, {}]);
  });

  test('knows no order either is read by pages as they come', async () => {
    const { copied: counts, leftOut } = await copied((path) =>
      path.includes('_filters') ? refused : 'pass',
    );
    assert.deepEqual([counts.companies, leftOut], [250, {}]);
  });

  test('answers in another order is read by pages', async () => {
    const { copied: counts, leftOut } = await copied((path) => ({
      path: encodeURI(path.replace('order_by_asc', 'order_by_desc')),
    }));
    assert.deepEqual([counts.companies, leftOut], [250, {}]);
  });

  test('answers each page alike is read no further', async () => {
    const { leftOut } = await copied((path) => ({
      path: encodeURI(path.replace(/&_page=\d+/, '').replace(/&_filters=.*/, '')),
    }));
    assert.match(leftOut.companies ?? '', /its pages do not go on/);
  });

  test('goes round in its pages is read once round', async () => {
    const { copied: counts, leftOut } = await copied((path) => {
      const page = Number(/_page=(\d+)/.exec(path)?.[1] ?? 0);
      const plain = path.replace(/&_filters=.*/, '').replace(/&_page=\d+/, '');
      return { path: encodeURI(`${plain}&_page=${page % 2}`) };
    });
    assert.equal(counts.companies, 200);
    assert.match(leftOut.companies ?? '', /its pages do not go on/);
  });

  test('does not know the list is left out, and the rest is read', async () => {
    const { copied: counts, leftOut } = await copied(() => refused);
    assert.deepEqual([counts.companies, leftOut], [undefined, { companies: 'invalid_request' }]);
  });
});
