import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { randomOf } from '../mutation/random.ts';

const x = 1_700_000_000;
const past = x - 86_400;
const future = x + 86_400;

/** What docs/guides/dates.md says: which of an object without the date, one before `x`, one at `x` and one after it are found. */
const table: readonly (readonly [filter: string, found: string])[] = [
  ['date_end_before(0)', '1000'],
  [`date_end_before(${x})`, '1100'],
  ['date_end_after(0)', '0111'],
  [`date_end_after(${x})`, '0001'],
  ['empty(date_end)', '1000'],
  ['date_end(0)', '1000'],
  [`date_end(${x})`, '0010'],
  [`date_end(0,${x})`, '1010'],
  ['date_end_less_than(0)', '1000'],
  ['date_end_less_than_or_equal(0)', '1000'],
  [`date_end_less_than_or_equal(${x})`, '1110'],
  ['date_end_greater_than(0)', '0111'],
  ['date_end_greater_than_or_equal(0)', '1111'],
  [`date_end_greater_than_or_equal(${x})`, '0011'],
  ['date_end_before_not(0)', '0111'],
  [`date_end_before_not(${x})`, '0011'],
  ['date_end_after_not(0)', '1000'],
  [`date_end_after_not(${x})`, '1110'],
  [`date_end_before(${x}),date_end_after(0)`, '0100'],
  ['_OR(date_end_before(0),date_end_after(1800000000))', '1000'],
  [`_AND(date_end_before(0),_OR(date_end_after(${x}),empty(date_end)))`, '1000'],
];

type Value = number | null;
interface Row {
  readonly id: number;
  readonly date_start: Value;
  readonly date_end: Value;
}
type Node =
  | {
      readonly field: 'date_start' | 'date_end';
      readonly test: string;
      readonly values: readonly number[];
      readonly not: boolean;
    }
  | { readonly group: '_AND' | '_OR'; readonly of: readonly Node[] };

/** The plain model: unset is 0. */
const tests: Readonly<Record<string, (value: number, values: readonly number[]) => boolean>> = {
  '': (value, values) => values.includes(value),
  _before: (value, [than = 0]) => (than === 0 ? value === 0 : value < than),
  _after: (value, [than = 0]) => value > than,
  _less_than: (value, [than = 0]) => (than === 0 ? value === 0 : value < than),
  _less_than_or_equal: (value, [than = 0]) => value <= than,
  _greater_than: (value, [than = 0]) => value > than,
  _greater_than_or_equal: (value, [than = 0]) => value >= than,
  empty: (value) => value === 0,
};

function holds(node: Node, row: Row): boolean {
  if ('group' in node)
    return node.group === '_AND'
      ? node.of.every((each) => holds(each, row))
      : node.of.some((each) => holds(each, row));
  return tests[node.test]?.(row[node.field] ?? 0, node.values) !== node.not;
}

const nameOf = (node: Exclude<Node, { group: string }>): string =>
  `${node.test === 'empty' ? 'empty' : node.field + node.test}${node.not ? '_not' : ''}`;
const valuesOf = (node: Exclude<Node, { group: string }>): readonly (string | number)[] =>
  node.test === 'empty' ? [node.field] : node.values;
const textOf = (node: Node): string =>
  'group' in node
    ? `${node.group}(${node.of.map(textOf).join()})`
    : `${nameOf(node)}(${valuesOf(node).join()})`;
const jsonOf = (node: Node): object =>
  'group' in node ? { [node.group]: node.of.map(jsonOf) } : { [nameOf(node)]: valuesOf(node) };

function nodesOf(random: () => number, depth: number): readonly Node[] {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const nodes = Array.from({ length: 1 + Math.floor(random() * 3) }, (): Node => {
    if (depth > 0 && random() < 0.4)
      return { group: pick(['_AND', '_OR'] as const), of: nodesOf(random, depth - 1) };
    const name = pick(Object.keys(tests));
    const values = [pick([0, 1, past, x, future]), ...(name === '' && random() < 0.5 ? [0] : [])];
    return { field: pick(['date_start', 'date_end'] as const), test: name, values, not: random() < 0.3 };
  });
  // Of a filter that is repeated only the last one counts: here each comes once.
  const names = nodes.map((node, at) => ('group' in node ? at : nameOf(node)));
  return nodes.filter((_, at) => names.indexOf(names[at] as string) === at);
}

