import type { DatabaseSync } from 'node:sqlite';
import type { CellRow, EngineSession } from './engine.ts';

interface Counter {
  readonly deployment: number;
  readonly table: string;
  last: number;
}

/**
 * Ids of one transaction. While it lasts nobody else can write, so a counter is read once and written once, however many ids it gives.
 * The ids of a write that is rolled back are a gap.
 */
export function idsOn(database: DatabaseSync) {
  const prepare = once(() => {
    const reading = database.prepare('select last from counters where deployment_id = ? and name = ?');
    reading.setReturnArrays(true);
    const writing = database.prepare(
      'insert into counters (deployment_id, name, last) values (?, ?, ?) on conflict (deployment_id, name) do update set last = excluded.last',
    );
    const all = database.prepare('select name, last from counters where deployment_id = ?');
    all.setReturnArrays(true);
    const dropping = database.prepare('delete from counters where deployment_id = ?');
    return { reading, writing, all, dropping };
  });
  const counters = new Map<string, Counter>();
  const counter = (deployment: number, table: string) => {
    const key = `${deployment} ${table}`;
    let found = counters.get(key);
    if (!found) {
      const [row] = prepare().reading.all(deployment, table) as unknown as CellRow[];
      found = { deployment, table, last: Number(row?.[0] ?? 0) };
      counters.set(key, found);
    }
    return found;
  };
  /** The counters in the database, as this transaction has changed them. */
  const lastOf = (deployment: number): Map<string, number> => {
    const rows = prepare().all.all(deployment) as unknown as CellRow[];
    const last = new Map(rows.map(([table, value]) => [String(table), Number(value)]));
    for (const each of counters.values()) if (each.deployment === deployment) last.set(each.table, each.last);
    return last;
  };
  const session: Pick<EngineSession, 'nextId' | 'skipIds' | 'copyIds' | 'forgetIds'> = {
    nextId: async (deployment, table) => ++counter(deployment, table).last,
    skipIds: async (deployment, table, last) => {
      const found = counter(deployment, table);
      found.last = Math.max(found.last, last);
    },
    copyIds: async (from, to, tables) => {
      const [given, had] = [lastOf(from), lastOf(to)];
      for (const table of tables) {
        const last = given.get(table) ?? (had.has(table) ? 0 : undefined);
        if (last !== undefined) counters.set(`${to} ${table}`, { deployment: to, table, last });
      }
    },
    forgetIds: async (deployment) => {
      prepare().dropping.run(deployment);
      for (const [key, counter] of counters) if (counter.deployment === deployment) counters.delete(key);
    },
  };
  return {
    session,
    now: (): readonly Counter[] => [...counters.values()].map((counter) => ({ ...counter })),
    /** After a rollback to the moment of `now`. */
    back: (before: readonly Counter[]) => {
      counters.clear();
      for (const counter of before) counters.set(`${counter.deployment} ${counter.table}`, { ...counter });
    },
    /** Before the commit. */
    keep: () => {
      for (const { deployment, table, last } of counters.values())
        prepare().writing.run(deployment, table, last);
      counters.clear();
    },
    forget: () => counters.clear(),
  };
}

/** The table is there only after the first migration. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
