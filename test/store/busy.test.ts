import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { createSlots, NoTurn } from '../../src/store/engines/slots.ts';
import { openStore } from '../../src/store/open-store.ts';
import { defineTable } from '../../src/store/schema.ts';
import { Busy } from '../../src/store/store.ts';
import { hasPostgres, postgres, sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type TestWorld } from '../harness/world.ts';
import { beside, engineOn, pause } from './opened.ts';

const companies = '/api/v0/companies';
const needed = hasPostgres || process.env.CI ? {} : { skip: 'no Postgres' };
const things = defineTable('things', ['id'], ['id#!', 'name']);

async function withWorld(flags: Record<string, string>, work: (world: TestWorld) => Promise<void>) {
  const world = await startWorld(postgres, flags);
  try {
    await work(world);
  } finally {
    closeConnections();
    await world.close();
  }
}

describe('more requests than connections on postgres', needed, () => {
  test('wait in turn, longer than a connection takes to be made, and all are served', () =>
    withWorld({}, async (world) => {
      const tenant = await world.tenant();
      const holder = await beside(world.database);
      await holder.query('begin; lock table companies in exclusive mode');
      const asked = Array.from({ length: 40 }, (_, i) => tenant.post(companies, { name: `C ${i}` }));
      await pause(4_500);
      await holder.query('commit');
      const replies = await Promise.all(asked);
      await holder.end();
      assert.deepEqual(
        replies.map(({ http }) => http),
        replies.map(() => 200),
      );
    }));

  test('are told so when they waited in vain, and it is no incident', () =>
    withWorld({ 'database-wait': '300', 'admin-listen': '127.0.0.1:0' }, async (world) => {
      const tenant = await world.tenant();
      const holder = await beside(world.database);
      await holder.query('begin; lock table companies in exclusive mode');
      const replies = await Promise.all(
        Array.from({ length: 40 }, (_, i) => tenant.post(companies, { name: `C ${i}` })),
      );
      for (const { http, cause, headers } of replies) {
        assert.deepEqual([http, cause], [500, 'store.busy']);
        assert.equal(headers['retry-after'], '2');
      }
      await holder.query('commit');
      await holder.end();
      assert.equal((await tenant.post(companies, { name: 'C' })).http, 200);
      const { store } = world.server.world;
      assert.deepEqual(await store.list(0, { table: 'incidents', columns: ['cause'], limit: 10 }), []);
      const metrics = await (await fetch(`${world.server.adminUrl}/metrics`)).text();
      assert.match(metrics, /accord_incidents_total\{cause="store.busy"\} 40\n/);
    }));

  test('wait less for a lock than a statement may take, or the statement would be ended as a defect', async () => {
    const database = await postgres.create();
    for (const more of [{}, { waitMs: 120_000 }]) {
      const engine = engineOn(database, more);
      const sql = `select setting::int from pg_settings where name in ('lock_timeout', 'statement_timeout') order by name`;
      const [[lock], [statement]] = (await engine.reader.rows({ sql, slots: [] }, [])) as [
        [number],
        [number],
      ];
      assert.ok(statement >= lock + 5_000, `${lock} ms for a lock, ${statement} ms for a statement`);
      await engine.close();
    }
    await database.release();
  });

  test('that wait for one another for ever are told apart by the database, and tried again', async () => {
    const database = await postgres.create();
    const store = openStore(engineOn(database), [things]);
    await store.ready;
    await store.within(async (writing) => {
      for (const id of [1, 2]) await writing.insert(1, 'things', { id, name: '' });
    });
    const both = (order: readonly number[], name: string) =>
      store.within(async (writing) => {
        for (const id of order) {
          await writing.update(1, 'things', { id }, { name });
          await pause(50);
        }
      });
    await Promise.all(Array.from({ length: 6 }, (_, i) => both(i % 2 ? [1, 2] : [2, 1], `by ${i}`)));
    const [one, two] = await store.list(1, { table: 'things', columns: ['name'], limit: 2 });
    assert.equal(one?.name, two?.name);
    await store.close();
    await database.release();
  });

  test('copies of deployments take one connection together, and leave the others to requests', async () => {
    const database = await postgres.create();
    const store = openStore(engineOn(database), [things]);
    await store.ready;
    const [holder, watcher] = [await beside(database), await beside(database)];
    await holder.query('begin; lock table things in exclusive mode');
    const copies = Array.from({ length: 30 }, () =>
      store.copying(['things'], (copying) => copying.copy(1, 2, 'things')),
    );
    let most = 0;
    for (let i = 0; i < 20; i++) {
      const { rows } = await watcher.query(
        "select count(*) as count from pg_stat_activity where datname = current_database() and query like 'lock table%' and pid <> pg_backend_pid()",
      );
      most = Math.max(most, Number(rows[0].count));
      await pause(25);
    }
    assert.deepEqual(await store.list(1, { table: 'things', columns: ['id'], limit: 1 }), []);
    await holder.query('commit');
    await Promise.all([holder.end(), watcher.end()]);
    await Promise.all(copies);
    assert.equal(most, 1);
    await store.close();
    await database.release();
  });
});

