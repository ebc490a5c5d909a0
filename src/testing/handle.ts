import type { CauseName } from '../contract/causes.ts';
import type { LogEntry } from '../observe/entry.ts';
import type { explanationOf } from '../observe/explanation.ts';

/** A deployment of a sandbox, as a test uses it: the sandbox's own, or a fork. */
export interface SandboxDeployment extends AsyncDisposable {
  readonly deployment: string;
  /** Where a client reaches it by a bare address, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The same with `/api/v0`. */
  readonly baseUrl: string;
  /** What a client that knows only hosts has to send: `planet-express.api.localhost:40123`. */
  readonly host: string;
  /** An access token of the administrator, for everything. */
  readonly token: string;
  /** Tokens that do not work: one expired, one was revoked, and the person of one is locked out. */
  readonly expiredToken: string;
  readonly revokedToken: string;
  readonly lockedOutToken: string;
  readonly applications: {
    readonly service: SandboxApplication;
    readonly web: SandboxApplication & { readonly redirectUri: string };
    readonly installed: SandboxApplication;
    /** A service application for pages of `localhost` and `127.0.0.1`, and for nobody else. */
    readonly browser: SandboxApplication;
  };
  readonly staff: {
    readonly admin: SandboxPerson;
    readonly restricted: SandboxPerson;
    readonly lockedOut: SandboxPerson;
    readonly inactive: SandboxPerson;
  };
  readonly clock: SandboxClock;
  /** A copy on a port of its own; what happens in one does not happen in the other. It goes with its sandbox, or when it is closed. */
  fork(options?: ForkOptions): Promise<SandboxDeployment>;
  /** Keeps the state under a name. */
  snapshot(name: string, options?: { readonly replace?: boolean }): Promise<void>;
  /** Back to a state that was kept. */
  restore(name: string): Promise<void>;
  /** Back to how it began. */
  reset(): Promise<void>;
  /** Makes requests fail on purpose, until it is removed. Rejects with what is wrong with the fault. */
  fault(fault: SandboxFault): Promise<SandboxFaultAdded>;
  /** The requests that this deployment has answered, the oldest first. */
  requests(): Promise<readonly SandboxRequest[]>;
  /** Why a request ended as it did, by the `X-Request-Id` of its answer. Rejects for one that is not known. */
  explain(requestId: string): Promise<SandboxExplanation>;
  /** Everything else: one request to the control API, `path` below `/sandbox/v0/`. Rejects with what the sandbox says. */
  control<T = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<T>;
  /** Of a fork: removes it. Of the sandbox: ends it, and all its forks. */
  close(): Promise<void>;
}

export interface SandboxApplication {
  readonly clientId: string;
  readonly secret: string;
}

export interface SandboxPerson {
  readonly username: string;
  readonly password: string;
}

export interface SandboxClock {
  /** Unix seconds. */
  now(): Promise<number>;
  /** Stops it, at a moment if there is one. */
  freeze(at?: Moment): Promise<void>;
  /** Lets it run on from where it stands. */
  run(): Promise<void>;
  set(at: Moment): Promise<void>;
  /** Seconds, forward. */
  advance(seconds: number): Promise<void>;
  /** Back to the clock of the machine. */
  reset(): Promise<void>;
}

/** Which requests fail, when, and how; `accord sandbox fault add` has the same (docs/guides/sandbox.md). */
export interface SandboxFault {
  /** Which: such as `POST /companies` or `GET *`; every request unless told. */
  readonly on?: string;
  /** Client id of the application that asks. */
  readonly application?: string;
  /** Id of the member of staff whose token it is. */
  readonly staff?: number;
  /** When: the nth of them, each nth, or by chance (`probability` with a `seed`). */
  readonly nth?: number;
  readonly every?: number;
  readonly probability?: number;
  readonly seed?: string;
  /** At most so many. */
  readonly times?: number;
  /** By the clock of the deployment. */
  readonly after?: Moment;
  readonly until?: Moment;
  /** Seconds. */
  readonly for?: number;
  readonly from?: 'now' | 'hit';
  /** How: a cause of the contract, such as `name.taken` or `window.exhausted`. */
  readonly cause?: CauseName;
  readonly field?: string;
  readonly detail?: string;
  readonly object?: string;
  readonly singular?: string;
  /** Seconds, of `window.exhausted` and of lockouts. */
  readonly retryAfter?: number;
  /** Milliseconds. */
  readonly latency?: number;
  /** `true`, or bytes that still pass. */
  readonly cut?: boolean | number;
  /** Bytes of the body. */
  readonly truncate?: number;
}

export interface SandboxFaultAdded extends AsyncDisposable {
  readonly id: string;
  /** How many requests it made fail so far. */
  hits(): Promise<number>;
  /** How many it applied to, whether or not it made them fail. */
  matches(): Promise<number>;
  remove(): Promise<void>;
}

/** What is kept of a request: never a query, a body or a token. */
export type SandboxRequest = Pick<
  LogEntry,
  'id' | 'at' | 'method' | 'path' | 'http' | 'status' | 'cause' | 'route' | 'application' | 'staff' | 'ms'
>;

export type SandboxExplanation = ReturnType<typeof explanationOf>;

/** Unix seconds, a date, or its ISO 8601 text. */
export type Moment = number | Date | string;

export interface ForkOptions {
  /** Part of its host; made up unless told. */
  readonly name?: string;
  /** A snapshot to begin with. */
  readonly from?: string;
  /** Seconds until it goes by itself; an hour unless told. */
  readonly expires?: number;
}

export interface SandboxOptions {
  /**
   * `true` (unless told): the sample with 10 companies and what belongs to them; a number: with so many; `small` and `large`: with as many as
   * `accord serve --sample` has; `false` or `people`: people and applications only.
   */
  readonly sample?: boolean | number | 'small' | 'large' | 'people';
  /** The id that each resource of the sample begins with; 1,001 unless told. */
  readonly sampleIds?: number;
  /** Objects besides, as `accord load` takes them: `{ companies: [{ name: 'Planet Express' }] }`. */
  readonly load?: Readonly<Record<string, readonly object[]>>;
  /** The clock stands still at this moment, and the sample is of that time. */
  readonly clock?: Moment;
  /** Requests an hour; 5,000 unless told. */
  readonly rateLimit?: number;
  /** Other settings of `accord serve`, by flag: `{ 'lockout-attempts': '3' }`. */
  readonly settings?: Readonly<Record<string, string | boolean | readonly string[]>>;
}
