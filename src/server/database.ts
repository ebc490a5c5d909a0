import { join } from 'node:path';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { pastNamesTable } from '../identity/past-names.ts';
import { identityTables } from '../identity/tables.ts';
import { incidentTable } from '../incidents/incident-table.ts';
import { requestLogTable } from '../observe/request-log.ts';
import { idempotencyTable } from '../request/08-operation/idempotency.ts';
import { copiesTable } from '../store/copies-table.ts';
import type { Engine } from '../store/engines/engine.ts';
import type { SchemaState } from '../store/migrations.ts';
import { mirrorTable } from '../store/mirror-table.ts';
import { openStore, type StoreOptions } from '../store/open-store.ts';
import { catalogueTables, type Table } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { webhookTables } from '../webhooks/outbox.ts';

/** Every table there is: the catalogue's, and those that no resource declares. */
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
  /** What becomes of its indices; those it was made with are kept unless told. */
  readonly schema?: SchemaState;
  /** Those of the engine unless told. */
  readonly databaseWaitMs?: number;
  readonly databaseSilenceMs?: number;
}

/** Opens the database that the configuration names. It may be away: the store says when it is ready, and tries until then. */
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
