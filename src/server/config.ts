import { join } from 'node:path';
import { readS3Url, type S3Place } from '../files/s3-url.ts';
import { isLoopback, parseRanges } from '../identity/address.ts';
import { isHostLabel } from '../identity/deployments.ts';

/** Everything that can be set, from flags and `ACCORD_*` variables. Frozen; a bad value stops the start and is named. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly databaseUrl: string | undefined;
  /** Milliseconds that a request waits for its turn at the database. */
  readonly databaseWaitMs: number;
  /** Milliseconds without an answer after which PostgreSQL is suspected to be away. */
  readonly databaseSilenceMs: number;
  /** Where uploaded files are kept: a folder (`undefined` beside an embedded database that keeps nothing: a temporary one), or S3. */
  readonly files: { readonly folder: string | undefined } | { readonly s3: S3Place };
  /** Bytes of one upload, its form included. */
  readonly uploadLimit: number;
  readonly redisUrl: string | undefined;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly trustedProxies: readonly string[];
  readonly domain: string | undefined;
  readonly defaultDeployment: string | undefined;
  readonly lockoutAttempts: number;
  /** Seconds. */
  readonly lockoutWindow: number;
  /** Requests an hour, per deployment. */
  readonly rateLimit: number;
  /** What becomes of filters, orders and searches that a list does not have. */
  readonly unknownFilters: 'ignore' | 'refuse';
  /** Days from a consent until all of its tokens end, however often they are renewed. */
  readonly authorizationDays: number;
  /** Whoever signs in has a second factor, or sets one up first. */
  readonly requireSecondFactor: boolean;
  readonly sandbox: boolean;
  /** Opens the control API of a sandbox; made up unless told. */
  readonly sandboxToken: string | undefined;
  /** Where operators are answered; `undefined`: nowhere. `wanted`: the start fails when it cannot be had. */
  readonly admin: { readonly host: string; readonly port: number; readonly wanted: boolean } | undefined;
  /** What operators have to send as a Bearer. */
  readonly adminToken: string | undefined;
  readonly logLevel: LogLevel;
  readonly incidentWebhook: string | undefined;
  readonly incidentSmtp: string | undefined;
  readonly incidentMailTo: string | undefined;
  /** Webhooks may be posted to addresses that are not public. */
  readonly webhookAllowPrivate: boolean;
  /** Milliseconds a receiver of webhooks has to answer. */
  readonly webhookTimeout: number;
  /** Seconds at most before a webhook that failed is tried again; doubled at each failure. */
  readonly webhookRetry: number;
  /** Days the request log and the log of webhook deliveries are kept. */
  readonly logDays: number;
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** One setting: its flag is `--port`, its variable `ACCORD_PORT`. */
export interface Setting {
  readonly flag: string;
  readonly value: string | undefined;
  readonly repeatable?: true;
  readonly help: string;
}

