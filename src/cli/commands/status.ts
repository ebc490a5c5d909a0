import type { Command } from 'commander';
import type { Cause } from '../../contract/cause.ts';
import { type CauseName, causes, rowOf } from '../../contract/causes.ts';
import { Failure } from '../../contract/failure.ts';
import { nearest } from '../../contract/nearest.ts';
import { type StatusName, statuses } from '../../contract/statuses.ts';
import { paint, print, printJson, table } from '../print.ts';

export function define(command: Command): void {
  command
    .argument('[name]', 'a status (invalid_grant) or a cause (grant.expired)')
    .option('--json', 'print JSON')
    .action(tell);
}

function tell(name: string | undefined, { json }: { readonly json?: boolean }): void {
  if (name === undefined) return everyStatus(json === true);
  if (Object.hasOwn(statuses, name)) return status(name as StatusName, json === true);
  // Every unique field has a cause of its own, all with the row of one.
  if (Object.hasOwn(causes, name) || name.endsWith('.taken')) return cause(name as CauseName, json === true);
  throw new Failure(
    `there is no status or cause named ${name}${nearest(name, [...Object.keys(statuses), ...Object.keys(causes)]) || ': accord status lists them'}`,
  );
}

const causesOf = (name: StatusName): readonly [CauseName, Cause][] =>
  (Object.entries(causes) as [CauseName, Cause][]).filter(([, { status }]) => status === name);

function everyStatus(json: boolean): void {
  const names = Object.keys(statuses) as StatusName[];
  if (json) return printJson(names.map(statusData));
  print(
    table(
      ['STATUS', 'HTTP', 'MEANING'],
      names.map((name) => [name, statuses[name].http, statuses[name].meaning]),
    ),
  );
  print('\nMore of one, with its causes: accord status NAME');
}

const statusData = (name: StatusName) => ({
  status: name,
  http: statuses[name].http,
  meaning: statuses[name].meaning,
  advice: statuses[name].advice,
  causes: causesOf(name).map(([cause]) => cause),
});

function status(name: StatusName, json: boolean): void {
  if (json)
    return printJson({ ...statusData(name), causes: causesOf(name).map(([cause]) => causeData(cause)) });
  const { http, meaning, advice } = statuses[name];
  print(`${paint('bold', name)} (HTTP ${http})`);
  print(`  means    ${meaning}`);
  print(`  to do    ${advice}`);
  const its = causesOf(name);
  if (its.length > 0)
    print(
      `\n${table(
        ['CAUSE', 'WHEN'],
        its.map(([cause, { because }]) => [cause, because]),
      )}`,
    );
}

const causeData = (name: CauseName) => {
  const { status, because, message, origin, remedy } = rowOf(name);
  return { cause: name, status, http: statuses[status].http, because, message, origin, remedy };
};

function cause(name: CauseName, json: boolean): void {
  if (json) return printJson(causeData(name));
  const { status, http, because, message, origin, remedy } = causeData(name);
  print(`${paint('bold', name)}, a cause of ${status} (HTTP ${http})`);
  print(`  when     ${because}`);
  print(`  says     ${message}`);
  print(`  to do    ${remedy}`);
  print(`  source   ${origin}`);
}
