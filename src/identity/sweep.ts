import type { Store } from '../store/store.ts';
import { listDeployments } from './deployments.ts';
import type { Expiring } from './tables.ts';

const batch = 500;

/** Removes rows past their end, in short transactions so that no caller waits long for one. Answers how many. `clock` in unix seconds. */
export async function sweepExpired(
  store: Store,
  tables: readonly Expiring[],
  clock: (deployment: number) => number,
): Promise<number> {
  let removed = 0;
  for (const { id } of await listDeployments(store)) {
    const now = clock(id);
    for (const { table, key, kept } of tables) {
      for (;;) {
        const old = await store.list(id, {
          table,
          columns: key,
          where: { date_expires: { below: now - kept } },
          limit: batch,
        });
        if (old.length === 0) break;
        await store.within(async (writing) => {
          for (const row of old) await writing.remove(id, table, row);
        });
        removed += old.length;
        if (old.length < batch) break;
      }
    }
  }
  return removed;
}
