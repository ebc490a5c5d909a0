import assert from 'node:assert/strict';
import fs, { readlinkSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, realpath, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { folderFiles } from '../../src/files/folder.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';

// What is open under a number is told by Linux only.
describe('folders outlive a power cut', { skip: process.platform !== 'linux' }, () => {
  let root: string;
  /** What was synced, in order. */
  const synced: string[] = [];
  const nameOf = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`);
  const restored: (() => void)[] = [];

  before(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'accord-folders-')));
    const handle = await open(root, 'r');
    const kind = Object.getPrototypeOf(handle) as { sync: FileHandle['sync'] };
    await handle.close();
    const { sync } = kind;
    kind.sync = async function (this: FileHandle) {
      await sync.call(this);
      synced.push(nameOf(this.fd));
    };
    const { fsyncSync } = fs;
    fs.fsyncSync = (fd) => {
      fsyncSync(fd);
      synced.push(nameOf(fd));
    };
    syncBuiltinESMExports();
    restored.push(() => {
      kind.sync = sync;
      fs.fsyncSync = fsyncSync;
      syncBuiltinESMExports();
    });
  });
  beforeEach(() => void synced.splice(0));
  after(async () => {
    for (const restore of restored) restore();
    await rm(root, { recursive: true, force: true });
  });

  const put = (folder: string) =>
    folderFiles({ folder, room: 2 ** 20 }).put(Readable.from([Buffer.from('good news')]));

  test('a first upload is there with every folder that leads to it', async () => {
    const data = join(root, 'new/data');
    const staged = await put(join(data, 'files'));
    const before = [...synced];
    for (const folder of [root, join(root, 'new'), data])
      assert.ok(before.includes(folder), `${folder} is synced before there is a file`);
    synced.splice(0);
    const key = await staged.keep(7);
    const place = join(data, 'files/7', key.slice(0, 2));
    assert.match(synced[0] ?? '', /\.incoming/, 'the contents come first');
    assert.deepEqual(synced.slice(1).sort(), [join(data, 'files'), join(data, 'files/7'), place]);
  });

  test('a later upload syncs the folders above it too: who made them may not have come to it', async () => {
    const folder = join(root, 'later');
    await (await put(folder)).keep(1);
    const staged = await put(folder);
    synced.splice(0);
    await staged.keep(1);
    assert.ok(synced.includes(folder) && synced.includes(join(folder, '1')), synced.join());
  });

  test('a copy is there with every folder that leads to it', async () => {
    const folder = join(root, 'copied');
    const files = folderFiles({ folder, room: 2 ** 20 });
    const key = await (await files.put(Readable.from([Buffer.from('x')]))).keep(1);
    for (const _ of ['made', 'there already']) {
      synced.splice(0);
      await files.copy(1, 2, key);
      const place = join(folder, '2', key.slice(0, 2));
      assert.deepEqual([...synced].sort(), [folder, join(folder, '2'), place]);
    }
  });

  test('a database in a new folder is there with every folder that leads to it', async () => {
    const engine = sqliteEngine({ file: join(root, 'a/b/accord.db') });
    await engine.close();
    assert.deepEqual(synced, [root, join(root, 'a')]);
  });
});
