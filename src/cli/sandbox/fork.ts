import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import {
  type ControlFlags,
  controlOf,
  type DeploymentFlags,
  withControlOptions,
  withDeploymentControl,
} from './control.ts';

interface ForkState {
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

export function defineForks(parent: Command, terminal: Terminal): void {
  withDeploymentControl(
    parent
      .command('fork [name]')
      .description('copy a deployment to a host of its own, for a while; without a name it gets one'),
  )
    .option('--from <snapshot>', 'copy a snapshot, not the present state')
    .option('--expires <seconds>', 'remove it after so many seconds (3600)')
    .option('--port', 'on a port of its own too, for clients that cannot reach *.localhost')
    .action((name: string | undefined, flags: ForkFlags) => fork(terminal, name, flags));
  withControlOptions(parent.command('forks').description('list the forks')).action((flags: ControlFlags) =>
    list(terminal, flags),
  );
  withControlOptions(
    parent.command('remove <name>').description('remove a fork and all that it holds'),
  ).action((name: string, flags: ControlFlags) => remove(terminal, name, flags));
}

async function fork(
  terminal: Terminal,
  name: string | undefined,
  { from, expires, port, ...flags }: ForkFlags,
): Promise<void> {
  const control = controlOf(terminal, flags);
  const made = await control.json<ForkState>('POST', `deployments/${control.deployment}/forks`, {
    ...(name === undefined ? {} : { name }),
    ...(from === undefined ? {} : { from }),
    ...(expires === undefined ? {} : { expires }),
    ...(port ? { port: 1 } : {}),
  });
  if (flags.json) return terminal.printJson(made);
  const { sample } = await import('../../sample/sample.ts');
  const origin = decodeURIComponent(control.deployment);
  const isSample = origin === sample.deployment;
  terminal.print(`${made.name} is a copy of ${origin}, at ${made.url} for ${minutes(made.expires_in)}.
Its tokens and applications are those of ${origin}${isSample ? '' : ': put one of your tokens in place of TOKEN'}.

${curlFor(made, isSample ? sample.token : 'TOKEN')}

accord sandbox remove ${made.name} ends it.`);
}

/** A line that works on every machine. Programs that use the resolver of glibc, such as Node and Python, do not resolve `*.localhost`. */
function curlFor({ host, url }: ForkState, token: string): string {
  const { protocol, port, host: hostOfUrl } = new URL(url);
  const curlLine = (at: string, header: string): string =>
    `curl -s ${header}-H 'Authorization: Bearer ${token}' '${at}/api/v0/companies'`;
  if (hostOfUrl !== host) return curlLine(url, '');
  const bare = `${protocol}//localhost${port === '' ? '' : `:${port}`}`;
  return `${curlLine(bare, `-H 'Host: ${host}' `)}

Not every program can look up ${new URL(url).hostname}: for one that cannot, and cannot send the header Host either,
make the fork with --port, which gives it a port of its own on localhost.`;
}

async function list(terminal: Terminal, flags: ControlFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const { forks } = await control.json<{ forks: readonly ForkState[] }>('GET', 'forks');
  if (flags.json) return terminal.printJson(forks);
  terminal.printTable(
    ['NAME', 'URL', 'ENDS IN'],
    forks.map((each) => [each.name, each.url, minutes(each.expires_in)]),
  );
}

async function remove(terminal: Terminal, name: string, flags: ControlFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const answer = await control.json<{ removed: string }>('DELETE', `forks/${encodeURIComponent(name)}`);
  if (flags.json) return terminal.printJson(answer);
  terminal.print(`Removed ${answer.removed}.`);
}

const minutes = (seconds: number): string =>
  seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
