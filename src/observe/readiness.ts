import type { Tallies } from '../limits/tallies.ts';
import type { Store } from '../store/store.ts';

/** Whether requests can be served, and what an operator is told of it. */
export interface Readiness {
  readonly ready: boolean;
  readonly lines: string;
}

/** Reads, and finds out whether a write would work. Counters that are away count in memory, which is no reason not to serve. */
export async function readinessOf(store: Store, tallies: Tallies): Promise<Readiness> {
  const reads =
    store.isReady() &&
    (await store.list(0, 'deployments', ['id'], {}, 1).then(
      () => true,
      () => false,
    ));
  const unwritable = reads ? await store.unwritable() : undefined;
  const state = unwritable === undefined ? 'ok' : `cannot be written: ${unwritable}`;
  return {
    ready: reads && unwritable === undefined,
    lines: `store ${reads ? state : 'away'}\ncounters ${(await tallies.ready()) ? 'ok' : 'in memory'}\n`,
  };
}
