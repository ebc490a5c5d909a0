import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { causes } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';
import type { Exchange } from '../../src/runs/recording/exchange.ts';
import { createRun } from '../../src/runs/recording/run.ts';
import type { Report } from '../../src/runs/report/report.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type TestWorld } from '../harness/world.ts';
import { controlled, controlToken } from '../sandbox/control.ts';
import { advance, client, reportOn, runsOf } from './runs.ts';
import { sarifSchema } from './sarif-schema.ts';

const exchangesIn = (text: string): readonly Exchange[] =>
  text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as Exchange);

onEveryEngine('a run', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, { sandbox: true, 'sandbox-token': controlToken });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('has what was sent and answered while it was on, of its deployment', async () => {
    const [tenant, other] = [await world.tenant(), await world.tenant()];
    await tenant.get('/api/v0/companies?_search=before');
    const started = await controlled(tenant, 'POST', runsOf(tenant), { name: 'first' });
    assert.equal(started.json.on, true);
    await advance(tenant, 100_000);
    const made = await tenant.post('/api/v0/companies', { name: 'MomCorp', comments: 'Robots & oil' });
    const refused = await tenant.get('/api/v0/companies?_limit=none');
    await other.get('/api/v0/companies');
    const ended = await controlled(tenant, 'POST', `${runsOf(tenant)}/end`, {});
    assert.equal(ended.json.exchanges, 2);
    await tenant.get('/api/v0/companies?_search=after');
    const { text } = await controlled(tenant, 'GET', `${runsOf(tenant)}/first`);
    const [create, list, ...more] = exchangesIn(text);
    assert.ok(create && list);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [create.method, create.path, create.status, create.route, create.needs, create.answer.http],
      ['POST', '/api/v0/companies', 'ok', 'POST companies', { verb: 'write', resources: ['companies'] }, 200],
    );
    assert.equal(create.id, made.headers['x-request-id']);
    assert.deepEqual(JSON.parse(create.body.text ?? ''), { name: 'MomCorp', comments: 'Robots & oil' });
    assert.equal(JSON.parse(create.answer.body.text ?? '').response.name, 'MomCorp');
    assert.deepEqual(
      [list.id, list.status, list.cause, list.query],
      [refused.headers['x-request-id'], 'invalid_request', 'parameter.invalid', { _limit: 'none' }],
    );
    assert.equal(create.at, (world.now + 100_000) * 1_000, "by the deployment's clock");
    assert.ok(Math.abs(create.began - Date.now()) < 300_000, 'and in real time');
    assert.equal(create.token, list.token);
    assert.ok(!text.includes(tenant.token));
  });

  test('is one at a time, has a name, and is forgotten', async () => {
    const tenant = await world.tenant();
    const ask = (method: string, path: string, body?: unknown) =>
      controlled(tenant, method, `${runsOf(tenant)}${path}`, body);
    const wrong: [string, string, unknown, number, RegExp][] = [
      ['GET', '/nothing', undefined, 404, /there is no run in this deployment/],
      ['POST', '/end', {}, 404, /no run is on/],
      ['POST', '', { name: 'a/b' }, 400, /letters, digits/],
      ['POST', '/nothing/read', { reads: [] }, 404, /there is no run/],
      ['POST', '/nothing/read', {}, 400, /reads wants a list/],
    ];
    for (const [method, path, body, http, says] of wrong) {
      const reply = await ask(method, path, body);
      assert.equal(reply.http, http, reply.text);
      assert.match(reply.json.error as string, says);
    }
    assert.equal((await ask('POST', '', {})).json.name, 'run-1');
    assert.match((await ask('POST', '', {})).json.error as string, /run-1 is on: end it first/);
    await ask('POST', '/end', {});
    assert.match(
      (await ask('POST', '', { name: 'run-1' })).json.error as string,
      /there is a run named run-1/,
    );
    assert.equal((await ask('POST', '', {})).json.name, 'run-2');
    assert.match((await ask('GET', '/run-3')).json.error as string, /there are: run-1, run-2/);
    assert.match(
      (await ask('GET', '/run-1/report?format=pdf')).json.error as string,
      /text, junit, sarif, json/,
    );
    assert.equal((await ask('DELETE', '/run-2')).http, 200);
    const kept = JSON.parse((await ask('GET', '')).text) as { name: string }[];
    assert.deepEqual(
      kept.map(({ name }) => name),
      ['run-1'],
    );
    assert.equal((await ask('POST', '/end', {})).http, 404, 'what is removed is no longer on');
  });

  test('its report in each format', async () => {
    const tenant = await world.tenant();
    const token = await tenant.issue({ scope: 'read(companies)' });
    const ask = client(tenant, token);
    const report = await reportOn(tenant, async () => {
      await ask('GET', `companies?_limit=101&access_token=${token}`);
      await ask('GET', 'companies?_search=%00%01%3Cscript%3E%22%27');
      for (let i = 0; i < 2; i++) await ask('GET', 'monkeys/%3C%26%3E%22%1B%5B31m');
      await ask('POST', 'companies', { name: 'MomCorp' });
    });
    const rules = report.lints.filter(({ findings }) => findings.length > 0).map(({ id }) => id);
    assert.deepEqual(rules, ['limit-over-100', 'repeated-after-refusal', 'secret-in-url']);
    checkCoverage(report);
    const as = async (format: string) =>
      await controlled(tenant, 'GET', `${runsOf(tenant)}/run-1/report?format=${format}`);

    const text = (await as('text')).text;
    assert.match(text, /^Run run-1: 5 exchanges, 3 found$/m);
    assert.match(text, /^error {2}secret-in-url {2}\(token\.missing\)$/m);
    assert.match(text, /^Not looked at: fields-unread \(/m);
    assert.match(text, /^Statuses not met: .*duplicate/m);
    assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);

    const junit = await as('junit');
    assert.match(junit.headers['content-type'] ?? '', /^application\/xml/);
    assert.equal(XMLValidator.validate(junit.text), true);
    const { testsuites } = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => ['testcase', 'failure'].includes(name),
    }).parse(junit.text);
    const suite = testsuites.testsuite;
    assert.deepEqual(
      [suite.tests, suite.failures, suite.skipped],
      [String(report.lints.length), String(rules.length), '1'],
    );
    const failed = suite.testcase.filter((each: { failure?: unknown }) => each.failure);
    assert.deepEqual(
      failed.map((each: { name: string }) => each.name),
      rules,
    );
    assert.ok(suite.testcase.find((each: { name: string }) => each.name === 'fields-unread').skipped);

    const sarif = await as('sarif');
    const log = JSON.parse(sarif.text);
    const valid = new Ajv({ strict: false }).compile(sarifSchema);
    assert.ok(valid(JSON.parse(sarif.text)), JSON.stringify(valid.errors));
    const results = log.runs[0].results as { ruleId: string; ruleIndex: number; kind?: string }[];
    assert.deepEqual(
      results.map(({ ruleId, kind }) => [ruleId, kind]),
      [['fields-unread', 'notApplicable'], ...rules.map((rule) => [rule, undefined])],
    );
    for (const { ruleId, ruleIndex } of results)
      assert.equal(log.runs[0].tool.driver.rules[ruleIndex].id, ruleId);

    // A place leads to the line of the request.
    const lines = (await controlled(tenant, 'GET', `${runsOf(tenant)}/run-1`)).text.split('\n');
    const [one] = log.runs[0].results.filter((each: { ruleId: string }) => each.ruleId === 'limit-over-100');
    const { startLine } = one.locations[0].physicalLocation.region;
    assert.equal(JSON.parse(lines[startLine - 1] ?? '').id, one.properties.requests[0]);
    for (const whole of [text, junit.text, sarif.text, (await as('json')).text])
      assert.ok(!whole.includes(token));
  });
});

