import { type CauseName, rowOf } from '../contract/causes.ts';
import { type Stage, type Surface, stages, stagesOfSurface } from '../contract/stages.ts';
import type { LogEntry } from './entry.ts';

export type StageOutcome = 'passed' | 'refused' | 'not needed' | 'not reached';

/** The surface that a path is of. Everything outside of `/oauth2` has the stages of the API, or some of them. */
export function surfaceOfPath(path: string): Surface {
  const [, first, ...below] = path.split('/');
  if (first !== 'oauth2') return 'api';
  const endpoint = below[0] === 'v0' ? below[1] : below[0];
  return endpoint === 'authorize' || endpoint === 'revoke' ? endpoint : 'token';
}

/** The outcome of each stage. Of the stages of the surface, those that were entered before the one that refused the request were passed. */
export function outcomes({
  stage,
  stages: entered,
  cause,
  path,
}: Pick<LogEntry, 'stage' | 'stages' | 'cause' | 'path'>): readonly {
  readonly stage: Stage;
  readonly outcome: StageOutcome;
}[] {
  const onSurface = stagesOfSurface[surfaceOfPath(path)];
  const passed = entered ?? onSurface.slice(0, onSurface.indexOf(stage as Stage) + 1);
  const outcomeOf = (each: Stage): StageOutcome => {
    if (!onSurface.includes(each)) return 'not needed';
    if (each === stage && cause !== undefined) return 'refused';
    if (passed.includes(each)) return 'passed';
    return cause === undefined ? 'not needed' : 'not reached';
  };
  return stages.map((each) => ({ stage: each, outcome: outcomeOf(each) }));
}

/** A request and why it was answered as it was, as `accord explain --json` prints it. */
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
