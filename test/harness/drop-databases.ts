import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { administer, databasesOf, hasPostgres } from './engines.ts';

/** Drops the databases of PostgreSQL whose tests have ended. Only the first of many pays for writing what was changed to the disk. */
export async function dropReleased(templates: string): Promise<void> {
  for (const name of await readdir(join(templates, 'released'))) {
    await drop(name);
    await rm(join(templates, 'released', name), { force: true });
  }
}

/** Drops all that a run has left. */
export async function dropRun(run: number): Promise<void> {
  for (const name of await named(databasesOf(String(run)))) await drop(name);
}

/** Drops what is left of runs that were killed. */
export async function dropRunsThatEnded(): Promise<void> {
  const runs = (await named('accord_test_')).map((name) => Number(/^accord_test_(\d+)_/.exec(name)?.[1]));
  for (const run of new Set(runs)) if (run > 0 && !isRunning(run)) await dropRun(run);
}

async function named(start: string): Promise<readonly string[]> {
  if (!hasPostgres) return [];
  const rows = await administer(`select datname from pg_database where starts_with(datname, '${start}')`);
  return rows.map(({ datname }) => String(datname));
}

const drop = (name: string) =>
  administer(`drop database if exists ${name} with (force)`).catch((error: unknown) => {
    // Whoever runs the tests again drops it then.
    console.error(`the database ${name} could not be dropped: ${error}`);
  });

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}
