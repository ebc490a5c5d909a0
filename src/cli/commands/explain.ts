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
import { placeOf, type StoreFlags, withDeploymentOptions, withStore } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends StoreFlags {
  readonly json?: boolean;
}

export const summary = 'why a request was answered as it was';

export function define(command: Command, terminal: Terminal): void {
  withDeploymentOptions(command.argument('<request-id>', 'the X-Request-Id of the answer'))
    .option('--json', 'print JSON')
    .action((id: string, flags: Flags) => explain(terminal, id, flags));
}

/** The server writes its request log every half second: an answer that just arrived may not be there yet. */
const waitMaxMs = 2_000;
const pollMs = 200;

const explain = (terminal: Terminal, id: string, { json, ...flags }: Flags): Promise<void> =>
  withStore(terminal, flags, async ({ store, config }) => {
    const all = await listDeployments(store);
    const name = flags.deployment ?? terminal.environment.ACCORD_DEPLOYMENT;
    const among = name === undefined ? all : all.filter((each) => each.name === name);
    if (name !== undefined && among.length === 0)
      throw new Failure(`there is no deployment named ${name}: see accord deployment list`);
    const until = performance.now() + waitMaxMs;
    const deployments = among.map((each) => each.id);
    let found = await findRequest(store, deployments, id);
    while (!found && performance.now() < until) {
      await pause(pollMs);
      found = await findRequest(store, deployments, id);
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
    if (json) return terminal.printJson(explanationOf(entry, where));
    printEntry(terminal, entry, where);
  });

const marks: Readonly<Record<StageOutcome, string>> = {
  passed: '✓',
  refused: '✗',
  'not needed': '-',
  'not reached': '·',
};
const labels = { passed: '', 'not needed': 'not needed', 'not reached': 'not reached' } as const;
const colours = { passed: 'green', refused: 'red', 'not needed': 'gray', 'not reached': 'gray' } as const;

function printEntry(terminal: Terminal, entry: LogEntry, deployment: string | undefined): void {
  const { cause: name } = entry;
  const from = [
    deployment === undefined ? 'no deployment' : `deployment ${deployment}`,
    ...(entry.application === undefined ? [] : [`application ${entry.application}`]),
    ...(entry.staff === undefined ? [] : [`staff ${entry.staff}`]),
    `from ${entry.address}`,
  ];
  terminal.print(
    `${terminal.paint('bold', visible(`${entry.method} ${entry.path}`))}  ${new Date(entry.at).toISOString()}  ${entry.ms} ms`,
  );
  terminal.print(`${visible(from.join(', '))}\n`);
  for (const { stage, outcome } of outcomes(entry)) {
    const label = { ...labels, refused: `refused: ${name}` }[outcome];
    terminal.print(
      terminal.paint(colours[outcome], `  ${marks[outcome]} ${stage.padEnd(15)} ${label}`.trimEnd()),
    );
  }
  if (entry.event !== undefined) terminal.print(`\nevent      ${entry.event}, by ${entry.by}`);
  if (entry.ignored !== undefined)
    terminal.print(`\nignored    ${visible(entry.ignored)}: this list has no such filter, order or search`);
  terminal.print(`\nanswered   HTTP ${entry.http}, ${entry.status}: ${meaningOf(entry.status)}`);
  if (name === undefined) {
    if (entry.exact !== undefined) terminal.print(`but        ${visible(entry.exact)}`);
    return;
  }
  const { because, remedy } = rowOf(name as CauseName);
  terminal.print(`because    ${name}: ${because}`);
  if (entry.field !== undefined) terminal.print(`parameter  ${visible(entry.field)}`);
  if (entry.detail !== undefined) terminal.print(`detail     ${visible(entry.detail)}`);
  if (entry.exact !== undefined) terminal.print(`exactly    ${visible(entry.exact)}`);
  terminal.print(`to succeed ${remedy}`);
}

const meaningOf = (status: string): string =>
  Object.hasOwn(statuses, status) ? statuses[status as keyof typeof statuses].meaning : '';
