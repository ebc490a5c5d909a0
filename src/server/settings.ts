import { isHostLabel } from '../identity/deployments.ts';
import type { SettingTable } from './setting.ts';
import {
  addressRangesKind,
  choiceKind,
  filePlaceKind,
  hostPortKind,
  numberKind,
  textKind,
  textKindThat,
  toggleKind,
  tokenKind,
  urlKind,
} from './setting-kinds.ts';

const mebibyte = 2 ** 20;

/**
 * The settings of `accord serve`, in the order that its help has. A setting is a row: its flag and variable, its reading, its field of `Config`, its
 * help and its line of docs/reference/settings.md are made of it. What settings require of one another is in config.ts.
 */
export const settings = Object.freeze({
  port: {
    flag: 'port',
    kind: numberKind({ min: 0, max: 65_535 }),
    default: 4280,
    alsoVariable: 'PORT',
    help: 'Port to listen on; 0 takes a free one. The variable PORT is read too.',
  },
  host: {
    flag: 'host',
    kind: textKind('address'),
    default: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 listens on all.',
  },
  adminListen: {
    flag: 'admin-listen',
    kind: hostPortKind,
    unset: '127.0.0.1:4282, or none when --port is 0',
    help: 'Where operators get /metrics, /lockouts and the details of /readyz, apart from the API; none turns it off.',
  },
  adminToken: {
    flag: 'admin-token',
    kind: tokenKind(32),
    help: 'Token that operators send as Authorization: Bearer, 32 characters or more. Required unless --admin-listen is a loopback address.',
  },
  data: {
    flag: 'data',
    kind: textKind('dir'),
    default: './data',
    help: 'Folder of the embedded database and of the credentials kept for `accord call`.',
  },
  databaseUrl: {
    flag: 'database-url',
    kind: urlKind('postgres:', 'postgresql:'),
    unset: 'the embedded database',
    help: 'PostgreSQL database, postgres://…, instead of the embedded one.',
  },
  databaseWaitMs: {
    flag: 'database-wait',
    kind: numberKind({ min: 10, max: 600_000, unit: 'ms' }),
    default: 30_000,
    help: 'Milliseconds that a request waits for the database: for a connection or a lock.',
  },
  databaseSilenceMs: {
    flag: 'database-silence',
    kind: numberKind({ min: 100, max: 60_000, unit: 'ms' }),
    default: 4_000,
    help: 'Milliseconds without an answer after which the server checks whether PostgreSQL is still there. Silent for as long again, it counts as unreachable.',
  },
  filesIn: {
    flag: 'files',
    kind: filePlaceKind,
    unset: 'files, in the data folder',
    help: 'Where uploaded files are kept: a folder, or s3://bucket/prefix?region=…&endpoint=https://… with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  },
  uploadBytesMax: {
    flag: 'upload-limit',
    kind: numberKind({ min: 1, max: 5_000, unit: 'mebibytes', scale: mebibyte }),
    default: 50 * mebibyte,
    help: 'Size of the largest upload.',
  },
  redisUrl: {
    flag: 'redis-url',
    kind: urlKind('redis:', 'rediss:'),
    unset: 'counters in memory',
    help: 'Redis server, redis://…, whose rate limit and lockout counters several processes share.',
  },
  tlsCert: {
    flag: 'tls-cert',
    kind: textKind('file'),
    help: 'Certificate (PEM). With --tls-key, the server speaks HTTPS.',
  },
  tlsKey: { flag: 'tls-key', kind: textKind('file'), help: 'Private key of the certificate (PEM).' },
  trust: {
    flag: 'trust',
    kind: toggleKind,
    default: false,
    help: 'Speak HTTPS with the certificate that `accord trust create` keeps in the data folder.',
  },
  trustedProxies: {
    flag: 'trust-proxy',
    kind: addressRangesKind,
    default: [],
    help: 'Address range of proxies whose X-Forwarded-* headers are believed.',
  },
  domain: {
    flag: 'domain',
    kind: textKindThat(
      'name',
      'a host name without scheme and port, such as api.example.com',
      (name) => name.length <= 190 && name.toLowerCase().split('.').every(isHostLabel),
    ),
    help: 'Domain of the deployments: each is also reached at <deployment>.<name>.',
  },
  defaultDeployment: {
    flag: 'default-deployment',
    kind: textKindThat('name', 'the name of a deployment: letters, digits and hyphens', (name) =>
      isHostLabel(name),
    ),
    unset: 'none; planet-express in a sandbox',
    help: 'Deployment that is reached by an IP address, by localhost, by a name without dots, and by the domain itself.',
  },
  lockoutAttempts: {
    flag: 'lockout-attempts',
    kind: numberKind({ min: 1, max: 1_000_000 }),
    default: 100,
    help: 'Failed sign-ins allowed before lockout, for one client or username from one address.',
  },
  lockoutWindowSeconds: {
    flag: 'lockout-window',
    kind: numberKind({ min: 1, max: 86_400, unit: 'seconds' }),
    default: 300,
    help: 'How long failed sign-ins count, and how long a lockout lasts.',
  },
  rateLimit: {
    flag: 'rate-limit',
    kind: numberKind({ min: 1, max: 1_000_000_000 }),
    default: 5_000,
    help: 'Requests allowed in an hour, per deployment.',
  },
  authorizationDays: {
    flag: 'authorization-days',
    kind: numberKind({ min: 1, max: 36_500, unit: 'days' }),
    default: 1_095,
    help: 'Days after a consent until all of its tokens expire, however often they are refreshed.',
  },
  requireSecondFactor: {
    flag: 'require-second-factor',
    kind: toggleKind,
    default: false,
    help: 'Everyone who signs in needs a code beside the password. People without a second factor set one up first.',
  },
  unknownFilters: {
    flag: 'unknown-filters',
    kind: choiceKind('ignore|refuse', 'ignore', 'refuse'),
    default: 'ignore',
    help: 'What happens to filters, orders and searches that a list does not have: ignore leaves them out and names them in X-Status-Ignored, refuse refuses the request.',
  },
  sandbox: {
    flag: 'sandbox',
    kind: toggleKind,
    default: false,
    help: 'A server for development and tests: sample data, causes in answers, pinned tokens, and what docs/guides/sandbox.md describes.',
  },
  sandboxToken: {
    flag: 'sandbox-token',
    kind: tokenKind(16),
    unset: 'a random one, written to sandbox.json in the data folder',
    help: 'Token of the control API of a sandbox, 16 characters or more.',
  },
  logLevel: {
    flag: 'log-level',
    kind: choiceKind('level', 'silent', 'error', 'warn', 'info', 'debug'),
    unset: 'info; warn in a sandbox',
    help: 'What is logged: silent, error, warn, info or debug.',
  },
  logDays: {
    flag: 'log-days',
    kind: numberKind({ min: 1, max: 3_650, unit: 'days' }),
    default: 7,
    help: 'Days that the request log and the log of webhook deliveries are kept.',
  },
  webhookAllowPrivate: {
    flag: 'webhook-allow-private',
    kind: toggleKind,
    default: false,
    help: 'Webhooks may be sent to addresses that are not public: private networks and loopback. A sandbox allows loopback anyway.',
  },
  webhookTimeoutMs: {
    flag: 'webhook-timeout',
    kind: numberKind({ min: 1, max: 60_000, unit: 'ms' }),
    default: 10_000,
    help: 'Milliseconds that a receiver of webhooks has to answer.',
  },
  webhookRetrySeconds: {
    flag: 'webhook-retry',
    kind: numberKind({ min: 1, max: 3_600, unit: 'seconds' }),
    default: 10,
    help: 'Seconds before a failed webhook is sent again; doubled at each failure, up to an hour.',
  },
  incidentWebhook: {
    flag: 'incident-webhook',
    kind: urlKind('http:', 'https:'),
    help: 'URL to which incidents (server errors) are posted as JSON.',
  },
  incidentSmtp: {
    flag: 'incident-smtp',
    kind: urlKind('smtp:', 'smtps:'),
    help: 'SMTP server, smtp://…, that mails incidents.',
  },
  incidentMailTo: {
    flag: 'incident-mail-to',
    kind: textKindThat('address', 'an email address', (given) => /^[^\s@]+@[^\s@]+$/.test(given)),
    help: 'Who receives incidents by mail.',
  },
}) satisfies SettingTable;
