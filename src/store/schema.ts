import { type Catalogue, fieldBehind } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';

export interface TableColumn {
  readonly type: 'integer' | 'text';
  readonly required: boolean;
}

/**
 * One table, on every engine. `deployment_id` is always there and always the first column of the key, of every unique key
 * and of every index: that keeps tenants apart, and lets the same schema be distributed on it.
 */
export interface Table {
  readonly name: string;
  /** Without `deployment_id`. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, TableColumn>>;
  readonly unique: readonly (readonly string[])[];
  readonly indices: readonly (readonly string[])[];
  /** Columns that lists are filtered by and never ordered by: their indices leave out rows without a value. */
  readonly sparse: readonly string[];
  /** Columns that a search looks for parts of words in. */
  readonly searched: readonly string[];
}

/** A table that no resource declares: `'name!'` is required, `'name#'` a whole number, `'name#!'` both. */
export function defineTable(
  name: string,
  key: readonly string[],
  columns: readonly string[],
  more: {
    readonly unique?: readonly (readonly string[])[];
    readonly indices?: readonly (readonly string[])[];
  } = {},
): Table {
  const parsed: Record<string, TableColumn> = {};
  for (const written of columns) {
    const required = written.endsWith('!');
    const rest = required ? written.slice(0, -1) : written;
    const integer = rest.endsWith('#');
    parsed[integer ? rest.slice(0, -1) : rest] = { type: integer ? 'integer' : 'text', required };
  }
  return Object.freeze({
    name,
    key,
    columns: parsed,
    unique: more.unique ?? [],
    indices: more.indices ?? [],
    sparse: [],
    searched: [],
  });
}

/** The columns that lists are ordered or filtered by often enough to pay for an index at every write. */
function indicesOf(resource: Resource): string[][] {
  const columns = new Set<string>();
  for (const [name, field] of Object.entries(resource.fields)) {
    if (!field.column) continue;
    if (field.to || resource.indexed.includes(name)) columns.add(field.column);
  }
  for (const column of columnsOf(resource, resource.filters.order)) columns.add(column);
  columns.delete('id');
  const references = Object.values(resource.fields).flatMap(({ reference }) =>
    reference ? [[reference.type, reference.id]] : [],
  );
  return [...[...columns].map((column) => [column]), ...references];
}

/** What else a list may be filtered by. A flag has two values: an index would find half of all rows. */
function sparseOf(resource: Resource, indexed: ReadonlySet<string>): string[] {
  const { basic, date, range } = resource.filters;
  const flags = Object.values(resource.fields).flatMap(({ column, kind }) =>
    column && ['flag', 'yesno'].includes(kind.name) ? column : [],
  );
  const columns = new Set(columnsOf(resource, [...basic, ...date, ...range]));
  return [...columns].filter((column) => column !== 'id' && !indexed.has(column) && !flags.includes(column));
}

/** The own columns behind the names of filters. */
function columnsOf(resource: Resource, names: readonly string[]): string[] {
  const fields = names.flatMap((name) => {
    const source = resource.sources[name];
    if (!source) return fieldBehind(resource, name) ?? [];
    if ('own' in source) return source.own;
    return 'any' in source ? source.any.flatMap((each) => ('own' in each ? each.own : [])) : [];
  });
  return fields.flatMap((name) => {
    const field = resource.fields[name];
    const own = field?.source && 'own' in field.source ? resource.fields[field.source.own] : field;
    return own?.column ?? [];
  });
}

function tableOf(resource: Resource): Table {
  const columns: Record<string, TableColumn> = {};
  for (const [name, field] of Object.entries(resource.fields)) {
    if (field.column) columns[field.column] = { type: field.kind.column, required: name === 'id' };
  }
  const unique = resource.unique.map((names) => names.map((name) => resource.fields[name]?.column ?? name));
  const single = new Set(unique.filter((names) => names.length === 1).map((names) => names[0]));
  const indices = indicesOf(resource).filter((names) => !(names.length === 1 && single.has(names[0])));
  const indexed = new Set([...single, ...indices.filter((names) => names.length === 1).flat()]);
  const sparse = sparseOf(resource, indexed as ReadonlySet<string>);
  const searched = resource.search.map((source) =>
    'own' in source ? resource.fields[source.own]?.column : undefined,
  );
  return Object.freeze({
    name: resource.name,
    key: ['id'],
    columns,
    unique,
    indices,
    sparse,
    // No index of this table finds what is in rows of another.
    searched: searched.every((column) => column !== undefined) ? (searched as string[]) : [],
  });
}

/** The index that finds the rows of a table by a part of a word. */
export const wordIndexName = (table: string): string => `${table}_words`;

export const indexName = (table: string, columns: readonly string[]): string =>
  `${table}_${columns.join('_')}`;

/** The index of a resource's table that finds rows by most of these columns, none when the key does. */
export function indexOver(resource: Resource, columns: readonly string[]): string | undefined {
  if (columns.includes('id')) return undefined;
  const usable = tableOf(resource).indices.filter((names) => names.every((name) => columns.includes(name)));
  const [best] = usable.toSorted((one, other) => other.length - one.length);
  return best && indexName(resource.name, best);
}

export const catalogueTables = (catalogue: Catalogue): readonly Table[] =>
  [...catalogue.resources.values()].map(tableOf);
