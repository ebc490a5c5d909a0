import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { controlOf, type DeploymentFlags, withDeploymentControl } from './control.ts';

interface ClockState {
  readonly now: number;
  readonly iso: string;
  readonly frozen: boolean;
}

export function defineClock(parent: Command, terminal: Terminal): void {
  const command = parent.command('clock').description('read and set the clock of a deployment');
  const sub = (name: string, description: string): Command =>
    withDeploymentControl(command.command(name).description(description));
  sub('show', 'print its time').action((flags) => clock(terminal, flags, 'GET'));
  sub('set <moment>', 'set it to unix seconds, or to a date such as 2027-01-31T12:00:00Z').action(
    (set: string, flags: DeploymentFlags) => clock(terminal, flags, 'POST', { set }),
  );
  sub('advance <seconds>', 'move it forward: tokens expire, hours end, webhooks fall due').action(
    (advance: string, flags: DeploymentFlags) => clock(terminal, flags, 'POST', { advance }),
  );
  sub('freeze', 'stop it').action((flags) => clock(terminal, flags, 'POST', { freeze: 1 }));
  sub('run', 'let it run on from its present time').action((flags) =>
    clock(terminal, flags, 'POST', { freeze: 0 }),
  );
  sub('reset', 'set it to the time of the server, and let it run').action((flags) =>
    clock(terminal, flags, 'DELETE'),
  );
}

async function clock(
  terminal: Terminal,
  flags: DeploymentFlags,
  method: 'GET' | 'POST' | 'DELETE',
  body?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const control = controlOf(terminal, flags);
  const state = await control.json<ClockState>(method, `deployments/${control.deployment}/clock`, body);
  if (flags.json) return terminal.printJson(state);
  terminal.print(`${state.iso} (${state.now})${state.frozen ? ', frozen' : ''}`);
}
