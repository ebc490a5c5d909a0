import type { Command } from 'commander';
import { print, printJson, table } from '../print.ts';
import { control, type DeploymentFlags, deploymentOf, withDeploymentControl } from './control.ts';

interface Told {
  readonly name: string;
  /** Unix seconds. */
  readonly date_created: number;
}

interface SaveFlags extends DeploymentFlags {
  readonly replace?: boolean;
}

export function defineSnapshots(parent: Command): void {
  const command = parent.command('snapshot').description('keep the state of a deployment, and go back to it');
  withDeploymentControl(command.command('save <name>').description('keep it as it is'))
    .option('--replace', 'instead of the one that has this name')
    .action(save);
  withDeploymentControl(command.command('list').description('what is kept')).action(list);
  withDeploymentControl(
    command
      .command('restore <name>')
      .description('make the deployment what it was: objects, applications, tokens, files and the clock'),
  ).action(restore);
  withDeploymentControl(command.command('remove <name>').description('keep it no longer')).action(remove);
  withDeploymentControl(
    parent
      .command('reset')
      .description(
        'back to the snapshot named start, which the sample has from the beginning; a fork goes back to what it was made of',
      ),
  ).action(reset);
}

const pathOf = (flags: DeploymentFlags, ...more: readonly string[]): string =>
  ['deployments', deploymentOf(flags), 'snapshots', ...more.map(encodeURIComponent)].join('/');

async function save(name: string, { replace, ...flags }: SaveFlags): Promise<void> {
  const told = await control<Told>(flags, 'POST', pathOf(flags), { name, replace: replace ? 1 : 0 });
  if (flags.json) return printJson(told);
  print(`Saved ${told.name}. Go back to it with accord sandbox snapshot restore ${told.name}.`);
}

async function list(flags: DeploymentFlags): Promise<void> {
  const { snapshots } = await control<{ snapshots: readonly Told[] }>(flags, 'GET', pathOf(flags));
  if (flags.json) return printJson(snapshots);
  print(
    table(
      ['NAME', 'SAVED'],
      snapshots.map((each) => [each.name, new Date(each.date_created * 1_000).toISOString()]),
    ),
  );
}

async function restore(name: string, flags: DeploymentFlags): Promise<void> {
  const told = await control<Told>(flags, 'POST', pathOf(flags, name, 'restore'));
  if (flags.json) return printJson(told);
  print(`Restored ${told.name}.`);
}

async function remove(name: string, flags: DeploymentFlags): Promise<void> {
  const told = await control<{ removed: string }>(flags, 'DELETE', pathOf(flags, name));
  if (flags.json) return printJson(told);
  print(`Removed ${told.removed}.`);
}

async function reset(flags: DeploymentFlags): Promise<void> {
  const told = await control<{ restored: string }>(flags, 'POST', `deployments/${deploymentOf(flags)}/reset`);
  if (flags.json) return printJson(told);
  print(`Back to ${told.restored}.`);
}
