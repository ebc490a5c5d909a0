import {
  DummyDriver,
  Kysely,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { primaryKey } from '../index-advisor.ts';
import { wordIndexName } from '../schema.ts';
import type { Dialect } from './engine.ts';

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

const clampedSql = (on: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`max(min(${on}, ${sql.lit(Number.MAX_SAFE_INTEGER)}), ${sql.lit(Number.MIN_SAFE_INTEGER)})`;

/** The row number of a row of words is its deployment and, in so many bits, its id. Larger ids, which only a load can bring, are scanned for. */
const idBits = 40;

export const sqliteDialect: Dialect = Object.freeze<Dialect>({
  compile: (query) => query.compile(compiler),
  // SQLite prepares a statement again at every run when a bare `LIMIT ?` is bound (3.48 and later).
  bound: (value) => sql`cast(${value} as integer)`,
  fixedLimits: new Set(),
  among: (on, list) => sql`${on} in (select value from json_each(${list}))`,
  foundIn: (on, select) => sql`${on} in (${select})`,
  contains: (on, text) => sql`instr(fold_case(${on}), ${text}) > 0`,
  // Without statistics SQLite takes all rows of a deployment for ten, and reads them.
  indexHint: (index, table) =>
    index === undefined
      ? sql``
      : sql` indexed by ${sql.ref(index === primaryKey ? `sqlite_autoindex_${table}_1` : index)}`,
  needsIndexHints: true,
  wordIndex: ({ name, searched }) => {
    const words = wordIndexName(name);
    const of = (row: string): string =>
      `fold_case(${searched.map((column) => `coalesce(${row}"${column}", '')`).join(` || char(10) || `)})`;
    const at = (row: string): string => `(${row}deployment_id << ${idBits}) | ${row}id`;
    const small = (row: string): string => `${row}id < ${1n << BigInt(idBits)}`;
    const add = `insert into "${words}" (rowid, words) values (${at('new.')}, ${of('new.')})`;
    const take = `delete from "${words}" where rowid = ${at('old.')}`;
    const changed = searched.map((column) => `old."${column}" is not new."${column}"`).join(' or ');
    return [
      `create virtual table "${words}" using fts5 (words, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1)`,
      `insert into "${words}" (rowid, words) select ${at('')}, ${of('')} from "${name}" where ${small('')}`,
      `create trigger "${words}_added" after insert on "${name}" when ${small('new.')} begin ${add}; end`,
      `create trigger "${words}_taken" after delete on "${name}" when ${small('old.')} begin ${take}; end`,
      `create trigger "${words}_changed" after update on "${name}" when ${small('new.')} and (${changed}) begin ${take}; ${add}; end`,
    ];
  },
  wordIndexParts: [
    `select 'trigger', name from sqlite_master where type = 'trigger' and (name like '%\\_words\\_added' escape '\\' or name like '%\\_words\\_taken' escape '\\' or name like '%\\_words\\_changed' escape '\\')`,
    `select 'table', name from sqlite_master where type = 'table' and name like '%\\_words' escape '\\' and sql like 'create virtual table%'`,
  ],
  indexExists: 'select name from sqlite_master where name = ?',
  idsWithWord: (table, columns, deployment, text) => {
    const words = wordIndexName(table);
    const from = sql.lit(idBits);
    const large = columns.map((column) => sql`instr(fold_case(${sql.ref(column)}), ${text}) > 0`);
    return sql`(select rowid & ${sql.lit(2 ** idBits - 1)} from ${sql.table(words)}
      where ${sql.ref(words)} match '"' || replace(${text}, '"', '""') || '"' and rowid >= ${deployment} << ${from} and rowid < (${deployment} + 1) << ${from}
      union all select id from ${sql.table(table)} indexed by ${sql.ref(`sqlite_autoindex_${table}_1`)}
      where deployment_id = ${deployment} and id >= ${sql.lit(2 ** idBits)} and (${sql.join(large, sql` or `)}))`;
  },
  // sum() fails where it leaves 64 bits; total() is exact as long as it stays within what `clamped` lets through.
  total: (on) => clampedSql(sql`cast(total(${on}) as integer)`),
  clamped: (on) => clampedSql(on),
  // A product that leaves 64 bits becomes a float by itself; within, the division truncates.
  times: (one, other, per) =>
    sql`(${one} * ${other} + case when ${one} * ${other} < 0 then ${sql.lit(-per / 2)} else ${sql.lit(per / 2)} end) / ${sql.lit(per)}`,
  order: (by, descending) => (descending ? sql`${by} desc` : sql`${by} asc`),
  shareLock: '',
  changeLock: '',
  types: { integer: 'integer', text: 'text' },
  tableSuffix: ' strict, without rowid',
  indexed: (column) => `"${column}"`,
  columnsOf: 'select name from pragma_table_info(?)',
});
