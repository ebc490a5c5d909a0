import { type Probe, type RefusedProbe, refusalProbe, succeeded, unless } from '../probe.ts';
import { responseOf } from '../reading.ts';
import { api, form, json } from '../sending.ts';
import { metered } from './metered.ts';

const nowhere = 2_147_483_000;

const asked = (
  row: RefusedProbe['row'],
  name: string,
  path: string,
  more: Parameters<typeof metered>[2] = {},
): Probe => refusalProbe({ row, name, needs: ['token'], sends: (bench) => metered(bench, path, more) });

const missing = (method: 'PUT' | 'DELETE', name: string): Probe =>
  refusalProbe({
    row: 'object.missing',
    name,
    needs: ['token', 'writes'],
    sends: (bench) =>
      metered(bench, `${api}/companies/${nowhere}`, {
        method,
        ...(method === 'PUT' ? form({ fax: '1' }) : {}),
      }),
  });

/** How a request is understood, and what is not. */
export const requests: readonly Probe[] = [
  asked('resource.unknown', 'monkeys', '/public_api/v0/monkeys'),
  asked('resource.unknown', 'what could not be an id', `${api}/staff/monkeys`),
  asked('version.unknown', 'v2000', '/public_api/v2000/staff'),
  asked('method.unknown', '_method=brew', `${api}/staff?_method=brew`, { method: 'POST' }),
  asked('object.missing', 'an id that does not exist', `${api}/companies/${nowhere}`),
  asked(
    'object.missing',
    'contacts of a company that does not exist',
    `${api}/companies/${nowhere}/contacts`,
  ),
  missing('PUT', 'an update of what does not exist'),
  missing('DELETE', 'a deletion of what does not exist'),
  asked('parameter.invalid', 'a filter value of the wrong kind', `${api}/staff?_filters=id(twelve)`),
  asked('parameter.invalid', 'a page before the first', `${api}/staff?_page=-1`),
  asked('parameter.invalid', 'a limit of nothing', `${api}/staff?_limit=0`),
  asked('parameter.repeated', 'twice in the query', `${api}/staff?_limit=1&_limit=2`),
  asked('body.malformed', 'JSON that breaks off', `${api}/staff?_method=get`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"_limit": "1"',
  }),
  asked('body.malformed', 'a path that is no percent-encoding', `${api}/staff/%zz`),
  {
    row: 'method.override',
    name: '_method=get in the query of a POST',
    needs: ['token'],
    run: async (bench) =>
      succeeded(
        await bench.send(
          await metered(bench, `${api}/staff?_method=get`, { method: 'POST', ...json({ _limit: 1 }) }),
        ),
      ),
  },
  {
    row: 'method.override',
    name: '_method of GET in the JSON body of a POST',
    needs: ['token'],
    run: async (bench) =>
      succeeded(
        await bench.send(
          await metered(bench, `${api}/staff`, { method: 'POST', ...json({ _method: 'GET', _limit: 1 }) }),
        ),
      ),
  },
  {
    row: 'method.head',
    name: 'a list',
    needs: ['token'],
    run: async (bench) => {
      const { http, rest } = await bench.bare(
        await metered(bench, `${api}/staff?_limit=1`, { method: 'HEAD' }),
      );
      return unless(http === 200 && rest === 0, 'HTTP 200 and no body', `HTTP ${http} and ${rest} bytes`);
    },
  },
  {
    row: 'body.on-get',
    name: 'a filter in the form of a GET',
    needs: ['token'],
    run: async (bench) => {
      const answered = await bench.send(
        await metered(bench, `${api}/staff`, { ...form({ _filters: `id(${nowhere})` }) }),
      );
      const response = responseOf(answered);
      const found = Array.isArray(response) ? `${response.length} objects` : 'no list';
      return [
        ...succeeded(answered),
        ...unless(
          Array.isArray(response) && response.length === 0,
          'the filter is read: no object',
          found,
          answered,
        ),
      ].slice(0, 1);
    },
  },
  {
    row: 'fields.unknown',
    name: '_fields=monkeys',
    needs: ['token'],
    run: async (bench) =>
      succeeded(await bench.send(await metered(bench, `${api}/staff?_limit=1&_fields=monkeys`))),
  },
  {
    row: 'filters.unknown',
    name: '_filters=monkeys(1),order_by_asc(monkeys)',
    needs: ['token'],
    run: async (bench) => {
      const path = `${api}/staff?_limit=1&_filters=monkeys(1),order_by_asc(monkeys)`;
      return succeeded(await bench.send(await metered(bench, path)));
    },
  },
];
