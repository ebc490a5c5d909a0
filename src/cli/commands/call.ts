import type { Command } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { exchange, type HttpAnswer } from '../../http/exchange.ts';
import { readStatus } from '../../http/read-status.ts';
import { readKept } from '../calling/credentials.ts';
import { tellStatus } from '../calling/reading.ts';
import { obtain, renew } from '../calling/tokens.ts';
import { print } from '../print.ts';
import { usualUrl } from '../ready-lines.ts';
import { readSecret } from '../secret-input.ts';
import { collect } from '../store-options.ts';

interface KeptFlags {
  readonly data?: string;
  readonly url?: string;
}

interface CallFlags extends KeptFlags {
  readonly field?: readonly string[];
  readonly fields?: string;
  readonly filters?: string;
  readonly search?: string;
  readonly limit?: string;
  readonly page?: string;
  readonly json?: string;
  readonly header?: readonly string[];
  readonly quiet?: boolean;
}

interface LoginFlags extends KeptFlags {
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly clientSecretStdin?: boolean;
  readonly scope?: string;
  readonly code?: string;
  readonly redirectUri?: string;
}

const data = ['--data <dir>', 'folder of the credentials (./data; ACCORD_DATA)'] as const;

export function define(command: Command): void {
  command
    .argument('<method>', 'GET, POST, PUT or DELETE')
    .argument(
      '<path>',
      'such as /companies or /companies/12; below /api/v0 unless it begins with /api, /public_api or /oauth2',
    )
    .option(
      '-f, --field <key=value>',
      'parameter: in the query of a GET or DELETE, else in the body; repeatable',
      collect,
    )
    .option('--fields <list>', '_fields: what each object has besides its defaults')
    .option('--filters <list>', '_filters: which objects')
    .option('--search <words>', '_search')
    .option('--limit <number>', '_limit')
    .option('--page <number>', '_page')
    .option('--json <body>', 'a JSON body')
    .option('-H, --header <name: value>', 'header; repeatable', collect)
    .option('--url <origin>', 'which server, of those logged in to (the last one)')
    .option('-q, --quiet', 'print the body only')
    .option(...data)
    .action((method: string, path: string, flags: CallFlags) => call(method, path, flags));
  command
    .command('login')
    .description('obtain a token and keep the credentials, readable by you only')
    .requiredOption('--client-id <id>', 'client id of an application')
    .option('--client-secret <secret>', 'its secret; asked for at a terminal when it is not given')
    .option('--client-secret-stdin', 'read the secret from standard input')
    .option('--scope <scope>', 'scope to ask for')
    .option('--code <code>', 'authorization code or PIN of a web or installed application')
    .option('--redirect-uri <uri>', 'with --code: the redirect URI it was sent to')
    .option(
      '--url <origin>',
      'server and deployment (http://<deployment>.api.localhost:4280, the deployment of the client id)',
    )
    .option(...data)
    .action(login);
}

const advice = 'start it with accord serve, or log in to another with accord call login --url';
const seconds = (): number => Math.floor(Date.now() / 1_000);
const folder = ({ data }: KeptFlags): string => data || process.env.ACCORD_DATA || './data';

async function login(_: unknown, command: Command): Promise<void> {
  // The command above has flags of the same names, which take them when they come first.
  const flags = command.optsWithGlobals() as LoginFlags;
  const { clientId, clientSecret: given, clientSecretStdin: fromStdin, scope, code, redirectUri } = flags;
  const origin = originOf(flags.url ?? urlFor(clientId));
  const clientSecret = await readSecret('client secret', 'client-secret', { given, fromStdin });
  const grant: Readonly<Record<string, string>> =
    code === undefined
      ? { grant_type: 'client_credentials' }
      : {
          grant_type: 'authorization_code',
          code,
          ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
        };
  const wanted = {
    ...{ origin, clientId, clientSecret, scope },
    advice: 'start it with accord serve, or name where it listens with --url',
  };
  const kept = await obtain(folder(flags), wanted, grant, seconds());
  print(
    `Logged in to ${origin} as ${clientId}, until ${new Date(kept.date_expires * 1_000).toISOString()}; the token is renewed when it ends.`,
  );
}

