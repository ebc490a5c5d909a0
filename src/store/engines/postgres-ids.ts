import type { EngineSession, Statement } from './engine.ts';

/** Reserves so many ids of a table and returns the last of them. */
export const reserveIds = `insert into counters (deployment_id, name, last) values ($1, $2, $3)
  on conflict (deployment_id, name) do update set last = counters.last + $3 returning last`;

const statement = (text: string, ...slots: readonly number[]): Statement =>
  Object.freeze({ sql: text, slots });

const skip = statement(
  `insert into counters (deployment_id, name, last) values ($1, $2, $3)
    on conflict (deployment_id, name) do update set last = greatest(counters.last, excluded.last)`,
  0,
  1,
  2,
);
const dropAll = statement('delete from counters where deployment_id = $1', 0);
const dropSome = statement('delete from counters where deployment_id = $1 and name = any($2)', 1, 2);
const copySome = statement(
  `insert into counters (deployment_id, name, last)
    select cast($2 as bigint), name, last from counters where deployment_id = $1 and name = any($3)`,
  0,
  1,
  2,
);

/** What is done to counters as a whole, in the transaction of the session. */
export const countersOn = (
  session: Pick<EngineSession, 'run'>,
): Pick<EngineSession, 'skipIds' | 'copyIds' | 'forgetIds'> => ({
  skipIds: async (deployment, table, last) => {
    await session.run(skip, [deployment, table, last]);
  },
  copyIds: async (from, to, tables) => {
    await session.run(dropSome, [from, to, tables]);
    await session.run(copySome, [from, to, tables]);
  },
  forgetIds: async (deployment) => {
    await session.run(dropAll, [deployment]);
  },
});

interface Waiter {
  readonly give: (id: number) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Ids outside the writing transaction, so that creates of one tenant do not wait for one another's commit on the counter's
 * row: the requests that wait while a block is fetched share the next block, which is exactly as large as they need.
 */
export function idBlocks(
  reserve: (deployment: number, table: string, count: number) => Promise<number>,
): EngineSession['nextId'] {
  const waiting = new Map<string, Waiter[]>();
  const fetching = new Set<string>();
  async function fetchBlocks(key: string, deployment: number, table: string): Promise<void> {
    fetching.add(key);
    for (let block = waiting.get(key) ?? []; block.length > 0; block = waiting.get(key) ?? []) {
      waiting.delete(key);
      try {
        const first = (await reserve(deployment, table, block.length)) - block.length + 1;
        for (const [i, { give }] of block.entries()) give(first + i);
      } catch (error) {
        for (const { fail } of block) fail(error);
      }
    }
    fetching.delete(key);
  }
  return (deployment, table) =>
    new Promise((give, fail) => {
      const key = `${deployment} ${table}`;
      const block = waiting.get(key);
      if (block) block.push({ give, fail });
      else waiting.set(key, [{ give, fail }]);
      if (!fetching.has(key)) void fetchBlocks(key, deployment, table);
    });
}
