import { createHash } from 'node:crypto';
import type { Engine, EngineSession, LaterIndex, Statement } from './engines/engine.ts';
import { indexName, type Table, wordsName } from './schema.ts';
import { schemaNumber } from './schema-number.ts';

interface Migration {
  readonly number: number;
  readonly title: string;
  up(session: EngineSession, engine: Engine): Promise<void>;
}

const plain = (sql: string): Statement => ({ sql, slots: [] });

/**
 * Forward steps for what adding tables, columns and indices cannot do (renames, moved data). What can be added is added by
 * `settleTable` from the tables themselves: see docs/internals/decisions/0003-schema-from-tables.md. A step has the number of the schema that it came
 * with (`schema-number.ts`). Never edit a released step.
 */
const migrations: readonly Migration[] = [
  {
    number: 1,
    title: 'counters of ids',
    up: async (session, { dialect: { types, tableSuffix } }) => {
      await session.run(
        plain(`create table counters (deployment_id ${types.integer} not null, name ${types.text} not null, last ${types.integer} not null,
          primary key (deployment_id, name))${tableSuffix}`),
        [],
      );
    },
  },
  {
    number: 2,
    title: 'searches fold case as Unicode does',
    // What was kept of words was folded in another way. It is made again from the rows, as the tables say, after these steps.
    up: async (session, { dialect: { wordsKept } }) => {
      for (const listing of wordsKept)
        for (const [kind, name] of await session.rows(plain(listing), []))
          await session.run(plain(`drop ${kind} "${name}"`), []);
    },
  },
  {
    number: 3,
    title: 'families of tokens know whose they are',
    // From now on a consent writes it. Of those from before the refresh token that is good says it.
    up: async (session, { dialect: { columnsOf, types, tableSuffix } }) => {
      const named = async (table: string): Promise<ReadonlySet<unknown>> =>
        new Set((await session.rows({ sql: columnsOf, slots: [0] }, [table])).map(([name]) => name));
      if ((await named('refresh_tokens')).size === 0) return;
      await session.run(
        plain(`create table if not exists token_families (deployment_id ${types.integer} not null, family ${types.text} not null,
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
          await session.run(plain(`alter table token_families add column ${name} ${type}`), []);
      const columns = 'application_id, staff_id, scope, date_created, date_expires';
      await session.run(
        plain(`insert into token_families (deployment_id, family, ${columns})
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
 * Which indices the tables have beside their keys and unique keys. `full`: all. `lean`: none, if the database is new (a copy of a deployment is
 * made in a fraction of the time; lists are sorted as they are read). `kept`: whatever the database was made with.
 */
export type SchemaState = 'full' | 'lean' | 'kept';

/** Row -1 says that the schema is lean. */
const leanRow = -1;

const bare = (table: Table): Table => ({ ...table, indices: [], sparse: [], searched: [] });

export interface Migrated {
  readonly lean: boolean;
  /** Indices that tables with rows may lack, to be built while requests are served. */
  readonly missing: readonly LaterIndex[];
}

/** What is told of work that may take long. */
export type Telling = (index: string) => void;

/** Brings the schema to what this version needs, under the engine's lock. Does nothing when it is there already. */
export async function migrate(
  engine: Engine,
  all: readonly Table[],
  schema: SchemaState,
  tell: Telling = () => {},
): Promise<Migrated> {
  let lean = false;
  const missing: LaterIndex[] = [];
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
    // Row 0 remembers which tables the schema was last made for: an ordinary start asks nothing else.
    if (applied.get(0) === wanted) return;
    for (const table of tables) missing.push(...(await settleTable(session, engine, table, tell)));
    if (missing.length === 0) await settled(session, wanted, lean);
  });
  return { lean, missing };
}

/** Builds what `migrate` has left, and remembers that nothing is missing any more. */
export async function buildMissing(
  engine: Engine,
  all: readonly Table[],
  { lean, missing }: Migrated,
  tell: Telling,
): Promise<void> {
  await engine.later?.build(missing, ({ name }) => tell(name));
  const wanted = fingerprint(engine, lean ? all.map(bare) : all);
  await engine.migrate((session) => settled(session, wanted, lean));
}

/** The rows of `migrations`. A database that a newer version has written is refused. */
async function appliedOn(session: EngineSession, { dialect }: Engine): Promise<Map<number, string>> {
  const { types, tableSuffix } = dialect;
  await session.run(
    plain(
      `create table if not exists migrations (number ${types.integer} primary key, title ${types.text} not null)${tableSuffix}`,
    ),
    [],
  );
  const done = await session.rows(plain('select number, title from migrations'), []);
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
  session.run(plain(`insert into migrations (number, title) values (${number}, '${title}')`), []);

async function settled(session: EngineSession, wanted: string, lean: boolean): Promise<void> {
  await session.run(plain('delete from migrations where number <= 0'), []);
  await insertRow(session, 0, wanted);
  if (lean) await insertRow(session, leanRow, 'lean');
}

const fingerprint = (engine: Engine, tables: readonly Table[]): string =>
  createHash('sha256')
    .update(
      JSON.stringify(
        tables.flatMap((table) => [
          ...statementsFor(engine, table),
          ...(table.searched.length > 0 ? engine.dialect.words(table) : []),
        ]),
      ),
    )
    .digest('hex');

/** Adds what is missing of one table: the table, its new columns, its new indices. Takes nothing away. Answers what is to be built later. */
async function settleTable(
  session: EngineSession,
  engine: Engine,
  table: Table,
  tell: Telling,
): Promise<readonly LaterIndex[]> {
  const { dialect, later } = engine;
  const knows = async (name: string): Promise<boolean> =>
    (await session.rows({ sql: dialect.knows, slots: [0] }, [name])).length > 0;
  const columns = await session.rows({ sql: dialect.columnsOf, slots: [0] }, [table.name]);
  const made = columns.length > 0;
  const [create, ...indices] = statementsFor(engine, table);
  if (!made) await session.run(plain(create as string), []);
  else {
    const known = new Set(columns.map(([name]) => name));
    for (const [name, { type }] of Object.entries(table.columns)) {
      if (known.has(name)) continue;
      await session.run(plain(`alter table "${table.name}" add column "${name}" ${dialect.types[type]}`), []);
    }
  }
  const missing: LaterIndex[] = [];
  for (const statement of indices) {
    const name = /"([^"]+)"/.exec(statement)?.[1] as string;
    if (made && (await knows(name))) continue;
    // What is unique has to be before anything is written; other indices only make it fast.
    if (made && later && statement.startsWith('create index')) missing.push(later.index(name, statement));
    else {
      if (made) await begun(name, tell);
      await session.run(plain(statement), []);
    }
  }
  const words = wordsName(table.name);
  if (table.searched.length === 0 || (await knows(words))) return missing;
  if (made && later) return [...missing, later.words(table)];
  if (made) await begun(words, tell);
  for (const statement of dialect.words(table)) await session.run(plain(statement), []);
  return missing;
}

/** SQLite builds without a pause: what is told of it has to get out before. */
async function begun(name: string, tell: Telling): Promise<void> {
  tell(name);
  await new Promise((resume) => setImmediate(resume));
}

function statementsFor({ dialect }: Engine, table: Table): string[] {
  const { types, tableSuffix } = dialect;
  const columns = Object.entries(table.columns).map(
    ([name, { type, required }]) => `"${name}" ${types[type]}${required ? ' not null' : ''}`,
  );
  const key = ['deployment_id', ...table.key].map((name) => `"${name}"`).join(', ');
  const create = `create table "${table.name}" ("deployment_id" ${types.integer} not null, ${columns.join(', ')}, primary key (${key}))${tableSuffix}`;
  const unique = table.unique.map(
    (names) =>
      `create unique index if not exists "${table.name}_${names.join('_')}_key" on "${table.name}" (${['"deployment_id"', ...names.map((name) => dialect.indexed(name, false))].join(', ')})`,
  );
  const indexed = (names: readonly string[]): readonly string[] => [
    '"deployment_id"',
    ...names.map((name) => dialect.indexed(name, false)),
    ...table.key.map((name) => dialect.indexed(name, true)),
  ];
  const indices = table.indices.map((names) => {
    const all = indexed(names);
    return `create index if not exists "${indexName(table.name, names)}" on "${table.name}" (${all.join(', ')})`;
  });
  const sparse = table.sparse.map((name) => {
    const all = indexed([name]);
    return `create index if not exists "${indexName(table.name, [name])}" on "${table.name}" (${all.join(', ')}) where "${name}" is not null`;
  });
  return [create, ...unique, ...indices, ...sparse];
}
