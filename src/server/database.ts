import { join } from 'node:path';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { pastNamesTable } from '../identity/past-names.ts';
import { identityTables } from '../identity/tables.ts';
import { incidentTable } from '../incidents/incident-table.ts';
import type { Log } from '../observe/log.ts';
import { requestLogTable } from '../observe/request-log.ts';
import { idempotencyTable } from '../request/08-operation/idempotency.ts';
import { copiesTable } from '../store/copies-table.ts';
import type { Engine } from '../store/engines/engine.ts';
import type { SchemaState } from '../store/migrations.ts';
import { mirrorTable } from '../store/mirror-table.ts';
import { openStore, type StoreOptions } from '../store/open-store.ts';
import { catalogueTables, type Table } from '../store/schema.ts';
import { Busy, type Store, Unreachable } from '../store/store.ts';
import { webhookTables } from '../webhooks/outbox.ts';
import type { Config } from './config.ts';

/** All tables: the catalogue's, and those that no resource declares. */
export const tablesOf = (catalogue: Catalogue): readonly Table[] => [
  ...catalogueTables(catalogue),
  ...identityTables,
  pastNamesTable,
  idempotencyTable,
  ...webhookTables,
  incidentTable,
  requestLogTable,
  mirrorTable,
  copiesTable,
];

export interface DatabaseOptions {
  readonly databaseUrl: string | undefined;
  /** Folder of the embedded database; `:memory:` keeps nothing. */
  readonly data: string;
  /** What is done with its indices; by default those it was created with are kept. */
  readonly schema?: SchemaState;
  /** By default those of the engine. */
  readonly databaseWaitMs?: number;
  readonly databaseSilenceMs?: number;
}

/** Opens the database that the configuration names. It may be unreachable: the store tries again until it is ready. */
export async function openDatabase(
  options: DatabaseOptions,
  catalogue: Catalogue,
  opening: Omit<StoreOptions, 'schema'> = {},
): Promise<Store> {
  const engine = await engineFor(options);
  return openStore(engine, tablesOf(catalogue), { schema: options.schema ?? 'kept', ...opening });
}

// An engine is loaded only when it is used: `pg` would cost an embedded server memory and time at every start.
async function engineFor(options: DatabaseOptions): Promise<Engine> {
  const { databaseUrl, data, databaseWaitMs: waitMs, databaseSilenceMs: silenceMs } = options;
  if (databaseUrl !== undefined) {
    const { postgresEngine } = await import('../store/engines/postgres.ts');
    return postgresEngine({
      url: databaseUrl,
      ...(waitMs === undefined ? {} : { waitMs }),
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
  }
  const { sqliteEngine } = await import('../store/engines/sqlite.ts');
  return sqliteEngine({
    file: data === ':memory:' ? data : join(data, 'accord.db'),
    ...(waitMs === undefined ? {} : { waitMs }),
  });
}

/** Milliseconds that a start waits for the database. */
const startWaitMs = 250;
/** Of the attempts to reach the database, each of so many is logged. */
const attemptsPerNote = 10;

/** Opens the database of a server and logs what happens to it. Waits a moment for it; after that the server starts without it. */
export async function openServerDatabase(config: Config, catalogue: Catalogue, log: Log): Promise<Store> {
  const store = await openDatabase(
    { ...config, schema: config.sandbox ? 'lean' : 'full' },
    catalogue,
    databaseNotes(log),
  );
  const settled = store.ready.then(() => true);
  // A schema that cannot be brought up to date is fatal; an unreachable database is not.
  // The timer has to hold the process: nothing else does while the database is unreachable, and nothing listens yet.
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resume) => {
    timer = setTimeout(resume, startWaitMs);
  });
  await Promise.race([settled, enough]).finally(() => clearTimeout(timer));
  settled.catch((error: unknown) =>
    log.note('error', 'the schema could not be brought up to date', { reason: String(error) }),
  );
  return store;
}

function databaseNotes(log: Log): Omit<StoreOptions, 'schema'> {
  let attempts = 0;
  return {
    onWait: (error) => {
      if (attempts++ % attemptsPerNote > 0) return;
      const what = error instanceof Busy ? 'the schema is locked' : 'the database cannot be reached';
      log.note('warn', `${what}; trying again`, { reason: reasonOf(error) });
    },
    onWritable: (reason) => {
      if (reason === undefined) log.note('info', 'the database can be written again');
      else log.note('error', 'the database cannot be written', { reason });
    },
    onIndex: (index) => log.note('info', 'an index is being built', { index }),
    onIndexTrouble: (error) =>
      log.note('error', 'an index could not be built; what it makes fast is slow until the next start', {
        reason: String(error),
      }),
  };
}

/** What the database reported, where it reported something. */
const reasonOf = (error: unknown): string => String((error instanceof Unreachable && error.cause) || error);
