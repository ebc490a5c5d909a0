import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;

const most = 40;
const together = <T>(work: (i: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: most }, (_, i) => work(i)));

/** What is read before it is acted upon is still so when many do it at once. */
onEveryEngine('many at once', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const api = (method: string, path: string, body?: unknown): Promise<Read> =>
    tenant.api(method, `/api/v0/${path}`, body);
  const got = async <T>(path: string): Promise<T> => (await api('GET', path)).json.response as T;
  const good = (replies: readonly Read[]): number => replies.filter(({ http }) => http === 200).length;

  test('run a progression once, and leave one row of history', async () => {
    const open = await tenant.put('issue_statuses', { title: 'Open', standing: 'open' });
    const closed = await tenant.put('issue_statuses', { title: 'Closed', standing: 'closed' });
    const move = await tenant.put('issue_progressions', { title: 'Close', from: open, status: closed });
    const issue = await tenant.put('issues', { title: 'Leak', status: open, standing: 'open' });
    const replies = await together(() => api('POST', `issues/${issue}/progressions/${move}/auto`));
    assert.equal(good(replies), 1);
    const refused = replies.filter(({ http }) => http !== 200);
    assert.deepEqual([...new Set(refused.map(({ cause }) => cause))], ['parameter.invalid']);
    const history = await got<Row[]>(`progressions/history?_limit=100&_filters=against(issue(${issue}))`);
    assert.equal(history.length, 1);
  });

  test('close a contract period once', async () => {
    const contract = await tenant.put('contracts', { title: 'Delivery' });
    const period = await tenant.put('contract_periods', { contract, standing: 'opened' });
    const replies = await together(() => api('POST', `contracts/periods/${period}/close`));
    assert.equal(good(replies), 1, replies[0]?.text);
  });

  test('start many timers of one person: one runs', async () => {
    const ids: number[] = [];
    for (let i = 0; i < most; i++)
      ids.push(await tenant.put('timers', { subject: `T${i}`, owner_type: 'staff', owner_id: tenant.admin }));
    const replies = await together((i) => api('POST', `timers/${ids[i]}/start`));
    assert.equal(good(replies), most, replies.find(({ http }) => http !== 200)?.text);
    assert.equal((await got<Row[]>('timers?_limit=100&_filters=status(running)')).length, 1);
  });

  test('give a profile field its first value: the last one stays, and nobody is refused', async () => {
    const company = await tenant.put('companies', { name: 'MomCorp' });
    const field = await tenant.put('profile_fields', {
      field_name: 'Motto',
      field_type: 'text',
      link_type: 'company',
    });
    const replies = await together((i) =>
      api('POST', `companies/${company}/profiles/fields/${field}`, { value: `v${i}` }),
    );
    assert.equal(good(replies), most, replies.find(({ http }) => http !== 200)?.text);
    assert.equal((await got<Row[]>(`companies/${company}/profiles/values`)).length, 1);
  });

  test('change the time of one activity: what remains of its task follows the last', async () => {
    const company = await tenant.put('companies', { name: 'Planet Express' });
    const task = await tenant.put('tasks', {
      title: 'Fuel',
      remaining: 100_000,
      against_type: 'company',
      against_id: company,
    });
    const made = await api('POST', 'activities', {
      subject: 'Fuelling',
      medium: 'note',
      against_type: 'task',
      against_id: String(task),
      time_billable: '0',
      billable: '10',
    });
    assert.equal(made.http, 200, made.text);
    const { id } = made.json.response as Row;
    const replies = await together((i) => api('PUT', `activities/${id}`, { billable: String(100 + i) }));
    assert.equal(good(replies), most, replies.find(({ http }) => http !== 200)?.text);
    const { remaining, logged } = await got<Row>(`tasks/${task}?_fields=remaining,logged`);
    assert.equal(Number(remaining), 100_000 - Number(logged));
  });
});
