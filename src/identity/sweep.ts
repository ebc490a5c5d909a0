import type { Store } from '../store/store.ts';
import { listDeployments } from './deployments.ts';
import { expiring } from './tables.ts';

const batch = 500;

/** Removes rows past their end, in short transactions so that no caller waits long for one. Answers how many. `now` in unix seconds. */
export async function sweepExpired(store: Store, now: number): Promise<number> {
  let removed = 0;
  for (const { id } of await listDeployments(store)) {
    for (const { table, kept } of expiring) {
      for (;;) {
        const old = await store.list(id, table, ['digest'], { date_expires: { below: now - kept } }, batch);
        if (old.length === 0) break;
        await store.within(async (writing) => {
          for (const { digest } of old) await writing.remove(id, table, { digest: digest as string });
        });
        removed += old.length;
        if (old.length < batch) break;
      }
    }
  }
  return removed;
}
