import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { openDatabase } from '../../src/server/database.ts';
import { Clash, type Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';

onEveryEngine('copies of a deployment in the store', (engine) => {
  let database: Database;
  let store: Store;
  before(async () => {
    database = await engine.create('full');
    store = await openDatabase(database, await loadCatalogue());
    await store.ready;
  });
  after(async () => {
    await store.close();
    await database.release();
  });
  const create = (deployment: number, name: string): Promise<number> =>
    store.within(async (writing) => {
      const id = await writing.nextId(deployment, 'companies');
      await writing.insert(deployment, 'companies', { id, name });
      return id;
    });
  const names = async (deployment: number): Promise<readonly unknown[]> =>
    (await store.list(deployment, { table: 'companies', columns: ['name'], limit: 100 })).map(
      ({ name }) => name,
    );

  test('rows and next ids are copied, and are apart from then on', async () => {
    for (const name of ['a', 'b', 'c']) await create(1, name);
    await create(3, 'of another');
    const copied = await store.copying([], async (copying) => {
      const rows = await copying.copy(1, 2, 'companies');
      await copying.copyIds(1, 2, ['companies']);
      return rows;
    });
    assert.equal(copied, 3);
    assert.deepEqual(await names(2), ['a', 'b', 'c']);
    assert.deepEqual(await Promise.all([create(2, 'd'), create(1, 'e')]), [4, 4]);
    assert.deepEqual(
      [await names(1), await names(2)],
      [
        ['a', 'b', 'c', 'e'],
        ['a', 'b', 'c', 'd'],
      ],
    );
  });

  test('where there are rows already it clashes, and nothing is written', async () => {
    await create(5, 'x');
    await create(6, 'y');
    const before = await names(6);
    await assert.rejects(
      store.copying([], async (copying) => {
        await copying.copyIds(5, 6, ['companies']);
        await copying.copy(5, 6, 'companies');
      }),
      Clash,
    );
    assert.deepEqual(await names(6), before);
    assert.equal(await create(6, 'z'), 2);
  });

  test('next ids go down with a copy, and begin anew when they are forgotten', async () => {
    await create(7, 'x');
    for (const name of ['a', 'b', 'c']) await create(8, name);
    await store.copying(['companies'], async (copying) => {
      await copying.remove(8, 'companies', {});
      await copying.copy(7, 8, 'companies');
      await copying.copyIds(7, 8, ['companies']);
    });
    assert.equal(await create(8, 'next'), 2);
    await store.copying(['companies'], async (copying) => {
      await copying.remove(8, 'companies', {});
      await copying.forgetIds(8);
    });
    assert.equal(await create(8, 'first'), 1);
  });

  test('a copy that fails takes no id from those who write at the same time', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create(9, name);
    await create(10, 'x');
    const failing = store.copying([], async (copying) => {
      await copying.copyIds(10, 9, ['companies']);
      throw new Error('it was not to be');
    });
    const made = Promise.all(['e', 'f', 'g'].map((name) => create(9, name)));
    await assert.rejects(failing, /not to be/);
    assert.deepEqual(new Set(await made), new Set([5, 6, 7]));
    assert.equal(await create(9, 'h'), 8);
  });

  test('it sees one state, however long it takes', async () => {
    for (let i = 0; i < 5; i++) await create(11, `c${i}`);
    let more: Promise<number> | undefined;
    const seen = await store.copying([], async (copying) => {
      const one = await copying.list(11, { table: 'companies', columns: ['id'], limit: 100 });
      more ??= create(11, 'meanwhile');
      for (let i = 0; i < 20; i++)
        await copying.list(11, { table: 'companies', columns: ['id'], limit: 100 });
      return [
        one.length,
        (await copying.list(11, { table: 'companies', columns: ['id'], limit: 100 })).length,
      ];
    });
    assert.deepEqual(seen, [5, 5]);
    await more;
    assert.equal((await names(11)).length, 6);
  });
});
