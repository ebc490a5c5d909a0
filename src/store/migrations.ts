import { createHash } from 'node:crypto';
import type { Engine, Session, Statement } from './engines/engine.ts';
import { indexName, type Table, wordsName } from './schema.ts';

interface Migration {
  readonly number: number;
  readonly title: string;
  up(session: Session, engine: Engine): Promise<void>;
}

const plain = (sql: string): Statement => ({ sql, slots: [] });

/**
 * Forward steps for what adding tables, columns and indices cannot do (renames, moved data). What can be added is added by
 * `settleTables` from the tables themselves: see docs/decisions/0003-schema-from-tables.md. Never edit a released step.
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
];

/**
 * Which indices the tables have beside their keys and unique keys. `full`: all. `lean`: none, if the database is new (a copy of a deployment is
 * made in a fraction of the time; lists are sorted as they are read). `kept`: whatever the database was made with.
 */
export type Schema = 'full' | 'lean' | 'kept';

/** Row -1 says that the schema is lean. */
const leanRow = -1;

const bare = (table: Table): Table => ({ ...table, indices: [], sparse: [], searched: [] });

/** Brings the schema to what this version needs, under the engine's lock. Does nothing when it is there already. Answers whether it is lean. */
export async function migrate(
  engine: Engine,
  all: readonly Table[],
  schema: Schema,
): Promise<{ readonly lean: boolean }> {
  let lean = false;
  await engine.migrate(async (session) => {
    const { types, tableSuffix } = engine.dialect;
    await session.run(
      plain(
        `create table if not exists migrations (number ${types.integer} primary key, title ${types.text} not null)${tableSuffix}`,
      ),
      [],
    );
    const done = await session.rows(plain('select number, title from migrations'), []);
    const applied = new Map(done.map(([number, title]) => [Number(number), String(title)]));
    if (Math.max(0, ...applied.keys()) > migrations.length) {
      throw new Error(
        `the database was written by a newer version of Accord (step ${Math.max(...applied.keys())}); upgrade this one`,
      );
    }
    lean = schema !== 'full' && (applied.has(leanRow) || (schema === 'lean' && applied.size === 0));
    const tables = lean ? all.map(bare) : all;
    const wanted = fingerprint(engine, tables);
    for (const { number, title, up } of migrations) {
      if (applied.has(number)) continue;
      await up(session, engine);
      await session.run(plain(`insert into migrations (number, title) values (${number}, '${title}')`), []);
    }
    // Row 0 remembers which tables the schema was last made for: an ordinary start asks nothing else.
    if (applied.get(0) === wanted) return;
    for (const table of tables) await settleTable(session, engine, table);
    await session.run(plain('delete from migrations where number <= 0'), []);
    await session.run(plain(`insert into migrations (number, title) values (0, '${wanted}')`), []);
    if (lean)
      await session.run(plain(`insert into migrations (number, title) values (${leanRow}, 'lean')`), []);
  });
  return { lean };
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

/** Adds what is missing of one table: the table, its new columns, its new indices. Takes nothing away. */
async function settleTable(session: Session, engine: Engine, table: Table): Promise<void> {
  const named = { slots: [0] };
  const columns = await session.rows({ sql: engine.dialect.columnsOf, ...named }, [table.name]);
  const [create, ...indices] = statementsFor(engine, table);
  if (columns.length === 0) await session.run(plain(create as string), []);
  else {
    const known = new Set(columns.map(([name]) => name));
    for (const [name, { type }] of Object.entries(table.columns)) {
      if (!known.has(name)) {
        await session.run(
          plain(`alter table "${table.name}" add column "${name}" ${engine.dialect.types[type]}`),
          [],
        );
      }
    }
  }
  for (const index of indices) await session.run(plain(index), []);
  if (table.searched.length === 0) return;
  const [known] = await session.rows({ sql: engine.dialect.knowsWords, slots: [0] }, [wordsName(table.name)]);
  if (!known) for (const statement of engine.dialect.words(table)) await session.run(plain(statement), []);
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