/** The settings of `accord serve`, in the order its help shows them. `value` is undefined for switches. */
export const settings: readonly Setting[] = Object.freeze([
  { flag: 'port', value: 'number', help: 'port to listen on (4280; PORT is read too)' },
  { flag: 'host', value: 'address', help: 'address to listen on (127.0.0.1; 0.0.0.0 for all)' },
  {
    flag: 'admin-listen',
    value: 'host:port',
    help: 'where /metrics and the details of /readyz are served, apart from the API (127.0.0.1:4282, or nowhere when --port is 0); none turns it off',
  },
  {
    flag: 'admin-token',
    value: 'token',
    help: 'what has to be sent there as Authorization: Bearer, 32 characters or more; needed unless --admin-listen is a loopback address',
  },
  {
    flag: 'data',
    value: 'dir',
    help: 'folder of the embedded database and of the credentials kept for `accord call` (./data)',
  },
  { flag: 'database-url', value: 'url', help: 'postgres://… instead of the embedded database' },
  {
    flag: 'database-wait',
    value: 'ms',
    help: 'milliseconds a request waits for its turn at the database: a connection, a lock (30000)',
  },
  {
    flag: 'database-silence',
    value: 'ms',
    help: 'milliseconds without an answer after which PostgreSQL is asked whether it is there; silent for as long again, it is away (4000)',
  },
  {
    flag: 'files',
    value: 'place',
    help: 'where uploaded files are kept: a folder, or s3://bucket/prefix?region=…&endpoint=https://… with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (files, in the data folder)',
  },
  { flag: 'upload-limit', value: 'mebibytes', help: 'the largest upload (50)' },
  {
    flag: 'redis-url',
    value: 'url',
    help: 'redis://… for rate limit and lockout counters that several processes share',
  },
  { flag: 'tls-cert', value: 'file', help: 'certificate (PEM); with --tls-key the server speaks HTTPS' },
  { flag: 'tls-key', value: 'file', help: 'private key (PEM)' },
  {
    flag: 'trust',
    value: undefined,
    help: 'speak HTTPS with the certificate that `accord trust create` keeps in the data folder',
  },
  {
    flag: 'trust-proxy',
    value: 'cidr',
    repeatable: true,
    help: 'address range of proxies whose X-Forwarded-* headers are believed',
  },
  { flag: 'domain', value: 'name', help: 'deployments are also reached at <deployment>.<name>' },
  {
    flag: 'default-deployment',
    value: 'name',
    help: 'deployment of a bare address, of localhost, of a name without dots, and of the domain itself',
  },
  {
    flag: 'lockout-attempts',
    value: 'number',
    help: 'failed sign-ins allowed before lockout, of one client or username from one address (default 100)',
  },
  {
    flag: 'lockout-window',
    value: 'seconds',
    help: 'how long failures count, and how long a lockout lasts (300)',
  },
  { flag: 'rate-limit', value: 'number', help: 'requests an hour, per deployment (5000)' },
  {
    flag: 'authorization-days',
    value: 'number',
    help: 'days from a consent until all of its tokens end, however often they are renewed (1095)',
  },
  {
    flag: 'require-second-factor',
    value: undefined,
    help: 'whoever signs in needs a code beside the password; people who have no second factor set it up first',
  },
  {
    flag: 'unknown-filters',
    value: 'ignore|refuse',
    help: 'what becomes of filters, orders and searches that a list does not have: left out and named in X-Status-Ignored, or refused (ignore)',
  },
  {
    flag: 'sandbox',
    value: undefined,
    help: 'for development and tests: sample data, causes told, pinned tokens, and what docs/guides/sandbox.md says',
  },
  {
    flag: 'sandbox-token',
    value: 'token',
    help: 'token of the control API of a sandbox, 16 characters or more (made up, and kept in sandbox.json in the data folder)',
  },
  { flag: 'log-level', value: 'level', help: 'silent, error, warn, info or debug (info; warn in a sandbox)' },
  {
    flag: 'log-days',
    value: 'number',
    help: 'days the request log and the log of webhook deliveries are kept (7)',
  },
  {
    flag: 'webhook-allow-private',
    value: undefined,
    help: 'webhooks may be posted to addresses that are not public (loopback, which a sandbox allows anyway; private networks)',
  },
  {
    flag: 'webhook-timeout',
    value: 'ms',
    help: 'milliseconds a receiver of webhooks has to answer (10000)',
  },
  {
    flag: 'webhook-retry',
    value: 'seconds',
    help: 'seconds before a webhook that failed is tried again, doubled at each failure up to an hour (10)',
  },
  { flag: 'incident-webhook', value: 'url', help: 'where incidents (server errors) are posted as JSON' },
  { flag: 'incident-smtp', value: 'url', help: 'smtp://… server that mails incidents' },
  { flag: 'incident-mail-to', value: 'address', help: 'who gets the mail' },
]);

export type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** A setting has a value that cannot be used. The message names the flag and its variable. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

export const variableOf = (flag: string): string => `ACCORD_${flag.toUpperCase().replaceAll('-', '_')}`;

