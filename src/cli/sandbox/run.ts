import type { Command } from 'commander';
import type { Exchange } from '../../runs/recording/exchange.ts';
import { counted } from '../../runs/times.ts';
import type { Terminal } from '../terminal.ts';
import { controlOf, type DeploymentFlags, type SandboxControl, withDeploymentControl } from './control.ts';

interface RunState {
  readonly name: string;
  readonly on: boolean;
  readonly exchanges: number;
  readonly dropped: number;
  readonly bodiesDropped: number;
}

interface ShowFlags extends DeploymentFlags {
  readonly lines?: boolean;
}

export function defineRun(parent: Command, terminal: Terminal): void {
  const command = parent.command('run').description('record what a client sends and receives');
  withDeploymentControl(
    command.command('start [name]').description('start a run: requests are recorded until it ends'),
  ).action((name: string | undefined, flags: DeploymentFlags) => startRun(terminal, flags, name));
  withDeploymentControl(command.command('end').description('end the run that is on')).action(
    (flags: DeploymentFlags) => endRun(terminal, flags),
  );
  withDeploymentControl(command.command('list').description('list the runs')).action(
    (flags: DeploymentFlags) => list(terminal, flags),
  );
  withDeploymentControl(
    command
      .command('show [name]')
      .description('print the exchanges of a run (the one that is on, or the latest), without secrets')
      .option(
        '--lines',
        'whole exchanges, one JSON object a line, as accord sandbox report --from reads them',
      ),
  ).action((name: string | undefined, flags: ShowFlags) => show(terminal, name, flags));
  withDeploymentControl(command.command('remove <name>').description('remove a run')).action(
    (name: string, flags: DeploymentFlags) => remove(terminal, name, flags),
  );
}

export const runsOf = ({ deployment }: SandboxControl): string => `deployments/${deployment}/runs`;

/** In a path of the control API; unless named, the run that is on or the latest. */
export const runNamed = (name: string | undefined): string =>
  name === undefined ? '@latest' : encodeURIComponent(name);

async function startRun(terminal: Terminal, flags: DeploymentFlags, name: string | undefined): Promise<void> {
  const control = controlOf(terminal, flags);
  const run = await control.json<RunState>('POST', runsOf(control), name === undefined ? {} : { name });
  if (flags.json) return terminal.printJson(run);
  terminal.print(`Run ${run.name} is on.`);
}

async function endRun(terminal: Terminal, flags: DeploymentFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const run = await control.json<RunState>('POST', `${runsOf(control)}/end`, {});
  if (flags.json) return terminal.printJson(run);
  terminal.print(`Run ${run.name} has ended, ${counted(run.exchanges, 'exchange')}.`);
}

async function remove(terminal: Terminal, name: string, flags: DeploymentFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const removed = await control.json('DELETE', `${runsOf(control)}/${encodeURIComponent(name)}`);
  if (flags.json) return terminal.printJson(removed);
  terminal.print(`Run ${name} was removed.`);
}

async function list(terminal: Terminal, flags: DeploymentFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const runs = await control.json<readonly RunState[]>('GET', runsOf(control));
  if (flags.json) return terminal.printJson(runs);
  terminal.printTable(
    ['NAME', 'STATE', 'EXCHANGES', 'DROPPED'],
    runs.map(({ name, on, exchanges, dropped }) => [name, on ? 'on' : 'ended', exchanges, dropped]),
  );
}

async function show(terminal: Terminal, name: string | undefined, flags: ShowFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const text = await control.text('GET', `${runsOf(control)}/${runNamed(name)}`);
  if (flags.lines) return void terminal.stdout.write(text);
  const lines = text.trimEnd().split('\n').slice(1);
  const exchanges = lines.map((line) => JSON.parse(line) as Exchange).filter(({ answer }) => answer);
  if (flags.json) return terminal.printJson(exchanges);
  terminal.printTable(
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
  );
}
