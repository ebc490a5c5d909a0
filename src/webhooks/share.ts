/** One queue that is ready to be delivered, and the person it is delivered for. */
export interface ReadyQueue {
  readonly id: number;
  readonly person: number;
}

export interface ShareLimits {
  /** Queues that run at once in this process. Each is a wait on a socket, so there may be many. */
  readonly queuesMax: number;
  /** Queues of one deployment that run at once. */
  readonly perDeploymentMax: number;
}

export interface ShareOptions extends ShareLimits {
  /** Runs a queue for one turn. Returns whether it wants another. Never rejects. */
  readonly run: (deployment: number, id: number) => Promise<boolean>;
  /** A queue's turn has ended, and no other queue of this deployment waits for one. */
  readonly onDry: (deployment: number) => void;
}

interface PersonQueues {
  readonly waiting: Set<number>;
  running: number;
}

interface Run {
  readonly work: Promise<void>;
  again: boolean;
}

interface Portion {
  readonly people: Map<number, PersonQueues>;
  readonly running: Map<number, Run>;
  waiting: number;
  /** Milliseconds that its queues have run, counted from what the deployment served last had used when this one came. */
  usedMs: number;
}

interface Turn {
  readonly deployment: number;
  readonly portion: Portion;
  readonly person: number;
}

/**
 * Decides which queue runs next. A free place goes to the deployment with the fewest queues running, among equals to the one that has used the
 * least time. Within it the place goes to the person with the fewest, among equals to the one who has waited longest; of a person's queues to the
 * one that has waited longest.
 *
 * Nobody may take all there is: a deployment gets another queue only while it has fewer than a quarter of the places that are free, a person
 * only while they have fewer than half of what is free in the deployment. A subscription that has none gets one while there is a free place.
 */
export class Share {
  readonly #options: ShareOptions;
  readonly #portions = new Map<number, Portion>();
  #running = 0;
  #size = 0;
  #closed = false;
  /** What the deployment that was served last had used: a deployment that comes now starts with it. */
  #servedMs = 0;

  constructor(options: ShareOptions) {
    this.#options = options;
  }

  /** Adds queues that are ready. One that waits already keeps its place; one that runs gets another turn. */
  offer(deployment: number, ready: readonly ReadyQueue[]): void {
    if (this.#closed || ready.length === 0) return;
    const portion = this.#portionOf(deployment);
    for (const each of ready) {
      const run = portion.running.get(each.id);
      if (run) run.again = true;
      else this.#wait(portion, each);
    }
    this.#fill();
  }

  isWaiting(deployment: number): boolean {
    return (this.#portions.get(deployment)?.waiting ?? 0) > 0;
  }

  /** Queues that run or wait, of all deployments. */
  get size(): number {
    return this.#size;
  }

  /** Drops the queues of a deployment that wait. Returns those that run. */
  drop(deployment: number): readonly Promise<void>[] {
    const portion = this.#portions.get(deployment);
    if (!portion) return [];
    for (const [person, queues] of portion.people) {
      this.#size -= queues.waiting.size;
      queues.waiting.clear();
      if (queues.running === 0) portion.people.delete(person);
    }
    portion.waiting = 0;
    if (portion.running.size === 0) this.#portions.delete(deployment);
    return [...portion.running.values()].map(({ work }) => work);
  }

  /** Starts nothing more, and resolves when nothing runs. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#portions.values()].flatMap((portion) => [...portion.running.values()]);
    await Promise.all(all.map(({ work }) => work));
  }

  #portionOf(deployment: number): Portion {
    let portion = this.#portions.get(deployment);
    if (!portion) {
      portion = { people: new Map(), running: new Map(), waiting: 0, usedMs: this.#servedMs };
      this.#portions.set(deployment, portion);
    }
    return portion;
  }

  #wait(portion: Portion, { id, person }: ReadyQueue): void {
    const { waiting } = queuesOf(portion, person);
    if (waiting.has(id)) return;
    waiting.add(id);
    portion.waiting++;
    this.#size++;
  }

  #fill(): void {
    while (!this.#closed) {
      const turn = this.#next();
      if (!turn) return;
      this.#begin(turn);
    }
  }

  #next(): Turn | undefined {
    const { queuesMax, perDeploymentMax } = this.#options;
    const free = queuesMax - this.#running;
    if (free <= 0) return undefined;
    const limit = Math.max(1, Math.min(perDeploymentMax, Math.floor(free / 4)));
    let best: Turn | undefined;
    for (const [deployment, portion] of this.#portions) {
      if (portion.waiting === 0 || portion.running.size >= limit) continue;
      if (best && !isBefore(portion, best.portion)) continue;
      const person = personOf(portion, limit);
      if (person !== undefined) best = { deployment, portion, person };
    }
    return best;
  }

  #begin({ deployment, portion, person }: Turn): void {
    const queues = queuesOf(portion, person);
    const [id = 0] = queues.waiting;
    queues.waiting.delete(id);
    // Behind the others who have as many.
    portion.people.delete(person);
    portion.people.set(person, queues);
    portion.waiting--;
    queues.running++;
    this.#running++;
    this.#servedMs = Math.max(this.#servedMs, portion.usedMs);
    const since = performance.now();
    const work = this.#options.run(deployment, id).then((more) => {
      portion.usedMs += performance.now() - since;
      const again = portion.running.get(id)?.again;
      portion.running.delete(id);
      queues.running--;
      this.#running--;
      this.#size--;
      if ((more || again) && !this.#closed) this.#wait(portion, { id, person });
      if (portion.waiting === 0) this.#options.onDry(deployment);
      this.#leave({ deployment, portion, person });
      this.#fill();
    });
    portion.running.set(id, { work, again: false });
  }

  /** Forgets who has nothing left. */
  #leave({ deployment, portion, person }: Turn): void {
    const queues = portion.people.get(person);
    if (queues && queues.running === 0 && queues.waiting.size === 0) portion.people.delete(person);
    if (portion.running.size === 0 && portion.waiting === 0) this.#portions.delete(deployment);
  }
}

function queuesOf({ people }: Portion, person: number): PersonQueues {
  let queues = people.get(person);
  if (!queues) {
    queues = { waiting: new Set(), running: 0 };
    people.set(person, queues);
  }
  return queues;
}

/** The person in a deployment whose turn it is. */
function personOf({ people, running }: Portion, limit: number): number | undefined {
  const ceiling = Math.max(1, Math.ceil((limit - running.size) / 2));
  let chosen: number | undefined;
  let fewest = ceiling;
  for (const [person, queues] of people)
    if (queues.waiting.size > 0 && queues.running < fewest) {
      chosen = person;
      fewest = queues.running;
    }
  return chosen;
}

/** Whether a deployment comes before another: it has fewer queues running, or as many and has used less time. */
const isBefore = (one: Portion, other: Portion): boolean =>
  one.running.size === other.running.size ? one.usedMs < other.usedMs : one.running.size < other.running.size;
