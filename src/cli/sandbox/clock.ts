import type { Command } from 'commander';
import { print, printJson } from '../print.ts';
import { control, type DeploymentFlags, deploymentOf, withDeploymentControl } from './control.ts';

interface Told {
  readonly now: number;
  readonly iso: string;
  readonly frozen: boolean;
}

export function defineClock(parent: Command): void {
  const command = parent.command('clock').description('read and move the clock of a deployment');
  withDeploymentControl(command.command('show').description('where it stands')).action((flags) =>
    clock(flags, 'GET'),
  );
  withDeploymentControl(
    command
      .command('set <moment>')
      .description('set it to unix seconds, or to a date such as 2027-01-31T12:00:00Z'),
  ).action((set: string, flags: DeploymentFlags) => clock(flags, 'POST', { set }));
  withDeploymentControl(
    command
      .command('advance <seconds>')
      .description('move it forward: tokens expire, hours end, webhooks fall due'),
  ).action((advance: string, flags: DeploymentFlags) => clock(flags, 'POST', { advance }));
  withDeploymentControl(command.command('freeze').description('stop it')).action((flags) =>
    clock(flags, 'POST', { freeze: 1 }),
  );
  withDeploymentControl(command.command('run').description('let it run on from where it stands')).action(
    (flags) => clock(flags, 'POST', { freeze: 0 }),
  );
  withDeploymentControl(
    command.command('reset').description('let it go with the clock of the server again'),
  ).action((flags) => clock(flags, 'DELETE'));
}

async function clock(
  flags: DeploymentFlags,
  method: 'GET' | 'POST' | 'DELETE',
  body?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const told = await control<Told>(flags, method, `deployments/${deploymentOf(flags)}/clock`, body);
  if (flags.json) return printJson(told);
  print(`${told.iso} (${told.now})${told.frozen ? ', frozen' : ''}`);
}
