import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../src/observe/metrics.ts';

/** The samples of an exposition, by name and labels. */
async function scraped(metrics: ReturnType<typeof createMetrics>): Promise<ReadonlyMap<string, number>> {
  const { body } = await metrics.render();
  const samples = body
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): [string, number] => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    });
  const byName = new Map(samples);
  assert.equal(byName.size, samples.length, 'no sample occurs twice');
  for (const [name, value] of byName) if (name.startsWith('accord_')) assert.ok(Number.isFinite(value), name);
  return byName;
}

test('requests are counted by status, cause and method', async () => {
  const metrics = createMetrics();
  metrics.observe('ok', undefined, 'GET', 0.001);
  metrics.observe('ok', undefined, 'GET', 0.001);
  metrics.observe('invalid_client', 'token.expired', 'POST', 0.001);
  const samples = await scraped(metrics);
  assert.equal(samples.get('accord_requests_total{status="ok",cause="",method="GET"}'), 2);
  const failed = 'accord_requests_total{status="invalid_client",cause="token.expired",method="POST"}';
  assert.equal(samples.get(failed), 1);
});

test('the histogram is cumulative, with its bounds inclusive', async () => {
  const metrics = createMetrics();
  for (const seconds of [0.0005, 0.001, 0.0011, 0.3, 60]) metrics.observe('ok', undefined, 'GET', seconds);
  const samples = await scraped(metrics);
  const bucket = (le: string): number | undefined => samples.get(`accord_request_seconds_bucket{le="${le}"}`);
  assert.deepEqual(['0.001', '0.0025', '0.25', '0.5', '10', '+Inf'].map(bucket), [2, 3, 3, 4, 4, 5]);
  assert.equal(samples.get('accord_request_seconds_count'), 5);
  assert.ok(Math.abs((samples.get('accord_request_seconds_sum') ?? 0) - 60.3026) < 1e-9);
});

test('a second scrape has the same counts and no more, and later ones what came since', async () => {
  const metrics = createMetrics();
  metrics.observe('ok', undefined, 'GET', 0.001);
  metrics.lockout('client');
  metrics.incident('routine.threw');
  for (const expected of [1, 1, 2]) {
    if (expected === 2) metrics.observe('ok', undefined, 'GET', 0.001);
    const samples = await scraped(metrics);
    assert.equal(samples.get('accord_requests_total{status="ok",cause="",method="GET"}'), expected);
    assert.equal(samples.get('accord_request_seconds_count'), expected);
    assert.equal(samples.get('accord_lockouts_total{kind="client"}'), 1);
    assert.equal(samples.get('accord_incidents_total{cause="routine.threw"}'), 1);
  }
});

test('scrapes at once are each whole', async () => {
  const metrics = createMetrics();
  metrics.observe('ok', undefined, 'GET', 0.001);
  const both = await Promise.all([scraped(metrics), scraped(metrics), scraped(metrics)]);
  for (const samples of both)
    assert.equal(samples.get('accord_requests_total{status="ok",cause="",method="GET"}'), 1);
});

test('the process is measured too', async () => {
  const samples = await scraped(createMetrics());
  assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1e6);
});

test('a deployment has one gauge, which says the latest', async () => {
  const metrics = createMetrics();
  metrics.quota('planet-express', 7);
  metrics.quota('planet-express', 8);
  assert.equal((await scraped(metrics)).get('accord_quota_used{deployment="planet-express"}'), 8);
});

test('what callers send makes no more than a bounded number of series', async () => {
  const metrics = createMetrics();
  for (let i = 0; i < 1_500; i++) {
    metrics.quota(`d${i}`, i);
    metrics.observe('invalid_request', 'method.unknown', `METHOD${i}`, 0.001);
  }
  metrics.quota('d0', 42);
  const names = await scraped(metrics);
  const count = (of: string): number => [...names.keys()].filter((name) => name.startsWith(of)).length;
  assert.equal(count('accord_quota_used'), 1_000);
  assert.equal(names.get('accord_quota_used{deployment="d0"}'), 42, 'those that have one keep it');
  assert.equal(count('accord_requests_total'), 1);
  const other = 'accord_requests_total{status="invalid_request",cause="method.unknown",method="other"}';
  assert.equal(names.get(other), 1_500);
});

test('the answer is what a scraper of Prometheus takes', async () => {
  const metrics = createMetrics();
  metrics.observe('ok', undefined, 'GET', 0.2);
  const { type, body } = await metrics.render();
  assert.match(type, /^text\/plain; version=0\.0\.4/);
  assert.ok(body.endsWith('\n'));
  for (const name of ['accord_requests_total', 'accord_request_seconds', 'accord_quota_used'])
    assert.equal(body.split(`# TYPE ${name} `).length, 2, `${name} is declared once`);
});
