import { fingerprintOf, identify } from './fingerprint.ts';

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
  /** Never throws, never waits: the caller has its answer already. */
  raise(raised: Raised): void;
  /** Waits so many milliseconds at most for what is not kept or delivered yet. */
  drain(milliseconds: number): Promise<void>;
}

export interface IncidentOptions {
  /** Adds to what the store has of the fingerprint; may fail, and is tried again. */
  readonly keep: (incident: Incident) => Promise<void>;
  readonly sinks: readonly Sink[];
  readonly log: Journal;
  /** Unix seconds. */
  readonly clock: () => number;
  /** Milliseconds before the first of the repeated tries. */
  readonly backOff?: number;
}

interface Group {
  latest: Incident;
  /** Counted, and not in the store yet. */
  unkept: number;
  keeping: boolean;
  /** Counted since the last notice. */
  untold: number;
  /** Unix seconds before which nobody is told again. */
  quietUntil: number;
  /** What came in between is told at the end of it. */
  ending: NodeJS.Timeout | undefined;
}

/** Kinds that are kept apart. */
const most = 1_000;
const quiet = 15 * 60;
const tries = 8;

/** "We were notified": every server error is grouped, counted, kept, logged and sent to the sinks. */
export function createIncidents({ keep, sinks, log, clock, backOff = 500 }: IncidentOptions): Incidents {
  const groups = new Map<string, Group>();
  const under = new Set<Promise<void>>();

  const track = (work: Promise<void>): void => {
    under.add(work);
    void work.finally(() => under.delete(work));
  };

  async function store(group: Group): Promise<void> {
    if (group.keeping) return;
    group.keeping = true;
    for (let failures = 0; group.unkept > 0; ) {
      const count = group.unkept;
      group.unkept = 0;
      try {
        await keep({ ...group.latest, count });
      } catch {
        // The store is away: that may be the incident itself. Counts stay here until it is back.
        group.unkept += count;
        await pause(Math.min(backOff * 2 ** failures++, 30_000));
      }
    }
    group.keeping = false;
  }

  async function tell(sink: Sink, notice: Notice): Promise<void> {
    for (let attempt = 1; attempt <= tries; attempt++) {
      try {
        await sink.deliver(notice);
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.note('warn', `an incident could not be delivered to ${sink.name}`, {
          attempt,
          reason: reason.slice(0, 200),
        });
        if (attempt < tries) await pause(Math.min(backOff * 2 ** attempt, 60_000));
      }
    }
  }

  function forgetOne(): boolean {
    for (const [key, { unkept, keeping }] of groups) if (unkept === 0 && !keeping) return groups.delete(key);
    return false;
  }

  function groupFor(given: Incident): Group {
    let incident = given;
    const known = groups.get(incident.fingerprint);
    if (known) return known;
    // Bounded: what is kept already, and oldest, gives way; what is not kept yet stays, and newcomers are counted together by their cause.
    if (groups.size >= most) {
      if (!forgetOne())
        incident = { ...incident, title: 'others', fingerprint: fingerprintOf(incident.cause, 'others') };
    }
    const group = groups.get(incident.fingerprint) ?? {
      latest: incident,
      unkept: 0,
      keeping: false,
      untold: 0,
      quietUntil: 0,
      ending: undefined,
    };
    groups.set(incident.fingerprint, group);
    return group;
  }

  function take(raised: Raised): void {
    const { error, ...request } = raised;
    const given: Incident = { ...request, ...identify(error, raised.cause), count: 1 };
    const group = groupFor(given);
    const { fingerprint, title } = group.latest;
    const incident = { ...given, fingerprint, title };
    const { cause, requestId, path, method, detail } = incident;
    group.latest = incident;
    group.unkept++;
    group.untold++;
    track(store(group));
    const fresh = clock() >= group.quietUntil;
    // Of one kind the stack is the same: one a quarter of an hour tells where it is.
    const told = { fingerprint, cause, title, requestId, method, path };
    log.note('error', 'incident', fresh ? { ...told, detail } : told);
    if (fresh) report(group);
    else group.ending ??= setTimeout(() => report(group), (group.quietUntil - clock()) * 1_000).unref();
  }

  function report(group: Group): void {
    clearTimeout(group.ending);
    group.ending = undefined;
    const now = clock();
    const notice = { ...group.latest, count: group.untold, at: now };
    group.untold = 0;
    group.quietUntil = now + quiet;
    for (const sink of sinks) track(tell(sink, notice));
  }

  return Object.freeze<Incidents>({
    raise: (raised) => {
      try {
        take(raised);
      } catch {
        // The request that failed has its answer to get; what cannot even be noted ends here.
      }
    },
    drain: async (milliseconds) => {
      if (under.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const end = new Promise<void>((done) => {
        timer = setTimeout(done, milliseconds);
      });
      await Promise.race([Promise.all(under), end]);
      clearTimeout(timer);
    },
  });
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resume) => setTimeout(resume, milliseconds).unref());
