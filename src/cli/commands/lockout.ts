import { type Command, Option } from 'commander';
import { type ShownLock, shownLocks } from '../../console/lockouts.ts';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { exchange } from '../../http/exchange.ts';
import { listDeployments } from '../../identity/deployments.ts';
import { clearLocks, type Locked, listLocks } from '../../identity/lockout.ts';
import { redisTallies } from '../../limits/redis.ts';
import { print, printJson, table } from '../print.ts';
import { type StoreFlags, withDeploymentOptions, withStore } from '../store-options.ts';

interface Flags extends StoreFlags {
  readonly kind?: Locked;
  readonly who?: string;
  readonly address?: string;
  readonly all?: boolean;
  readonly adminUrl?: string;
  readonly adminToken?: string;
  readonly redisUrl?: string;
  readonly json?: boolean;
}

const about = `
Who failed to authenticate too often is locked at that address. Each try while locked starts the wait anew, so a client that keeps trying stays
locked until it stops or is cleared. Counters are in the memory of the server, which is asked at the address of --admin-listen, or on Redis
with --redis-url. Without Redis each process counts for itself, and only the one that is asked is told of.
`;

export function define(command: Command): void {
  options(command.command('list').description('who is locked, where, and for how long'))
    .addHelpText('after', about)
    .action((flags: Flags) => lockouts('GET', flags));
  options(command.command('clear').description('let in whoever is locked'))
    .option('--all', 'everybody; of one deployment, where --deployment or ACCORD_DEPLOYMENT names it')
    .addHelpText('after', about)
    .action((flags: Flags) => {
      const { all, who, address, kind, deployment } = flags;
      if (!all && [who, address, kind, deployment].every((one) => one === undefined))
        throw new BadUsage('say whom: --who, --address, --kind or --deployment, or --all');
      return lockouts('DELETE', flags);
    });
}

const options = (command: Command): Command =>
  withDeploymentOptions(command)
    .addOption(
      new Option('--kind <kind>', 'clients, people who sign in, or second factors').choices([
        'client',
        'user',
        'factor',
      ]),
    )
    .option('--who <name>', 'a client id or a username')
    .option('--address <address>', 'where the tries come from')
    .option(
      '--admin-url <url>',
      'where the server answers operators (http://127.0.0.1:4282; ACCORD_ADMIN_URL)',
    )
    .option('--admin-token <token>', 'its token, if it has one (ACCORD_ADMIN_TOKEN)')
    .option('--redis-url <url>', 'redis://… if the counters are there (ACCORD_REDIS_URL)')
    .option('--json', 'print JSON');

async function lockouts(method: 'GET' | 'DELETE', flags: Flags): Promise<void> {
  const redis = flags.redisUrl ?? process.env.ACCORD_REDIS_URL;
  const found = await (redis ? onRedis(method, redis, flags) : atServer(method, flags));
  if (flags.json) return printJson(found);
  const rows = found.map(({ deployment, kind, who, address, failures, left }) => [
    deployment,
    kind,
    who === '' ? '(nobody of that name)' : who,
    address,
    failures,
    `${left} s`,
  ]);
  if (rows.length > 0) print(table(['DEPLOYMENT', 'KIND', 'WHO', 'ADDRESS', 'FAILURES', 'LEFT'], rows));
  if (method === 'DELETE') print(`Cleared ${rows.length === 1 ? '1 lockout' : `${rows.length} lockouts`}.`);
  else if (rows.length === 0) print('Nobody is locked.');
}

const chosen = ({ deployment }: Flags): string | undefined =>
  deployment || process.env.ACCORD_DEPLOYMENT || undefined;

/** Counters in the memory of a server: it alone can be asked. */
async function atServer(method: 'GET' | 'DELETE', flags: Flags): Promise<readonly ShownLock[]> {
  const base = flags.adminUrl ?? process.env.ACCORD_ADMIN_URL ?? 'http://127.0.0.1:4282';
  const url = URL.parse('/lockouts', base);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new BadUsage(`--admin-url is "${base}": a URL that begins with http:// or https:// is wanted`);
  const { kind, who, address, all } = flags;
  const said = { deployment: chosen(flags), kind, who, address, all: all ? '1' : undefined };
  for (const [name, value] of Object.entries(said)) if (value) url.searchParams.set(name, value);
  const token = flags.adminToken ?? process.env.ACCORD_ADMIN_TOKEN;
  const { http, text } = await exchange({
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
    // Said in words.
  }
  return text.trim().slice(0, 300);
}

const onRedis = (method: 'GET' | 'DELETE', url: string, flags: Flags): Promise<readonly ShownLock[]> =>
  withStore(flags, async ({ store }) => {
    const all = await listDeployments(store);
    const name = chosen(flags);
    const deployment = all.find((each) => each.name === name)?.id;
    if (name !== undefined && deployment === undefined)
      throw new Failure(`there is no deployment named ${name}: see accord deployment list`);
    const tallies = await redisTallies(url, () => {});
    try {
      for (let waited = 0; !(await tallies.ready()); waited += pause) {
        if (waited >= patience)
          throw new Failure('Redis cannot be reached: see that it runs, and check --redis-url');
        await new Promise((resume) => setTimeout(resume, pause));
      }
      const { kind, who, address } = flags;
      const work = method === 'DELETE' ? clearLocks : listLocks;
      return shownLocks(await work(tallies, { deployment, kind, who, address }), all);
    } finally {
      await tallies.close();
    }
  });

/** Milliseconds. */
const [patience, pause] = [5_000, 50];
