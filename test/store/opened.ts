import pg from 'pg';
import { postgresEngine } from '../../src/store/engines/postgres.ts';
import { type SqliteOptions, sqliteEngine } from '../../src/store/engines/sqlite.ts';
import type { Database } from '../harness/engines.ts';

/** The engine of a test's own database, with the waits of `more`. */
export const engineOn = (
  { databaseUrl, data }: Database,
  more: { waitMs?: number; silenceMs?: number } = {},
) => {
  if (databaseUrl) return postgresEngine({ url: databaseUrl, ...more });
  const wait: Pick<SqliteOptions, 'waitMs'> = more.waitMs === undefined ? {} : { waitMs: more.waitMs };
  return sqliteEngine({ file: `${data}/accord.db`, ...wait });
};

/** A connection beside those of the server. */
export async function beside({ databaseUrl }: Database): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  await client.connect();
  return client;
}

export const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));

/** Waits until it holds, a minute at most: the machine may be busy. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const until = performance.now() + 60_000; performance.now() < until; await pause(20))
    if (await holds()) return;
  throw new Error(`this did not come true within a minute: ${what}`);
}
