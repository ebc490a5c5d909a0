import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Database } from '../../harness/engines.ts';
import { closeConnections, send } from '../../harness/http.ts';
import { Client, type Prepared, prepare } from './clients.ts';
import { diskUnder, type Served, serveOn, skipWithoutDisk } from './disk.ts';

const runProgram = (program: string, ...args: readonly string[]) => promisify(execFile)(program, [...args]);

/** A file system of its own, of so many mebibytes, or why there can be none. */
async function mounted(mebibytes: number): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-full-'));
  return runProgram('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'accord-test', folder).then(
    () => folder,
    async () => {
      await rm(folder, { recursive: true });
      return undefined;
    },
  );
}

async function unmount(folder: string): Promise<void> {
  await runProgram('umount', folder);
  await rm(folder, { recursive: true });
}

/** What is asked of a server about itself. */
function watching(server: Served) {
  const readiness = async () => {
    const open = await send(server.port, 'localhost', { path: '/readyz' });
    const told = await fetch(`${server.adminUrl}/readyz`);
    return { open: `${open.http} ${open.text}`, told: `${told.status} ${await told.text()}` };
  };
  const lines = (): readonly Record<string, string | number>[] =>
    server
      .out()
      .split('\n')
      .filter((line) => line.startsWith('{"level"'))
      .map((line) => JSON.parse(line));
  return { readiness, lines };
}

const healthy = { open: '200 ready\n', told: '200 store ok\ncounters ok\n' };
const full = {
  open: '503 not ready\n',
  told: '503 store cannot be written: the disk is full\ncounters ok\n',
};

async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 400, what);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

/** With the disk full: what is told of it, how often, and that all is well again without a new start. */
async function endures(
  server: Served,
  prepared: Prepared,
  fill: () => Promise<void> | void,
  free: () => Promise<void> | void,
): Promise<void> {
  const client = new Client(prepared, server.port);
  const { readiness, lines } = watching(server);
  const made = await client.create('before');
  assert.ok(made.served);
  assert.deepEqual(await readiness(), healthy);
  await fill();
  let refused = 0;
  for (let i = 0; refused < 200; i++) {
    assert.ok(i < 5_000, 'the disk does not get full');
    if (!(await client.create(`while it is full ${i} ${'x'.repeat(200)}`)).served) refused++;
  }
  await eventually('readiness follows', async () => (await readiness()).told === full.told);
  assert.equal((await readiness()).open, full.open);
  const id = JSON.parse(made.reply.text).response.id;
  await client.phoneOf(id);
  await eventually('the log is written', () =>
    lines().some(({ msg }) => msg === 'the database cannot be written'),
  );
  const failed = lines().filter(({ msg, cause }) => msg === 'request' && cause !== undefined);
  assert.ok(failed.length > 0);
  for (const { cause, exact } of failed) {
    assert.equal(cause, 'store.unreachable');
    assert.equal(exact, 'Unwritable: the database cannot be written: the disk is full');
  }
  assert.doesNotMatch(server.out(), /cannot be reached/);
  await free();
  await eventually(
    'it is ready by itself, without a write of a client',
    async () => (await readiness()).told === healthy.told,
  );
  assert.deepEqual(await readiness(), healthy);
  assert.ok((await client.create('after')).served);
  await eventually('the log is written', () =>
    lines().some(({ msg }) => msg === 'the database can be written again'),
  );
  const changes = lines().filter(({ msg }) => String(msg).startsWith('the database can'));
  assert.ok(changes.length <= 6, `${changes.length} changes are told`);
  const stacks = lines().filter(({ detail }) => detail !== undefined);
  assert.ok(stacks.length <= 5, `${stacks.length} stacks for ${refused} refusals`);
}

const skip = await skipWithoutDisk();

describe('a full disk', () => {
  let database: Database | undefined;
  let server: Served | undefined;
  afterEach(async () => {
    closeConnections();
    server?.child.kill('SIGKILL');
    await server?.ended;
    await database?.release();
  });

  test('is told truly, of a disk that takes nothing', { skip }, async () => {
    const prepared = await prepare(0, 0);
    database = prepared.database;
    const disk = await diskUnder(database.data);
    server = await serveOn(database.data, disk.environment);
    await endures(
      server,
      prepared,
      () => disk.fail({ call: 'write', error: 'ENOSPC', nth: 1, times: -1 }),
      () => disk.heal(),
    );
    disk.release();
  });

  test('is told truly, of a file system that has no room', async (t) => {
    const data = await mounted(24);
    if (data === undefined) return t.skip('no file system can be mounted here');
    const prepared = await prepare(0, 0, data);
    database = { ...prepared.database, release: () => unmount(data) };
    server = await serveOn(data, {});
    const ballast = join(data, 'ballast');
    await endures(
      server,
      prepared,
      async () => {
        const { bavail, bsize } = await statfs(data);
        await writeFile(ballast, Buffer.alloc(bavail * bsize));
      },
      () => truncate(ballast, 0),
    );
  });
});