/** Flags first, then variables, then the usual value. `flags` is keyed by flag name. Throws `BadSetting`. */
export function readConfig(flags: Given, environment: Readonly<Record<string, string | undefined>>): Config {
  const text = (flag: string): string | undefined => {
    const given = flags[flag];
    const value = typeof given === 'string' ? given : environment[variableOf(flag)];
    return value === undefined || value === '' ? undefined : value;
  };
  const fail = (flag: string, wanted: string): never => {
    throw new BadSetting(`--${flag} (${variableOf(flag)}) is "${text(flag)}": ${wanted} is wanted`);
  };
  const number = (flag: string, usual: number, least: number, most: number): number => {
    const value = text(flag);
    if (value === undefined) return usual;
    const parsed = Number(value);
    if (!Number.isInteger(parsed) || parsed < least || parsed > most)
      fail(flag, `a whole number from ${least} to ${most}`);
    return parsed;
  };
  const url = (flag: string, ...schemes: readonly string[]): string | undefined => {
    const value = text(flag);
    if (value !== undefined && !(URL.canParse(value) && schemes.includes(new URL(value).protocol))) {
      fail(flag, `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`);
    }
    return value;
  };
  const list = (flag: string): readonly string[] => {
    const given = flags[flag];
    return Array.isArray(given)
      ? given
      : (environment[variableOf(flag)] ?? '')
          .split(',')
          .map((each) => each.trim())
          .filter((each) => each !== '');
  };
  const switched = (flag: string): boolean => {
    const variable = variableOf(flag);
    const value = environment[variable] ?? '';
    if (flags[flag] === true || ['1', 'yes', 'true'].includes(value)) return true;
    if (!['', '0', 'no', 'false'].includes(value))
      throw new BadSetting(`${variable} is "${value}": 1 or 0 is wanted`);
    return false;
  };
  const sandbox = switched('sandbox');
  if (sandbox && environment.NODE_ENV === 'production') {
    throw new BadSetting(
      '--sandbox (ACCORD_SANDBOX) cannot be used while NODE_ENV is production: a sandbox tells private causes',
    );
  }
  const sandboxToken = text('sandbox-token');
  if (sandboxToken !== undefined && !sandbox)
    throw new BadSetting('--sandbox-token (ACCORD_SANDBOX_TOKEN) is for a sandbox only: give --sandbox too');
  // It is told to nobody, so a bad one is not quoted either.
  if (sandboxToken !== undefined && !/^[\x21-\x7e]{16,200}$/.test(sandboxToken))
    throw new BadSetting(
      '--sandbox-token (ACCORD_SANDBOX_TOKEN) wants 16 to 200 characters of ASCII without spaces',
    );
  if (sandbox && text('redis-url') !== undefined)
    throw new BadSetting(
      '--redis-url (ACCORD_REDIS_URL) cannot be used with --sandbox: a sandbox counts in memory, so that counters follow its clock',
    );
  const trustedProxies = list('trust-proxy');
  try {
    parseRanges(trustedProxies);
  } catch (error) {
    throw new BadSetting(`--trust-proxy (${variableOf('trust-proxy')}): ${(error as Error).message}`);
  }
  const certFile = text('tls-cert');
  const keyFile = text('tls-key');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new BadSetting('--tls-cert and --tls-key (ACCORD_TLS_CERT, ACCORD_TLS_KEY) are needed together');
  }
  const trust = switched('trust');
  const data = text('data') ?? './data';
  if (trust && certFile !== undefined)
    throw new BadSetting(
      '--trust (ACCORD_TRUST) brings a certificate of its own: leave out --tls-cert and --tls-key',
    );
  if (trust && data === ':memory:')
    throw new BadSetting(
      '--trust (ACCORD_TRUST) needs a data folder: name one with --data in place of :memory:',
    );
  const domain = text('domain')?.toLowerCase();
  if (domain !== undefined && (domain.length > 190 || !domain.split('.').every(isHostLabel)))
    fail('domain', 'a host name without scheme and port, such as api.example.com');
  const defaultDeployment = text('default-deployment');
  if (defaultDeployment !== undefined && !isHostLabel(defaultDeployment))
    fail('default-deployment', 'the name of a deployment');
  const logLevel = (text('log-level') ?? (sandbox ? 'warn' : 'info')) as LogLevel;
  if (!['silent', 'error', 'warn', 'info', 'debug'].includes(logLevel))
    fail('log-level', 'one of silent, error, warn, info, debug');
  const unknownFilters = (text('unknown-filters') ?? 'ignore') as Config['unknownFilters'];
  if (unknownFilters !== 'ignore' && unknownFilters !== 'refuse') fail('unknown-filters', 'ignore or refuse');
  const incidentSmtp = url('incident-smtp', 'smtp:', 'smtps:');
  const incidentMailTo = text('incident-mail-to');
  if ((incidentSmtp === undefined) !== (incidentMailTo === undefined)) {
    throw new BadSetting(
      '--incident-smtp and --incident-mail-to (ACCORD_INCIDENT_SMTP, ACCORD_INCIDENT_MAIL_TO) are needed together',
    );
  }
  if (incidentMailTo !== undefined && !/^[^\s@]+@[^\s@]+$/.test(incidentMailTo))
    fail('incident-mail-to', 'an email address');
  const place = text('files');
  let files: Config['files'] = { folder: place ?? (data === ':memory:' ? undefined : join(data, 'files')) };
  if (place !== undefined && /^[a-z0-9]+:\/\//i.test(place)) {
    try {
      files = { s3: readS3Url(place, environment) };
    } catch (error) {
      throw new BadSetting(`--files (${variableOf('files')}): ${(error as Error).message}`);
    }
  }
  const port =
    text('port') === undefined && environment.PORT
      ? portOf(environment.PORT)
      : number('port', 4280, 0, 65_535);
  const admin = adminOf(text('admin-listen'), port);
  const adminToken = text('admin-token');
  // It is told to nobody, so a bad one is not quoted either.
  if (adminToken !== undefined && !/^[\x21-\x7e]{32,200}$/.test(adminToken))
    throw new BadSetting(
      '--admin-token (ACCORD_ADMIN_TOKEN) wants 32 to 200 characters of ASCII without spaces',
    );
  if (admin && adminToken === undefined && !isLoopback(admin.host))
    throw new BadSetting(
      `--admin-listen (ACCORD_ADMIN_LISTEN) is "${text('admin-listen')}", which others can reach: --admin-token (ACCORD_ADMIN_TOKEN) is needed with it`,
    );
  const tlsFiles = (): Config['tls'] => {
    if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
    const { server, serverKey } = trustFiles(data);
    return trust ? { certFile: server, keyFile: serverKey } : undefined;
  };
  return Object.freeze<Config>({
    host: text('host') ?? '127.0.0.1',
    port,
    data,
    files,
    uploadLimit: number('upload-limit', 50, 1, 5_000) * 2 ** 20,
    databaseWaitMs: number('database-wait', 30_000, 10, 600_000),
    databaseSilenceMs: number('database-silence', 4_000, 100, 60_000),
    databaseUrl: url('database-url', 'postgres:', 'postgresql:'),
    redisUrl: url('redis-url', 'redis:', 'rediss:'),
    tls: tlsFiles(),
    trustedProxies,
    domain,
    defaultDeployment: defaultDeployment ?? (sandbox ? 'planet-express' : undefined),
    lockoutAttempts: number('lockout-attempts', 100, 1, 1_000_000),
    lockoutWindow: number('lockout-window', 300, 1, 86_400),
    rateLimit: number('rate-limit', 5_000, 1, 1_000_000_000),
    authorizationDays: number('authorization-days', 1_095, 1, 36_500),
    requireSecondFactor: switched('require-second-factor'),
    unknownFilters,
    sandbox,
    sandboxToken,
    admin,
    adminToken,
    logLevel,
    incidentWebhook: url('incident-webhook', 'http:', 'https:'),
    incidentSmtp,
    incidentMailTo,
    webhookAllowPrivate: switched('webhook-allow-private'),
    webhookTimeout: number('webhook-timeout', 10_000, 1, 60_000),
    webhookRetry: number('webhook-retry', 10, 1, 3_600),
    logDays: number('log-days', 7, 1, 3_650),
  });
}

