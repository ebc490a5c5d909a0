import type { Reading, Store } from '../store/store.ts';

/** What delivering needs of the store. */
export type DeliveryStore = Reading & Pick<Store, 'within'>;

/** A store that runs at most `queriesMax` queries at once; others wait in the order in which they came. Requests of the API need connections too. */
export function gated(store: DeliveryStore, queriesMax: number): DeliveryStore {
  const waiting: (() => void)[] = [];
  let running = 0;
  const through = async <T>(query: () => Promise<T>): Promise<T> => {
    if (running < queriesMax) running++;
    else await new Promise<void>((resume) => waiting.push(resume));
    try {
      return await query();
    } finally {
      // The next that waits takes the place.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
  return {
    select: (deployment, query) => through(() => store.select(deployment, query)),
    count: (deployment, query) => through(() => store.count(deployment, query)),
    find: (deployment, table, columns, where) => through(() => store.find(deployment, table, columns, where)),
    list: (deployment, rows) => through(() => store.list(deployment, rows)),
    within: (work) => through(() => store.within(work)),
  };
}
