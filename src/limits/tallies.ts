/** How often something happened in its window. */
export interface Tally {
  readonly count: number;
  /** Whole seconds until the window ends. */
  readonly resetsIn: number;
}

/** A counter that somebody has put a name to. */
export interface Marked extends Tally {
  readonly deployment: number;
  readonly key: string;
  /** Whom it is about; `''` when nobody is known by that name. */
  readonly who: string;
}

/** Counters that forget: rate limit and lockout. In memory for one process, on Redis for several. A counter belongs to a deployment. */
export interface Tallies {
  /** Counts one, in the window of so many seconds that began with the first. */
  add(deployment: number, key: string, seconds: number): Promise<Tally>;
  read(deployment: number, key: string): Promise<Tally | undefined>;
  /** Keeps the count and restarts the wait; where nothing is counted, nothing is started (`{ count: 0, resetsIn: 0 }`). */
  restart(deployment: number, key: string, seconds: number): Promise<Tally>;
  /** Names what is counted, for as long as it is. */
  mark(deployment: number, key: string, who: string): Promise<void>;
  /** Counters with a name, whose keys begin so; of one deployment, or of all. */
  marked(prefix: string, deployment?: number): Promise<readonly Marked[]>;
  forget(deployment: number, key: string): Promise<void>;
  /** Whether counters are where they should be (on Redis: it can be reached). */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}
