import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { controlOf, type DeploymentFlags, type SandboxControl, withDeploymentControl } from './control.ts';

interface FaultState {
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
  ['--nth <n>', 'the nth one; with --times so many from then on, with --for all within so many seconds'],
  ['--every <n>', 'every nth one'],
  ['--probability <p>', 'with this probability, such as 0.25'],
  ['--seed <text>', 'the same seed chooses the same requests'],
  ['--times <n>', 'at most so many requests'],
  [
    '--after <moment>',
    'not before this time of the deployment’s clock: unix seconds or 2027-01-31T12:00:00Z',
  ],
  ['--until <moment>', 'not after this time'],
  ['--for <seconds>', 'for so many seconds'],
  ['--from <now|hit>', 'what --for counts from: now, or the first hit (hit with --nth, else now)'],
  [
    '--cause <cause>',
    'refuse it with this cause of the contract, such as name.taken (docs/reference/statuses.md)',
  ],
  ['--field <name>', 'the parameter that the message names'],
  ['--detail <text>', 'the detail that the message gives'],
  ['--object <title>', 'the object that the message names'],
  ['--singular <name>', 'its kind, in the singular'],
  [
    '--retry-after <seconds>',
    'with window.exhausted: seconds to the end of the hour (1 to 3600); with a lockout: how long it lasts',
  ],
  ['--latency <ms>', 'answer so many milliseconds later (60000 at most); goes with any other'],
  ['--cut [bytes]', 'end the connection instead of answering, or after so many bytes'],
  ['--truncate <bytes>', 'end the connection after so many bytes of the body'],
];

export function defineFault(parent: Command, terminal: Terminal): void {
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
      const control = controlOf(terminal, flags);
      printFaults(terminal, flags, [await control.json<FaultState>('POST', faultsOf(control), body)]);
    },
  );
  withDeploymentControl(
    command.command('list').description('list the faults, in the order in which they are tried'),
  ).action(async (flags: DeploymentFlags) => {
    const control = controlOf(terminal, flags);
    const { faults } = await control.json<{ faults: readonly FaultState[] }>('GET', faultsOf(control));
    printFaults(terminal, flags, faults);
  });
  withDeploymentControl(command.command('remove <id>').description('remove a fault')).action(
    async (id: string, flags: DeploymentFlags) => {
      const control = controlOf(terminal, flags);
      const removed = await control.json<object>('DELETE', faultsOf(control, id));
      if (flags.json) return terminal.printJson(removed);
      terminal.print(`${id} is removed`);
    },
  );
  withDeploymentControl(
    command.command('reset <id>').description('count the matches and hits of a fault from zero again'),
  ).action(async (id: string, flags: DeploymentFlags) => {
    const control = controlOf(terminal, flags);
    printFaults(terminal, flags, [await control.json<FaultState>('POST', `${faultsOf(control, id)}/reset`)]);
  });
  withDeploymentControl(command.command('clear').description('remove all faults')).action(
    async (flags: DeploymentFlags) => {
      const control = controlOf(terminal, flags);
      const { removed } = await control.json<{ removed: number }>('DELETE', faultsOf(control));
      if (flags.json) return terminal.printJson({ removed });
      terminal.print(`${removed} removed`);
    },
  );
}

const faultsOf = ({ deployment }: SandboxControl, id?: string): string =>
  `deployments/${deployment}/faults${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

const camel = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function printFaults(terminal: Terminal, { json }: DeploymentFlags, faults: readonly FaultState[]): void {
  if (json) return terminal.printJson(faults);
  if (faults.length === 0) return terminal.print('no faults');
  terminal.printTable(['id', 'on', 'when', 'what', 'matches', 'hits'], faults.map(rowOf));
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

function rowOf(fault: FaultState): readonly (string | number)[] {
  const given = (names: readonly string[]): readonly string[] =>
    names.filter((name) => fault[name] !== undefined).map((name) => `${name} ${fault[name]}`);
  const what = [...(fault.cause === undefined ? [] : [String(fault.cause)]), ...given(whats)];
  return [
    fault.id,
    fault.on ?? '',
    given(whens).join(', ') || 'always',
    what.join(', '),
    fault.matches,
    fault.hits,
  ];
}
