import { fingerprintOf, identifyError } from './fingerprint.ts';

/** A server error as it happened. */
export interface Raised {
  readonly cause: string;
  readonly requestId: string;
  readonly deploymentId: number | undefined;
  readonly method: string;
  readonly path: string;
  /** What was thrown, or a text that says what was wrong. */
  readonly error: unknown;
}

/** Server errors of one kind: `count` since it was last kept. */
export interface Incident {
  readonly fingerprint: string;
  readonly cause: string;
  readonly title: string;
  readonly detail: string;
  readonly count: number;
  readonly requestId: string;
  readonly deploymentId: number | undefined;
  readonly method: string;
  readonly path: string;
}

/** What a sink delivers: the incident, with the count since its last notice. */
export interface Notice extends Incident {
  /** Unix seconds. */
  readonly at: number;
}

export interface Sink {
  readonly name: string;
  deliver(notice: Notice): Promise<void>;
}

interface Journal {
  note(level: 'error' | 'warn', message: string, fields?: Readonly<Record<string, string | number>>): void;
}

export interface Incidents {
  /** Never throws and never waits: the request has its answer already. */
  raise(raised: Raised): void;
  /** Waits so many milliseconds at most for what is not kept or delivered yet. */
  drain(milliseconds: number): Promise<void>;
}

export interface IncidentOptions {
  /** Adds to what the store has of the fingerprint. It may fail, and is then retried. */
  readonly keep: (incident: Incident) => Promise<void>;
  readonly sinks: readonly Sink[];
  readonly log: Journal;
  /** Unix seconds. */
  readonly clock: () => number;
  /** Milliseconds before the first retry. */
  readonly backOff?: number;
}

interface Group {
  latest: Incident;
  /** Counted, and not in the store yet. */
  unkept: number;
  keeping: boolean;
  /** Counted since the last notice. */
  unsent: number;
  /** Unix seconds before which there is no other notice. */
  quietUntil: number;
  /** Sends what was counted in between, at the end of it. */
  ending: NodeJS.Timeout | undefined;
}

const groupsMax = 1_000;
/** Seconds in which there is one notice of each group. */
const noticePeriod = 15 * 60;
const deliveryAttemptsMax = 8;
const keepWaitMaxMs = 30_000;
const deliveryWaitMaxMs = 60_000;

/** Every server error is grouped, counted, kept, logged and sent to the sinks. */
export const createIncidents = (options: IncidentOptions): Incidents => new GroupedIncidents(options);

class GroupedIncidents implements Incidents {
  readonly #options: IncidentOptions;
  readonly #backOffMs: number;
  readonly #groups = new Map<string, Group>();
  /** What is being kept or delivered. */
  readonly #pending = new Set<Promise<void>>();

  constructor(options: IncidentOptions) {
    this.#options = options;
    this.#backOffMs = options.backOff ?? 500;
  }

  raise(raised: Raised): void {
    try {
      this.#count(raised);
    } catch {
      // The failed request must still be answered. What cannot even be counted ends here.
    }
  }

  async drain(milliseconds: number): Promise<void> {
    if (this.#pending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const end = new Promise<void>((done) => {
      timer = setTimeout(done, milliseconds);
    });
    await Promise.race([Promise.all(this.#pending), end]);
    clearTimeout(timer);
  }

  #count(raised: Raised): void {
    const { log, clock } = this.#options;
    const { error, ...request } = raised;
    const given: Incident = { ...request, ...identifyError(error, raised.cause), count: 1 };
    const group = this.#groupOf(given);
    const { fingerprint, title } = group.latest;
    const incident = { ...given, fingerprint, title };
    const { cause, requestId, path, method, detail } = incident;
    group.latest = incident;
    group.unkept++;
    group.unsent++;
    this.#track(this.#keep(group));
    const isDue = clock() >= group.quietUntil;
    // The stack is the same for a whole group: one in each period says where it is.
    const entry = { fingerprint, cause, title, requestId, method, path };
    log.note('error', 'incident', isDue ? { ...entry, detail } : entry);
    if (isDue) this.#notify(group);
    else group.ending ??= setTimeout(() => this.#notify(group), (group.quietUntil - clock()) * 1_000).unref();
  }

  #groupOf(given: Incident): Group {
    const known = this.#groups.get(given.fingerprint);
    if (known) return known;
    // Where there are too many, the oldest group that is kept is forgotten. If none is, newcomers are counted together by their cause.
    const isFull = this.#groups.size >= groupsMax && !this.#forgetOldest();
    const incident = isFull
      ? { ...given, title: 'others', fingerprint: fingerprintOf(given.cause, 'others') }
      : given;
    const group = this.#groups.get(incident.fingerprint) ?? {
      latest: incident,
      unkept: 0,
      keeping: false,
      unsent: 0,
      quietUntil: 0,
      ending: undefined,
    };
    this.#groups.set(incident.fingerprint, group);
    return group;
  }

  #forgetOldest(): boolean {
    for (const [key, { unkept, keeping }] of this.#groups)
      if (unkept === 0 && !keeping) return this.#groups.delete(key);
    return false;
  }

  async #keep(group: Group): Promise<void> {
    if (group.keeping) return;
    group.keeping = true;
    for (let failures = 0; group.unkept > 0; ) {
      const count = group.unkept;
      group.unkept = 0;
      try {
        await this.#options.keep({ ...group.latest, count });
      } catch {
        // The store is away, which may be the incident itself. Counts stay here until it is back.
        group.unkept += count;
        await pause(Math.min(this.#backOffMs * 2 ** failures++, keepWaitMaxMs));
      }
    }
    group.keeping = false;
  }

  #notify(group: Group): void {
    clearTimeout(group.ending);
    group.ending = undefined;
    const { clock, sinks } = this.#options;
    const now = clock();
    const notice = { ...group.latest, count: group.unsent, at: now };
    group.unsent = 0;
    group.quietUntil = now + noticePeriod;
    for (const sink of sinks) this.#track(this.#deliver(sink, notice));
  }

  async #deliver(sink: Sink, notice: Notice): Promise<void> {
    for (let attempt = 1; attempt <= deliveryAttemptsMax; attempt++) {
      try {
        await sink.deliver(notice);
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.log.note('warn', `an incident could not be delivered to ${sink.name}`, {
          attempt,
          reason: reason.slice(0, 200),
        });
        if (attempt < deliveryAttemptsMax)
          await pause(Math.min(this.#backOffMs * 2 ** attempt, deliveryWaitMaxMs));
      }
    }
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resume) => setTimeout(resume, milliseconds).unref());
