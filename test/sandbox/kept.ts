import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { tablesOf } from '../../src/server/database.ts';
import { flagsOf, succeed } from '../harness/terminal.ts';
import type { TestWorld } from '../harness/world.ts';

/** The rows of every table of the database, whosever they are; of the request log those of deployments, and no counters of the log. */
export async function countRows({ server, database }: TestWorld): Promise<Record<string, number>> {
  const names = [...tablesOf(server.world.catalogue).map(({ name }) => name), 'counters'];
  const counted: Readonly<Record<string, string>> = {
    request_log: ' where deployment_id > 0',
    counters: " where name <> 'request_log'",
  };
  const query = (name: string): string => `select count(*) as n from "${name}"${counted[name] ?? ''}`;
  if (database.databaseUrl === undefined) {
    using file = new DatabaseSync(join(database.data, 'accord.db'), { readOnly: true });
    return Object.fromEntries(names.map((name) => [name, Number(file.prepare(query(name)).get()?.n)]));
  }
  const client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  try {
    const counts: [string, number][] = [];
    for (const name of names) {
      const { rows } = await client.query(query(name));
      counts.push([name, Number(rows[0].n)]);
    }
    return Object.fromEntries(counts);
  } finally {
    await client.end();
  }
}

/** All that a deployment has, as `accord dump --with-secrets` writes it. */
export const dumpOf = ({ database }: TestWorld, name: string): Promise<string> =>
  succeed(['dump', '--deployment', name, '--with-secrets', ...flagsOf(database)]);

/** The files below the folder of uploads. */
export const filesIn = async ({ database }: TestWorld): Promise<readonly string[]> =>
  (
    await readdir(join(database.data, 'files'), { recursive: true, withFileTypes: true }).catch(() => [])
  ).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
