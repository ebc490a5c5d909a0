export interface VisitsOptions {
  /** Visits at once. */
  readonly visitsMax: number;
  /** Visits one deployment. Never rejects. */
  readonly visit: (deployment: number) => Promise<void>;
}

export interface Visits {
  /** Visits a deployment, after those that were asked for before it; once, however often it is asked for meanwhile. */
  ask(deployment: number): void;
  /** Drops what was asked for. Returns the visit that is under way. */
  drop(deployment: number): Promise<void> | undefined;
  /** Starts nothing more, and resolves when nothing is under way. */
  close(): Promise<void>;
}

/** Visits deployments in the order in which they were asked for, a few at once, no deployment twice at once. */
export function createVisits({ visitsMax, visit }: VisitsOptions): Visits {
  const asked = new Set<number>();
  const running = new Map<number, Promise<void>>();
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
      if (closed || running.size >= visitsMax) return;
      if (running.has(deployment)) continue;
      asked.delete(deployment);
      const work = visit(deployment).then(() => {
        running.delete(deployment);
        soon();
      });
      running.set(deployment, work);
    }
  }

  return {
    ask: (deployment) => {
      asked.add(deployment);
      soon();
    },
    drop: (deployment) => {
      asked.delete(deployment);
      return running.get(deployment);
    },
    close: async () => {
      closed = true;
      await Promise.all(running.values());
    },
  };
}