function checkCoverage({ coverage }: Report): void {
  const met = coverage.statuses.met.map(({ name }) => name);
  assert.deepEqual([...met].sort(), ['invalid_request', 'invalid_scope', 'ok']);
  assert.deepEqual([...met, ...coverage.statuses.unmet].sort(), Object.keys(statuses).sort());
  const rows = [...coverage.causes.met.map(({ name }) => name), ...coverage.causes.unmet];
  assert.deepEqual(rows.sort(), Object.keys(causes).sort());
}

describe('the bounds of a run', () => {
  const exchange = (i: number, size: number): Exchange => ({
    id: String(i),
    at: i,
    began: i,
    ended: i,
    method: 'GET',
    path: '/',
    query: {},
    headers: {},
    body: { type: '', bytes: 0 },
    request: '',
    parameters: {},
    inUrl: [],
    answer: { http: 200, headers: {}, body: { type: '', bytes: size, text: 'x'.repeat(size) }, content: '' },
    status: 'ok',
  });

  test('the oldest bodies go first, then the oldest exchanges, and it says so', () => {
    const run = createRun('long', 0, { exchanges: 100, bodies: 1_000, rest: 100_000 });
    for (let i = 0; i < 50; i++) run.add(exchange(i, 100));
    assert.deepEqual([run.state.exchanges, run.state.dropped, run.state.bodiesDropped], [50, 0, 40]);
    const bodies = run.recorded.exchanges.map(({ answer }) => answer.body);
    assert.equal(bodies.filter(({ text }) => text !== undefined).length, 10);
    assert.match(bodies[0]?.left ?? '', /dropped to make room/);
    for (let i = 50; i < 1_000; i++) run.add(exchange(i, 100));
    assert.ok(run.recorded.exchanges.length <= 110);
    assert.equal(run.state.exchanges, 1_000);
    assert.equal(run.recorded.exchanges.length + run.state.dropped, 1_000);
    assert.equal(run.recorded.exchanges.at(-1)?.id, '999');
    const kept = run.recorded.exchanges.map(({ answer }) => answer.body.text?.length ?? 0);
    assert.ok(kept.reduce((sum, size) => sum + size, 0) <= 1_000);
    run.end(1);
    run.add(exchange(1_000, 1));
    assert.equal(run.state.exchanges, 1_000);
  });

  test('long headers and long lists of fields take no more room than there is', () => {
    const run = createRun('heavy', 0, { exchanges: 1_000, bodies: 1_000, rest: 100_000 });
    for (let i = 0; i < 200; i++) run.add({ ...exchange(i, 0), headers: { 'x-long': 'x'.repeat(5_000) } });
    const { exchanges } = run.recorded;
    assert.ok(exchanges.length >= 15 && exchanges.length < 20, `${exchanges.length}`);
    assert.deepEqual([run.state.exchanges, exchanges.length + run.state.dropped], [200, 200]);
    assert.equal(exchanges.at(-1)?.id, '199');
    for (let i = 0; i < 200; i++) run.read([{ request: `${i}`, given: ['x'.repeat(5_000)], read: [] }]);
    assert.ok(run.recorded.reads.length > 15 && run.recorded.reads.length < 20);
    assert.equal(run.recorded.reads.at(-1)?.request, '199');
  });
});
