import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { listDeployments } from '../identity/deployments.ts';
import { defineTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { LogEntry } from './entry.ts';

/** Requests are kept in batches, one row each: a row a request would cost the hot path a tenth of itself. */
export const requestLogTable = defineTable(
  'request_log',
  ['id'],
  ['id#!', 'first#!', 'last#!', 'size#!', 'entries!'],
  { indices: [['last']] },
);

/** Requests of no deployment (an unknown host) are kept with the directory. */
const nowhere = 0;

const waitingEntriesMax = 5_000;
const flushIntervalMs = 500;

export interface RequestLog {
  /** Costs the request a push; `json` is an `Entry` as text, `at` its time. When more wait than can be kept, what comes is dropped and counted. */
  note(deployment: number | undefined, at: number, json: string): void;
  /** Writes what waits. */
  flush(): Promise<void>;
  /** Removes batches older than this many days. */
  prune(days: number, now: number): Promise<number>;
  readonly dropped: () => number;
  close(): Promise<void>;
}

export function createRequestLog(store: Store, onTrouble: (error: unknown) => void): RequestLog {
  let waiting: { deployment: number; at: number; json: string }[] = [];
  let dropped = 0;
  let flushing: Promise<void> | undefined;
  const timer = setInterval(() => void flush(), flushIntervalMs);
  timer.unref();

  async function write(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      const packed = await Promise.all(
        [...Map.groupBy(batch, ({ deployment }) => deployment)].map(async ([deployment, noted]) => {
          const times = noted.map(({ at }) => at);
          return {
            deployment,
            first: Math.min(...times),
            last: Math.max(...times),
            size: noted.length,
            entries: await pack(noted.map(({ json }) => json)),
          };
        }),
      );
      await store.within(async (writing) => {
        for (const { deployment, ...values } of packed)
          await writing.insert(deployment, 'request_log', {
            id: await writing.nextId(deployment, 'request_log'),
            ...values,
          });
      });
    } catch (error) {
      // The store is away: keep them for the next turn, as far as there is room.
      waiting = [...batch, ...waiting].slice(-waitingEntriesMax);
      onTrouble(error);
    }
  }

  async function flush(): Promise<void> {
    flushing ??= write().finally(() => {
      flushing = undefined;
    });
    await flushing;
  }

  return Object.freeze<RequestLog>({
    note: (deployment, at, json) => {
      if (waiting.length >= waitingEntriesMax) {
        dropped++;
        return;
      }
      waiting.push({ deployment: deployment ?? nowhere, at, json });
    },
    flush,
    prune: async (days, now) => {
      let removed = 0;
      for (const id of [nowhere, ...(await listDeployments(store)).map((deployment) => deployment.id)]) {
        removed += await store.within((writing) =>
          writing.remove(id, 'request_log', { last: { below: (now - days * 86_400) * 1_000 } }),
        );
      }
      return removed;
    },
    dropped: () => dropped,
    close: async () => {
      clearInterval(timer);
      await flush();
      await flush();
    },
  });
}

const compress = promisify(zstdCompress);

/** Off the event loop: a second's requests are some megabytes. */
async function pack(entries: readonly string[]): Promise<string> {
  const params = { [constants.ZSTD_c_compressionLevel]: 1 };
  return (await compress(`[${entries.join()}]`, { params })).toString('base64');
}

/** Looks a request up by its id, newest batches first; `undefined` when it is not (or no longer) there. */
export async function findRequest(
  store: Store,
  deployments: readonly number[],
  id: string,
): Promise<{ deployment: number; entry: LogEntry } | undefined> {
  for (const deployment of [nowhere, ...deployments]) {
    for (let below = Number.MAX_SAFE_INTEGER; ; ) {
      const rows = await store.select(deployment, {
        table: 'request_log',
        select: [{ column: 'id' }, { column: 'entries' }],
        where: { test: '<', on: { column: 'id' }, value: below },
        order: [{ by: { column: 'id' }, descending: true }],
        limit: 50,
        offset: 0,
      });
      for (const [, entries] of rows) {
        const entry = entriesOf(entries as string).find((each) => each.id === id);
        if (entry) return { deployment, entry };
      }
      if (rows.length < 50) break;
      below = rows.at(-1)?.[0] as number;
    }
  }
  return undefined;
}

/** The requests of a deployment, the oldest first: those of the latest `batches` batches. */
export async function listRequests(
  store: Store,
  deployment: number,
  batches = 1_000,
): Promise<readonly LogEntry[]> {
  const rows = await store.select(deployment, {
    table: 'request_log',
    select: [{ column: 'entries' }],
    where: { all: [] },
    order: [{ by: { column: 'id' }, descending: true }],
    limit: batches,
    offset: 0,
  });
  return rows.toReversed().flatMap(([entries]) => entriesOf(entries as string));
}

export const entriesOf = (packed: string): readonly LogEntry[] =>
  JSON.parse(zstdDecompressSync(Buffer.from(packed, 'base64')).toString('utf8')) as LogEntry[];
