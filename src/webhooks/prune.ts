import { listDeployments } from '../identity/deployments.ts';
import { ascending, columnsNamed, selectRow, selectRows } from '../store/select-named.ts';
import type { Store } from '../store/store.ts';
import { inSlices } from './slices.ts';

const batchMax = 500;
/** Finished deliveries that are kept of a deployment, however young they are. */
export const keptMax = 100_000;

/** Removes deliveries that were finished `days` ago, and the oldest of more than `keep`, in short transactions. Returns how many. */
export async function pruneDeliveries(
  store: Store,
  days: number,
  clock: (deployment: number) => number,
  keep: number = keptMax,
): Promise<number> {
  let removed = 0;
  for await (const { id } of inSlices(await listDeployments(store)))
    removed += await pruneDeployment(store, id, { days, now: clock(id), keep });
  return removed;
}

export interface Pruning {
  readonly days: number;
  /** Unix seconds. */
  readonly now: number;
  readonly keep?: number;
}

export async function pruneDeployment(
  store: Store,
  deployment: number,
  { days, now, keep = keptMax }: Pruning,
): Promise<number> {
  let removed = 0;
  const before = Math.max(now - days * 86_400, await endOfKept(store, deployment, keep));
  for (;;) {
    const rows = await selectRows(store, deployment, {
      table: 'webhook_deliveries',
      select: columnsNamed('id'),
      where: { test: '<', on: { column: 'date_finished' }, value: before },
      order: [ascending('date_finished')],
      limit: batchMax,
    });
    if (rows.length === 0) return removed;
    await store.within(async (writing) => {
      for (const { id } of rows) await writing.remove(deployment, 'webhook_deliveries', { id });
    });
    removed += rows.length;
    if (rows.length < batchMax) return removed;
  }
}

/** The time since which `keep` deliveries were finished; 0 when there are not as many. */
async function endOfKept(store: Store, deployment: number, keep: number): Promise<number> {
  const row = await selectRow(store, deployment, {
    table: 'webhook_deliveries',
    select: columnsNamed('date_finished'),
    where: { not: { empty: { column: 'date_finished' } } },
    order: [{ by: { column: 'date_finished' }, descending: true }],
    offset: keep,
  });
  return (row?.date_finished as number | undefined) ?? 0;
}
