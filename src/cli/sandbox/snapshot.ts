import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { controlOf, type DeploymentFlags, type SandboxControl, withDeploymentControl } from './control.ts';

interface SnapshotState {
  readonly name: string;
  /** Unix seconds. */
  readonly date_created: number;
}

interface SaveFlags extends DeploymentFlags {
  readonly replace?: boolean;
}

export function defineSnapshots(parent: Command, terminal: Terminal): void {
  const command = parent.command('snapshot').description('save the state of a deployment, and go back to it');
  withDeploymentControl(command.command('save <name>').description('save the state under a name'))
    .option('--replace', 'replace the snapshot that has this name')
    .action((name: string, flags: SaveFlags) => save(terminal, name, flags));
  withDeploymentControl(command.command('list').description('list the snapshots')).action(
    (flags: DeploymentFlags) => list(terminal, flags),
  );
  withDeploymentControl(
    command
      .command('restore <name>')
      .description('go back to it: objects, applications, tokens, files and the clock'),
  ).action((name: string, flags: DeploymentFlags) => restore(terminal, name, flags));
  withDeploymentControl(command.command('remove <name>').description('remove a snapshot')).action(
    (name: string, flags: DeploymentFlags) => remove(terminal, name, flags),
  );
  withDeploymentControl(
    parent
      .command('reset')
      .description(
        'go back to the snapshot named start, which the sample has from the beginning; a fork goes back to what it was made of',
      ),
  ).action((flags: DeploymentFlags) => reset(terminal, flags));
}

const pathOf = ({ deployment }: SandboxControl, ...more: readonly string[]): string =>
  ['deployments', deployment, 'snapshots', ...more.map(encodeURIComponent)].join('/');

async function save(terminal: Terminal, name: string, { replace, ...flags }: SaveFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const body = { name, replace: replace ? 1 : 0 };
  const saved = await control.json<SnapshotState>('POST', pathOf(control), body);
  if (flags.json) return terminal.printJson(saved);
  terminal.print(`Saved ${saved.name}. Go back to it with accord sandbox snapshot restore ${saved.name}.`);
}

async function list(terminal: Terminal, flags: DeploymentFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const { snapshots } = await control.json<{ snapshots: readonly SnapshotState[] }>('GET', pathOf(control));
  if (flags.json) return terminal.printJson(snapshots);
  terminal.printTable(
    ['NAME', 'SAVED'],
    snapshots.map((each) => [each.name, new Date(each.date_created * 1_000).toISOString()]),
  );
}

async function restore(terminal: Terminal, name: string, flags: DeploymentFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const restored = await control.json<SnapshotState>('POST', pathOf(control, name, 'restore'));
  if (flags.json) return terminal.printJson(restored);
  terminal.print(`Restored ${restored.name}.`);
}

async function remove(terminal: Terminal, name: string, flags: DeploymentFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const answer = await control.json<{ removed: string }>('DELETE', pathOf(control, name));
  if (flags.json) return terminal.printJson(answer);
  terminal.print(`Removed ${answer.removed}.`);
}

async function reset(terminal: Terminal, flags: DeploymentFlags): Promise<void> {
  const control = controlOf(terminal, flags);
  const answer = await control.json<{ restored: string }>('POST', `deployments/${control.deployment}/reset`);
  if (flags.json) return terminal.printJson(answer);
  terminal.print(`Back to ${answer.restored}.`);
}
