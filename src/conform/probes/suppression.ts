import { type StatusName, statuses } from '../../contract/statuses.ts';
import type { Bench } from '../bench.ts';
import { type Difference, differs, type Probe } from '../probe.ts';
import { type BodyFormat, isFormat, metaIn } from '../reading.ts';
import { api, form, type ProbeAnswer, type Sending } from '../sending.ts';
import { metered } from './metered.ts';

const switches = ['_suppress_message', '_suppress_http_status', '_suppress_meta'] as const;
type Switch = (typeof switches)[number];

const combinations: readonly (readonly Switch[])[] = Array.from({ length: 8 }, (_, bits) =>
  switches.filter((_, i) => bits & (1 << i)),
);
const types: Readonly<Record<BodyFormat, string>> = {
  json: 'application/json',
  xml: 'application/xml',
  yaml: 'application/yaml',
};

/** What an answer has to say under these suppressions: the status can be recovered each time. */
function underSuppression(
  answered: ProbeAnswer,
  status: StatusName,
  asked: readonly Switch[],
  format: BodyFormat,
): readonly Difference[] {
  const { http: real } = statuses[status];
  const bare = asked.includes('_suppress_meta');
  const muted = asked.includes('_suppress_http_status');
  const silent = asked.includes('_suppress_message');
  // Without meta nothing else would tell.
  const http = muted && !bare ? 200 : real;
  const meta = isFormat(answered.text, format) ? metaIn(answered.text, format) : undefined;
  const expected = bare
    ? `HTTP ${http}, no meta`
    : `HTTP ${http}, meta.status ${status}${muted ? `, response_code ${real}` : ''}${silent ? ', no message, no more_info' : ', message, more_info'}`;
  const right =
    answered.http === http &&
    isFormat(answered.text, format) &&
    (bare
      ? meta === undefined
      : meta?.status === status &&
        meta.response_code === (muted ? String(real) : undefined) &&
        (meta.message === undefined) === silent &&
        (meta.more_info === undefined) === silent);
  if (right) return [];
  const got = `HTTP ${answered.http}, ${
    meta === undefined
      ? 'no meta'
      : Object.entries(meta)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')
  }`;
  return [differs(`${asked.join(', ') || 'nothing suppressed'} (${format}): ${expected}`, got, answered)];
}

interface Suppressed extends Pick<Probe, 'row' | 'name' | 'needs'> {
  readonly status: StatusName;
  readonly sends: (bench: Bench, path: string) => Promise<Sending> | Sending;
  readonly path: string;
}

const all = ({ row, name, needs, status, sends, path }: Suppressed): Probe => ({
  row,
  name,
  needs,
  run: async (bench) => {
    const found: Difference[] = [];
    for (const asked of combinations)
      for (const format of ['json', 'xml', 'yaml'] as const) {
        const query = asked.map((each) => `${each}=1`).join('&');
        const mark = path.includes('?') ? '&' : '?';
        const sending = await sends(bench, query === '' ? path : `${path}${mark}${query}`);
        const headers = { ...sending.headers, Accept: types[format] };
        found.push(...underSuppression(await bench.send({ ...sending, headers }), status, asked, format));
      }
    return found;
  },
});

const valued = (name: string, muted: boolean, sends: (bench: Bench) => Promise<Sending>): Probe => ({
  row: 'suppression.values',
  name,
  needs: ['token'],
  run: async (bench) =>
    underSuppression(
      await bench.send(await sends(bench)),
      'invalid_request',
      muted ? ['_suppress_http_status'] : [],
      'json',
    ),
});

const missing = `${api}/companies/2147483000`;

/** Eight combinations of three switches, in three formats. */
export const suppression: readonly Probe[] = [
  all({
    row: 'suppression.before-authentication',
    name: 'a resource without a token: 8 combinations in 3 formats',
    needs: [],
    status: 'invalid_client',
    sends: (_, path) => ({ path }),
    path: `${api}/staff`,
  }),
  all({
    row: 'suppression.authenticated',
    name: 'an object that does not exist: 8 combinations in 3 formats',
    needs: ['token'],
    status: 'invalid_request',
    sends: metered,
    path: missing,
  }),
  all({
    row: 'suppression.success',
    name: 'a list: 8 combinations in 3 formats',
    needs: ['token'],
    status: 'ok',
    sends: metered,
    path: `${api}/staff?_limit=1`,
  }),
  valued('yes', true, (bench) => metered(bench, `${missing}?_suppress_http_status=yes`)),
  valued('true is no value of it', false, (bench) => metered(bench, `${missing}?_suppress_http_status=true`)),
  valued('in the body', true, (bench) => metered(bench, missing, form({ _suppress_http_status: '1' }))),
];
