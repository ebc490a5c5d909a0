import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { isBusy } from '../../src/store/engines/sqlite-connection.ts';

const plain = (sql: string, slots = 0) => ({ sql, slots: Array.from({ length: slots }, (_, i) => i) });
const half = plain('insert into pairs values (?, ?)', 2);
const unique = plain('insert into keys values (1)');
const sides = plain("select sum(side = 'a'), sum(side = 'b') from pairs");
const own = plain('select count(*) from pairs where n = ?', 1);
const tables = [
  'create table pairs (n integer, side text)',
  'create table keys (n integer primary key)',
  'create table counters (deployment_id, name, last, primary key (deployment_id, name))',
];

/** Writes pairs, some of which fail or take their time, and reads in between: nobody may see half a pair, or miss one that was acknowledged. */
async function attack(file: string, milliseconds: number): Promise<{ readonly wrong: readonly string[] }> {
  const engine = sqliteEngine({ file });
  const wrong: string[] = [];
  await engine.write(async (session) => {
    for (const text of tables) await session.run(plain(text), []);
  });
  const until = performance.now() + milliseconds;
  const look = async (): Promise<void> => {
    const [row] = await engine.reader.rows(sides, []);
    if (row?.[0] !== row?.[1]) wrong.push(`half a pair: ${row}`);
  };
  const has = async (n: number, rows: number): Promise<void> => {
    if (Math.random() < 0.5) engine.share();
    const [row] = await engine.reader.rows(own, [n]);
    if (row?.[0] !== rows) wrong.push(`${row} rows of ${n} instead of ${rows}`);
  };
  let last = 0;
  const write = async (): Promise<void> => {
    while (performance.now() < until) {
      const n = ++last;
      const work = engine.write(async (session) => {
        await session.run(half, [n, 'a']);
        if (n % 7 === 1) void look().catch((error) => wrong.push(String(error)));
        if (n % 7 === 3) throw new Error('on purpose');
        if (n % 7 === 5) await session.run(unique, []);
        if (n % 7 === 6 && file !== ':memory:') await new Promise((resume) => setTimeout(resume, 3));
        await session.run(half, [n, 'b']);
      });
      const written = await work.then(
        () => true,
        (error) => {
          if (!engine.clash(error) && error.message !== 'on purpose') wrong.push(String(error));
          return false;
        },
      );
      await has(n, written ? 2 : 0);
    }
  };
  const read = async (): Promise<void> => {
    while (performance.now() < until) {
      if (Math.random() < 0.7) engine.share();
      await look().catch((error) => wrong.push(String(error)));
      if (Math.random() < 0.3) await new Promise((resume) => setImmediate(resume));
    }
  };
  await Promise.all([...Array.from({ length: 8 }, write), ...Array.from({ length: 8 }, read)]);
  await engine.close();
  assert.ok(last > 20, `${last} were written`);
  return { wrong };
}

const holder = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1], { timeout: 5000 });
  for (const until = Date.now() + 2000; Date.now() < until; ) {
    database.exec('begin immediate; update other set n = n + 1');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    database.exec('commit; pragma wal_checkpoint(truncate)');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }`;

test('what is read while others write is whole and committed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'accord-isolation-'));
  const file = join(folder, 'accord.db');
  try {
    assert.deepEqual((await attack(':memory:', 700)).wrong, []);
    assert.deepEqual((await attack(file, 1_000)).wrong, []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('and while another process has the lock, again and again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'accord-isolation-'));
  const file = join(folder, 'accord.db');
  try {
    const engine = sqliteEngine({ file });
    await engine.write(async (session) => {
      await session.run(plain('create table other (n integer)'), []);
      await session.run(plain('insert into other values (0)'), []);
    });
    await engine.close();
    const child = spawn(process.execPath, ['-e', holder, file], { stdio: ['ignore', 'ignore', 'inherit'] });
    assert.deepEqual((await attack(file, 1_500)).wrong, []);
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    assert.equal(code, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a lock is known whatever it is held for', () => {
  // SQLITE_BUSY, and the same during recovery and for a snapshot.
  for (const errcode of [5, 261, 517]) assert.ok(isBusy({ errcode }), String(errcode));
  for (const errcode of [1, 6, 2067]) assert.ok(!isBusy({ errcode }), String(errcode));
  assert.ok(!isBusy(undefined));
});
