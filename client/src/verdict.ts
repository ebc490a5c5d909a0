import { type Causes, type Status, statuses } from './contract.ts';
import { readEnvelope } from './envelope.ts';
import { type Quota, quotaIn, untilReset, waitIn } from './quota.ts';

/** Whether sending it again can help, and when. */
export type Retry =
  | { readonly when: 'never' }
  /** Seconds, by the word of the server, or the least that makes sense. */
  | { readonly when: 'after'; readonly seconds: number }
  | { readonly when: 'after re-authentication' }
  /** `parameter`: the one to correct, when the message names it. */
  | { readonly when: 'after fixing'; readonly parameter: string | undefined };

/** The causes of a status; a later server may have others. */
export type CauseOf<S extends Status> = Causes[S] | (string & NonNullable<unknown>);

interface Said<S extends Status, R extends Retry> {
  readonly status: S;
  /** The HTTP code that belongs to it, also when the answer came with 200. */
  readonly http: number;
  /** The private cause; only a sandbox tells. */
  readonly cause: CauseOf<S> | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly retry: R;
  readonly quota: Quota | undefined;
}

type Never = Extract<Retry, { when: 'never' }>;
type After = Extract<Retry, { when: 'after' }>;
type Anew = Extract<Retry, { when: 'after re-authentication' }>;
type Fixing = Extract<Retry, { when: 'after fixing' }>;

interface Retries extends Record<Status, Retry> {
  readonly ok: Never;
  readonly invalid_client: Anew | After;
  readonly too_many_failed_logins: Anew | After;
  readonly invalid_grant: Anew;
  readonly invalid_scope: Anew;
  readonly unsupported_grant_type: Fixing;
  readonly duplicate: Fixing;
  readonly invalid_request: Fixing;
  readonly unauthorized_client: Fixing;
  readonly invalid_permission: Never;
  readonly too_many_requests: After;
  readonly server_error: After;
}

/** What an answer of one status says. */
export type VerdictOf<S extends Status> = { [K in S]: Said<K, Retries[K]> }[S];

/** What an answer says, whatever of it was suppressed: a union by `status`. */
export type Verdict = VerdictOf<Status>;

/** Why something did not succeed. */
export type Failure = VerdictOf<Exclude<Status, 'ok'>>;

/** An answer as it came: a `Response` has the first two, `await response.text()` is the third. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
}

/**
 * Reads the status from the header, else from the body (either dialect, JSON, XML or YAML), else from the HTTP code. `now` in unix
 * milliseconds, for answers that say when instead of how long.
 */
export function readVerdict({ status: http, headers, body }: Answer, now = Date.now()): Verdict {
  const said = readEnvelope(body);
  const named = statusNamed(headers.get('x-status')) ?? statusNamed(said.status);
  // What is between may refuse what the API has answered.
  const status = named === undefined || (named === 'ok' && http >= 400) ? statusOfCode(http) : named;
  // The header first: it is there under every suppression, so that the message is always the same.
  const message = headers.get('x-status-reason') ?? said.message ?? status.replaceAll('_', ' ');
  const quota = quotaIn(headers, now);
  // The table of `retryFor` is that of `Retries`.
  return {
    status,
    http: http >= 400 || status === 'ok' ? http : (said.http ?? statuses[status]),
    cause: headers.get('x-status-cause') ?? undefined,
    message,
    requestId: headers.get('x-request-id') ?? undefined,
    retry: retryFor(status, message, waitIn(headers, now), () => untilReset(quota, now)),
    quota,
  } as Verdict;
}

/** `undefined` for what is none of them. */
const statusNamed = (word: string | null | undefined): Status | undefined =>
  word != null && Object.hasOwn(statuses, word) ? (word as Status) : undefined;

/** What the HTTP code alone tells, when everything else was suppressed, or the answer is some gateway's. */
export function statusOfCode(http: number): Status {
  if (http < 400) return 'ok';
  if (http === 401) return 'invalid_client';
  if (http === 403) return 'invalid_permission';
  if (http === 408) return 'server_error';
  if (http === 429) return 'too_many_requests';
  return http >= 500 ? 'server_error' : 'invalid_request';
}

function retryFor(
  status: Status,
  message: string,
  wait: number | undefined,
  untilNextHour: () => number,
): Retry {
  switch (status) {
    case 'ok':
    case 'invalid_permission':
      return { when: 'never' };
    case 'too_many_requests':
      return { when: 'after', seconds: wait ?? untilNextHour() };
    case 'server_error':
      return { when: 'after', seconds: wait ?? 1 };
    case 'invalid_client':
    case 'too_many_failed_logins':
      // With a wait it is a lockout, and each attempt before its end restarts it.
      return wait === undefined ? { when: 'after re-authentication' } : { when: 'after', seconds: wait };
    case 'invalid_grant':
    case 'invalid_scope':
      return { when: 'after re-authentication' };
    case 'unsupported_grant_type':
      return { when: 'after fixing', parameter: 'grant_type' };
    case 'duplicate':
    case 'invalid_request':
    case 'unauthorized_client':
      return { when: 'after fixing', parameter: parameterIn(message) };
  }
}

const naming = [
  // Of `_filters` the message names the filter too.
  /^The parameter (\S+)(?: \S+)? (?:is not valid|was sent more than once)/,
  /^A required parameter is missing: (\S+?)(?: \(or .*\))?\.?$/,
  /with that (\S+) already exists/,
];

function parameterIn(message: string): string | undefined {
  for (const pattern of naming) {
    const found = pattern.exec(message)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
