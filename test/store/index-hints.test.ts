import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { openDatabase, tablesOf } from '../../src/server/database.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { type CountRows, IndexAdvisor, type IndexHint } from '../../src/store/index-advisor.ts';
import type { Condition, Query } from '../../src/store/query.ts';
import type { Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';

const catalogue = await loadCatalogue();
const advisor = new IndexAdvisor(tablesOf(catalogue));
const many = 3_000;
const listed = (where: Condition, order: Query['order'] = [], limit = 10): Query => ({
  table: 'companies',
  select: [{ column: 'id' }],
  where,
  order: [...order, { by: { column: 'id' }, descending: false }],
  limit,
  offset: 0,
});
const given = (test: '=' | '<' | '>', column: string, value: number | string): Condition => ({
  test,
  on: { column },
  value,
});

/** The hint of a query when every index finds so many rows. */
const hintOf = (query: Query, found: (hint: IndexHint) => number): Promise<IndexHint> => {
  const count: CountRows = async (_, hint) => found(hint);
  return advisor.choose(1, query, count);
};

test('the index of few rows is used, else that of the order', async () => {
  const recent = given('>', 'date_modified', Math.random());
  const active = given('=', 'standing', `active ${Math.random()}`);
  assert.equal((await hintOf(listed(recent), () => 5)).index, 'companies_date_modified');
  assert.equal((await hintOf(listed(given('<', 'date_created', 7)), () => 9_999)).index, 'key');
  // One value's rows are in the order of their ids already.
  assert.equal((await hintOf(listed(active), () => 9_999)).index, 'companies_standing');
  const byDate = [{ by: { column: 'date_created' }, descending: true }];
  assert.equal((await hintOf(listed(active, byDate), () => 9_999)).index, 'companies_date_created');
  assert.equal(
    (await hintOf(listed(given('=', 'standing', 'rare'), byDate), () => 3)).index,
    'companies_standing',
  );
  assert.deepEqual(await hintOf(listed(given('=', 'id', 3)), () => 1), {});
  // Those without a value stand together in an index that has them.
  const unset: Condition = { empty: { column: 'date_created' } };
  assert.equal((await hintOf(listed(unset), () => 9_999)).index, 'companies_date_created');
  assert.equal((await hintOf(listed(unset, byDate), () => 3)).index, 'companies_date_created');
  assert.equal((await hintOf(listed({ empty: { column: 'phone' } }), () => 3)).index, 'key');
  const before: Condition = { test: '<', on: { column: 'date_created' }, value: 5, zero: true };
  assert.equal((await hintOf(listed(before), () => 9_999)).index, 'key');
  // An index that leaves rows out cannot give the order.
  const byPhone = [{ by: { column: 'phone' }, descending: true }];
  assert.equal((await hintOf(listed({ all: [] }, byPhone), () => 1)).index, undefined);
});

test('a hint that SQLite rejects is known by its message', async () => {
  const engine = sqliteEngine({ file: ':memory:' });
  const fixed = (sql: string) => ({ sql, slots: [] });
  await engine.write(async (session) => {
    await session.run(fixed('create table t (a text)'), []);
    await session.run(fixed('create index t_a on t (a) where a is not null'), []);
  });
  const failed = await engine.reader
    .rows(fixed('select * from t indexed by t_a'), [])
    .catch((error) => error);
  assert.ok(engine.rejectsHint(failed), String(failed));
  assert.ok(!engine.rejectsHint(new Error('no such table: t')));
  await engine.close();
});

onEveryEngine('rows are found, whichever index is used', (engine) => {
  let database: Database;
  let store: Store;
  const put = (deployment: number, id: number, values: Record<string, number | string | null>) =>
    store.within((writing) => writing.insert(deployment, 'companies', { id, ...values }));
  const ids = async (query: Query, deployment = 1) =>
    (await store.select(deployment, query)).map(([id]) => id);
  const searching = (text: string): Condition => ({
    contains: text,
    on: ['website', 'name', 'phone', 'fax'].map((column) => ({ column })),
  });

  before(async () => {
    database = await engine.create('full');
    store = await openDatabase(database, catalogue);
    await store.ready;
    await store.within(async (writing) => {
      for (let id = 1; id <= many; id++)
        await writing.insert(1, 'companies', {
          id,
          name: `Company ${id}`,
          standing: id % 100 === 0 ? 'rare' : 'usual',
          date_created: id,
          phone: id === 42 ? '0385089777' : null,
        });
    });
  });
  after(async () => {
    await store.close();
    await database.release();
  });

  test('by values that few and many rows have', async () => {
    const rare = given('=', 'standing', 'rare');
    const usual = given('=', 'standing', 'usual');
    const late = given('>', 'date_created', many - 2);
    const early = given('>', 'date_created', 5);
    const down = [{ by: { column: 'date_created' }, descending: true }];
    assert.deepEqual(await ids(listed(rare, [], 2)), [100, 200]);
    assert.deepEqual(await ids(listed(usual, down, 2)), [2_999, 2_998]);
    assert.deepEqual(await ids(listed(rare, down, 2)), [3_000, 2_900]);
    assert.deepEqual(await ids(listed(late)), [2_999, 3_000]);
    assert.deepEqual(await ids(listed(early, [], 2)), [6, 7]);
    assert.deepEqual(await ids(listed({ all: [rare, early, late] })), [3_000]);
    const either = { test: '=', on: { any: [{ column: 'phone' }, { column: 'fax' }] }, value: '0385089777' };
    assert.deepEqual(await ids(listed(either as Condition)), [42]);
    const counted: Query = { ...listed(rare), select: 'count', order: [], limit: 0 };
    assert.equal(await store.count(1, counted), 30);
    assert.equal(await store.count(1, { ...counted, limit: 7 }), 7);
    assert.equal(await store.count(1, { ...counted, where: { all: [] } }), many);
    await put(1, 4_002, { name: 'Without a date', date_created: null });
    const unset: Condition = { empty: { column: 'date_created' } };
    assert.deepEqual(await ids(listed(unset)), [4_002]);
    assert.deepEqual(await ids(listed(unset, down)), [4_002]);
    assert.equal(await store.count(1, { ...counted, where: unset }), 1);
    await store.within((writing) => writing.remove(1, 'companies', { id: 4_002 }));
    // Absent counts as 0, and an index that leaves absent ones out cannot say so.
    const zero: Condition = { test: '<', on: { column: 'phone' }, value: '04', zero: true };
    assert.equal((await ids(listed(zero, [], 5_000))).length, many);
  });

  test('by a part of a word, as it is written, in every column, of this deployment', async () => {
    await put(1, 4_001, { name: 'Mom’s 100% "Friendly" Robots_Inc', website: 'HTTPS://ÄPFEL.example' });
    await put(2, 4_001, { name: 'another friendly robot' });
    for (const text of ['friendly', '100%', '"fri', 'robots_', 'äpfel', 'mom’s'])
      assert.deepEqual(await ids(listed(searching(text))), [4_001], text);
    // None of these is a pattern, and what is short is found too.
    for (const text of ['robotsxinc', '100x', 'fri*', '%%%'])
      assert.deepEqual(await ids(listed(searching(text))), [], text);
    assert.deepEqual(await ids(listed(searching('0%'))), [4_001]);
    assert.deepEqual(await ids(listed({ all: [searching('company'), searching('2999')] })), [2_999]);
    assert.deepEqual(await ids(listed(searching('friendly')), 2), [4_001]);
    assert.deepEqual(await ids(listed(searching('friendly')), 3), []);
  });

  test('and no longer when the word is gone, or the row', async () => {
    await put(1, 5_001, { name: 'Wernstrom' });
    // Only a load can bring such an id.
    await put(1, 2 ** 45, { name: 'Wernstrom the second' });
    assert.deepEqual(await ids(listed(searching('wernst'))), [5_001, 2 ** 45]);
    await store.within((writing) =>
      writing.update(1, 'companies', { id: 5_001 }, { name: 'Farnsworth', fax: '12' }),
    );
    assert.deepEqual(await ids(listed(searching('wernst'))), [2 ** 45]);
    assert.deepEqual(await ids(listed(searching('farnsworth'))), [5_001]);
    await store.within((writing) => writing.remove(1, 'companies', { id: 5_001 }));
    await store.within((writing) => writing.remove(1, 'companies', { id: 2 ** 45 }));
    assert.deepEqual(await ids(listed(searching('farnsworth'))), []);
    assert.deepEqual(await ids(listed(searching('wernst'))), []);
  });

  test('rows that were there before are found after a start', async () => {
    const again = await openDatabase(database, catalogue);
    await again.ready;
    const found = await again.select(1, listed(searching('company 2998')));
    assert.deepEqual(
      found.map(([id]) => id),
      [2_998],
    );
    await again.close();
  });
});
