import { both, type Condition, type Expression } from './query.ts';
import { indexName, type Table } from './schema.ts';

/** The indices of a table: by the column that they begin with, and those of a type and an id together. */
export interface TableIndices {
  readonly single: ReadonlyMap<string, string>;
  /** Of these columns the index leaves out rows without a value. */
  readonly sparse: ReadonlySet<string>;
  readonly pairs: readonly { readonly type: string; readonly id: string; readonly index: string }[];
}

/** An index that finds the rows of one condition. */
export interface IndexCandidate {
  readonly index: string;
  readonly condition: Condition;
  /** One value, so that its rows are in the order of their ids. */
  readonly single: boolean;
  readonly column: string;
}

export function indicesOfTable({ name, unique, indices, sparse }: Table): TableIndices {
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

/** The conditions that an index finds rows for; `undefined` when the key answers the query by itself. */
export function candidatesIn(
  conditions: readonly Condition[],
  { single: indices, sparse, pairs }: TableIndices,
): readonly IndexCandidate[] | undefined {
  const found: IndexCandidate[] = [];
  const equal = new Map<string, Condition>();
  const members = new Map<string, Condition>();
  for (const condition of conditions) {
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

/** All conditions that have to hold. */
export function conjunctsOf(condition: Condition, into: Condition[] = []): Condition[] {
  if ('all' in condition) for (const each of condition.all) conjunctsOf(each, into);
  else into.push(condition);
  return into;
}

/** The column that a condition is about, where an index of that column finds its rows. */
export function columnIn(condition: Condition): string | undefined {
  // A text that is empty has a value, and stands elsewhere in the index.
  if ('empty' in condition) return condition.text ? undefined : plainColumn(condition.empty);
  if (!('test' in condition || 'among' in condition)) return undefined;
  if ('zero' in condition && condition.zero) return undefined;
  return plainColumn(condition.on);
}

export const plainColumn = (on: Expression): string | undefined =>
  'column' in on && !('when' in on) ? on.column : undefined;
