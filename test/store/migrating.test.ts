import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { openDatabase } from '../../src/server/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { defineTable } from '../../src/store/schema.ts';
import { schemaNumber } from '../../src/store/schema-number.ts';
import { Busy, type Store } from '../../src/store/store.ts';
import { type Database, hasPostgres, onEveryEngine, postgres, sqlite } from '../harness/engines.ts';
import { beside, engineOn, eventually, pause } from './opened.ts';

const things = defineTable('things', ['id'], ['id#!', 'name', 'size#']);
const grown = defineTable('things', ['id'], ['id#!', 'name', 'size#', 'colour'], {
  indices: [['size'], ['colour']],
});
const unique = defineTable('things', ['id'], ['id#!', 'name', 'size#'], { unique: [['name']] });

const catalogue = await loadCatalogue();
/** Rounds of two servers at once, and milliseconds that a lock is held: more of both by hand than at every change. */
const rounds = Number(process.env.ACCORD_TEST_STARTS ?? 1);
const heldMs = Number(process.env.ACCORD_TEST_HELD ?? 700);
/** As long as a server waits by itself, when that is shorter. */
const waiting = heldMs > 30_000 ? {} : { waitMs: 150 };

async function withDatabase(
  engine: { create(): Promise<Database> },
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const database = await engine.create();
  try {
    await work(database);
  } finally {
    await database.release();
  }
}

