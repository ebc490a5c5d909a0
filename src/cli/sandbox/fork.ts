import type { Command } from 'commander';
import { print, printJson, table } from '../print.ts';
import {
  type ControlFlags,
  control,
  type DeploymentFlags,
  deploymentOf,
  withControlOptions,
  withDeploymentControl,
} from './control.ts';

interface Told {
  readonly name: string;
  readonly host: string;
  readonly url: string;
  readonly base_url: string;
  readonly expires_in: number;
}

interface ForkFlags extends DeploymentFlags {
  readonly from?: string;
  readonly expires?: string;
  readonly port?: boolean;
}

export function defineForks(parent: Command): void {
  withDeploymentControl(
    parent
      .command('fork [name]')
      .description('copy a deployment to a host of its own, for a while; the name is made up unless told'),
  )
    .option('--from <snapshot>', 'begin with what was saved, not with what is there now')
    .option('--expires <seconds>', 'when it is removed by itself (3600)')
    .option('--port', 'on a port of its own too, for clients that cannot reach *.localhost')
    .action(fork);
  withControlOptions(parent.command('forks').description('the forks there are')).action(list);
  withControlOptions(parent.command('remove <name>').description('remove a fork, with all of it')).action(
    remove,
  );
}

async function fork(name: string | undefined, { from, expires, port, ...flags }: ForkFlags): Promise<void> {
  const told = await control<Told>(flags, 'POST', `deployments/${deploymentOf(flags)}/forks`, {
    ...(name === undefined ? {} : { name }),
    ...(from === undefined ? {} : { from }),
    ...(expires === undefined ? {} : { expires }),
    ...(port ? { port: 1 } : {}),
  });
  if (flags.json) return printJson(told);
  const { sample } = await import('../../sample/sample.ts');
  const origin = decodeURIComponent(deploymentOf(flags));
  const known = origin === sample.deployment;
  print(`${told.name} is a copy of ${origin}, at ${told.url} for ${minutes(told.expires_in)}.
Its tokens and applications are those of ${origin}${known ? '' : ': put a token of yours in place of TOKEN'}.

${curlFor(told, known ? sample.token : 'TOKEN')}

accord sandbox remove ${told.name} ends it.`);
}

/** A line that works on every machine. Programs that use the resolver of glibc, such as Node and Python, know no `*.localhost`. */
function curlFor({ host, url }: Told, token: string): string {
  const { protocol, port, host: own } = new URL(url);
  const list = (at: string, header: string): string =>
    `curl -s ${header}-H 'Authorization: Bearer ${token}' '${at}/api/v0/companies'`;
  if (own !== host) return list(url, '');
  const bare = `${protocol}//localhost${port === '' ? '' : `:${port}`}`;
  return `${list(bare, `-H 'Host: ${host}' `)}

Not every program can look up ${new URL(url).hostname}: for one that cannot, and cannot send the header Host either,
make the fork with --port, which gives it a port of its own on localhost.`;
}

async function list(flags: ControlFlags): Promise<void> {
  const { forks } = await control<{ forks: readonly Told[] }>(flags, 'GET', 'forks');
  if (flags.json) return printJson(forks);
  print(
    table(
      ['NAME', 'URL', 'ENDS IN'],
      forks.map((each) => [each.name, each.url, minutes(each.expires_in)]),
    ),
  );
}

async function remove(name: string, flags: ControlFlags): Promise<void> {
  const told = await control<{ removed: string }>(flags, 'DELETE', `forks/${encodeURIComponent(name)}`);
  if (flags.json) return printJson(told);
  print(`Removed ${told.removed}.`);
}

const minutes = (seconds: number): string =>
  seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
