import { statuses } from '../contract/statuses.ts';
import { type Difference, differs, displayed, type ProbeRow, unless } from './probe.ts';
import { jsonBodyOf, jsonIn, metaOf, statusOf } from './reading.ts';
import { isApiRequest, isOAuth, type ProbeAnswer } from './sending.ts';

/** What has to hold for every answer of a run, whatever was asked. */
export interface Everywhere {
  readonly row: ProbeRow;
  readonly name: string;
  readonly ours?: true;
  /** Of which answers. */
  readonly of: (answered: ProbeAnswer) => boolean;
  readonly check: (answered: ProbeAnswer) => readonly Difference[];
}

const isPage = ({ headers }: ProbeAnswer): boolean => (headers['content-type'] ?? '').startsWith('text/html');
const isAnswer = (answered: ProbeAnswer): boolean =>
  (isApiRequest(answered.sending) || isOAuth(answered.sending)) && !isPage(answered);
const isSuppressed = ({ sending }: ProbeAnswer): boolean =>
  `${sending.path} ${sending.body ?? ''}`.includes('_suppress_');
const isJson = ({ headers }: ProbeAnswer): boolean =>
  /^application\/json\b/.test(headers['content-type'] ?? '');
const isEnvelope = (answered: ProbeAnswer): boolean =>
  isApiRequest(answered.sending) && isJson(answered) && !isSuppressed(answered) && answered.text !== '';

const quota = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'] as const;
const whole = /^\d+$/;

export const everywhere: readonly Everywhere[] = Object.freeze<Everywhere[]>([
  {
    row: 'envelope.shape',
    name: 'every answer in JSON',
    of: isEnvelope,
    check: (answered) => {
      const meta = metaOf(answered);
      const bad = ['status', 'message', 'more_info'].filter((name) => typeof meta[name] !== 'string');
      if (bad.length > 0)
        return [
          differs(
            'meta.status, message and more_info as text',
            `${bad.join(', ')}: ${displayed(meta)}`,
            answered,
          ),
        ];
      return unless('response' in jsonBodyOf(answered), 'a response', 'none', answered);
    },
  },
  {
    row: 'envelope.shape',
    name: 'the status is one of the table',
    of: (answered) => isEnvelope(answered) && statusOf(answered) !== undefined,
    check: (answered) => {
      const status = String(statusOf(answered));
      const known = Object.hasOwn(statuses, status) || status === 'too_many_failed_logins';
      return unless(known, 'a status of the contract', displayed(status), answered);
    },
  },
  {
    row: 'envelope.failure',
    name: 'every refusal in JSON',
    of: (answered) => isEnvelope(answered) && statusOf(answered) !== 'ok',
    check: (answered) => {
      const { response } = jsonBodyOf(answered);
      return unless(response === null, 'response null', displayed(response), answered);
    },
  },
  {
    row: 'header.reason',
    name: 'every answer',
    of: isAnswer,
    check: (answered) => {
      const reason = answered.headers['x-status-reason'];
      if (!reason) return [differs('X-Status-Reason', 'none', answered)];
      const sound = Buffer.byteLength(reason, 'latin1') <= 512 && /^[\x20-\x7e\xa0-\xff]+$/.test(reason);
      return unless(sound, 'one line of Latin-1, at most 512 bytes', displayed(reason), answered);
    },
  },
  {
    row: 'header.status',
    name: 'every answer',
    ours: true,
    of: isAnswer,
    check: (answered) => {
      const status = answered.headers['x-status'];
      const told = statusOf(answered);
      const expected = typeof told === 'string' && isJson(answered) ? told : (status ?? 'a status');
      return unless(status === expected, `X-Status: ${expected}`, displayed(status), answered);
    },
  },
  {
    row: 'header.request-id',
    name: 'every answer',
    ours: true,
    of: isAnswer,
    check: (answered) => unless(Boolean(answered.headers['x-request-id']), 'X-Request-Id', 'none', answered),
  },
  {
    row: 'header.cache-control',
    name: 'every answer',
    of: isAnswer,
    check: (answered) => {
      const said = answered.headers['cache-control'];
      return unless(/\bno-store\b/.test(said ?? ''), 'Cache-Control: no-store', displayed(said), answered);
    },
  },
  {
    row: 'header.rate-limit',
    name: 'every answer to a caller who was let in',
    of: ({ sending, http }) => isApiRequest(sending) && sending.metered === true && http !== 401,
    check: (answered) => {
      const { headers, names } = answered;
      const bad = quota.filter(
        (name) => !names.includes(name) || !whole.test(headers[name.toLowerCase()] ?? ''),
      );
      const seen = names.filter((name) => /^x-ratelimit/i.test(name));
      return unless(bad.length === 0, quota.join(', '), seen.join(', ') || 'none', answered);
    },
  },
  {
    row: 'header.rate-limit',
    name: 'no answer to a caller who was not',
    of: ({ sending, http }) => isApiRequest(sending) && http === 401,
    check: (answered) => {
      const seen = answered.names.filter((name) => /^x-ratelimit/i.test(name));
      return unless(seen.length === 0, 'no X-RateLimit headers', seen.join(', '), answered);
    },
  },
  {
    row: 'header.ratelimit-standard',
    name: 'every answer to a caller who was let in',
    ours: true,
    of: ({ sending, http }) => isApiRequest(sending) && sending.metered === true && http !== 401,
    check: (answered) => {
      const missing = ['ratelimit', 'ratelimit-policy'].filter((name) => !answered.headers[name]);
      return unless(
        missing.length === 0,
        'RateLimit and RateLimit-Policy',
        `no ${missing.join(', ')}`,
        answered,
      );
    },
  },
  {
    row: 'header.www-authenticate',
    name: 'every 401',
    of: (answered) => answered.http === 401 && isAnswer(answered),
    check: (answered) => {
      const scheme = isApiRequest(answered.sending) ? 'Bearer' : 'Basic';
      const said = answered.headers['www-authenticate'];
      const right = new RegExp(`^${scheme}\\b`, 'i').test(said ?? '');
      return unless(right, `WWW-Authenticate: ${scheme}`, displayed(said), answered);
    },
  },
  {
    row: 'header.retry-after',
    name: 'every 429',
    of: ({ http }) => http === 429,
    check: (answered) => {
      const said = answered.headers['retry-after'];
      return unless(whole.test(said ?? ''), 'Retry-After in whole seconds', displayed(said), answered);
    },
  },
  {
    row: 'header.content-type',
    name: 'every answer with a body',
    of: (answered) => (isApiRequest(answered.sending) || isOAuth(answered.sending)) && answered.text !== '',
    check: (answered) => {
      const said = answered.headers['content-type'] ?? '';
      const right = /^(application\/(json|xml|yaml)); ?charset=utf-8$/i.test(said);
      const sound = !isJson(answered) || jsonIn(answered) !== undefined;
      return unless(
        right && sound,
        'the type of the body, charset=utf-8',
        displayed(said || undefined),
        answered,
      );
    },
  },
  {
    row: 'oauth.error',
    name: 'every refusal of the token and revocation endpoints',
    of: (answered) => isOAuth(answered.sending) && answered.http >= 400,
    check: (answered) => {
      const body = jsonBodyOf(answered);
      const bad = ['error', 'error_description'].filter((name) => typeof body[name] !== 'string');
      return unless(
        bad.length === 0,
        'error and error_description as text',
        `no ${bad.join(', ')}`,
        answered,
      );
    },
  },
]);