async function run(database: Database, statement: string): Promise<readonly Record<string, unknown>[]> {
  if (database.databaseUrl === undefined) {
    using file = new DatabaseSync(join(database.data, 'accord.db'));
    return file.prepare(statement).all();
  }
  const client = await beside(database);
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

const fill = (store: Store, count: number): Promise<void> =>
  store.within(async (writing) => {
    for (let id = 1; id <= count; id++)
      await writing.insert(1, 'things', { id, name: `thing ${id}`, size: id });
  });

onEveryEngine('a schema is brought up to date', (engine) => {
  test('by two servers that start at once on an empty database', async () => {
    for (let round = 0; round < rounds; round++)
      await withDatabase(engine, async (database) => {
        const stores = await Promise.all(
          [0, 1].map(() => openDatabase({ ...database, schema: 'full' }, catalogue)),
        );
        try {
          await Promise.all(stores.map((store) => store.indexed));
          for (const store of stores)
            assert.deepEqual(await store.list(0, { table: 'deployments', columns: ['id'], limit: 1 }), []);
        } finally {
          await Promise.all(stores.map((store) => store.close()));
        }
      });
  });

  test('that a newer version has written is refused, and nothing is tried again', async () =>
    withDatabase(engine, async (database) => {
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      await first.close();
      await run(database, `insert into migrations (number, title) values (${schemaNumber + 1}, 'schema')`);
      let waits = 0;
      const older = openStore(engineOn(database), [things], { onWait: () => waits++ });
      await assert.rejects(
        older.ready,
        new RegExp(
          `written by a newer version of Accord \\(schema ${schemaNumber + 1}; this version knows ${schemaNumber}\\): start that version`,
        ),
      );
      assert.equal(older.isReady(), false);
      assert.equal(waits, 0);
      await older.close();
    }));

  test('from a database without a number, which gets one', async () =>
    withDatabase(engine, async (database) => {
      const numbers = async () =>
        (await run(database, 'select number from migrations where number > 0 order by number')).map(
          ({ number }) => Number(number),
        );
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      await fill(first, 3);
      await first.close();
      await run(database, 'delete from migrations where number > 1');
      const second = openStore(engineOn(database), [things]);
      await second.ready;
      assert.equal((await second.list(1, { table: 'things', columns: ['id'], limit: 10 })).length, 3);
      await second.close();
      assert.equal((await numbers()).at(-1), schemaNumber);
    }));

  test('with word of each index that a table with rows lacked, and none the next time', async () =>
    withDatabase(engine, async (database) => {
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      await fill(first, 3);
      await first.close();
      for (const wanted of [['things_size', 'things_colour'], []]) {
        const said: string[] = [];
        const store = openStore(engineOn(database), [grown], {
          onIndex: (name) => said.push(name),
        });
        await store.indexed;
        assert.deepEqual(said, wanted);
        await store.close();
      }
    }));

  test('not where rows break a unique key that is new: it fails, and the rows stay', async () =>
    withDatabase(engine, async (database) => {
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      await first.within(async (writing) => {
        for (const id of [1, 2]) await writing.insert(1, 'things', { id, name: 'twice' });
      });
      await first.close();
      const second = openStore(engineOn(database), [unique]);
      await assert.rejects(second.ready, /unique/i);
      await second.close();
      const third = openStore(engineOn(database), [things]);
      await third.ready;
      assert.equal((await third.list(1, { table: 'things', columns: ['id'], limit: 10 })).length, 2);
      await third.close();
    }));
});

test('a server that finds a newer database says so and exits', async () =>
  withDatabase(sqlite, async (database) => {
    const first = openStore(engineOn(database), []);
    await first.ready;
    await first.close();
    await run(database, "insert into migrations (number, title) values (999, 'schema')");
    const accord = join(import.meta.dirname, '../../src/cli/accord.ts');
    const server = spawn(process.execPath, [accord, 'serve', '--port', '0', '--data', database.data], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(server.stderr), once(server, 'close')]);
    assert.equal(code, 1, said);
    assert.match(said, /^accord: the database was written by a newer version of Accord \(schema 999;.*\n$/);
  }));

const needed = hasPostgres || process.env.CI ? {} : { skip: 'no Postgres' };

describe('on postgres, while others hold what is wanted', needed, () => {
  test('a server starts when the lock of another that migrates is free, however long that takes', async () =>
    withDatabase(postgres, async (database) => {
      const other = await beside(database);
      await other.query('select pg_advisory_lock(4280001)');
      const waits: unknown[] = [];
      const store = openStore(engineOn(database, waiting), [things], {
        onWait: (error) => waits.push(error),
      });
      try {
        await pause(heldMs);
        assert.equal(store.isReady(), false);
        await eventually('the server says what it waits for', () => waits.length > 0);
        assert.ok(waits.every((error) => error instanceof Busy));
        await other.query('select pg_advisory_unlock(4280001)');
        await store.ready;
        await fill(store, 1);
      } finally {
        await store.close();
        await other.end();
      }
    }));

  test('a new column waits for those who use the table, and lets others through meanwhile', async () =>
    withDatabase(postgres, async (database) => {
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      await fill(first, 3);
      const reader = await beside(database);
      await reader.query('begin');
      await reader.query('select * from things');
      const store = openStore(engineOn(database, waiting), [grown]);
      try {
        await pause(heldMs);
        assert.equal(store.isReady(), false);
        assert.equal((await first.list(1, { table: 'things', columns: ['id'], limit: 10 })).length, 3);
        await reader.query('commit');
        await store.ready;
        await store.within((writing) => writing.insert(1, 'things', { id: 4, colour: 'red' }));
      } finally {
        await store.close();
        await first.close();
        await reader.end();
      }
    }));

  test('reads and writes are served while an index of a table with rows is built', async () =>
    withDatabase(postgres, async (database) => {
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      await fill(first, 20);
      await first.close();
      const wide = defineTable('things', ['id'], ['id#!', 'name', 'size#'], {
        indices: [['size'], ['name']],
      });
      const writer = await beside(database);
      await writer.query('begin');
      await writer.query("update things set name = 'slow' where id = 1");
      const stores = [0, 1].map(() => openStore(engineOn(database, waiting), [wide]));
      let done = 0;
      for (const store of stores) void store.indexed.then(() => done++);
      try {
        await Promise.all(stores.map((store) => store.ready));
        const until = performance.now() + heldMs;
        for (let id = 100; performance.now() < until || id < 102; id++) {
          for (const store of stores)
            assert.equal((await store.find(1, 'things', ['size'], { id: 2 }))?.size, 2);
          await stores[0]?.within((writing) => writing.insert(1, 'things', { id, size: id }));
          await pause(50);
        }
        assert.equal(done, 0, 'the index waits for the transaction that began before it');
        await writer.query('commit');
        await Promise.all(stores.map((store) => store.indexed));
        assert.deepEqual(await validOf(database), { things_size: true, things_name: true });
      } finally {
        await Promise.all(stores.map((store) => store.close()));
        await writer.end();
      }
    }));

  test('what an interrupted building has left is dropped and built again', async () =>
    withDatabase(postgres, async (database) => {
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      await fill(first, 20);
      await first.close();
      const [writer, builder] = [await beside(database), await beside(database)];
      try {
        await writer.query('begin');
        await writer.query("update things set name = 'slow' where id = 1");
        await builder.query("set statement_timeout = '300ms'");
        const build = 'create index concurrently things_size on things (deployment_id, size nulls first, id)';
        await assert.rejects(builder.query(build), /statement timeout/);
        await writer.query('rollback');
        assert.deepEqual(await validOf(database), { things_size: false });
        const store = openStore(engineOn(database), [grown]);
        await store.indexed;
        await store.close();
        assert.deepEqual(await validOf(database), { things_size: true, things_colour: true });
      } finally {
        await writer.end();
        await builder.end();
      }
    }));

  test('an index that cannot be built is told of, and neither stops the others nor the server', async () =>
    withDatabase(postgres, async (database) => {
      const first = openStore(engineOn(database), [things]);
      await first.ready;
      // Too large for an entry of an index, however well it is packed.
      const name = Array.from({ length: 20_000 }, () => Math.random().toString(36).slice(2)).join('');
      await first.within((writing) => writing.insert(1, 'things', { id: 1, name, size: 1 }));
      await first.close();
      const wide = defineTable('things', ['id'], ['id#!', 'name', 'size#'], {
        indices: [['name'], ['size']],
      });
      const troubles: string[] = [];
      const store = openStore(engineOn(database), [wide], {
        onIndexTrouble: (error) => troubles.push(String(error)),
      });
      await store.indexed;
      assert.match(troubles.join(), /index row|exceeds/);
      assert.equal((await store.find(1, 'things', ['size'], { id: 1 }))?.size, 1);
      await store.close();
      assert.equal((await validOf(database)).things_size, true);
    }));
});

/** Whether each index of the table is of use, but for its key. */
async function validOf(database: Database): Promise<Record<string, boolean>> {
  const rows = await run(
    database,
    "select relname, indisvalid from pg_index join pg_class on pg_class.oid = indexrelid where indrelid = 'things'::regclass and not indisprimary order by indexrelid",
  );
  return Object.fromEntries(rows.map(({ relname, indisvalid }) => [relname, indisvalid]));
}
