import type { Command } from 'commander';
import type { Cause } from '../../contract/cause.ts';
import { type CauseName, causes, rowOf } from '../../contract/causes.ts';
import { Failure } from '../../contract/failure.ts';
import { nearest } from '../../contract/nearest.ts';
import { type StatusName, statuses } from '../../contract/statuses.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly json?: boolean;
}

export const summary = 'what a status or a cause means, and what to do';

export function define(command: Command, terminal: Terminal): void {
  command
    .argument('[name]', 'a status (invalid_grant) or a cause (grant.expired)')
    .option('--json', 'print JSON')
    .action((name: string | undefined, flags: Flags) => explainName(terminal, name, flags.json === true));
}

function explainName(terminal: Terminal, name: string | undefined, json: boolean): void {
  if (name === undefined) return printStatuses(terminal, json);
  if (Object.hasOwn(statuses, name)) return printStatus(terminal, name as StatusName, json);
  // Every unique field has a cause of its own, all with the row of one.
  if (Object.hasOwn(causes, name) || name.endsWith('.taken'))
    return printCause(terminal, name as CauseName, json);
  throw new Failure(
    `there is no status or cause named ${name}${nearest(name, [...Object.keys(statuses), ...Object.keys(causes)]) || ': accord status lists them'}`,
  );
}

const causesOf = (name: StatusName): readonly [CauseName, Cause][] =>
  (Object.entries(causes) as [CauseName, Cause][]).filter(([, { status }]) => status === name);

function printStatuses(terminal: Terminal, json: boolean): void {
  const names = Object.keys(statuses) as StatusName[];
  if (json) return terminal.printJson(names.map(statusData));
  terminal.printTable(
    ['STATUS', 'HTTP', 'MEANING'],
    names.map((name) => [name, statuses[name].http, statuses[name].meaning]),
  );
  terminal.print('\nMore of one, with its causes: accord status NAME');
}

const statusData = (name: StatusName) => ({
  status: name,
  http: statuses[name].http,
  meaning: statuses[name].meaning,
  advice: statuses[name].advice,
  causes: causesOf(name).map(([cause]) => cause),
});

function printStatus(terminal: Terminal, name: StatusName, json: boolean): void {
  if (json)
    return terminal.printJson({
      ...statusData(name),
      causes: causesOf(name).map(([cause]) => causeData(cause)),
    });
  const { http, meaning, advice } = statuses[name];
  terminal.print(`${terminal.paint('bold', name)} (HTTP ${http})`);
  terminal.print(`  means    ${meaning}`);
  terminal.print(`  to do    ${advice}`);
  const its = causesOf(name);
  if (its.length === 0) return;
  terminal.print('');
  terminal.printTable(
    ['CAUSE', 'WHEN'],
    its.map(([cause, { because }]) => [cause, because]),
  );
}

const causeData = (name: CauseName) => {
  const { status, because, message, origin, remedy } = rowOf(name);
  return { cause: name, status, http: statuses[status].http, because, message, origin, remedy };
};

function printCause(terminal: Terminal, name: CauseName, json: boolean): void {
  if (json) return terminal.printJson(causeData(name));
  const { status, http, because, message, origin, remedy } = causeData(name);
  terminal.print(`${terminal.paint('bold', name)}, a cause of ${status} (HTTP ${http})`);
  terminal.print(`  when     ${because}`);
  terminal.print(`  says     ${message}`);
  terminal.print(`  to do    ${remedy}`);
  terminal.print(`  source   ${origin}`);
}
