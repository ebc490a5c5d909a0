import type { Bench } from '../bench.ts';
import { type Difference, displayed, NotProbed, type Probe, succeeded, unless } from '../probe.ts';
import { fieldsOf, responseOf } from '../reading.ts';
import { api, type ProbeAnswer } from '../sending.ts';
import { metered } from './metered.ts';

const emptyList = (row: 'list.empty' | 'list.past-end', name: string, query: string): Probe => ({
  row,
  name,
  needs: ['token'],
  run: async (bench) => {
    const answered = await bench.send(await metered(bench, `${api}/staff?${query}`));
    const response = responseOf(answered);
    const empty = Array.isArray(response) && response.length === 0;
    return first(succeeded(answered), unless(empty, '[]', displayed(response), answered));
  },
});

const first = (...found: readonly (readonly Difference[])[]): readonly Difference[] =>
  found.flat().slice(0, 1);

/** Names and values of ids in an object, in those nested too. */
function idsIn(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  return Object.entries(fieldsOf(value)).flatMap(([name, each]) =>
    name === 'id' || name.endsWith('_id') ? [[name, each] as const] : idsIn(each),
  );
}

const isId = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && /^\d*$/.test(value));

async function oneOfStaff(bench: Bench): Promise<ProbeAnswer> {
  const answered = await bench.send(await metered(bench, `${api}/staff?_limit=5&_fields=_ALL`));
  const response = responseOf(answered);
  if (!Array.isArray(response) || response.length === 0)
    throw new NotProbed('it needs an object: the list of staff is empty, or no list');
  return answered;
}

/** Pages and values of lists. */
export const lists: readonly Probe[] = [
  emptyList('list.empty', 'a filter that nothing meets', '_filters=id(2147483000)'),
  emptyList('list.past-end', 'a page far past the end', '_page=100000&_limit=10'),
  {
    row: 'list.limit',
    name: '_limit=200',
    needs: ['token'],
    run: async (bench) => {
      const answered = await bench.send(await metered(bench, `${api}/staff?_limit=200`));
      const response = responseOf(answered);
      const length = Array.isArray(response) ? response.length : 0;
      return first(succeeded(answered), unless(length <= 100, 'at most 100 objects', `${length}`, answered));
    },
  },
  {
    row: 'list.limit',
    name: '_limit=1',
    needs: ['token'],
    run: async (bench) => {
      const answered = await bench.send(await metered(bench, `${api}/staff?_limit=1`));
      const response = responseOf(answered);
      const right = Array.isArray(response) && response.length <= 1;
      return first(succeeded(answered), unless(right, 'at most 1 object', displayed(response), answered));
    },
  },
  {
    row: 'list.count',
    name: 'of staff',
    needs: ['token'],
    run: async (bench) => {
      const answered = await bench.send(await metered(bench, `${api}/staff/count`));
      const { count } = fieldsOf(responseOf(answered));
      const right = typeof count === 'string' && /^\d+$/.test(count);
      return first(
        succeeded(answered),
        unless(right, 'a count such as "12"', displayed(responseOf(answered)), answered),
      );
    },
  },
  {
    row: 'wire.ids',
    name: 'ids of staff and of what is linked',
    needs: ['token'],
    run: async (bench) => {
      const answered = await oneOfStaff(bench);
      const bad = idsIn(responseOf(answered)).filter(([, value]) => !isId(value));
      const got = bad.slice(0, 3).map(([name, value]) => `${name} ${displayed(value)}`);
      return unless(bad.length === 0, 'ids as text of digits, or null', got.join(', '), answered);
    },
  },
];
