import type { Bench } from '../bench.ts';
import {
  type Difference,
  differs,
  displayed,
  mayWrite,
  NotProbed,
  type Probe,
  refusalProbe,
  refusedFor,
  succeeded,
  unless,
} from '../probe.ts';
import { fieldsOf, responseOf } from '../reading.ts';
import { api, form, json, type ProbeAnswer, type Sending } from '../sending.ts';
import { metered } from './metered.ts';

const needs = ['token', 'writes'] as const;
const list = '/companies';

const creating = (bench: Bench, values: Readonly<Record<string, string>>, more: Partial<Sending> = {}) =>
  metered(bench, `${api}${list}`, { method: 'POST', creates: list, ...form(values, more.headers), ...more });

async function sent(bench: Bench, sending: Sending): Promise<ProbeAnswer> {
  const answered = await bench.send(sending);
  mayWrite(answered);
  return answered;
}

let made = 0;
/** No two probes make a company of the same name. */
const nameFor = (bench: Bench): string => `${bench.mark} ${++made}`;

async function create(
  bench: Bench,
  more: Readonly<Record<string, string>> = {},
): Promise<{ id: string; name: string }> {
  const name = nameFor(bench);
  const answered = await sent(bench, await creating(bench, { name, ...more }));
  const { id } = fieldsOf(responseOf(answered));
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new NotProbed(`it needs a company, and none could be made (HTTP ${answered.http})`);
  return { id: String(id), name };
}

/** HTTP 200, `ok`, and an object that has this value. */
function answersObject(answered: ProbeAnswer, name: string, value: string): readonly Difference[] {
  const found = succeeded(answered);
  if (found.length > 0) return found;
  const response = fieldsOf(responseOf(answered));
  return unless(
    response[name] === value,
    `an object with ${name} ${value}`,
    displayed(responseOf(answered)),
    answered,
  );
}

const moments = ['date_created', 'date_modified', 'date_last_interacted'];
const isMoment = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && /^\d+$/.test(value));

/** Objects of its own: made, changed and removed. */
export const writes: readonly Probe[] = [
  {
    row: 'success.create',
    name: 'a company',
    needs,
    run: async (bench) => {
      const name = nameFor(bench);
      return answersObject(await sent(bench, await creating(bench, { name })), 'name', name);
    },
  },
  {
    row: 'success.bodies',
    name: 'a company in JSON',
    needs,
    run: async (bench) => {
      const name = nameFor(bench);
      const sending = await metered(bench, `${api}${list}`, {
        method: 'POST',
        creates: list,
        ...json({ name }),
      });
      const answered = await sent(bench, sending);
      const { name: got } = fieldsOf(responseOf(answered));
      return unless(
        got === name,
        'the object of the values in JSON',
        `HTTP ${answered.http}, name ${displayed(got)}`,
        answered,
      );
    },
  },
  {
    row: 'success.update',
    name: 'a company',
    needs,
    run: async (bench) => {
      const { id } = await create(bench);
      const path = `${api}${list}/${id}?_fields=website`;
      const values = form({ website: 'https://conform.invalid' });
      const answered = await sent(bench, await metered(bench, path, { method: 'PUT', ...values }));
      return answersObject(answered, 'website', 'https://conform.invalid');
    },
  },
  {
    row: 'success.delete',
    name: 'a company',
    needs,
    run: async (bench) => {
      const { id } = await create(bench);
      const path = `${api}${list}/${id}`;
      const answered = await sent(bench, await metered(bench, path, { method: 'DELETE' }));
      const found = succeeded(answered);
      if (found.length > 0) return found;
      return refusedFor('object.missing', await bench.send(await metered(bench, path)));
    },
  },
  {
    row: 'wire.kinds',
    name: 'moments, flags and text of a company',
    needs,
    run: async (bench) => {
      const comments = 'one\r\ntwo';
      const { id } = await create(bench, { comments });
      const answered = await bench.send(await metered(bench, `${api}${list}/${id}?_fields=_ALL`));
      const company = fieldsOf(responseOf(answered));
      const bad = moments.filter((name) => !isMoment(company[name]));
      if (!['0', '1'].includes(company.staff_bookmarked as string)) bad.push('staff_bookmarked');
      if (company.comments !== comments) bad.push('comments');
      const got = bad.map((name) => `${name} ${displayed(JSON.stringify(company[name]))}`).join(', ');
      return bad.length === 0
        ? []
        : [differs('unix seconds in text or null, flags "0" or "1", line ends kept', got, answered)];
    },
  },
  refusalProbe({
    row: 'parameter.missing',
    name: 'a company without a name',
    needs,
    sends: (bench) => creating(bench, { website: 'https://conform.invalid' }),
  }),
  refusalProbe({
    row: 'parameter.invalid',
    name: 'a link to what does not exist',
    needs,
    sends: (bench) => creating(bench, { name: nameFor(bench), status_id: '2147483000' }),
  }),
  refusalProbe({
    row: 'field.taken',
    name: 'a second company of that name',
    needs,
    sends: async (bench) => creating(bench, { name: (await create(bench)).name }),
  }),
  {
    row: 'idempotency.key',
    name: 'a company, twice under one key',
    ours: true,
    needs,
    run: async (bench) => {
      const name = nameFor(bench);
      const key = `conform-${name.replaceAll(/\W/g, '-')}`;
      const sending = await creating(bench, { name });
      const keyed = { ...sending, headers: { ...sending.headers, 'Idempotency-Key': key } };
      const [one, two] = [await sent(bench, keyed), await sent(bench, keyed)];
      const [first, second] = [one, two].map((each) => fieldsOf(responseOf(each)).id);
      const same = first !== undefined && first === second;
      return unless(
        same,
        `the same object, ${displayed(first)}`,
        `HTTP ${two.http}, ${displayed(second)}`,
        two,
      );
    },
  },
];
