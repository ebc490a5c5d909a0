import type { Row, Values, Where, Writing } from '../store/store.ts';

/**
 * A transaction that fills an empty deployment, and answers from memory what is asked about the rows it wrote: the operations of the API look up
 * every link of every row, which is most of what a sample costs. Ids are counted here, from `firstId`; `settle` tells the store how far.
 */
export interface Remembered extends Writing {
  settle(): Promise<void>;
}

export function remembered(store: Writing, deployment: number, firstId: number): Remembered {
  const tables = new Map<string, Map<unknown, Values>>();
  const lastIds = new Map<string, number>();
  // What was selected of a table, until the table changes.
  const selected = new Map<string, Map<string, readonly Row[]>>();

  const known = (table: string, { id, ...others }: Where): Values | undefined => {
    const row = id === undefined ? undefined : tables.get(table)?.get(id);
    return row && Object.entries(others).every(([column, value]) => row[column] === value) ? row : undefined;
  };
  const remember = (table: string, row: Values): void => {
    selected.delete(table);
    if (row.id === undefined) return;
    let rows = tables.get(table);
    if (!rows) {
      rows = new Map();
      tables.set(table, rows);
    }
    rows.set(row.id, row);
  };
  const forget = (table: string): void => {
    tables.delete(table);
    selected.delete(table);
  };

  return {
    count: store.count.bind(store),
    list: store.list.bind(store),
    upsert: store.upsert.bind(store),
    skipIds: store.skipIds.bind(store),
    select: async (of, query) => {
      // A query that reads other tables is run again.
      const key = JSON.stringify(query);
      if (key.includes('"table"', key.indexOf('"table"') + 1)) return store.select(of, query);
      let own = selected.get(query.table);
      if (!own) {
        own = new Map();
        selected.set(query.table, own);
      }
      const rows = own.get(key) ?? (await store.select(of, query));
      own.set(key, rows);
      return rows;
    },
    find: async (of, table, columns, where) => {
      const row = known(table, where);
      if (!row) return store.find(of, table, columns, where);
      return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
    },
    holds: async (of, table, where) => known(table, where) !== undefined || store.holds(of, table, where),
    claim: async (of, table, where) => known(table, where) !== undefined || store.claim(of, table, where),
    nextId: async (_, table) => {
      const id = (lastIds.get(table) ?? firstId - 1) + 1;
      lastIds.set(table, id);
      return id;
    },
    insert: async (of, table, values) => {
      await store.insert(of, table, values);
      remember(table, values);
    },
    update: async (of, table, where, values) => {
      const row = known(table, where);
      if (row) remember(table, { ...row, ...values });
      else forget(table);
      return store.update(of, table, where, values);
    },
    remove: async (of, table, where) => {
      forget(table);
      return store.remove(of, table, where);
    },
    settle: async () => {
      for (const [table, last] of lastIds) await store.skipIds(deployment, table, last);
    },
  };
}
