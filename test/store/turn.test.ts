import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { openDatabase } from '../../src/server/database.ts';
import type { Engine } from '../../src/store/engines/engine.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';

const plain = (sql: string) => ({ sql, slots: [] });
const endOfTurn = () => new Promise<void>((resume) => setImmediate(resume));
let folder: string;
let engine: Engine;
/** As another process has it. */
let other: DatabaseSync;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-snapshot-'));
  engine = sqliteEngine({ file: join(folder, 'accord.db') });
  await engine.write((session) => session.run(plain('create table t (a integer)'), []).then(() => undefined));
  other = new DatabaseSync(join(folder, 'accord.db'), { timeout: 1_000 });
});
after(async () => {
  other.close();
  await engine.close();
  await rm(folder, { recursive: true });
});
beforeEach(endOfTurn);

const count = async () => Number((await engine.reader.rows(plain('select count(*) from t'), []))[0]?.[0]);
const add = () => other.exec('insert into t values (1)');

test('the reads of one turn see one moment, those of the next the next', async () => {
  engine.share();
  const first = await count();
  add();
  engine.share();
  assert.equal(await count(), first);
  await endOfTurn();
  assert.equal(await count(), first + 1);
});

test('it begins with the first read, not before', async () => {
  const first = await count();
  engine.share();
  add();
  assert.equal(await count(), first + 1);
});

test('what was written here is seen at once', async () => {
  engine.share();
  const first = await count();
  await engine.write((session) => session.run(plain('insert into t values (2)'), []).then(() => undefined));
  assert.equal(await count(), first + 1);
});

test('a read that no request asked for shares nothing', async () => {
  const first = await count();
  add();
  assert.equal(await count(), first + 1);
});

test('a read that fails leaves the others what they had', async () => {
  engine.share();
  const first = await count();
  await assert.rejects(async () => engine.reader.rows(plain('select * from nowhere'), []));
  assert.equal(await count(), first);
  await endOfTurn();
  add();
  assert.equal(await count(), first + 1);
});

onEveryEngine('what is asked again in one turn', (engine) => {
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

  test('is asked once, and anew in the next', async () => {
    let asked = 0;
    const ask = async (): Promise<number> => ++asked;
    store.share();
    const same = [store.once('a', ask), store.once('a', ask), store.once('b', ask)];
    assert.deepEqual(await Promise.all(same), [1, 1, 2]);
    await endOfTurn();
    store.share();
    assert.equal(await store.once('a', ask), 3);
  });

  test('is asked each time when no request has come', async () => {
    let asked = 0;
    const ask = async (): Promise<number> => ++asked;
    assert.deepEqual(await Promise.all([store.once('a', ask), store.once('a', ask)]), [1, 2]);
  });

  test('fails for all that asked, and for nobody later', async () => {
    store.share();
    const failing = (): Promise<never> => Promise.reject(new Error('away'));
    const both = await Promise.allSettled([store.once('c', failing), store.once('c', failing)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await endOfTurn();
    store.share();
    assert.equal(await store.once('c', async () => 'back'), 'back');
  });
});
