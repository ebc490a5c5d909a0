import { type Command, Option } from 'commander';
import { type ShownLock, shownLocks } from '../../console/lockouts.ts';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { listDeployments } from '../../identity/deployments.ts';
import { clearLocks, type LockKind, listLocks } from '../../identity/lockout.ts';
import { redisTallies } from '../../limits/redis.ts';
import { type StoreFlags, withDeploymentOptions, withStore } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends StoreFlags {
  readonly kind?: LockKind;
  readonly who?: string;
  readonly address?: string;
  readonly all?: boolean;
  readonly adminUrl?: string;
  readonly adminToken?: string;
  readonly redisUrl?: string;
  readonly json?: boolean;
}

const about = `
A client or person that fails to authenticate too often is locked out at that address. Each attempt while locked restarts the wait, so a client that keeps trying
stays locked until it stops or is cleared. The counters are in the memory of the server, which is asked at the address of --admin-listen, or on
Redis with --redis-url. Without Redis each process counts for itself, and only the process that is asked answers.
`;

export const summary = 'list and clear lockouts';

export function define(command: Command, terminal: Terminal): void {
  options(command.command('list').description('list who is locked, where, and for how long'))
    .addHelpText('after', about)
    .action((flags: Flags) => lockouts(terminal, 'GET', flags));
  options(command.command('clear').description('clear lockouts'))
    .option(
      '--all',
      'all lockouts, or those of one deployment where --deployment or ACCORD_DEPLOYMENT names it',
    )
    .addHelpText('after', about)
    .action((flags: Flags) => {
      const { all, who, address, kind, deployment } = flags;
      if (!all && [who, address, kind, deployment].every((one) => one === undefined))
        throw new BadUsage('name what to clear: --who, --address, --kind or --deployment, or --all');
      return lockouts(terminal, 'DELETE', flags);
    });
}

const options = (command: Command): Command =>
  withDeploymentOptions(command)
    .addOption(
      new Option(
        '--kind <kind>',
        'only clients, people who sign in (user) or second factors (factor)',
      ).choices(['client', 'user', 'factor']),
    )
    .option('--who <name>', 'a client id or a username')
    .option('--address <address>', 'IP address of the failed attempts')
    .option(
      '--admin-url <url>',
      'where the server listens for operators (http://127.0.0.1:4282; ACCORD_ADMIN_URL)',
    )
    .option('--admin-token <token>', 'its token, if it has one (ACCORD_ADMIN_TOKEN)')
    .option('--redis-url <url>', 'redis://… where the counters are on Redis (ACCORD_REDIS_URL)')
    .option('--json', 'print JSON');

async function lockouts(terminal: Terminal, method: 'GET' | 'DELETE', flags: Flags): Promise<void> {
  const redis = flags.redisUrl ?? terminal.environment.ACCORD_REDIS_URL;
  const found = await (redis ? onRedis(terminal, method, redis, flags) : atServer(terminal, method, flags));
  if (flags.json) return terminal.printJson(found);
  const rows = found.map(({ deployment, kind, who, address, failures, left }) => [
    deployment,
    kind,
    who === '' ? '(nobody of that name)' : who,
    address,
    failures,
    `${left} s`,
  ]);
  if (rows.length > 0)
    terminal.printTable(['DEPLOYMENT', 'KIND', 'WHO', 'ADDRESS', 'FAILURES', 'LEFT'], rows);
  if (method === 'DELETE')
    terminal.print(`Cleared ${rows.length === 1 ? '1 lockout' : `${rows.length} lockouts`}.`);
  else if (rows.length === 0) terminal.print('Nobody is locked.');
}

const deploymentNamed = ({ environment }: Terminal, { deployment }: Flags): string | undefined =>
  deployment || environment.ACCORD_DEPLOYMENT || undefined;

/** Counters in the memory of a server: only the server can read them. */
async function atServer(
  terminal: Terminal,
  method: 'GET' | 'DELETE',
  flags: Flags,
): Promise<readonly ShownLock[]> {
  const base = flags.adminUrl ?? terminal.environment.ACCORD_ADMIN_URL ?? 'http://127.0.0.1:4282';
  const url = URL.parse('/lockouts', base);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new BadUsage(`--admin-url is "${base}": a URL that begins with http:// or https:// is wanted`);
  const { kind, who, address, all } = flags;
  const query = {
    deployment: deploymentNamed(terminal, flags),
    kind,
    who,
    address,
    all: all ? '1' : undefined,
  };
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  const token = flags.adminToken ?? terminal.environment.ACCORD_ADMIN_TOKEN;
  const { http, text } = await terminal.exchange({
    ...{ method, url },
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    advice: 'see that it runs and listens for operators (--admin-listen), and name where with --admin-url',
  });
  if (http !== 200) throw new Failure(`${url.origin} answered ${http}: ${problemIn(text)}`);
  return (JSON.parse(text) as { readonly lockouts: readonly ShownLock[] }).lockouts;
}

function problemIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Plain text.
  }
  return text.trim().slice(0, 300);
}

const onRedis = (
  terminal: Terminal,
  method: 'GET' | 'DELETE',
  url: string,
  flags: Flags,
): Promise<readonly ShownLock[]> =>
  withStore(terminal, flags, async ({ store }) => {
    const all = await listDeployments(store);
    const name = deploymentNamed(terminal, flags);
    const deployment = all.find((each) => each.name === name)?.id;
    if (name !== undefined && deployment === undefined)
      throw new Failure(`there is no deployment named ${name}: see accord deployment list`);
    const tallies = await redisTallies(url, () => {});
    try {
      for (let waited = 0; !(await tallies.ready()); waited += redisPollMs) {
        if (waited >= redisTimeoutMs)
          throw new Failure('Redis cannot be reached: see that it runs, and check --redis-url');
        await new Promise((resume) => setTimeout(resume, redisPollMs));
      }
      const { kind, who, address } = flags;
      const work = method === 'DELETE' ? clearLocks : listLocks;
      return shownLocks(await work(tallies, { deployment, kind, who, address }), all);
    } finally {
      await tallies.close();
    }
  });

const redisTimeoutMs = 5_000;
const redisPollMs = 50;
