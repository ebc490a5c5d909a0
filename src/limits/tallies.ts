/** How often something happened in its window. */
export interface WindowCount {
  readonly count: number;
  /** Whole seconds until the window ends. */
  readonly resetsIn: number;
}

/** A counter with a name. */
export interface Marked extends WindowCount {
  readonly deployment: number;
  readonly key: string;
  /** Whom it is about; `''` when there is nobody of that name. */
  readonly who: string;
}

/** Counters that forget: rate limit and lockout. In memory for one process, on Redis for several. A counter belongs to a deployment. */
export interface Tallies {
  /** Counts one, in the window of so many seconds that began with the first. */
  add(deployment: number, key: string, seconds: number): Promise<WindowCount>;
  read(deployment: number, key: string): Promise<WindowCount | undefined>;
  /** Keeps the count and restarts the window; where nothing is counted, nothing is started (`{ count: 0, resetsIn: 0 }`). */
  restart(deployment: number, key: string, seconds: number): Promise<WindowCount>;
  /** Names a counter, for as long as it lasts. */
  mark(deployment: number, key: string, who: string): Promise<void>;
  /** Counters with a name, whose keys have this prefix; of one deployment, or of all. */
  marked(prefix: string, deployment?: number): Promise<readonly Marked[]>;
  forget(deployment: number, key: string): Promise<void>;
  /** Whether the counters can be reached (on Redis). */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}