onEveryEngine('dates in filters', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  const rows: Row[] = [];
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
    for (const date_start of [null, past, x, future])
      for (const date_end of [null, past, x, future]) {
        const values = { date_start, date_end };
        const id = await tenant.put('holidays', { title: 'Xmas', staff_id: tenant.admin, ...values });
        rows.push({ id, ...values });
      }
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const idsIn = (reply: Read): readonly number[] => {
    assert.equal(reply.http, 200, reply.text);
    return (reply.json.response as readonly { id: string }[]).map(({ id }) => Number(id));
  };
  const inJson = async (filters: unknown): Promise<readonly number[]> =>
    idsIn(await tenant.api('POST', '/api/v0/holidays', { _method: 'GET', _limit: 100, _filters: filters }));
  const inForm = async (filters: string): Promise<readonly number[]> =>
    idsIn(await tenant.post('/api/v0/holidays?_method=get', { _limit: '100', _filters: filters }));

  test('are found as the table of docs/guides/dates.md says', async () => {
    const four = [null, past, x, future].map((end) =>
      rows.find((row) => row.date_start === x && row.date_end === end),
    );
    for (const [filter, found] of table) {
      const ids = await inForm(filter);
      assert.equal(four.map((row) => Number(ids.includes(row?.id ?? 0))).join(''), found, filter);
    }
  });

  test('are found as a plain model finds them, in any combination, as a form and as JSON', async () => {
    const random = randomOf(39);
    for (let round = 0; round < 120; round++) {
      const nodes = nodesOf(random, 2);
      const text = nodes.map(textOf).join();
      const expected = rows.filter((row) => nodes.every((node) => holds(node, row))).map(({ id }) => id);
      assert.deepEqual(await inForm(text), expected, text);
      assert.deepEqual(await inJson(nodes.map(jsonOf)), expected, text);
      const count = await tenant.post('/api/v0/holidays/count?_method=get', { _filters: text });
      assert.deepEqual(count.json.response, { count: String(expected.length) }, text);
    }
  });

  test('a date that is written as 0, however it is written, is unset', async () => {
    const company = await tenant.put('companies', { name: 'MomCorp' });
    const task = {
      title: 'Fuel',
      against_type: 'company',
      against_id: String(company),
      date_started: String(x),
    };
    const made: string[] = [];
    for (const date_due of ['0', '00', '']) {
      const { json } = await tenant.post('/api/v0/tasks', { ...task, date_due });
      made.push((json.response as { id: string }).id);
    }
    const { json } = await tenant.api('POST', '/api/v0/tasks', { ...task, date_due: 0 });
    made.push((json.response as { id: string }).id);
    const set = await tenant.post('/api/v0/tasks', { ...task, date_due: String(past) });
    const { id } = set.json.response as { id: string };
    const due = async (filters: string) =>
      idsIn(await tenant.get(`/api/v0/tasks?_filters=${filters}`)).map(String);
    assert.deepEqual(await due('date_due_before(0)'), made);
    assert.deepEqual(await due('date_due_before(00)'), made);
    assert.deepEqual(await due('date_due_after(0)'), [id]);
    assert.equal((await tenant.api('PUT', `/api/v0/tasks/${id}`, { date_due: 0 })).http, 200);
    assert.deepEqual(await due('_OR(date_due_before(0),date_due_after(1))'), [...made, id]);
  });

  test('the idiom of a client: not started yet, and not expired', async () => {
    const company = await tenant.put('companies', { name: 'Planet Express' });
    const contract = (date_started: Value, date_expires: Value) =>
      tenant.put('contracts', {
        title: 'Delivery',
        against_type: 'company',
        against_id: company,
        date_started,
        date_expires,
      });
    const lasting = await contract(past, null);
    const running = await contract(past, future);
    await contract(past, past);
    await contract(future, null);
    const filters = {
      _AND: {
        date_started_before: [String(x)],
        _OR: {
          _OR: { date_expires_after: [String(x)], empty: ['date_expires'] },
          date_expires_before: ['0'],
        },
      },
    };
    const reply = await tenant.api('POST', '/api/v0/contracts', { _method: 'GET', _filters: filters });
    assert.deepEqual(idsIn(reply), [lasting, running]);
  });
});
