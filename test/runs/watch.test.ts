import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Report } from '../../src/runs/report/report.ts';
import { tellReads, type Watch, watch } from '../../src/runs/watch.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from '../sandbox/control.ts';
import { found, reportOn, runsOf } from './runs.ts';

const name = 'watched';

describe('a watched fetch', () => {
  let world: TestWorld;
  let tenant: Tenant;
  let token: string;
  before(async () => {
    world = await startWorld(sqlite, {
      sandbox: true,
      'sandbox-token': controlToken,
      'default-deployment': name,
    });
    tenant = await world.tenant({ name });
    await tenant.put('companies', { name: 'MomCorp', website: 'http://momcorp.example', phone: '1' });
    token = await tenant.issue({ scope: 'read(companies)' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const url = () => `http://127.0.0.1:${world.server.port}`;
  const fields = '_fields=website,phone';
  const ask = (watching: Watch, path: string): Promise<Response> =>
    watching.fetch(`${url()}/api/v0/${path}`, { headers: { Authorization: `Bearer ${token}` } });
  const whole = (watching: Watch, work: () => Promise<unknown>): Promise<Report> =>
    reportOn(tenant, work, () => tellReads(watching, { url: url(), token: controlToken, deployment: name }));
  const unlooked = ({ lints }: Report): string | undefined =>
    lints.find(({ id }) => id === 'fields-unread')?.unlooked;
  type Answer = { response: Record<string, string>[] };

  test('tells which fields were read, of objects that are otherwise as they were', async () => {
    const watching = watch();
    const report = await whole(watching, async () => {
      const { response } = (await (await ask(watching, `companies?${fields}`)).json()) as Answer;
      assert.ok(Array.isArray(response));
      assert.deepEqual(Object.keys(response[0] ?? {}).sort(), ['id', 'name', 'phone', 'website']);
      assert.equal(response[0]?.website, 'http://momcorp.example');
      (response[0] as Record<string, string>).name = 'Farnsworth';
      assert.equal(response[0]?.name, 'Farnsworth');
    });
    assert.deepEqual(Object.keys(found(report)), ['fields-unread']);
    assert.match(found(report)['fields-unread']?.[0] ?? '', /^GET companies asks for phone with _fields/);
    const [reads] = watching.reads();
    assert.deepEqual([...(reads?.read ?? [])].sort(), ['name', 'website']);
  });

  test('a field that any call reads is read; copies of all count as reading all', async () => {
    const copies: ((company: Record<string, string>) => unknown)[] = [
      (company) => [company.website, company.phone],
      (company) => ({ ...company }),
      (company) => JSON.stringify(company),
      (company) => structuredClone(company),
    ];
    for (const copy of copies) {
      const watching = watch();
      const report = await whole(watching, async () => {
        for (const use of [copy, (company: Record<string, string>) => company.website]) {
          const { response } = (await (await ask(watching, `companies?${fields}`)).json()) as Answer;
          use(response[0] as Record<string, string>);
        }
      });
      assert.deepEqual(found(report), {}, String(copy));
      assert.equal(unlooked(report), undefined);
    }
    const plain = structuredClone({ a: 1 });
    assert.deepEqual(plain, { a: 1 });
  });

  test('says that it was not looked at, rather than that all is well', async () => {
    const watching = watch();
    assert.match(
      unlooked(await reportOn(tenant, () => ask(watching, `companies?${fields}`))) ?? '',
      /watch\(fetch\)/,
    );
    const text = await whole(watch(), async () => {});
    assert.match(unlooked(text) ?? '', /watch\(fetch\)/);
    const other = watch();
    const taken = await whole(other, async () =>
      JSON.parse(await (await ask(other, `companies?${fields}`)).text()),
    );
    assert.match(unlooked(taken) ?? '', /taken as text: watch\(fetch, \{ parse: true \}\)/);
    const bytes = watch();
    const raw = await whole(bytes, async () => (await ask(bytes, `companies?${fields}`)).arrayBuffer());
    assert.match(unlooked(raw) ?? '', /not taken as JSON/);
  });

  test('sees through JSON.parse when it is told to, until it is disposed of', async () => {
    const before = JSON.parse;
    {
      using watching = watch(fetch, { parse: true });
      assert.notEqual(JSON.parse, before);
      const report = await whole(watching, async () => {
        const answer = await ask(watching, `companies?${fields}`);
        const { response } = JSON.parse(await answer.clone().text()) as Answer;
        assert.equal(response[0]?.phone, '1');
        assert.deepEqual(JSON.parse('{"response":[{"phone":"2"}]}'), { response: [{ phone: '2' }] });
      });
      assert.match(found(report)['fields-unread']?.[0] ?? '', /asks for website with/);
    }
    assert.equal(JSON.parse, before);
  });

  test('the control API takes what it says, and nothing else', async () => {
    await reportOn(tenant, async () => {
      const path = `${runsOf(tenant)}/@latest/read`;
      const wrong = [
        'x',
        [1],
        [{ request: 5 }],
        [{ request: 'a', read: 'b' }],
        [{ request: 'a', given: ['a b'] }],
        Array.from({ length: 1_001 }, () => ({ request: 'a' })),
      ];
      for (const reads of wrong) assert.equal((await controlled(tenant, 'POST', path, { reads })).http, 400);
      const right = [{ request: 'a', given: ['b.c'], read: [] }];
      assert.deepEqual((await controlled(tenant, 'POST', path, { reads: right })).json, { taken: 1 });
    });
  });
});
