import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hasPostgres } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { beside, eventually, pause } from './opened.ts';
import { proxied } from './postgres-proxy.ts';

const needed = hasPostgres || process.env.CI ? {} : { skip: 'no Postgres' };
const silenceMs = 400;
/** Silence, as long again for the connection that asks, and room for a machine that has much to do. */
const limitMs = 2 * silenceMs + 5_000;

describe('a database that goes silent', needed, () => {
  let behind: Awaited<ReturnType<typeof proxied>>;
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    behind = await proxied();
    world = await startWorld(behind.engine, { 'database-silence': String(silenceMs) });
    tenant = await world.tenant();
  });
  after(async () => {
    behind.proxy.heal();
    closeConnections();
    await world.close();
    await behind.release();
  });
  const companies = '/api/v0/companies';
  const served = async (): Promise<void> => {
    await eventually('requests are served again', async () => (await tenant.get(companies)).http === 200);
  };
  const inTime = async <T>(work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const value = await work();
    const took = performance.now() - began;
    assert.ok(took < limitMs, `${took} ms`);
    return value;
  };

  test('is found out on pooled connections, on new ones and by those that wait, and is back when it answers', async () => {
    assert.equal((await tenant.get(companies)).http, 200);
    behind.proxy.silence();
    for (const requests of [3, 40]) {
      const replies = await inTime(() =>
        Promise.all(Array.from({ length: requests }, () => tenant.get(companies))),
      );
      for (const { http, cause, headers } of replies) {
        assert.equal(http, 500);
        assert.equal(cause, 'store.unreachable');
        assert.equal(headers['x-status'], 'server_error');
      }
    }
    assert.equal((await inTime(() => tenant.send({ path: '/readyz' }))).http, 503);
    behind.proxy.heal();
    await served();
  });

  test('in the middle of a transaction leaves nothing half-written', async () => {
    await served();
    const direct = await beside(behind.direct);
    const write = (name: string) => tenant.post(companies, { name });
    try {
      // Until all statements are prepared on the connection: as many messages each time.
      for (let i = 0; i < 4; i++) assert.equal((await write(`ready ${i}`)).http, 200);
      behind.proxy.count();
      assert.equal((await write('whole')).http, 200);
      // Before the last messages, which are the commit and its answer.
      behind.proxy.arm('silent', behind.proxy.counted - 8);
      const { http, cause } = await inTime(() => write('half'));
      assert.deepEqual([http, cause], [500, 'store.unreachable']);
      behind.proxy.heal();
      await served();
      await eventually('the transaction was rolled back', async () => {
        const { rows } = await direct.query(
          "select count(*) as count from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
        );
        return Number(rows[0].count) === 0;
      });
      const { rows } = await direct.query("select count(*) as count from companies where name = 'half'");
      assert.equal(Number(rows[0].count), 0);
    } finally {
      behind.proxy.heal();
      await direct.end();
    }
  });

  test('is not what a query that takes long is taken for', async () => {
    await served();
    const direct = await beside(behind.direct);
    try {
      await direct.query('begin; lock table companies in access exclusive mode');
      const asked = tenant.get(companies);
      await pause(4 * silenceMs);
      await direct.query('commit');
      assert.equal((await asked).http, 200);
    } finally {
      await direct.end();
    }
  });
});