/** `given` is `HOST:PORT` or `none`. Who lets the system choose the public port wants no fixed one beside it. */
function adminOf(given: string | undefined, publicPort: number): Config['admin'] {
  if (given === 'none' || (given === undefined && publicPort === 0)) return undefined;
  if (given === undefined) return { host: '127.0.0.1', port: 4282, wanted: false };
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(given) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535)
    throw new BadSetting(
      `--admin-listen (ACCORD_ADMIN_LISTEN) is "${given}": an address and a port, such as 127.0.0.1:4282 or [::1]:4282, or none is wanted`,
    );
  return { host, port, wanted: true };
}

/** Where `accord trust` keeps its authority and the server's certificate: paths below the data folder, PEM each. */
export interface TrustFiles {
  readonly folder: string;
  readonly authority: string;
  readonly authorityKey: string;
  readonly server: string;
  readonly serverKey: string;
}

export function trustFiles(data: string): TrustFiles {
  const folder = join(data, 'trust');
  return Object.freeze({
    folder,
    authority: join(folder, 'authority.pem'),
    authorityKey: join(folder, 'authority-key.pem'),
    server: join(folder, 'server.pem'),
    serverKey: join(folder, 'server-key.pem'),
  });
}

function portOf(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new BadSetting(`PORT is "${value}": a whole number from 0 to 65535 is wanted`);
  return port;
}
