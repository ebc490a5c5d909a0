import { Bounded } from './bounded.ts';
import { both, type Condition, type Query } from './query.ts';
import { indexName, type Table } from './schema.ts';

/**
 * Which index a query goes along, for an engine that does not know how many rows a value has (SQLite keeps no such count, and takes all rows of
 * a deployment for ten). A condition that few rows meet decides by its index, and what it finds is sorted; where many rows meet all conditions
 * the order decides by its index, and the page is full soon. Few or many is found out by looking at the index, not further than `few`, and
 * remembered for a while.
 */
export interface Drives {
  /** The index to go along; `key` is the table's own; `undefined`: the engine may choose. */
  choose(deployment: number, query: Query, count: Count): Promise<string | undefined>;
  /** The index of one column, if there is one. */
  indexOf(table: string, column: string): string | undefined;
}

/** How many rows a query finds along an index, counted no further than the query's limit. */
type Count = (query: Query, index: string) => Promise<number>;

/** Rows that are read and sorted in about the time a request takes. */
const few = 2_000;
/** Milliseconds. */
const remembered = 30_000;
const entries = 5_000;

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
  const sparse = new Map(tables.map((table) => [table.name, new Set(table.sparse)]));
  let answers = new Bounded<{ known: Known | undefined }>(entries);
  let reset = performance.now() + remembered;

  const indexOf = (table: string, column: string): string | undefined => known.get(table)?.get(column);

  async function isSparse(
    deployment: number,
    table: string,
    { condition, index }: Candidate,
    count: Count,
  ): Promise<boolean> {
    const now = performance.now();
    if (now > reset) {
      answers = new Bounded(entries);
      reset = now + remembered;
    }
    const slot = answers.keep(`${deployment} ${table} ${JSON.stringify(condition)}`, () => ({
      known: undefined,
    }));
    if (slot.known && slot.known.until > now) return slot.known.sparse;
    const query: Query = { table, select: 'count', where: condition, order: [], limit: few + 1, offset: 0 };
    const sparse = (await count(query, index)) <= few;
    slot.known = { sparse, until: now + remembered };
    return sparse;
  }

  return Object.freeze<Drives>({
    indexOf,
    choose: async (deployment, query, count) => {
      const { table, where, order } = query;
      const indices = known.get(table);
      if (!indices) return undefined;
      const candidates = candidatesIn(where, indices);
      if (candidates === undefined) return undefined;
      if (query.select === 'count') return candidates.find(({ single }) => single)?.index;
      const [first] = order;
      if (!first) return candidates[0]?.index;
      const by = 'column' in first.by && !('when' in first.by) ? first.by.column : undefined;
      const ordered =
        by === undefined
          ? undefined
          : by === 'id'
            ? key
            : sparse.get(table)?.has(by)
              ? undefined
              : indices.get(by);
      const [only] = candidates;
      // Its rows come in the order that is asked for, however many they are.
      if (only && candidates.length === 1 && (only.column === by || (ordered === key && only.single)))
        return only.index;
      for (const candidate of candidates)
        if (await isSparse(deployment, table, candidate, count)) return candidate.index;
      const same = candidates.find(({ column, single }) => column === by || (ordered === key && single));
      return same?.index ?? ordered ?? only?.index;
    },
  });
}

/** Indices by the one column that they begin with; those of two columns by both, joined by a comma. */
function indicesOf({ name, unique, indices, sparse }: Table): ReadonlyMap<string, string> {
  return new Map([
    ...indices.map((columns) => [columns.join(','), indexName(name, columns)] as const),
    ...sparse.map((column) => [column, indexName(name, [column])] as const),
    ...unique
      .filter((columns) => columns.length === 1)
      .map((columns) => [columns.join(), `${indexName(name, columns)}_key`] as const),
  ]);
}

/** The conditions that an index can answer; `undefined` when the key answers the query by itself. */
function candidatesIn(
  where: Condition,
  indices: ReadonlyMap<string, string>,
): readonly Candidate[] | undefined {
  const flat: Condition[] = [];
  flatten(where, flat);
  const found: Candidate[] = [];
  const equal = new Map<string, Condition>();
  const members = new Map<string, Condition>();
  for (const condition of flat) {
    const on = columnIn(condition);
    if (on === undefined) continue;
    const single = 'test' in condition && condition.test === '=';
    if (on === 'id' && (single || 'among' in condition)) return undefined;
    if (single) equal.set(on, condition);
    else if ('among' in condition) members.set(on, condition);
    const index = indices.get(on);
    if (index) found.push({ index, condition, single, column: on });
  }
  for (const [columns, index] of indices) {
    const [type = '', id = '', more] = columns.split(',');
    const one = equal.get(type);
    const other = equal.get(id) ?? members.get(id);
    if (more === undefined && one && other)
      found.unshift({ index, condition: both(one, other), single: equal.has(id), column: columns });
  }
  return found;
}

function flatten(condition: Condition, into: Condition[]): void {
  if ('all' in condition) for (const each of condition.all) flatten(each, into);
  else into.push(condition);
}

function columnIn(condition: Condition): string | undefined {
  if (!('test' in condition || 'among' in condition)) return undefined;
  if ('zero' in condition && condition.zero) return undefined;
  const { on } = condition;
  return 'column' in on && !('when' in on) ? on.column : undefined;
}
