import type { Stored } from '../catalogue/kinds/kind.ts';
import { always, type Expression, type Query } from './query.ts';
import type { Reading } from './store.ts';

/** A query whose rows have names. What it leaves out: every row, in no order, from the first to the last. */
export interface NamedQuery<Name extends string>
  extends Partial<Pick<Query, 'distinct' | 'where' | 'order' | 'limit' | 'offset'>> {
  readonly table: string;
  readonly select: Readonly<Record<Name, Expression>>;
}

export type NamedRow<Name extends string> = Readonly<Record<Name, Stored>>;

/** The rows of a query, by the names that it selects them under. For lists that every request asks for there is `Reading.select`, which makes no objects. */
export async function selectRows<Name extends string>(
  store: Pick<Reading, 'select'>,
  deployment: number,
  { table, select, distinct = false, where = always, order = [], ...page }: NamedQuery<Name>,
): Promise<readonly NamedRow<Name>[]> {
  const names = Object.keys(select) as Name[];
  const rows = await store.select(deployment, {
    table,
    select: names.map((name) => select[name]),
    distinct,
    where,
    order,
    limit: page.limit ?? Number.MAX_SAFE_INTEGER,
    offset: page.offset ?? 0,
  });
  return rows.map((row) => {
    const named = {} as Record<Name, Stored>;
    for (const [i, name] of names.entries()) named[name] = row[i] ?? null;
    return named;
  });
}

/** The first row of a query; `undefined` when there is none. */
export async function selectRow<Name extends string>(
  store: Pick<Reading, 'select'>,
  deployment: number,
  query: NamedQuery<Name>,
): Promise<NamedRow<Name> | undefined> {
  const [row] = await selectRows(store, deployment, { ...query, limit: 1 });
  return row;
}

/** Columns under their own names. */
export function columnsNamed<Name extends string>(
  ...names: readonly Name[]
): Readonly<Record<Name, Expression>> {
  const select = {} as Record<Name, Expression>;
  for (const column of names) select[column] = { column };
  return select;
}

/** An order by a column, the lowest first. */
export const ascending = (column: string): Query['order'][number] => ({ by: { column }, descending: false });
