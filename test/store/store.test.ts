import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { openStore } from '../../src/store/open-store.ts';
import { defineTable } from '../../src/store/schema.ts';
import { Clash, type Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine, type TestEngine } from '../harness/engines.ts';

const things = defineTable('things', ['id'], ['id#!', 'name', 'size#', 'other_id#'], {
  unique: [['name']],
  indices: [['size']],
});

async function engineOf({ name }: TestEngine, { data, databaseUrl }: Database) {
  if (name === 'sqlite') return sqliteEngine({ file: `${data}/accord.db` });
  const { postgresEngine } = await import('../../src/store/engines/postgres.ts');
  return postgresEngine({ url: databaseUrl ?? '' });
}

onEveryEngine('the promises of the store', (engine) => {
  let database: Database;
  let store: Store;
  before(async () => {
    database = await engine.create();
    store = openStore(await engineOf(engine, database), [things]);
    await store.ready;
  });
  after(async () => {
    await store.close();
    await database.release();
  });
  const insert = (deployment: number, values: Record<string, number | string | null>) =>
    store.within(async (writing) => {
      const id = await writing.nextId(deployment, 'things');
      await writing.insert(deployment, 'things', { id, ...values });
      return id;
    });
  const names = async (
    deployment: number,
    where: Parameters<Store['select']>[1]['where'],
    by = 'id',
    descending = false,
  ) =>
    (
      await store.select(deployment, {
        table: 'things',
        select: [{ column: 'name' }],
        where,
        order: [{ by: { column: by }, descending }],
        limit: 100,
        offset: 0,
      })
    ).map(([name]) => name);

  test('an upsert inserts a row, or changes the one with its key, within one deployment', async () => {
    const put = (deployment: number, name: string) =>
      store.within((writing) => writing.upsert(deployment, 'things', { id: 900, name }));
    await put(1, 'first');
    await put(2, 'of another');
    await put(1, 'second');
    const found = async (deployment: number) =>
      (
        await store.list(deployment, { table: 'things', columns: ['name'], where: { id: 900 }, limit: 10 })
      ).map(({ name }) => name);
    assert.deepEqual([await found(1), await found(2)], [['second'], ['of another']]);
    await store.within((writing) => writing.insert(1, 'things', { id: 901, name: 'taken' }));
    await assert.rejects(
      store.within((writing) => writing.upsert(1, 'things', { id: 900, name: 'taken' })),
      (error) => error instanceof Clash && error.columns.join() === 'name',
    );
    for (const deployment of [1, 2])
      await store.within((writing) => writing.remove(deployment, 'things', {}));
  });

  test('who upserts a row that is being upserted waits for it, also when it is new', async () => {
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        store.within(async (writing) => {
          await writing.upsert(1, 'things', { id: 902, name: 'lock' });
          const size = ((await writing.find(1, 'things', ['size'], { id: 902 }))?.size as number | null) ?? 0;
          seen.push(size);
          await writing.update(1, 'things', { id: 902 }, { size: size + 1 });
        }),
      ),
    );
    assert.deepEqual(
      seen.toSorted((one, other) => one - other),
      Array.from({ length: 20 }, (_, i) => i),
    );
    await store.within((writing) => writing.remove(1, 'things', {}));
  });

  test('ids are never given twice, also to many at once, and each deployment has its own', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, (_, i) => insert(1, { name: `many ${i}` })));
    assert.equal(new Set(ids).size, 100);
    assert.equal(
      await insert(2, { name: 'many 1' }),
      1,
      'the same name in another deployment is another name',
    );
  });
  test('one bad write does not undo its neighbours', async () => {
    const settled = await Promise.allSettled([
      insert(3, { name: 'a' }),
      insert(3, { name: 'a' }),
      insert(3, { name: 'b' }),
    ]);
    const failed = settled.filter((each) => each.status === 'rejected');
    assert.equal(failed.length, 1);
    assert.ok(failed[0]?.reason instanceof Clash);
    assert.deepEqual(failed[0]?.reason.columns, ['name']);
    assert.deepEqual(await names(3, { all: [] }, 'name'), ['a', 'b']);
  });
  test('a transaction is all or nothing', async () => {
    const failing = store.within(async (writing) => {
      await writing.insert(4, 'things', { id: 1, name: 'half' });
      throw new Error('after half of it');
    });
    await assert.rejects(failing, /after half of it/);
    assert.deepEqual(await names(4, { all: [] }), []);
  });
  test('an update says 0 when another one was faster', async () => {
    await insert(5, { name: 'coupon', size: 0 });
    const taken = await Promise.all(
      Array.from({ length: 20 }, () =>
        store.within((writing) => writing.update(5, 'things', { name: 'coupon', size: 0 }, { size: 1 })),
      ),
    );
    assert.equal(taken.filter((changed) => changed === 1).length, 1);
  });
  test('no statement reaches another deployment', async () => {
    await insert(6, { name: 'mine', size: 1 });
    assert.equal(
      await store.within((writing) => writing.update(7, 'things', { name: 'mine' }, { size: 2 })),
      0,
    );
    assert.equal(await store.within((writing) => writing.remove(7, 'things', { name: 'mine' })), 0);
    assert.equal(await store.find(7, 'things', ['id'], { name: 'mine' }), undefined);
    assert.deepEqual(await names(7, { all: [] }), []);
  });
  test('conditions mean the same on every engine: absent values, their opposite, order, case, lists', async () => {
    for (const [name, size] of [
      ['Ärger', 3],
      ['berg', null],
      ['Berg', 1],
      ['z', 0],
    ] as const)
      await insert(8, { name, size });
    const size = { column: 'size' };
    assert.deepEqual(
      await names(8, { all: [] }, 'size'),
      ['berg', 'z', 'Berg', 'Ärger'],
      'absent first, ascending',
    );
    assert.deepEqual(
      await names(8, { all: [] }, 'size', true),
      ['Ärger', 'Berg', 'z', 'berg'],
      'absent last, descending',
    );
    assert.deepEqual(await names(8, { all: [] }, 'name'), ['Berg', 'berg', 'z', 'Ärger'], 'by code point');
    assert.deepEqual(
      await names(8, { not: { test: '=', on: size, value: 1 } }, 'name'),
      ['berg', 'z', 'Ärger'],
      'absent is not 1',
    );
    assert.deepEqual(await names(8, { among: [0, 3], on: size }, 'name'), ['z', 'Ärger']);
    assert.deepEqual(await names(8, { among: [], on: size }), []);
    assert.deepEqual(await names(8, { test: '<', on: size, value: 1, zero: true }, 'name'), ['berg', 'z']);
    assert.deepEqual(await names(8, { contains: 'är', on: [{ column: 'name' }] }), ['Ärger']);
    assert.deepEqual(await names(8, { contains: 'ber', on: [{ column: 'name' }] }, 'name'), ['Berg', 'berg']);
    assert.deepEqual(await names(8, { contains: '%', on: [{ column: 'name' }] }), []);
    assert.deepEqual(await names(8, { empty: size }), ['berg']);
    assert.deepEqual(await names(8, { some: [] }), []);
    const [sum] = await store.select(8, {
      table: 'things',
      select: [{ sum: size }],
      where: { all: [] },
      order: [],
      limit: 1,
      offset: 0,
    });
    assert.equal(Number(sum?.[0]), 4);
  });
  test('a second process opens the same database, and finds its schema', async () => {
    const other = openStore(await engineOf(engine, database), [things]);
    await other.ready;
    await Promise.all([
      insert(9, { name: 'one' }),
      other.within((writing) => writing.insert(9, 'things', { id: 1_000, name: 'two' })),
    ]);
    assert.deepEqual(await names(9, { all: [] }), ['one', 'two']);
    await other.close();
  });
  test('a table that has grown gets its new column and index, and keeps its rows', async () => {
    const grown = defineTable('things', ['id'], ['id#!', 'name', 'size#', 'other_id#', 'colour'], {
      unique: [['name']],
      indices: [['size'], ['colour']],
    });
    const other = openStore(await engineOf(engine, database), [grown]);
    await other.ready;
    await other.within((writing) => writing.insert(10, 'things', { id: 1, name: 'new', colour: 'red' }));
    assert.equal((await other.find(10, 'things', ['colour'], { id: 1 }))?.colour, 'red');
    assert.ok(
      (await other.list(3, { table: 'things', columns: ['name', 'colour'], limit: 10 })).length === 2,
    );
    await other.close();
  });
});
