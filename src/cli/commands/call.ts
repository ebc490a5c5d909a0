import type { Command } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import type { HttpAnswer } from '../../http/exchange.ts';
import { readStatus } from '../../http/read-status.ts';
import { readCredentials } from '../calling/credentials.ts';
import { printReading } from '../calling/reading.ts';
import { obtainAndKeep, renew } from '../calling/tokens.ts';
import { usualUrl } from '../ready-lines.ts';
import { readSecret } from '../secret-input.ts';
import { collect } from '../store-options.ts';
import type { Environment, Terminal } from '../terminal.ts';

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

const dataOption = ['--data <dir>', 'folder of the credentials (./data; ACCORD_DATA)'] as const;

export const summary = 'send a request to a server, and explain its status';

export function define(command: Command, terminal: Terminal): void {
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
    .option('--fields <list>', '_fields: fields in addition to the default ones')
    .option('--filters <list>', '_filters: conditions on the objects')
    .option('--search <words>', '_search: words to look for')
    .option('--limit <number>', '_limit: objects on a page')
    .option('--page <number>', '_page: number of the page, from 0')
    .option('--json <body>', 'a JSON body')
    .option('-H, --header <name: value>', 'header; repeatable', collect)
    .option('--url <origin>', 'which server, of those logged in to (the last one)')
    .option('-q, --quiet', 'print the body only')
    .option(...dataOption)
    .action((method: string, path: string, flags: CallFlags) => call(terminal, method, path, flags));
  command
    .command('login')
    .description('obtain a token and keep the credentials, readable by you only')
    .requiredOption('--client-id <id>', 'client id of an application')
    .option('--client-secret <secret>', 'its secret; at a terminal you are asked for it')
    .option('--client-secret-stdin', 'read the secret from standard input')
    .option('--scope <scope>', 'scope to request')
    .option('--code <code>', 'authorization code or PIN of a web or installed application')
    .option('--redirect-uri <uri>', 'with --code: the redirect URI it was sent to')
    .option(
      '--url <origin>',
      'server and deployment (http://<deployment>.api.localhost:4280, the deployment of the client id)',
    )
    .option(...dataOption)
    // The command above has flags of the same names, which take them when they come first.
    .action((_: unknown, own: Command) => login(terminal, own.optsWithGlobals()));
}

const advice = 'start it with accord serve, or log in to another with accord call login --url';
const folderOf = ({ environment }: Terminal, { data }: KeptFlags): string =>
  data || environment.ACCORD_DATA || './data';

async function login(terminal: Terminal, flags: LoginFlags): Promise<void> {
  const { clientId, clientSecret: given, clientSecretStdin: fromStdin, scope, code, redirectUri } = flags;
  const origin = originOf(flags.url ?? urlFor(clientId, terminal.environment));
  const clientSecret = await readSecret(terminal, 'client secret', 'client-secret', { given, fromStdin });
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
  const kept = await obtainAndKeep(terminal, folderOf(terminal, flags), wanted, grant);
  terminal.print(
    `Logged in to ${origin} as ${clientId}, until ${new Date(kept.date_expires * 1_000).toISOString()}; the token is renewed when it expires.`,
  );
}

async function call(terminal: Terminal, method: string, path: string, flags: CallFlags): Promise<void> {
  const folder = folderOf(terminal, flags);
  const kept = await readCredentials(folder);
  const origin = flags.url === undefined ? kept.current : originOf(flags.url);
  const known = kept.servers[origin];
  if (!known) {
    const others = Object.keys(kept.servers).join(', ');
    const what =
      flags.url === undefined
        ? 'there are no credentials'
        : `there are no credentials for ${origin}${others === '' ? '' : ` (there are for ${others})`}`;
    throw new Failure(
      `${what} in ${folder}: accord call login --url URL --client-id ID --client-secret SECRET`,
    );
  }
  const request = requestOf(method, path, origin, flags);
  const send = (token: string): Promise<HttpAnswer> =>
    terminal.exchange({
      ...request,
      advice,
      headers: { Authorization: `Bearer ${token}`, ...request.headers },
    });
  const renewed = () => renew(terminal, folder, known, { origin, advice });
  const fresh = known.date_expires > terminal.nowSeconds() ? known : await renewed();
  let answer = await send(fresh.access_token);
  // The token was revoked, or the server has restarted without it: the credentials may still be good.
  if (fresh === known && readStatus(answer).status === 'invalid_client')
    answer = await send((await renewed()).access_token);
  terminal.print(terminal.stdout.isTTY ? indented(answer.text) : answer.text);
  const { status } = flags.quiet ? readStatus(answer) : printReading(terminal, answer);
  if (status !== 'ok') terminal.exitCode = 1;
}

function requestOf(method: string, path: string, origin: string, flags: CallFlags) {
  const url = new URL(absolutePath(path), origin);
  if (url.origin !== origin) throw new BadUsage(`"${path}" is no path: it begins with /, such as /companies`);
  const parameters = (flags.field ?? []).map((each) => nameAndValue(each, '=', '-f'));
  const { fields, filters, search, limit, page } = flags;
  const named = { _fields: fields, _filters: filters, _search: search, _limit: limit, _page: page };
  for (const [name, value] of Object.entries(named)) if (value !== undefined) parameters.push([name, value]);
  const headers = Object.fromEntries((flags.header ?? []).map((each) => nameAndValue(each, ':', '--header')));
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

function absolutePath(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`;
  return ['/api/', '/public_api/', '/oauth2/', '/.well-known/'].some((base) => absolute.startsWith(base))
    ? absolute
    : `/api/v0${absolute}`;
}

function nameAndValue(text: string, separator: string, flag: string): [string, string] {
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

const indented = (text: string): string => (isJson(text) ? JSON.stringify(JSON.parse(text), null, 2) : text);

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new BadUsage(`--url is "${url}": a URL that begins with http:// or https:// is wanted`);
  return parsed.origin;
}

/** Client ids name their deployment: `<10 hex>@<deployment>.accelo.com`. */
function urlFor(clientId: string, environment: Environment): string {
  const deployment = clientId.slice(clientId.indexOf('@') + 1).split('.')[0];
  if (!clientId.includes('@') || !deployment)
    throw new BadUsage(
      '--url is missing: the origin of the server, such as http://planet-express.api.localhost:4280',
    );
  return usualUrl(deployment, environment);
}
