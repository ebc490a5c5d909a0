import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accord, type Running, skipWithout, start } from '../../harness/commands.ts';

/** The library that stands between a process and its disk (disk.c), and the file by which it is told what to do. */
export interface Disk {
  /** The n-th call from now on fails, and so many after it; -1: all. */
  fail(on: { call: Call; error: DiskError; nth: number; times: number }): void;
  /** The process ends before the n-th call from now on, as if the power went; of what was not synced, the first so many writes stay. */
  losePower(on: { nth: number; kept: number }): void;
  /** From now on nothing fails. */
  heal(): void;
  /** Calls that failed since the last order. */
  hits(): number;
  /** Whether a process has the library loaded; what it wrote and synced; what was taken back when the power went. */
  seen(): { attached: boolean; writes: number; syncs: number; takenBack: number };
  release(): void;
  /** For the process that is to use it. */
  readonly environment: Readonly<Record<string, string>>;
}

export type Call = 'write' | 'sync';
export type DiskError = 'EIO' | 'ENOSPC';

const calls = { write: 1, sync: 2, any: 3 } as const;
const errors = { EIO: 5, ENOSPC: 28 } as const;
const fields = 10;

/** Why there can be no such disk here; `false` when there can. In CI there has to be a compiler. */
export const skipWithoutDisk = async (): Promise<string | false> =>
  process.platform === 'linux' ? skipWithout('cc', true) : 'this needs Linux';

let library: Promise<string> | undefined;

/** Compiled once a process, for as long as it lives. */
async function build(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'accord-disk-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const built = join(folder, 'disk.so');
  const source = join(import.meta.dirname, 'disk.c');
  await promisify(execFile)('cc', [
    '-O1',
    '-Wall',
    '-Wextra',
    '-shared',
    '-fPIC',
    '-o',
    built,
    source,
    '-ldl',
    '-lpthread',
  ]);
  return built;
}

/** A disk for the database in a folder. */
export async function diskUnder(data: string): Promise<Disk> {
  library ??= build();
  const preload = await library;
  const folder = mkdtempSync(join(tmpdir(), 'accord-disk-'));
  const path = join(folder, 'control');
  const file = openSync(path, 'w+');
  writeSync(file, new Int32Array(fields), 0, fields * 4, 0);
  const read = (): Int32Array => {
    const values = new Int32Array(fields);
    readSync(file, values, 0, fields * 4, 0);
    return values;
  };
  interface Order {
    readonly call: number;
    readonly error: number;
    readonly countdown: number;
    readonly remaining: number;
    readonly kept: number;
  }
  const order = ({ call, error, countdown, remaining, kept }: Order): void => {
    // The call comes last: the other side may read at any moment.
    writeSync(file, new Int32Array([0]), 0, 4, 4);
    writeSync(file, new Int32Array([error, countdown, remaining, 0, kept]), 0, 20, 8);
    writeSync(file, new Int32Array([call]), 0, 4, 4);
  };
  return {
    fail: ({ call, error, nth, times }) =>
      order({ call: calls[call], error: errors[error], countdown: nth, remaining: times, kept: 0 }),
    losePower: ({ nth, kept }) => order({ call: calls.any, error: 0, countdown: nth, remaining: 0, kept }),
    heal: () => writeSync(file, new Int32Array([0]), 0, 4, 4),
    hits: () => read()[5] ?? 0,
    seen: () => {
      const [attached, , , , , , , writes = 0, syncs = 0, takenBack = 0] = read();
      return { attached: attached === 1, writes, syncs, takenBack };
    },
    release: () => {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
    environment: {
      LD_PRELOAD: preload,
      ACCORD_DISK_CONTROL: path,
      ACCORD_DISK_UNDER: join(data, 'accord.db'),
    },
  };
}

export interface Served extends Running {
  readonly port: number;
  readonly adminUrl: string;
}

/** `accord serve` on the database in a folder, with whatever is given in its environment. */
export async function serveOn(
  data: string,
  environment: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<Served> {
  const args = [accord, 'serve', '--data', data, '--port', '0', '--admin-listen', '127.0.0.1:0', '--json'];
  const limits = ['--rate-limit', '1000000000', '--lockout-attempts', '1000000'];
  const running = start(process.execPath, [...args, ...limits, ...flags], environment);
  const printed = /"port":\s*(\d+),\s*"admin":\s*"([^"]+)"/;
  const [, port, adminUrl = ''] = await new Promise<RegExpExecArray>((resolve, reject) => {
    running.child.stdout?.on('data', () => {
      const found = printed.exec(running.out());
      if (found) resolve(found);
    });
    running.ended.then(({ code, err }) => reject(new Error(`it ended with ${code}: ${err}`)), reject);
  });
  return { ...running, port: Number(port), adminUrl };
}
