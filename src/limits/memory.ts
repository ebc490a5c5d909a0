import type { Marked, Tallies, WindowCount } from './tallies.ts';

interface Counter {
  readonly deployment: number;
  count: number;
  /** Milliseconds, by the clock of its deployment. */
  begins: number;
  ends: number;
  who?: string;
}

export interface MemoryTallies extends Tallies {
  /** Forgets all that was counted in a deployment. */
  clear(deployment: number): void;
}

/** Counters that are examined for each new one, and when there is no room. */
const examinedUsually = 2;
const examinedWhenFull = 64;

/**
 * The monotonic clock: no wait depends on the system's date. Whole milliseconds: the difference of two fractions may be slightly more
 * than what was added, and would round up to another second.
 */
const monotonic = (): number => Math.floor(performance.now());

const noCount: WindowCount = Object.freeze({ count: 0, resetsIn: 0 });

const tallyOf = ({ count, ends }: Counter, now: number): WindowCount => ({
  count,
  resetsIn: Math.ceil(Math.max(0, ends - now) / 1_000),
});

/**
 * Counters of one process, at most `countersMax`, without timers. rate-limiter-flexible's own memory limiter has a timer for each key and no
 * limit, and callers choose the keys. When there is no room, the lowest of a few counters gives way: a flood of new names does not
 * free a caller who is locked. `clock` in whole milliseconds, by deployment.
 */
export function memoryTallies(
  countersMax = 100_000,
  clock: (deployment: number) => number = monotonic,
): MemoryTallies {
  const counters = new Map<string, Counter>();
  let cursor = counters.entries();

  function makeRoom(): void {
    let weakest: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let left = counters.size < countersMax ? examinedUsually : examinedWhenFull; left > 0; left--) {
      let next = cursor.next();
      if (next.done) {
        cursor = counters.entries();
        next = cursor.next();
        if (next.done) return;
      }
      const [key, counter] = next.value;
      const { count, deployment } = counter;
      if (!lasts(counter, clock(deployment))) counters.delete(key);
      else if (count < least) [weakest, least] = [key, count];
    }
    if (weakest !== undefined && counters.size >= countersMax) counters.delete(weakest);
  }

  /** A clock that was set back to before its beginning ends it: otherwise it would last until then again. */
  const lasts = ({ begins, ends }: Counter, now: number): boolean => begins <= now && now < ends;

  function live(key: string, now: number): Counter | undefined {
    const counter = counters.get(key);
    return counter && lasts(counter, now) ? counter : undefined;
  }

  return Object.freeze<MemoryTallies>({
    add: async (deployment, name, seconds) => {
      const key = `${deployment}:${name}`;
      const now = clock(deployment);
      const counting = live(key, now);
      if (counting) {
        counting.count++;
        return tallyOf(counting, now);
      }
      counters.delete(key);
      makeRoom();
      const begun: Counter = { deployment, count: 1, begins: now, ends: now + seconds * 1_000 };
      counters.set(key, begun);
      return tallyOf(begun, now);
    },
    read: async (deployment, name) => {
      const now = clock(deployment);
      const counter = live(`${deployment}:${name}`, now);
      return counter && tallyOf(counter, now);
    },
    restart: async (deployment, name, seconds) => {
      const now = clock(deployment);
      const counter = live(`${deployment}:${name}`, now);
      if (!counter) return noCount;
      counter.begins = now;
      counter.ends = now + seconds * 1_000;
      return tallyOf(counter, now);
    },
    mark: async (deployment, name, who) => {
      const counter = live(`${deployment}:${name}`, clock(deployment));
      if (counter) counter.who = who;
    },
    marked: async (prefix, only) => {
      const found: Marked[] = [];
      for (const [name, counter] of counters) {
        const { deployment, who } = counter;
        if (who === undefined || (only !== undefined && only !== deployment)) continue;
        const key = name.slice(`${deployment}:`.length);
        const now = clock(deployment);
        if (key.startsWith(prefix) && lasts(counter, now))
          found.push({ ...tallyOf(counter, now), deployment, key, who });
      }
      return found;
    },
    forget: async (deployment, name) => {
      counters.delete(`${deployment}:${name}`);
    },
    clear: (deployment) => {
      for (const [key, counter] of counters) if (counter.deployment === deployment) counters.delete(key);
    },
    ready: async () => true,
    close: async () => counters.clear(),
  });
}
