import type { Reading, Store } from '../store/store.ts';

/** What delivering asks of the store. */
export type Desk = Reading & Pick<Store, 'within'>;

/** A store of which `most` questions are under way at once; others wait in the order in which they came. Requests of the API need connections too. */
export function gated(store: Desk, most: number): Desk {
  const waiting: (() => void)[] = [];
  let under = 0;
  const through = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (under < most) under++;
    else await new Promise<void>((resume) => waiting.push(resume));
    try {
      return await ask();
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift();
      if (next) next();
      else under--;
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
