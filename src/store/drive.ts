import { hash } from 'node:crypto';
import { Bounded } from './bounded.ts';
import { both, type Condition, type Expression, type Query } from './query.ts';
import { indexName, type Table } from './schema.ts';

/**
 * Which index a query goes along, for an engine that does not know how many rows a value has (SQLite keeps no such count, and takes all rows of
 * a deployment for ten). A condition that few rows meet decides by its index, and what it finds is sorted; where many rows meet all conditions
 * the order decides by its index, and the page is full soon. Few or many is found out by looking at the index, not further than `few`, and
 * remembered for a while.
 */
export interface Drives {
  choose(deployment: number, query: Query, count: Count): Promise<Way>;
  /** The index of one column, if there is one. */
  indexOf(table: string, column: string): string | undefined;
}

export interface Way {
  /** Without any advice: it could not be followed. */
  readonly plain?: true;
  /** The index to go along; `key` is the table's own; `undefined`: the engine may choose. */
  readonly along?: string | undefined;
  /** The one text of a search that is looked up, not looked for; `at`: which of the texts of the query it is. */
  readonly words?: { readonly condition: Condition; readonly at: number } | undefined;
}

/** How many rows a query finds this way, counted no further than the query's limit. */
type Count = (query: Query, way: Way) => Promise<number>;

/** Rows that are read and sorted in about the time a request takes. */
const few = 2_000;
/** Those that have a part of a word: looking for it row by row takes longer. */
const fewWords = 10_000;
/** Milliseconds. */
const remembered = 30_000;
const entries = 5_000;
/** Conditions that are looked at before one is chosen without a look. */
const looksMax = 8;
/** Longer texts are known by their digest. */
const textLengthMax = 100;

export const key = 'key';

interface Candidate {
  readonly index: string;
  readonly condition: Condition;
  /** One value, so that its rows are in the order of their ids. */
  readonly single: boolean;
  readonly column: string;
}

interface Known {
  readonly sparse: boolean;
  readonly until: number;
}

export function createDrives(tables: readonly Table[]): Drives {
  const known = new Map(tables.map((table) => [table.name, indicesOf(table)]));
  const searched = new Map(
    tables.filter((table) => table.searched.length > 0).map((table) => [table.name, table.searched.join()]),
  );
  // Its entries are smaller than rows, and there are as many.
  const narrow = new Map(
    tables.flatMap(({ name, indices }) => {
      const columns = indices.find(({ length }) => length === 1);
      return columns ? [[name, indexName(name, columns)] as const] : [];
    }),
  );
  const sparse = new Map(tables.map((table) => [table.name, new Set(table.sparse)]));
  const forgetful = (): Bounded<{ known: Known | undefined }> =>
    new Bounded({ entriesMax: entries, bytesMax: 4 * 1_024 * 1_024, bytesOf: () => 100 });
  let answers = forgetful();
  let reset = performance.now() + remembered;

  const indexOf = (table: string, column: string): string | undefined => known.get(table)?.single.get(column);

  /** Whether a query of one condition finds `most` rows at the most, going this way. */
  async function isSparse(
    deployment: number,
    table: string,
    where: Condition,
    way: Way,
    most: number,
    count: Count,
  ): Promise<boolean> {
    const now = performance.now();
    if (now > reset) {
      answers = forgetful();
      reset = now + remembered;
    }
    const slot = answers.keep(`${deployment} ${table} ${textOf(where)}`, () => ({
      known: undefined,
    }));
    if (slot.known && slot.known.until > now) return slot.known.sparse;
    const query: Query = { table, select: 'count', where, order: [], limit: most + 1, offset: 0 };
    const sparse = (await count(query, way)) <= most;
    slot.known = { sparse, until: now + remembered };
    return sparse;
  }

  async function sparseWords(
    deployment: number,
    table: string,
    flat: readonly Condition[],
    count: Count,
  ): Promise<Way['words']> {
    const columns = searched.get(table);
    if (!columns) return undefined;
    const all = flat.filter((each) => 'contains' in each);
    for (const [at, condition] of all.entries()) {
      // Shorter than what the engine keeps of a word.
      if ([...condition.contains].length < 3) continue;
      const own = condition.on.flatMap((each) => columnOf(each) ?? []);
      if (own.join() !== columns) continue;
      const alone = { words: { condition, at: 0 } };
      if (await isSparse(deployment, table, condition, alone, fewWords, count)) return { condition, at };
    }
    return undefined;
  }

  return Object.freeze<Drives>({
    indexOf,
    choose: async (deployment, query, count) => {
      const { table, where, order } = query;
      const indices = known.get(table);
      if (!indices) return {};
      const flat: Condition[] = [];
      flatten(where, flat);
      const candidates = candidatesIn(flat, indices);
      if (candidates === undefined) return {};
      const words = await sparseWords(deployment, table, flat, count);
      if (words) return { along: key, words };
      if (query.select === 'count')
        return {
          along:
            candidates.find(({ single }) => single)?.index ??
            (flat.length === 0 ? narrow.get(table) : undefined),
        };
      const [first] = order;
      if (!first) return { along: candidates[0]?.index };
      const by = columnOf(first.by);
      const ordered =
        by === 'id'
          ? key
          : by === undefined || sparse.get(table)?.has(by)
            ? undefined
            : indices.single.get(by);
      const fits = ({ column, single }: Candidate): boolean => column === by || (ordered === key && single);
      const [only] = candidates;
      // Its rows come in the order that is asked for, however many they are.
      if (only && candidates.length === 1 && fits(only)) return { along: only.index };
      for (const { condition, index } of candidates.slice(0, looksMax))
        if (await isSparse(deployment, table, condition, { along: index }, few, count))
          return { along: index };
      return { along: candidates.find(fits)?.index ?? ordered ?? only?.index };
    },
  });
}

