import type { DeferredIndex, Engine, EngineSession } from './engines/engine.ts';
import { indexName, type Table, wordIndexName } from './schema.ts';
import { fixedStatement } from './statement.ts';

/** The building of an index begins, which may take long. */
export type OnIndex = (index: string) => void;

/** Adds what is missing of one table: the table, its new columns, its new indices. Takes nothing away. Returns the indices that are to be built later. */
export async function completeTable(
  session: EngineSession,
  engine: Engine,
  table: Table,
  onIndex: OnIndex,
): Promise<readonly DeferredIndex[]> {
  const { dialect, deferred } = engine;
  const exists = async (name: string): Promise<boolean> =>
    (await session.rows({ sql: dialect.indexExists, slots: [0] }, [name])).length > 0;
  const columns = await session.rows({ sql: dialect.columnsOf, slots: [0] }, [table.name]);
  const made = columns.length > 0;
  const [create, ...indices] = createStatements(engine, table);
  if (!made) await session.run(fixedStatement(create as string), []);
  else {
    const known = new Set(columns.map(([name]) => name));
    for (const [name, { type }] of Object.entries(table.columns)) {
      if (known.has(name)) continue;
      await session.run(
        fixedStatement(`alter table "${table.name}" add column "${name}" ${dialect.types[type]}`),
        [],
      );
    }
  }
  const missing: DeferredIndex[] = [];
  for (const statement of indices) {
    const name = /"([^"]+)"/.exec(statement)?.[1] as string;
    if (made && (await exists(name))) continue;
    // A unique index must be there before anything is written; the others only make lists fast.
    if (made && deferred && statement.startsWith('create index'))
      missing.push(deferred.index(name, statement));
    else {
      if (made) await beginIndex(name, onIndex);
      await session.run(fixedStatement(statement), []);
    }
  }
  const words = wordIndexName(table.name);
  if (table.searched.length === 0 || (await exists(words))) return missing;
  if (made && deferred) return [...missing, deferred.wordIndex(table)];
  if (made) await beginIndex(words, onIndex);
  for (const statement of dialect.wordIndex(table)) await session.run(fixedStatement(statement), []);
  return missing;
}

/** SQLite blocks the event loop while it builds: the message has to get out before. */
async function beginIndex(name: string, onIndex: OnIndex): Promise<void> {
  onIndex(name);
  await new Promise((resume) => setImmediate(resume));
}

export function createStatements({ dialect }: Engine, table: Table): string[] {
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
