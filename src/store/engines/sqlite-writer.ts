import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EngineSession } from './engine.ts';
import { NoTurn } from './slots.ts';
import type { Snapshot } from './snapshot.ts';
import { isBusy, type SqliteConnection } from './sqlite-connection.ts';
import { idsOn } from './sqlite-ids.ts';

interface Job {
  /** `performance.now()` when it was queued. */
  readonly queuedAt: number;
  readonly work: (session: EngineSession) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface JobResult {
  readonly job: Job;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** Writes that share one commit. */
const groupMax = 256;
/** Writes that wait; the next one is refused at once. */
const queueMax = 10_000;
/** Milliseconds between two tries to begin while another process holds the lock: doubled each time. */
const beginRetryMaxMs = 50;

export interface SqliteWriterOptions {
  readonly database: DatabaseSync;
  readonly connection: SqliteConnection;
  /** The snapshot of reads on the same connection, which ends before a transaction begins. */
  readonly snapshot: Snapshot;
  /** Milliseconds that a write waits for another process's transaction, from when it was queued. */
  readonly waitMs: number;
}

/** The one writer: the writes of one turn of the event loop share a commit. */
export class SqliteWriter {
  /** A transaction that writes is open: what is read on its connection is not committed yet. */
  isWriting = false;
  /** The commit under way, or about to begin. */
  underWay: Promise<void> | undefined;
  readonly #database: DatabaseSync;
  readonly #snapshot: Snapshot;
  readonly #waitMs: number;
  readonly #ids: ReturnType<typeof idsOn>;
  readonly #session: EngineSession;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #save: StatementSync;
  readonly #release: StatementSync;
  #queue: Job[] = [];

  constructor({ database, connection, snapshot, waitMs }: SqliteWriterOptions) {
    this.#database = database;
    this.#snapshot = snapshot;
    this.#waitMs = waitMs;
    this.#ids = idsOn(database);
    this.#session = {
      rows: async (statement, values) => connection.read(statement, values),
      run: async (statement, values) => connection.change(statement, values),
      ...this.#ids.session,
    };
    this.#begin = database.prepare('begin immediate');
    this.#commit = database.prepare('commit');
    this.#save = database.prepare('savepoint job');
    this.#release = database.prepare('release job');
  }

  enqueue(work: Job['work']): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length >= queueMax) {
        reject(new NoTurn(`${queueMax} writes wait already`));
        return;
      }
      this.#queue.push({ work, resolve, reject, queuedAt: performance.now() });
      this.#schedule();
    });
  }

  #schedule(): void {
    this.underWay ??= new Promise<void>((done) => {
      // The requests of one turn are all read before `setImmediate` comes: their writes share one commit.
      setImmediate(() => {
        this.#drain().then(done, done);
      });
    }).then(() => {
      this.underWay = undefined;
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  async #drain(): Promise<void> {
    let group: readonly Job[] = this.#queue.slice(0, groupMax);
    this.#queue = this.#queue.slice(groupMax);
    let results: JobResult[] | undefined;
    try {
      group = await this.#beginFor(group);
      results = await this.#allAtOnce(group);
      if (!results) {
        group = await this.#beginFor(group);
        results = await this.#eachByItself(group);
      }
      if (this.isWriting) {
        this.#ids.keep();
        this.#commit.run();
        this.isWriting = false;
      }
    } catch (error) {
      this.#rollBack();
      for (const job of group) job.reject(error);
      return;
    }
    for (const { job, value, error } of results) error === undefined ? job.resolve(value) : job.reject(error);
  }

  /** Most groups have no failing write, and savepoints would cost for nothing; `undefined`, and nothing done, when one of several writes fails. */
  async #allAtOnce(group: readonly Job[]): Promise<JobResult[] | undefined> {
    const results: JobResult[] = [];
    try {
      for (const job of group) results.push({ job, value: await job.work(this.#session) });
      return results;
    } catch (error) {
      this.#rollBack();
      const [job] = group;
      return job && group.length === 1 ? [{ job, error: failureOf(error) }] : undefined;
    }
  }

  #rollBack(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('rollback');
    this.isWriting = false;
    this.#ids.forget();
  }

  /** A failing write must not undo the others of its group. */
  async #eachByItself(group: readonly Job[]): Promise<JobResult[]> {
    const results: JobResult[] = [];
    for (const job of group) {
      this.#save.run();
      const before = this.#ids.now();
      try {
        const value = await job.work(this.#session);
        this.#release.run();
        results.push({ job, value });
      } catch (error) {
        this.#database.exec('rollback to job; release job');
        this.#ids.back(before);
        results.push({ job, error: failureOf(error) });
      }
    }
    return results;
  }

  /**
   * Begins a transaction for these writes. Those that have waited too long are rejected; the rest is returned. It does not wait inside SQLite,
   * which would block the event loop: another process (`accord load`) may hold the lock for seconds.
   */
  async #beginFor(group: readonly Job[]): Promise<readonly Job[]> {
    let left = group;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, beginRetryMaxMs)) {
      try {
        this.#snapshot.leave();
        this.#begin.run();
        this.isWriting = true;
        return left;
      } catch (error) {
        if (!isBusy(error)) throw error;
        const since = performance.now() - this.#waitMs;
        for (const { queuedAt, reject } of left) if (queuedAt < since) reject(error);
        left = left.filter(({ queuedAt }) => queuedAt >= since);
        if (left.length === 0) return left;
        await new Promise((resume) => setTimeout(resume, pauseMs));
      }
    }
  }
}

const failureOf = (error: unknown): unknown => error ?? new Error('a write failed without saying why');
