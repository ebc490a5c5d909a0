import { listDeployments } from '../identity/deployments.ts';
import type { Store } from '../store/store.ts';
import { inSlices } from './slices.ts';

const batch = 500;
/** Finished deliveries that are kept of a deployment, however young they are. */
export const mostKept = 100_000;

/** Removes deliveries that were finished `days` ago, and the oldest of more than `keep`, in short transactions. Answers how many. */
export async function pruneDeliveries(
  store: Store,
  days: number,
  clock: (deployment: number) => number,
  keep: number = mostKept,
): Promise<number> {
  let removed = 0;
  for await (const { id } of inSlices(await listDeployments(store)))
    removed += await pruneOne(store, id, days, clock(id), keep);
  return removed;
}

export async function pruneOne(
  store: Store,
  deployment: number,
  days: number,
  now: number,
  keep: number = mostKept,
): Promise<number> {
  let removed = 0;
  const before = Math.max(now - days * 86_400, await endOfKept(store, deployment, keep));
  for (;;) {
    const rows = await store.select(deployment, {
      table: 'webhook_deliveries',
      select: [{ column: 'id' }],
      where: { test: '<', on: { column: 'date_finished' }, value: before },
      order: [{ by: { column: 'date_finished' }, descending: false }],
      limit: batch,
      offset: 0,
    });
    if (rows.length === 0) return removed;
    await store.within(async (writing) => {
      for (const [id = 0] of rows) await writing.remove(deployment, 'webhook_deliveries', { id });
    });
    removed += rows.length;
    if (rows.length < batch) return removed;
  }
}

/** The moment before which there are `keep` younger ones already; 0 when there are not. */
async function endOfKept(store: Store, deployment: number, keep: number): Promise<number> {
  const [row] = await store.select(deployment, {
    table: 'webhook_deliveries',
    select: [{ column: 'date_finished' }],
    where: { not: { empty: { column: 'date_finished' } } },
    order: [{ by: { column: 'date_finished' }, descending: true }],
    limit: 1,
    offset: keep,
  });
  return (row?.[0] as number | undefined) ?? 0;
}
