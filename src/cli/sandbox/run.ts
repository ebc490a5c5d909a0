import type { Command } from 'commander';
import type { Exchange } from '../../runs/recording/exchange.ts';
import { counted } from '../../runs/times.ts';
import { print, printJson, table } from '../print.ts';
import {
  control,
  controlText,
  type DeploymentFlags,
  deploymentOf,
  withDeploymentControl,
} from './control.ts';

interface ToldRun {
  readonly name: string;
  readonly on: boolean;
  readonly exchanges: number;
  readonly dropped: number;
  readonly bodiesDropped: number;
}

interface ShowFlags extends DeploymentFlags {
  readonly lines?: boolean;
}

export function defineRun(parent: Command): void {
  const command = parent.command('run').description('record what a client sends and gets');
  withDeploymentControl(
    command.command('start [name]').description('start a run: from now on requests are recorded'),
  ).action((name: string | undefined, flags: DeploymentFlags) =>
    run(flags, '', name === undefined ? {} : { name }, 'is on'),
  );
  withDeploymentControl(command.command('end').description('end the run that is on')).action(
    (flags: DeploymentFlags) => run(flags, '/end', {}, 'has ended'),
  );
  withDeploymentControl(command.command('list').description('the runs that are kept')).action(list);
  withDeploymentControl(
    command
      .command('show [name]')
      .description('the exchanges of a run (the one that is on, or the latest), without secrets')
      .option('--lines', 'whole, one JSON object a line, as accord sandbox report --from reads them'),
  ).action(show);
  withDeploymentControl(command.command('remove <name>').description('forget a run')).action(
    async (name: string, flags: DeploymentFlags) => {
      const removed = await control(flags, 'DELETE', `${runsOf(flags)}/${encodeURIComponent(name)}`);
      return flags.json ? printJson(removed) : print(`Run ${name} was removed.`);
    },
  );
}

export const runsOf = (flags: DeploymentFlags): string => `deployments/${deploymentOf(flags)}/runs`;

/** In a path of the control API; unless named, the run that is on or the latest. */
export const runNamed = (name: string | undefined): string =>
  name === undefined ? '@latest' : encodeURIComponent(name);

async function run(
  flags: DeploymentFlags,
  path: string,
  body: Readonly<Record<string, unknown>>,
  says: string,
): Promise<void> {
  const told = await control<ToldRun>(flags, 'POST', `${runsOf(flags)}${path}`, body);
  if (flags.json) return printJson(told);
  print(`Run ${told.name} ${says}${told.on ? '' : `, ${counted(told.exchanges, 'exchange')}`}.`);
}

async function list(flags: DeploymentFlags): Promise<void> {
  const runs = await control<readonly ToldRun[]>(flags, 'GET', runsOf(flags));
  if (flags.json) return printJson(runs);
  print(
    table(
      ['NAME', 'STATE', 'EXCHANGES', 'DROPPED'],
      runs.map(({ name, on, exchanges, dropped }) => [name, on ? 'on' : 'ended', exchanges, dropped]),
    ),
  );
}

async function show(name: string | undefined, flags: ShowFlags): Promise<void> {
  const text = await controlText(flags, 'GET', `${runsOf(flags)}/${runNamed(name)}`);
  if (flags.lines) return void process.stdout.write(text);
  const lines = text.trimEnd().split('\n').slice(1);
  const exchanges = lines.map((line) => JSON.parse(line) as Exchange).filter(({ answer }) => answer);
  if (flags.json) return printJson(exchanges);
  print(
    table(
      ['#', 'AT', 'REQUEST', 'HTTP', 'STATUS', 'CAUSE', 'ID'],
      exchanges.map(({ at, method, path, answer, status, cause, id }, i) => [
        i + 1,
        new Date(at).toISOString().slice(11, 23),
        `${method} ${path}`.slice(0, 60),
        answer.http,
        status,
        cause,
        id,
      ]),
    ),
  );
}
