import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely';
import { type Table, wordIndexName } from '../schema.ts';
import type { DeferredIndices, Dialect } from './engine.ts';

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

const clampedSql = (on: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`least(greatest(${on}, ${sql.lit(Number.MIN_SAFE_INTEGER)}), ${sql.lit(Number.MAX_SAFE_INTEGER)})::bigint`;

/** As `foldCase` does. Under the collation "C", which orders by code point, lower() knows ASCII only. */
const [beforeFolded, afterFolded] = [
  'replace(translate(lower(upper(lower((',
  `)::text collate "und-x-icu"))), '\u03c2', '\u03c3'), 'i\u0307', 'i')`,
];
const folded = (column: string): string => `${beforeFolded}${column}${afterFolded}`;

const createTrigrams =
  'do $$ begin create extension if not exists pg_trgm; exception when others then null; end $$';
const hasTrigrams = "select 1 from pg_extension where extname = 'pg_trgm'";

const wordIndexOn = ({ name, searched }: Table): string => {
  const columns = searched.map((column) => `${folded(`"${column}"`)} gin_trgm_ops`).join(', ');
  return `"${wordIndexName(name)}" on "${name}" using gin (${columns})`;
};

export const postgresDialect: Dialect = Object.freeze<Dialect>({
  compile: (query) => query.compile(compiler),
  bound: (value) => sql`${value}`,
  // One object, and the pages that clients ask for.
  fixedLimits: new Set([1, 10, 20, 25, 50, 100]),
  among: (on, list) => sql`${on} = any(${list})`,
  // An array is made once and looked up by its hash. For `in` a planner that has not counted the rows yet may choose a nested loop.
  foundIn: (on, select) => sql`${on} = any(array(${select}))`,
  contains: (on, text) =>
    sql`${sql.raw(beforeFolded)}${on}${sql.raw(afterFolded)} like '%' || replace(replace(replace(${text}, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'`,
  wordIndex: (table) => [
    // The operator decides what extensions the database has: without this one a search reads all rows.
    createTrigrams,
    `do $$ begin if exists (${hasTrigrams}) then
        create index if not exists ${wordIndexOn(table)}; end if; end $$`,
  ],
  wordIndexParts: [
    `select 'index', indexname from pg_indexes where schemaname = current_schema() and indexname like '%\\_words' and indexdef like '% gin %'`,
  ],
  // An index whose building was interrupted is there, but invalid. Longer names are cut to what a name can hold.
  indexExists: `select 1 from pg_index join pg_class on pg_class.oid = indexrelid join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = current_schema() and relname = cast($1 as name) and indisvalid`,
  idsWithWord: () => undefined,
  needsIndexHints: false,
  indexHint: () => sql``,
  // The sum of bigints is a numeric, which has no end.
  total: (on) => clampedSql(sql`coalesce(sum(${on}), 0)`),
  clamped: (on) => clampedSql(on),
  times: (one, other, per) => sql`round(${one}::numeric * ${other} / ${sql.lit(per)})`,
  order: (by, descending, present) => {
    // The index of a key does not say where absent values go: an order that says so would not be the order of the index.
    if (present) return sql`${by} ${sql.raw(descending ? 'desc' : 'asc')}`;
    return descending ? sql`${by} desc nulls last` : sql`${by} asc nulls first`;
  },
  shareLock: ' for key share',
  changeLock: ' for no key update',
  types: { integer: 'bigint', text: 'text collate "C"' },
  tableSuffix: '',
  indexed: (column, present) => (present ? `"${column}"` : `"${column}" nulls first`),
  columnsOf:
    'select column_name from information_schema.columns where table_schema = current_schema() and table_name = $1',
});

/** How indices are built while the tables are read and written. */
export const postgresDeferred: Omit<DeferredIndices, 'build'> = Object.freeze({
  index: (name, statement) => ({
    name,
    statement: statement.replace('create index', 'create index concurrently'),
    before: [],
  }),
  wordIndex: (table) => ({
    name: wordIndexName(table.name),
    statement: `create index concurrently if not exists ${wordIndexOn(table)}`,
    before: [createTrigrams],
    onlyIf: hasTrigrams,
  }),
} satisfies Omit<DeferredIndices, 'build'>);
