export interface VisitsOptions {
  /** Visits that are under way at once. */
  readonly most: number;
  /** Looks after one deployment. Never rejects. */
  readonly visit: (deployment: number) => Promise<void>;
}

export interface Visits {
  /** A deployment is to be visited, after those that were asked for before it; once, however often it is asked for meanwhile. */
  ask(deployment: number): void;
  /** Lets go of what was asked for. Answers the visit that is under way. */
  drop(deployment: number): Promise<void> | undefined;
  /** Begins nothing more, and resolves when nothing is under way. */
  close(): Promise<void>;
}

/** Visits deployments in the order in which they asked, a few at once, each by one at a time. */
export function createVisits({ most, visit }: VisitsOptions): Visits {
  const asked = new Set<number>();
  const under = new Map<number, Promise<void>>();
  let closed = false;
  let isComing = false;

  /** In another turn of the event loop, so that requests are answered between two visits. */
  function soon(): void {
    if (isComing) return;
    isComing = true;
    setImmediate(begin);
  }

  function begin(): void {
    isComing = false;
    for (const deployment of asked) {
      if (closed || under.size >= most) return;
      if (under.has(deployment)) continue;
      asked.delete(deployment);
      const work = visit(deployment).then(() => {
        under.delete(deployment);
        soon();
      });
      under.set(deployment, work);
    }
  }

  return {
    ask: (deployment) => {
      asked.add(deployment);
      soon();
    },
    drop: (deployment) => {
      asked.delete(deployment);
      return under.get(deployment);
    },
    close: async () => {
      closed = true;
      await Promise.all(under.values());
    },
  };
}
