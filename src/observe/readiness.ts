import type { Tallies } from '../limits/tallies.ts';
import { Busy, type Store } from '../store/store.ts';

/** Whether requests can be served, and what an operator is told of it. */
export interface Readiness {
  readonly ready: boolean;
  readonly lines: string;
}

/** Reads, and finds out whether a write would work. Counters that are away count in memory, which is no reason not to serve. */
export async function readinessOf(store: Store, tallies: Tallies): Promise<Readiness> {
  const state = (await unreadable(store)) ?? (await unwritable(store)) ?? 'ok';
  return {
    ready: state === 'ok',
    lines: `store ${state}\ncounters ${(await tallies.ready()) ? 'ok' : 'in memory'}\n`,
  };
}

async function unreadable(store: Store): Promise<'away' | 'busy' | undefined> {
  if (!store.isReady()) return 'away';
  return store.list(0, { table: 'deployments', columns: ['id'], limit: 1 }).then(
    () => undefined,
    (error: unknown) => (error instanceof Busy ? 'busy' : 'away'),
  );
}

async function unwritable(store: Store): Promise<string | undefined> {
  const reason = await store.unwritable();
  return reason && `cannot be written: ${reason}`;
}
