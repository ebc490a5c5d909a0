import { type CauseName, rowOf } from '../contract/causes.ts';
import { type Stage, stages } from '../request/trail.ts';
import type { LogEntry } from './entry.ts';

export type StageOutcome = 'passed' | 'refused' | 'not needed' | 'not reached';

/** Stages that OAuth endpoints do not have: they are neither limited nor counted, and take no scope. */
const resourcesOnly: readonly Stage[] = ['rate-limit', 'permission', 'representation'];

/** What became of each stage, by what the request says of itself: those entered before the one that refused were passed. */
export function outcomes({
  stage,
  stages: odd,
  cause,
  path,
}: Pick<LogEntry, 'stage' | 'stages' | 'cause' | 'path'>): readonly {
  readonly stage: Stage;
  readonly outcome: StageOutcome;
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

/** A request and why it ended as it did, as `accord explain --json` prints it. */
export function explanationOf(entry: LogEntry, deployment: string | undefined) {
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
