import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { contains, parseRanges } from '../identity/address.ts';
import { BadUsage, Failure } from './failure.ts';
import { print, printJson, remark } from './print.ts';
import { createProxy, type RunningProxy } from './proxying/proxy.ts';
import { collect } from './store-options.ts';
import { namesOf, requireTrust } from './trust/authority.ts';
import { matches } from './trust/names.ts';

interface Flags {
  readonly port: string;
  readonly host: string;
  readonly to: string;
  readonly hosts?: readonly string[];
  readonly passThrough?: boolean;
  readonly data?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function define(command: Command): void {
  command
    .option('--port <number>', 'port to listen on', '4281')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--to <origin>', 'the server that answers', 'http://localhost:4280')
    .option('--hosts <name>', 'which hosts are led to it (*.api.accelo.com); repeatable', collect)
    .option('--pass-through', 'let other hosts through, untouched; else they are refused')
    .option('--data <dir>', 'folder with the certificate of accord trust (./data; ACCORD_DATA)')
    .option('-q, --quiet', 'no line for each request')
    .option('--json', 'print where it listens as JSON')
    .action(proxy);
}

async function proxy(flags: Flags): Promise<void> {
  const { host, passThrough = false } = flags;
  const port = portOf(flags.port);
  const to = originOf(flags.to);
  const local = isLoopback(host);
  if (!local && passThrough)
    throw new BadUsage(
      `--pass-through on ${host} would let anybody through this machine to anywhere: leave out one of --pass-through and --host`,
    );
  const data = flags.data || process.env.ACCORD_DATA || './data';
  const trust = requireTrust(data);
  const hosts = (flags.hosts ?? ['*.api.accelo.com']).map((name) => name.toLowerCase());
  const names = namesOf(trust.server);
  for (const name of hosts)
    if (!names.some((known) => matches(name, known) || name === known))
      throw new BadUsage(
        `--hosts ${name}: the certificate is good for ${names.join(', ')}; accord trust create --host NAME adds one`,
      );
  const running = createProxy({
    hosts,
    to,
    passThrough,
    certificate: {
      cert: readFileSync(trust.files.server, 'utf8'),
      key: readFileSync(trust.files.serverKey, 'utf8'),
      authority: readFileSync(trust.files.authority, 'utf8'),
    },
    log: (line) => {
      if (!flags.quiet) remark(line);
    },
  });
  const bound = await running.listen(port, host).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new Failure(`port ${port} is in use: end what listens there, or choose another with --port`);
    if (error.code === 'EACCES')
      throw new Failure(`port ${port} may not be opened by this user: choose one above 1023 with --port`);
    throw new Failure(`nothing can listen at ${host}: check --host (${error.message})`);
  });
  endOnSignal(running);
  if (!local)
    remark(
      `Whoever reaches ${host}:${bound} can ask ${to.origin} through it. For this machine alone leave out --host.`,
    );
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  if (flags.json) return printJson({ url, port: bound, to: to.origin, hosts });
  print(`The proxy listens on ${url} and leads ${hosts.join(', ')} to ${to.origin}`);
  print(`Point a client at it: HTTPS_PROXY=${url} (docs/clients.md has the ways of each language)`);
}

/** The first signal finishes what is in flight; a second one does not wait. */
function endOnSignal(running: RunningProxy): void {
  let ending = false;
  const end = (): void => {
    if (ending) process.exit(1);
    ending = true;
    running.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

const loopback = parseRanges(['127.0.0.0/8', '::1/128']);
const isLoopback = (host: string): boolean => host === 'localhost' || contains(loopback, host);

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new BadUsage(`--port is "${text}": a whole number from 0 to 65535 is wanted`);
  return port;
}

function originOf(text: string): URL {
  const url = URL.parse(text);
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.pathname !== '/' ||
    url.search ||
    url.username
  )
    throw new BadUsage(`--to is "${text}": an origin such as http://localhost:4280 is wanted`);
  return url;
}