test('a write on SQLite waits from when it was asked for, not from when its group had its turn', async () => {
  const database = await sqlite.create();
  const store = openStore(engineOn(database, { waitMs: 2_000 }), [things]);
  await store.ready;
  const holder = new DatabaseSync(`${database.data}/accord.db`);
  holder.exec('begin immediate');
  const write = (id: number) =>
    store
      .within((writing) => writing.insert(1, 'things', { id }))
      .then(
        () => 'written',
        (error: unknown) => error,
      );
  const first = write(1);
  await pause(1_000);
  const second = write(2);
  await pause(2_500);
  holder.exec('rollback');
  holder.close();
  for (const outcome of [await first, await second]) assert.ok(outcome instanceof Busy, String(outcome));
  assert.equal(await write(3), 'written');
  assert.deepEqual(await store.list(1, { table: 'things', columns: ['id'], limit: 10 }), [{ id: 3 }]);
  await store.close();
  await database.release();
});

describe('slots', () => {
  const slotsOf = (more: { slots?: number; waitMs?: number; queueMax?: number } = {}) =>
    createSlots({ slots: 1, waitMs: 60_000, queueMax: 2, what: 'a slot', ...more });

  test('are given in the order of arrival', async () => {
    const slots = slotsOf();
    assert.equal(slots.enter(), undefined);
    const order: number[] = [];
    const waiting = [1, 2].map((i) => slots.enter()?.then(() => order.push(i)));
    slots.leave();
    await waiting[0];
    assert.deepEqual(order, [1]);
    slots.leave();
    await waiting[1];
    assert.deepEqual(order, [1, 2]);
    slots.leave();
    assert.equal(slots.enter(), undefined, 'free again');
  });

  test('are refused at once when the queue is full, and after the wait otherwise', async () => {
    const slots = slotsOf({ waitMs: 30 });
    slots.enter();
    const waiting = [slots.enter(), slots.enter()];
    await assert.rejects(slots.enter() ?? Promise.resolve(), /2 requests wait for a slot already/);
    for (const each of waiting)
      await assert.rejects(
        each ?? Promise.resolve(),
        (error) => error instanceof NoTurn && /waited 30 ms for a slot/.test(error.message),
      );
    slots.leave();
    assert.equal(slots.enter(), undefined, 'whoever gave up holds nothing');
  });

  test('are refused together when the database is away, and go on afterwards', async () => {
    const slots = slotsOf();
    slots.enter();
    const waiting = slots.enter() ?? Promise.resolve();
    slots.refuseWaiting(new Error('away'));
    await assert.rejects(waiting, /away/);
    slots.leave();
    assert.equal(slots.enter(), undefined);
  });
});
