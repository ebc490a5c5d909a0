import type { Command } from 'commander';
import { print, printJson, table } from '../print.ts';
import { control, type DeploymentFlags, deploymentOf, withDeploymentControl } from './control.ts';

interface Told {
  readonly id: string;
  readonly matches: number;
  readonly hits: number;
  readonly [name: string]: string | number;
}

/** The flags of `add`, as the control API names them. */
const options: readonly (readonly [flag: string, says: string])[] = [
  ['--on <request>', 'which requests: "POST /companies", "GET /companies/{id}", "GET *" (every one)'],
  ['--application <client-id>', 'only those of this application'],
  ['--staff <id>', 'only those with a token of this member of staff'],
  ['--nth <n>', 'the nth one; with --times so many from then on, with --for all of so many seconds'],
  ['--every <n>', 'each nth one'],
  ['--probability <p>', 'by chance, such as 0.25'],
  ['--seed <text>', 'the same seed chooses the same requests'],
  ['--times <n>', 'at most so many'],
  ['--after <moment>', 'from then on, by the clock of the deployment: unix seconds or 2027-01-31T12:00:00Z'],
  ['--until <moment>', 'until then'],
  ['--for <seconds>', 'for so long'],
  ['--from <now|hit>', 'what --for counts from: now, or the first hit (hit with --nth, else now)'],
  [
    '--cause <cause>',
    'refuse it with this cause of the contract, such as name.taken (docs/reference/statuses.md)',
  ],
  ['--field <name>', 'the parameter that the message names'],
  ['--detail <text>', 'the detail that the message gives'],
  ['--object <title>', 'the object that the message names'],
  ['--singular <name>', 'the same, in the singular'],
  [
    '--retry-after <seconds>',
    'with window.exhausted: seconds to the end of the hour (1 to 3600); with a lockout: how long it lasts',
  ],
  ['--latency <ms>', 'answer so much later (60000 at most); may go with the others'],
  ['--cut [bytes]', 'end the connection instead of answering, or after so many bytes'],
  ['--truncate <bytes>', 'end the connection after so many bytes of the body'],
];

export function defineFault(parent: Command): void {
  const command = parent.command('fault').description('make requests to a deployment fail on purpose');
  const add = command.command('add').description('add a fault: which requests fail, when, and how');
  for (const [flag, says] of options) add.option(flag, says);
  withDeploymentControl(add).action(
    async (flags: DeploymentFlags & Readonly<Record<string, string | true>>) => {
      const names = options.map(([flag]) => flag.slice(2).split(' ')[0] ?? '');
      const body = Object.fromEntries(
        names
          .map((name) => [name.replaceAll('-', '_'), flags[camel(name)]] as const)
          .filter(([, value]) => value !== undefined),
      );
      show(flags, [await control<Told>(flags, 'POST', faultsOf(flags), body)]);
    },
  );
  withDeploymentControl(command.command('list').description('the faults to come, in their order')).action(
    async (flags: DeploymentFlags) => {
      const { faults } = await control<{ faults: readonly Told[] }>(flags, 'GET', faultsOf(flags));
      show(flags, faults);
    },
  );
  withDeploymentControl(command.command('remove <id>').description('remove one')).action(
    async (id: string, flags: DeploymentFlags) => {
      const told = await control<object>(flags, 'DELETE', `${faultsOf(flags)}/${encodeURIComponent(id)}`);
      if (flags.json) return printJson(told);
      print(`${id} is removed`);
    },
  );
  withDeploymentControl(
    command.command('reset <id>').description('let one count from the beginning again'),
  ).action(async (id: string, flags: DeploymentFlags) => {
    show(flags, [await control<Told>(flags, 'POST', `${faultsOf(flags)}/${encodeURIComponent(id)}/reset`)]);
  });
  withDeploymentControl(command.command('clear').description('remove all of them')).action(
    async (flags: DeploymentFlags) => {
      const told = await control<{ removed: number }>(flags, 'DELETE', faultsOf(flags));
      if (flags.json) return printJson(told);
      print(`${told.removed} removed`);
    },
  );
}

const faultsOf = (flags: DeploymentFlags): string => `deployments/${deploymentOf(flags)}/faults`;

const camel = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function show({ json }: DeploymentFlags, faults: readonly Told[]): void {
  if (json) return printJson(faults);
  if (faults.length === 0) return print('no faults');
  print(table(['id', 'on', 'when', 'what', 'matches', 'hits'], faults.map(rowOf)));
}

const whens = [
  'application',
  'staff',
  'nth',
  'every',
  'probability',
  'seed',
  'times',
  'after',
  'until',
  'for',
  'from',
];
const whats = ['field', 'detail', 'object', 'singular', 'retry_after', 'latency', 'cut', 'truncate'];

function rowOf(told: Told): readonly (string | number)[] {
  const said = (names: readonly string[]): readonly string[] =>
    names.filter((name) => told[name] !== undefined).map((name) => `${name} ${told[name]}`);
  const what = [...(told.cause === undefined ? [] : [String(told.cause)]), ...said(whats)];
  return [
    told.id,
    told.on ?? '',
    said(whens).join(', ') || 'always',
    what.join(', '),
    told.matches,
    told.hits,
  ];
}
