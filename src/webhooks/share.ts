/** One queue that is ready to be delivered, and the person it is delivered for. */
export interface Ready {
  readonly id: number;
  readonly person: number;
}

export interface ShareLimits {
  /** Lanes that run at once in this process. Each is a wait on a socket, so there may be many. */
  readonly lanes: number;
  /** Lanes of one deployment. */
  readonly perDeployment: number;
}

export interface ShareOptions extends ShareLimits {
  /** Runs a lane for one turn. Answers whether it wants another. Never rejects. */
  readonly run: (deployment: number, id: number) => Promise<boolean>;
  /** A lane has ended, and no other of this deployment waits for a turn. */
  readonly onDry: (deployment: number) => void;
}

export interface Share {
  /** Adds lanes that are ready. One that waits already keeps its place; one that runs gets another turn. */
  offer(deployment: number, lanes: readonly Ready[]): void;
  isWaiting(deployment: number): boolean;
  /** Lanes that run or wait, of all deployments. */
  readonly size: number;
  /** Lets go of what waits in a deployment. Answers what runs. */
  drop(deployment: number): readonly Promise<void>[];
  /** Starts nothing more, and resolves when nothing runs. */
  close(): Promise<void>;
}

interface Line {
  readonly waiting: Set<number>;
  running: number;
}

interface Portion {
  readonly people: Map<number, Line>;
  readonly running: Map<number, { readonly work: Promise<void>; again: boolean }>;
  waiting: number;
  /** Milliseconds of lanes it has used, counted from what those had used who were served when it came. */
  used: number;
}

/**
 * Decides which lane runs next. A free place goes to the deployment with the fewest lanes running, among equals to the one that has used the
 * least time; inside it to the person with the fewest, among equals to the one who has waited longest; of a person's lanes to the one that has.
 *
 * Nobody may take all there is: a deployment gets another lane only while it has fewer than a quarter of the places that are free, a person
 * only while they have fewer than half of what is free in the deployment. Whoever has none gets one as long as there is a place.
 */
export function createShare({ lanes, perDeployment, run, onDry }: ShareOptions): Share {
  const portions = new Map<number, Portion>();
  let running = 0;
  let size = 0;
  let closed = false;
  /** What the deployment that was served last had used: a deployment that comes now begins with it. */
  let served = 0;

  function portionOf(deployment: number): Portion {
    let portion = portions.get(deployment);
    if (!portion) {
      portion = { people: new Map(), running: new Map(), waiting: 0, used: served };
      portions.set(deployment, portion);
    }
    return portion;
  }

  function lineOf({ people }: Portion, person: number): Line {
    let line = people.get(person);
    if (!line) {
      line = { waiting: new Set(), running: 0 };
      people.set(person, line);
    }
    return line;
  }

  function wait(portion: Portion, { id, person }: Ready): void {
    const { waiting } = lineOf(portion, person);
    if (waiting.has(id)) return;
    waiting.add(id);
    portion.waiting++;
    size++;
  }

  /** The person in a deployment whose turn it is. */
  function personOf({ people, running: own }: Portion, limit: number): number | undefined {
    const ceiling = Math.max(1, Math.ceil((limit - own.size) / 2));
    let chosen: number | undefined;
    let fewest = ceiling;
    for (const [person, line] of people)
      if (line.waiting.size > 0 && line.running < fewest) {
        chosen = person;
        fewest = line.running;
      }
    return chosen;
  }

  function next(): { deployment: number; portion: Portion; person: number } | undefined {
    const free = lanes - running;
    if (free <= 0) return undefined;
    const limit = Math.max(1, Math.min(perDeployment, Math.floor(free / 4)));
    let best: { deployment: number; portion: Portion; person: number } | undefined;
    for (const [deployment, portion] of portions) {
      if (portion.waiting === 0 || portion.running.size >= limit) continue;
      if (best && !isBefore(portion, best.portion)) continue;
      const person = personOf(portion, limit);
      if (person !== undefined) best = { deployment, portion, person };
    }
    return best;
  }

  function fill(): void {
    while (!closed) {
      const found = next();
      if (!found) return;
      begin(found.deployment, found.portion, found.person);
    }
  }

  function begin(deployment: number, portion: Portion, person: number): void {
    const line = lineOf(portion, person);
    const [id = 0] = line.waiting;
    line.waiting.delete(id);
    // Behind the others who have as many.
    portion.people.delete(person);
    portion.people.set(person, line);
    portion.waiting--;
    line.running++;
    running++;
    served = Math.max(served, portion.used);
    const since = performance.now();
    const work = run(deployment, id).then((more) => {
      portion.used += performance.now() - since;
      const again = portion.running.get(id)?.again;
      portion.running.delete(id);
      line.running--;
      running--;
      size--;
      if ((more || again) && !closed) wait(portion, { id, person });
      if (portion.waiting === 0) onDry(deployment);
      leave(deployment, portion, person);
      fill();
    });
    portion.running.set(id, { work, again: false });
  }

  /** Forgets who has nothing left. */
  function leave(deployment: number, portion: Portion, person: number): void {
    const line = portion.people.get(person);
    if (line && line.running === 0 && line.waiting.size === 0) portion.people.delete(person);
    if (portion.running.size === 0 && portion.waiting === 0) portions.delete(deployment);
  }

  return {
    offer: (deployment, ready) => {
      if (closed || ready.length === 0) return;
      const portion = portionOf(deployment);
      for (const each of ready) {
        const own = portion.running.get(each.id);
        if (own) own.again = true;
        else wait(portion, each);
      }
      fill();
    },
    isWaiting: (deployment) => (portions.get(deployment)?.waiting ?? 0) > 0,
    get size() {
      return size;
    },
    drop: (deployment) => {
      const portion = portions.get(deployment);
      if (!portion) return [];
      for (const [person, line] of portion.people) {
        size -= line.waiting.size;
        line.waiting.clear();
        if (line.running === 0) portion.people.delete(person);
      }
      portion.waiting = 0;
      if (portion.running.size === 0) portions.delete(deployment);
      return [...portion.running.values()].map(({ work }) => work);
    },
    close: async () => {
      closed = true;
      const all = [...portions.values()].flatMap((portion) => [...portion.running.values()]);
      await Promise.all(all.map(({ work }) => work));
    },
  };
}

/** Whether a deployment comes before another: it has fewer lanes running, or as many and has used less. */
const isBefore = (one: Portion, other: Portion): boolean =>
  one.running.size === other.running.size ? one.used < other.used : one.running.size < other.running.size;