/** The indices of a table: by the column that they begin with, and those of a type and an id together. */
interface Indices {
  readonly single: ReadonlyMap<string, string>;
  /** Of these columns the index leaves out rows without a value. */
  readonly sparse: ReadonlySet<string>;
  readonly pairs: readonly { readonly type: string; readonly id: string; readonly index: string }[];
}

function indicesOf({ name, unique, indices, sparse }: Table): Indices {
  const pairs = indices.flatMap((columns) => {
    const [type = '', id, more] = columns;
    return id === undefined || more !== undefined ? [] : [{ type, id, index: indexName(name, columns) }];
  });
  const single = new Map([
    ...indices
      .filter((columns) => columns.length === 1)
      .map((columns) => [columns.join(), indexName(name, columns)] as const),
    ...sparse.map((column) => [column, indexName(name, [column])] as const),
    ...unique
      .filter((columns) => columns.length === 1)
      .map((columns) => [columns.join(), `${indexName(name, columns)}_key`] as const),
  ]);
  return { single, sparse: new Set(sparse), pairs };
}

/** The conditions that an index can answer; `undefined` when the key answers the query by itself. */
function candidatesIn(
  flat: readonly Condition[],
  { single: indices, sparse, pairs }: Indices,
): readonly Candidate[] | undefined {
  const found: Candidate[] = [];
  const equal = new Map<string, Condition>();
  const members = new Map<string, Condition>();
  for (const condition of flat) {
    const on = columnIn(condition);
    if (on === undefined) continue;
    const absent = 'empty' in condition;
    const equals = 'test' in condition && condition.test === '=';
    if (on === 'id' && (equals || 'among' in condition)) return undefined;
    if (absent && sparse.has(on)) continue;
    if (equals) equal.set(on, condition);
    else if ('among' in condition) members.set(on, condition);
    const index = indices.get(on);
    if (index) found.push({ index, condition, single: equals || absent, column: on });
  }
  for (const { type, id, index } of pairs) {
    const one = equal.get(type);
    const other = equal.get(id) ?? members.get(id);
    if (one && other)
      found.unshift({ index, condition: both(one, other), single: equal.has(id), column: `${type},${id}` });
  }
  return found;
}

/** The same for the same condition only. */
function textOf(where: Condition): string {
  const column = columnIn(where);
  const text =
    column !== undefined && 'test' in where
      ? `${column} ${where.test} ${typeof where.value} ${where.value}`
      : JSON.stringify(where);
  return text.length > textLengthMax ? `# ${hash('sha256', text, 'base64url')}` : text;
}

function flatten(condition: Condition, into: Condition[]): void {
  if ('all' in condition) for (const each of condition.all) flatten(each, into);
  else into.push(condition);
}

function columnIn(condition: Condition): string | undefined {
  // A text that is empty has a value, and stands elsewhere in the index.
  if ('empty' in condition) return condition.text ? undefined : columnOf(condition.empty);
  if (!('test' in condition || 'among' in condition)) return undefined;
  if ('zero' in condition && condition.zero) return undefined;
  return columnOf(condition.on);
}

const columnOf = (on: Expression): string | undefined =>
  'column' in on && !('when' in on) ? on.column : undefined;
