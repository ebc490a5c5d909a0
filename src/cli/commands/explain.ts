import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { type CauseName, rowOf } from '../../contract/causes.ts';
import { Failure } from '../../contract/failure.ts';
import { statuses } from '../../contract/statuses.ts';
import { visible } from '../../contract/visible.ts';
import { listDeployments } from '../../identity/deployments.ts';
import type { LogEntry } from '../../observe/entry.ts';
import { explanationOf, outcomes, type StageOutcome } from '../../observe/explanation.ts';
import { findRequest } from '../../observe/request-log.ts';
import { paint, print, printJson } from '../print.ts';
import { placeOf, type StoreFlags, withDeploymentOptions, withStore } from '../store-options.ts';

export function define(command: Command): void {
  withDeploymentOptions(command.argument('<request-id>', 'the X-Request-Id of the answer'))
    .option('--json', 'print JSON')
    .action(explain);
}

/** The server writes its request log every half second: an answer that just arrived may not be there yet. */
const patience = 2_000;
const every = 200;

const explain = (id: string, { json, ...flags }: StoreFlags & { readonly json?: boolean }): Promise<void> =>
  withStore(flags, async ({ store, config }) => {
    const all = await listDeployments(store);
    const name = flags.deployment ?? process.env.ACCORD_DEPLOYMENT;
    const among = name === undefined ? all : all.filter((each) => each.name === name);
    if (name !== undefined && among.length === 0)
      throw new Failure(`there is no deployment named ${name}: see accord deployment list`);
    const until = performance.now() + patience;
    let found = await findRequest(
      store,
      among.map((each) => each.id),
      id,
    );
    while (!found && performance.now() < until) {
      await pause(every);
      found = await findRequest(
        store,
        among.map((each) => each.id),
        id,
      );
    }
    if (!found) {
      const logs = among.length === 1 ? `deployment ${among[0]?.name}` : `${among.length} deployments`;
      throw new Failure(
        `request ${visible(id)} was not found: looked at the request log of ${logs} in ${placeOf(config)}, and at requests of no deployment; ` +
          'check the id, --data or --database-url, and how many days the server keeps (--log-days)',
      );
    }
    const { deployment, entry } = found;
    const where = all.find((each) => each.id === deployment)?.name;
    if (json) return printJson(explanationOf(entry, where));
    tell(entry, where);
  });

const marks: Readonly<Record<StageOutcome, string>> = {
  passed: '✓',
  refused: '✗',
  'not needed': '-',
  'not reached': '·',
};
const colours = { passed: 'green', refused: 'red', 'not needed': 'gray', 'not reached': 'gray' } as const;

function tell(entry: LogEntry, deployment: string | undefined): void {
  const { cause: name } = entry;
  const from = [
    deployment === undefined ? 'no deployment' : `deployment ${deployment}`,
    ...(entry.application === undefined ? [] : [`application ${entry.application}`]),
    ...(entry.staff === undefined ? [] : [`staff ${entry.staff}`]),
    `from ${entry.address}`,
  ];
  print(
    `${paint('bold', visible(`${entry.method} ${entry.path}`))}  ${new Date(entry.at).toISOString()}  ${entry.ms} ms`,
  );
  print(`${visible(from.join(', '))}\n`);
  for (const { stage, outcome } of outcomes(entry)) {
    const told = outcome === 'refused' ? `refused: ${name}` : outcome === 'passed' ? '' : outcome;
    print(paint(colours[outcome], `  ${marks[outcome]} ${stage.padEnd(15)} ${told}`.trimEnd()));
  }
  if (entry.event !== undefined) print(`\nevent      ${entry.event}, by ${entry.by}`);
  if (entry.ignored !== undefined)
    print(`\nignored    ${visible(entry.ignored)}: this list has no such filter, order or search`);
  print(`\nanswered   HTTP ${entry.http}, ${entry.status}: ${meaningOf(entry.status)}`);
  if (name === undefined) {
    if (entry.exact !== undefined) print(`but        ${visible(entry.exact)}`);
    return;
  }
  const { because, remedy } = rowOf(name as CauseName);
  print(`because    ${name}: ${because}`);
  if (entry.field !== undefined) print(`parameter  ${visible(entry.field)}`);
  if (entry.detail !== undefined) print(`detail     ${visible(entry.detail)}`);
  if (entry.exact !== undefined) print(`exactly    ${visible(entry.exact)}`);
  print(`to succeed ${remedy}`);
}

const meaningOf = (status: string): string =>
  Object.hasOwn(statuses, status) ? statuses[status as keyof typeof statuses].meaning : '';
