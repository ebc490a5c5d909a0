import type { Tree } from '../contract/answer.ts';
import { ControlError } from '../contract/control-error.ts';
import type { Reads } from '../runs/recording/exchange.ts';
import { writeRun } from '../runs/recording/file.ts';
import type { Run } from '../runs/recording/run.ts';
import type { Runs } from '../runs/recording/runs.ts';
import { isReportFormat, reportFormats } from '../runs/report/formats.ts';
import { reportOf } from '../runs/report/report.ts';
import { textIn } from './asked.ts';
import { type ControlAsked, type ControlRoute, ControlText } from './control-route.ts';

const told = ({ state }: Run): Tree => {
  const { name, started, ended, exchanges, dropped, bodiesDropped, missed } = state;
  return {
    name,
    on: ended === undefined,
    started,
    ended: ended ?? null,
    exchanges,
    dropped,
    bodiesDropped,
    missed,
  };
};

/** In place of the name of a run: the one that is on, else the latest. */
const latest = '@latest';

const nameIn = ({ names }: ControlAsked): string | undefined =>
  names.run === latest ? undefined : names.run;

/** What the control API says about runs. */
export function runRoutes(runs: Runs): readonly ControlRoute[] {
  const path = 'deployments/{deployment}/runs';
  return [
    {
      method: 'POST',
      path,
      says: 'starts a run: from now on what clients send and get is recorded; `name` is made up unless given',
      run: async (asked) => told(runs.start(asked.deployment.id, textIn(asked, 'name'))),
    },
    {
      method: 'GET',
      path,
      says: 'the runs that are kept, the oldest first',
      run: async ({ deployment }) => runs.list(deployment.id).map(told),
    },
    {
      method: 'POST',
      path: `${path}/end`,
      says: 'ends the run that is on',
      run: async ({ deployment }) => told(runs.end(deployment.id)),
    },
    {
      method: 'GET',
      path: `${path}/{run}`,
      says: `a run and its exchanges, one JSON object a line; \`${latest}\` is the one that is on, else the latest`,
      run: async (asked) => {
        const { state, recorded } = runs.find(asked.deployment.id, nameIn(asked));
        return new ControlText('application/x-ndjson; charset=utf-8', writeRun(state, recorded));
      },
    },
    {
      method: 'DELETE',
      path: `${path}/{run}`,
      says: 'forgets a run',
      run: async (asked) => ({ removed: runs.remove(asked.deployment.id, nameIn(asked)).state.name }),
    },
    {
      method: 'GET',
      path: `${path}/{run}/report`,
      says: 'what the client did wrong, and which statuses and causes it has met; `format` is text, junit, sarif or json (json)',
      run: async (asked) => {
        const format = textIn(asked, 'format') ?? 'json';
        if (!isReportFormat(format))
          throw new ControlError(`format wants one of ${Object.keys(reportFormats).join(', ')}`);
        const { state, recorded } = runs.find(asked.deployment.id, nameIn(asked));
        const { type, write } = reportFormats[format];
        return new ControlText(type, write(await reportOf(state, recorded)));
      },
    },
    {
      method: 'POST',
      path: `${path}/{run}/read`,
      says: 'which fields of its answers the client has read: `reads`, a list of {request, given, read} or {request, unseen}',
      run: async (asked) => {
        const reads = readsIn(asked.values.get('reads'));
        runs.find(asked.deployment.id, nameIn(asked)).read(reads);
        return { taken: reads.length };
      },
    },
  ];
}

const readsMax = 1_000;
const fieldsMax = 500;

function readsIn(sent: unknown): readonly Reads[] {
  if (!Array.isArray(sent) || sent.length > readsMax)
    throw new ControlError(`reads wants a list of at most ${readsMax}`);
  return sent.map((each: unknown): Reads => {
    const { request, given = [], read = [], unseen } = (each ?? {}) as Partial<Record<keyof Reads, unknown>>;
    if (typeof request !== 'string' || request.length > 200)
      throw new ControlError('request wants the X-Request-Id of an answer');
    const names = (list: unknown): readonly string[] => {
      if (Array.isArray(list) && list.length <= fieldsMax && list.every(isName)) return list;
      throw new ControlError(`given and read want lists of at most ${fieldsMax} names of fields`);
    };
    return {
      request,
      given: names(given),
      read: names(read),
      ...(typeof unseen === 'string' ? { unseen: unseen.slice(0, 200) } : {}),
    };
  });
}

const isName = (each: unknown): each is string => typeof each === 'string' && /^[\w.-]{1,200}$/.test(each);
