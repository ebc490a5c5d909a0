import { type Command, Option } from 'commander';
import { Failure } from '../../contract/failure.ts';
import {
  createDeployment,
  type Deployment,
  disableDeployment,
  listDeployments,
} from '../../identity/deployments.ts';
import { hostOf } from '../ready-lines.ts';
import { type StoreFlags, withStore, withStoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends StoreFlags {
  readonly json?: boolean;
}

interface CreateFlags extends Flags {
  readonly title?: string;
  readonly statuses?: 'older' | 'current';
  readonly currency?: string;
  readonly timezone?: string;
}

export const summary = 'create, list, disable and enable deployments';

export function define(command: Command, terminal: Terminal): void {
  withStoreOptions(
    command
      .command('create <name>')
      .description('create a deployment; its name is the first label of its host'),
  )
    .option('--title <text>', 'what people call it (its name)')
    .addOption(
      new Option('--statuses <page>', 'generation of the status page it follows').choices([
        'older',
        'current',
      ]),
    )
    .option('--currency <sign>', 'currency sign ($)')
    .option('--timezone <zone>', 'time zone (UTC)')
    .option('--json', 'print JSON')
    .action((name: string, flags: CreateFlags) => create(terminal, name, flags));
  withStoreOptions(command.command('list').description('list all deployments'))
    .option('--json', 'print JSON')
    .action((flags: Flags) => list(terminal, flags));
  for (const verb of ['enable', 'disable'] as const) {
    const says =
      verb === 'disable'
        ? 'disable a deployment: its hosts answer as if it did not exist'
        : 'enable a disabled deployment';
    withStoreOptions(command.command(`${verb} <name>`).description(says))
      .option('--json', 'print JSON')
      .action((name: string, flags: Flags) =>
        setDisabled(terminal, name, { ...flags, disabled: verb === 'disable' }),
      );
  }
}

const create = (
  terminal: Terminal,
  name: string,
  { json, title, statuses, currency, timezone, ...flags }: CreateFlags,
): Promise<void> =>
  withStore(
    terminal,
    flags,
    async ({ store, now }) => {
      const deployment = await createDeployment(store, { name, title, statuses, currency, timezone }, now);
      if (json) return terminal.printJson(dataOf(deployment));
      terminal.print(
        `Created deployment ${deployment.name}, reached at hosts such as ${hostOf(deployment.name, terminal.environment)}.`,
      );
    },
    true,
  );

const list = (terminal: Terminal, { json, ...flags }: Flags): Promise<void> =>
  withStore(terminal, flags, async ({ store }) => {
    const all = await listDeployments(store);
    if (json) return terminal.printJson(all.map(dataOf));
    const rows = all.map(({ id, name, title, disabled, statuses }) => [
      id,
      name,
      title,
      statuses,
      disabled ? 'disabled' : 'enabled',
    ]);
    terminal.printTable(['ID', 'NAME', 'TITLE', 'STATUSES', 'STATE'], rows);
  });

const setDisabled = (
  terminal: Terminal,
  name: string,
  { disabled, json, ...flags }: Flags & { readonly disabled: boolean },
): Promise<void> =>
  withStore(terminal, flags, async ({ store }) => {
    if (!(await disableDeployment(store, name, disabled)))
      throw new Failure(`there is no deployment named ${name}: see accord deployment list`);
    if (json) return terminal.printJson({ name, disabled });
    terminal.print(`Deployment ${name} is ${disabled ? 'disabled' : 'enabled'}.`);
  });

const dataOf = ({ id, name, title, disabled, statuses, currency, timezone }: Deployment) => ({
  id,
  name,
  title,
  disabled,
  statuses,
  currency,
  timezone,
});
