import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { type CauseName, rowOf } from '../contract/causes.ts';
import { statuses } from '../contract/statuses.ts';
import { listDeployments } from '../identity/deployments.ts';
import type { Entry } from '../observe/entry.ts';
import { findRequest } from '../observe/request-log.ts';
import { type Stage, stages } from '../request/trail.ts';
import { Failure } from './failure.ts';
import { paint, print, printJson, visible } from './print.ts';
import { placeOf, type StoreFlags, withDeploymentOptions, withStore } from './store-options.ts';

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

type Outcome = 'passed' | 'refused' | 'not needed' | 'not reached';

/** Stages that OAuth endpoints do not have: they are neither limited nor counted, and take no scope. */
const resourcesOnly: readonly Stage[] = ['rate-limit', 'permission', 'representation'];

/** What became of each stage, by what the request says of itself: those entered before the one that refused were passed. */
export function outcomes({
  stage,
  stages: odd,
  cause,
  path,
}: Pick<Entry, 'stage' | 'stages' | 'cause' | 'path'>): readonly {
  readonly stage: Stage;
  readonly outcome: Outcome;
}[] {
  const last = stages.indexOf(stage as Stage);
  const entered: ReadonlySet<string> = new Set(odd ?? stages.slice(0, last + 1));
  const oauth = path === '/oauth2' || path.startsWith('/oauth2/');
  return stages.map((each) => {
    if (oauth && resourcesOnly.includes(each)) return { stage: each, outcome: 'not needed' };
    if (each === stage && cause !== undefined) return { stage: each, outcome: 'refused' };
    if (entered.has(each)) return { stage: each, outcome: 'passed' };
    return { stage: each, outcome: cause === undefined ? 'not needed' : 'not reached' };
  });
}

const marks: Readonly<Record<Outcome, string>> = {
  passed: '✓',
  refused: '✗',
  'not needed': '-',
  'not reached': '·',
};
const colours = { passed: 'green', refused: 'red', 'not needed': 'gray', 'not reached': 'gray' } as const;

function tell(entry: Entry, deployment: string | undefined): void {
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

/** A request and why it ended as it did, as `accord explain --json` prints it. */
export function explanationOf(entry: Entry, deployment: string | undefined) {
  const {
    id,
    at,
    method,
    path,
    http,
    status,
    cause,
    field,
    detail,
    exact,
    ignored,
    route,
    application,
    staff,
    event,
    by,
    address,
    ms,
  } = entry;
  const row = cause === undefined ? undefined : rowOf(cause as CauseName);
  return {
    id,
    at,
    method,
    path,
    http,
    status,
    stages: outcomes(entry),
    cause:
      row === undefined
        ? null
        : {
            name: cause,
            because: row.because,
            field: field ?? null,
            detail: detail ?? null,
            exact: exact ?? null,
            remedy: row.remedy,
          },
    ...(row === undefined && exact !== undefined ? { exact } : {}),
    ...(ignored === undefined ? {} : { ignored }),
    route: route ?? null,
    deployment: deployment ?? null,
    application: application ?? null,
    staff: staff ?? null,
    ...(event === undefined ? {} : { event, by }),
    address,
    ms,
  };
}
