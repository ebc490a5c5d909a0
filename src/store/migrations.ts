import { createHash } from 'node:crypto';
import type { DeferredIndex, Engine, EngineSession } from './engines/engine.ts';
import type { Table } from './schema.ts';
import { schemaNumber } from './schema-number.ts';
import { fixedStatement } from './statement.ts';
import { completeTable, createStatements, type OnIndex } from './table-changes.ts';

interface Migration {
  readonly number: number;
  readonly title: string;
  up(session: EngineSession, engine: Engine): Promise<void>;
}

/**
 * Forward steps for what adding tables, columns and indices cannot do (renames, moved data). What can be added is added by
 * `completeTable` from the tables themselves: see docs/internals/decisions/0003-schema-from-tables.md. A step has the number of the schema that it came
 * with (`schema-number.ts`). Never edit a released step.
 */
const migrations: readonly Migration[] = [
  {
    number: 1,
    title: 'counters of ids',
    up: async (session, { dialect: { types, tableSuffix } }) => {
      await session.run(
        fixedStatement(`create table counters (deployment_id ${types.integer} not null, name ${types.text} not null, last ${types.integer} not null,
          primary key (deployment_id, name))${tableSuffix}`),
        [],
      );
    },
  },
  {
    number: 2,
    title: 'searches fold case as Unicode does',
    // The indices of words were folded in another way. They are made again from the rows, as the tables declare, after these steps.
    up: async (session, { dialect: { wordIndexParts } }) => {
      for (const listing of wordIndexParts)
        for (const [kind, name] of await session.rows(fixedStatement(listing), []))
          await session.run(fixedStatement(`drop ${kind} "${name}"`), []);
    },
  },
  {
    number: 3,
    title: 'families of tokens know whose they are',
    // From now on a consent writes it. For older families it is taken from the refresh token that is good.
    up: async (session, { dialect: { columnsOf, types, tableSuffix } }) => {
      const named = async (table: string): Promise<ReadonlySet<unknown>> =>
        new Set((await session.rows({ sql: columnsOf, slots: [0] }, [table])).map(([name]) => name));
      if ((await named('refresh_tokens')).size === 0) return;
      await session.run(
        fixedStatement(`create table if not exists token_families (deployment_id ${types.integer} not null, family ${types.text} not null,
          date_expires ${types.integer} not null, primary key (deployment_id, family))${tableSuffix}`),
        [],
      );
      const known = await named('token_families');
      const added = [
        ['application_id', types.integer],
        ['staff_id', types.integer],
        ['scope', types.text],
        ['date_created', types.integer],
      ] as const;
      for (const [name, type] of added)
        if (!known.has(name))
          await session.run(fixedStatement(`alter table token_families add column ${name} ${type}`), []);
      const columns = 'application_id, staff_id, scope, date_created, date_expires';
      await session.run(
        fixedStatement(`insert into token_families (deployment_id, family, ${columns})
          select deployment_id, family, min(application_id), min(staff_id), min(scope), min(date_created), max(date_expires)
          from refresh_tokens where date_revoked is null group by deployment_id, family having count(*) > count(date_replaced)
          on conflict (deployment_id, family) do update set application_id = excluded.application_id,
          staff_id = excluded.staff_id, scope = excluded.scope, date_created = excluded.date_created, date_expires = excluded.date_expires`),
        [],
      );
    },
  },
];

/**
 * Which indices the tables have beside their keys and unique keys. `full`: all. `lean`: none, if the database is new (copying a deployment
 * takes a fraction of the time; lists are sorted as they are read). `kept`: whatever the database was made with.
 */
export type SchemaState = 'full' | 'lean' | 'kept';

/** Row -1 says that the schema is lean. */
const leanRow = -1;

const bare = (table: Table): Table => ({ ...table, indices: [], sparse: [], searched: [] });

export interface Migrated {
  readonly lean: boolean;
  /** Indices that tables with rows may lack, to be built while requests are served. */
  readonly missing: readonly DeferredIndex[];
}

/** Brings the schema to what this version needs, under the engine's lock. Does nothing when it is there already. */
export async function migrate(
  engine: Engine,
  all: readonly Table[],
  schema: SchemaState,
  onIndex: OnIndex = () => {},
): Promise<Migrated> {
  let lean = false;
  const missing: DeferredIndex[] = [];
  await engine.migrate(async (session) => {
    missing.length = 0;
    const applied = await appliedOn(session, engine);
    lean = schema !== 'full' && (applied.has(leanRow) || (schema === 'lean' && applied.size === 0));
    const tables = lean ? all.map(bare) : all;
    const wanted = fingerprint(engine, tables);
    for (const { number, title, up } of migrations) {
      if (applied.has(number)) continue;
      await up(session, engine);
      await insertRow(session, number, title);
      applied.set(number, title);
    }
    if (!applied.has(schemaNumber)) await insertRow(session, schemaNumber, 'schema');
    // Row 0 remembers which tables the schema was last made for: an ordinary start reads nothing else.
    if (applied.get(0) === wanted) return;
    for (const table of tables) missing.push(...(await completeTable(session, engine, table, onIndex)));
    if (missing.length === 0) await recordSchema(session, wanted, lean);
  });
  return { lean, missing };
}

/** Builds the indices that `migrate` has left, and remembers that none is missing any more. */
export async function buildMissing(
  engine: Engine,
  all: readonly Table[],
  { lean, missing }: Migrated,
  onIndex: OnIndex,
): Promise<void> {
  await engine.deferred?.build(missing, ({ name }) => onIndex(name));
  const wanted = fingerprint(engine, lean ? all.map(bare) : all);
  await engine.migrate((session) => recordSchema(session, wanted, lean));
}

/** The rows of `migrations`. A database that a newer version has written is refused. */
async function appliedOn(session: EngineSession, { dialect }: Engine): Promise<Map<number, string>> {
  const { types, tableSuffix } = dialect;
  await session.run(
    fixedStatement(
      `create table if not exists migrations (number ${types.integer} primary key, title ${types.text} not null)${tableSuffix}`,
    ),
    [],
  );
  const done = await session.rows(fixedStatement('select number, title from migrations'), []);
  const applied = new Map(done.map(([number, title]) => [Number(number), String(title)]));
  const newest = Math.max(0, ...applied.keys());
  if (newest > schemaNumber) {
    throw new Error(
      `the database was written by a newer version of Accord (schema ${newest}; this version knows ${schemaNumber}): start that version, or go back to a backup from before the upgrade`,
    );
  }
  return applied;
}

const insertRow = (session: EngineSession, number: number, title: string) =>
  session.run(fixedStatement(`insert into migrations (number, title) values (${number}, '${title}')`), []);

async function recordSchema(session: EngineSession, wanted: string, lean: boolean): Promise<void> {
  await session.run(fixedStatement('delete from migrations where number <= 0'), []);
  await insertRow(session, 0, wanted);
  if (lean) await insertRow(session, leanRow, 'lean');
}

const fingerprint = (engine: Engine, tables: readonly Table[]): string =>
  createHash('sha256')
    .update(
      JSON.stringify(
        tables.flatMap((table) => [
          ...createStatements(engine, table),
          ...(table.searched.length > 0 ? engine.dialect.wordIndex(table) : []),
        ]),
      ),
    )
    .digest('hex');