async function call(method: string, path: string, flags: CallFlags): Promise<void> {
  const kept = await readKept(folder(flags));
  const origin = flags.url === undefined ? kept.current : originOf(flags.url);
  const known = kept.servers[origin];
  if (!known) {
    const others = Object.keys(kept.servers).join(', ');
    const what =
      flags.url === undefined
        ? 'there are no credentials'
        : `there are no credentials for ${origin}${others === '' ? '' : ` (there are for ${others})`}`;
    throw new Failure(
      `${what} in ${folder(flags)}: accord call login --url URL --client-id ID --client-secret SECRET`,
    );
  }
  const asked = requestOf(method, path, origin, flags);
  const send = (token: string): Promise<HttpAnswer> =>
    exchange({ ...asked, advice, headers: { Authorization: `Bearer ${token}`, ...asked.headers } });
  const now = seconds();
  const fresh = known.date_expires > now ? known : await renew(folder(flags), origin, known, now, advice);
  let answered = await send(fresh.access_token);
  if (fresh === known && readStatus(answered).status === 'invalid_client') {
    // The token was revoked, or the server begun anew: what obtained it may still be good.
    const { access_token } = await renew(folder(flags), origin, known, now, advice);
    answered = await send(access_token);
  }
  process.stdout.write(`${shown(answered.text)}\n`);
  const { status } = flags.quiet ? readStatus(answered) : tellStatus(answered);
  if (status !== 'ok') process.exitCode = 1;
}

function requestOf(method: string, path: string, origin: string, flags: CallFlags) {
  const url = new URL(below(path), origin);
  if (url.origin !== origin) throw new BadUsage(`"${path}" is no path: it begins with /, such as /companies`);
  const parameters = (flags.field ?? []).map((each) => pair(each, '=', '-f'));
  const { fields, filters, search, limit, page } = flags;
  const named = { _fields: fields, _filters: filters, _search: search, _limit: limit, _page: page };
  for (const [name, value] of Object.entries(named)) if (value !== undefined) parameters.push([name, value]);
  const headers = Object.fromEntries((flags.header ?? []).map((each) => pair(each, ':', '--header')));
  const upper = method.toUpperCase();
  if (flags.json !== undefined) {
    if (!isJson(flags.json))
      throw new BadUsage('--json is no JSON: give a whole object, such as --json \'{"name": "MomCorp"}\'');
    for (const [name, value] of parameters) url.searchParams.append(name, value);
    return {
      method: upper,
      url,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: flags.json,
    };
  }
  if (upper === 'POST' || upper === 'PUT' || upper === 'PATCH') {
    const body = new URLSearchParams(parameters as [string, string][]).toString();
    return {
      method: upper,
      url,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body,
    };
  }
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  return { method: upper, url, headers };
}

function below(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`;
  return ['/api/', '/public_api/', '/oauth2/', '/.well-known/'].some((base) => absolute.startsWith(base))
    ? absolute
    : `/api/v0${absolute}`;
}

function pair(text: string, separator: string, flag: string): [string, string] {
  const at = text.indexOf(separator);
  if (at <= 0) throw new BadUsage(`${flag} ${text}: <name>${separator}<value> is wanted`);
  return [text.slice(0, at).trim(), separator === ':' ? text.slice(at + 1).trim() : text.slice(at + 1)];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** At a terminal JSON is indented; in a pipe the body stays as it came. */
function shown(text: string): string {
  if (!process.stdout.isTTY || !isJson(text)) return text;
  return JSON.stringify(JSON.parse(text), null, 2);
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new BadUsage(`--url is "${url}": a URL that begins with http:// or https:// is wanted`);
  return parsed.origin;
}

/** Client ids name their deployment: `<10 hex>@<deployment>.accelo.com`. */
function urlFor(clientId: string): string {
  const deployment = clientId.slice(clientId.indexOf('@') + 1).split('.')[0];
  if (!clientId.includes('@') || !deployment)
    throw new BadUsage(
      '--url is missing: the origin of the server, such as http://planet-express.api.localhost:4280',
    );
  return usualUrl(deployment);
}
