import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Engine, EngineSession } from './engine.ts';
import { NoTurn } from './slots.ts';
import { snapshotOf } from './snapshot.ts';
import { type Connection, codeOf, connectionOn, isBusy, isClosed, open } from './sqlite-connection.ts';
import { dialect } from './sqlite-dialect.ts';
import { idsOn } from './sqlite-ids.ts';

interface Settled {
  readonly job: Job;
  readonly value?: unknown;
  readonly error?: unknown;
}

interface Job {
  /** `performance.now()` when it was asked for. */
  readonly askedAt: number;
  readonly work: (session: EngineSession) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly file: string;
  /** Milliseconds that a write waits for another process's transaction, from when it was asked for. */
  readonly patience?: number;
}

const groupLimit = 256;
/** Writes that wait at most; whoever comes then is refused at once. */
const queueMax = 10_000;

/** SQLite through `node:sqlite`: WAL, `synchronous=FULL`, one writer; the writes of one turn of the event loop share a commit. */
export function sqliteEngine({ file, patience = 30_000 }: SqliteOptions): Engine {
  const memory = file === ':memory:';
  if (!memory) makeFile(file);
  const writer = open(file, false);
  const own = connectionOn(writer);
  const ids = idsOn(writer);
  const write: EngineSession = {
    rows: async (statement, values) => own.read(statement, values),
    run: async (statement, values) => own.change(statement, values),
    ...ids.session,
  };
  const [beginning, committing, saving, releasing] = [
    'begin immediate',
    'commit',
    'savepoint job',
    'release job',
  ].map((text) => writer.prepare(text)) as [StatementSync, StatementSync, StatementSync, StatementSync];
  let queue: Job[] = [];
  let under: Promise<void> | undefined;
  /** A transaction that writes is open: what is read on its connection is not committed yet. */
  let writing = false;
  let other: { readonly database: DatabaseSync; readonly connection: Connection } | undefined;

  /** The connection beside the writer's. It is opened when it is needed first. */
  function beside(): Connection {
    if (!other) {
      const database = open(file, true);
      other = { database, connection: connectionOn(database) };
    }
    return other.connection;
  }

  function schedule(): void {
    under ??= new Promise<void>((done) => {
      // The requests of one turn are all read before `setImmediate` comes: their writes share one commit.
      setImmediate(() => {
        drain().then(done, done);
      });
    }).then(() => {
      under = undefined;
      if (queue.length > 0) schedule();
    });
  }

  async function drain(): Promise<void> {
    let group: readonly Job[] = queue.slice(0, groupLimit);
    queue = queue.slice(groupLimit);
    let settled: Settled[] | undefined;
    try {
      group = await begin(group);
      settled = await allAtOnce(group);
      if (!settled) {
        group = await begin(group);
        settled = await eachByItself(group);
      }
      if (writing) {
        ids.keep();
        committing.run();
        writing = false;
      }
    } catch (error) {
      rollBack();
      for (const job of group) job.reject(error);
      return;
    }
    for (const { job, value, error } of settled) error === undefined ? job.resolve(value) : job.reject(error);
  }

  /** Most groups have no bad write in them, and then savepoints would cost for nothing; `undefined`, and nothing done, when one of several has. */
  async function allAtOnce(group: readonly Job[]): Promise<Settled[] | undefined> {
    const settled: Settled[] = [];
    try {
      for (const job of group) settled.push({ job, value: await job.work(write) });
      return settled;
    } catch (error) {
      rollBack();
      const [job] = group;
      return job && group.length === 1 ? [{ job, error: failureOf(error) }] : undefined;
    }
  }

  function rollBack(): void {
    if (writer.isOpen && writer.isTransaction) writer.exec('rollback');
    writing = false;
    ids.forget();
  }

  /** One bad write must not undo its neighbours. */
  async function eachByItself(group: readonly Job[]): Promise<Settled[]> {
    const settled: Settled[] = [];
    for (const job of group) {
      saving.run();
      const before = ids.now();
      try {
        const value = await job.work(write);
        releasing.run();
        settled.push({ job, value });
      } catch (error) {
        writer.exec('rollback to job; release job');
        ids.back(before);
        settled.push({ job, error: failureOf(error) });
      }
    }
    return settled;
  }

  /**
   * Begins a transaction for these writes; those whose patience ends before it could are refused, and the rest is answered. Waiting inside SQLite
   * would stop the event loop; another process (`accord load`) may hold the lock for seconds.
   */
  async function begin(group: readonly Job[]): Promise<readonly Job[]> {
    let left = group;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      try {
        snapshot.leave();
        beginning.run();
        writing = true;
        return left;
      } catch (error) {
        if (!isBusy(error)) throw error;
        const since = performance.now() - patience;
        for (const { askedAt, reject } of left) if (askedAt < since) reject(error);
        left = left.filter(({ askedAt }) => askedAt >= since);
        if (left.length === 0) return left;
        await new Promise((resume) => setTimeout(resume, pause));
      }
    }
  }

  const enqueue = (work: Job['work']): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (queue.length >= queueMax) {
        reject(new NoTurn(`${queueMax} writes wait already`));
        return;
      }
      queue.push({ work, resolve, reject, askedAt: performance.now() });
      schedule();
    });

  const [opening, closing] = ['begin', 'commit'].map((text) => writer.prepare(text));
  const snapshot = snapshotOf(
    () => opening?.run(),
    () => {
      // Some failures of a read end the transaction themselves.
      if (writer.isOpen && writer.isTransaction) closing?.run();
    },
  );
  // On the writer's connection, while it does not write: it keeps its pages in memory when it has written, and another has to read them anew.
  const reader: Engine['reader'] = {
    rows: async (statement, values) => {
      // In memory there is one connection only: reads wait, so as not to see what is not committed.
      while (memory && under) await under;
      if (writing) return beside().read(statement, values);
      try {
        snapshot.enter();
        return own.read(statement, values);
      } catch (error) {
        // The writer waits for no lock; another connection may, for it is rare.
        if (memory || !isBusy(error)) throw error;
        return beside().read(statement, values);
      }
    },
  };

  return Object.freeze<Engine>({
    name: 'sqlite',
    dialect,
    reader,
    write: <T>(work: (session: EngineSession) => Promise<T>) => enqueue(work) as Promise<T>,
    share: memory ? () => {} : snapshot.share,
    migrate: async (work) => {
      await enqueue(work);
    },
    clash: (error) => {
      if (codeOf(error) !== 2067 && codeOf(error) !== 1555) return undefined;
      // "UNIQUE constraint failed: companies.deployment_id, companies.name"
      const [, names = ''] = (error as Error).message.split('failed: ');
      return names
        .split(', ')
        .map((name) => name.slice(name.indexOf('.') + 1))
        .filter((name) => name !== 'deployment_id');
    },
    unadvised: (error) => error instanceof Error && error.message.includes('no query solution'),
    // BUSY LOCKED
    busy: (error) => error instanceof NoTurn || [5, 6].includes((codeOf(error) ?? 0) & 0xff),
    unwritable: (error) => refusals[(codeOf(error) ?? 0) & 0xff],
    // PERM READONLY IOERR FULL CANTOPEN NOTADB
    unreachable: (error) => [3, 8, 10, 13, 14, 26].includes((codeOf(error) ?? 0) & 0xff) || isClosed(error),
    close: async () => {
      while (under) await under;
      other?.database.close();
      writer.close();
    },
  });
}

/** By SQLite's codes: BUSY, READONLY, IOERR, FULL. */
const refusals: Readonly<Record<number, string>> = Object.freeze({
  5: 'another process holds its lock',
  8: 'it may only be read',
  10: 'the disk fails',
  13: 'the disk is full',
});

const failureOf = (error: unknown): unknown => error ?? new Error('a write failed without saying why');

/** For this user only; what SQLite puts beside it follows its mode. */
function makeFile(file: string): void {
  makeFolder(dirname(file));
  closeSync(openSync(file, 'a', 0o600));
}

// Step by step: `recursive` does not end where a folder can be listed but not made, as in /proc.
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  syncFolder(dirname(path));
}

/** SQLite does this for the folder of its files; without the name of that folder they would be lost in a power cut, with all that was written. */
function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, 'r');
  } catch (error) {
    // One that may be written and not be read cannot be synced.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return;
    throw error;
  }
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
