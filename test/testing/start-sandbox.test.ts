import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { verifyPassword } from '../../src/identity/passwords.ts';
import type { SandboxDeployment } from '../../src/testing/start-sandbox.ts';
import { startSandbox } from '../../src/testing/start-sandbox.ts';
import { cpuMsOf } from '../harness/cpu-time.ts';

// Uploads wait in the temporary folder of the process: one that nobody else uses shows what is left there.
const place = mkdtempSync(join(tmpdir(), 'accord-start-'));
process.env.TMPDIR = place;
after(() => rmSync(place, { recursive: true, force: true }));

type Json = { meta: { status: string }; response: never };

async function ask({ baseUrl, token }: SandboxDeployment, path: string, form?: Record<string, string>) {
  const reply = await fetch(`${baseUrl}${path}`, {
    headers: { Authorization: `Bearer ${token}` },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });
  return { http: reply.status, headers: reply.headers, json: (await reply.json()) as Json };
}
const counted = async (where: SandboxDeployment, what = 'companies'): Promise<string> =>
  ((await ask(where, `/${what}/count`)).json.response as { count: string }).count;

test('it starts, answers at a bare address and by its host, and ends without a trace', async () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>> | undefined;
  const cost = await cpuMsOf(async () => {
    sandbox = await startSandbox();
  });
  // Some tens of milliseconds: `npm run bench:sandbox`.
  assert.ok(cost < 5_000, `${cost} ms`);
  assert.ok(sandbox);
  assert.equal(await counted(sandbox), '10');
  assert.equal(sandbox.host, `planet-express.api.localhost:${new URL(sandbox.url).port}`);
  const port = new URL(sandbox.url).port;
  const fork = await sandbox.fork();
  await sandbox.close();
  await fork.close();
  await sandbox.close();
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), /fetch failed/);
  assert.deepEqual(readdirSync(place), []);
});

test('the applications, the people and their password are those it tells', async () => {
  await using sandbox = await startSandbox({ sample: false });
  assert.equal(await counted(sandbox), '0');
  const { service, web, installed } = sandbox.applications;
  const grant = await fetch(`${sandbox.url}/oauth2/v0/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${service.clientId}:${service.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  assert.equal(grant.status, 200);
  for (const { clientId, redirect } of [
    { clientId: web.clientId, redirect: `&redirect_uri=${encodeURIComponent(web.redirectUri)}` },
    { clientId: installed.clientId, redirect: '' },
  ]) {
    const query = `client_id=${encodeURIComponent(clientId)}&response_type=code&scope=read(all)${redirect}`;
    const page = await fetch(`${sandbox.url}/oauth2/v0/authorize?${query}`);
    assert.equal(page.status, 200, await page.text());
  }
  const people = (await ask(sandbox, '/staff?_fields=username')).json.response as { username: string }[];
  for (const { username } of [sandbox.staff.admin, sandbox.staff.restricted])
    assert.ok(people.some((each) => each.username === username));
});

test('the hash of the sample is that of its password', async () => {
  const { sample, samplePasswordHash } = await import('../../src/sample/sample.ts');
  assert.equal(await verifyPassword(samplePasswordHash, sample.password), true);
});

test('objects are loaded, and those that cannot be are named', async () => {
  await using sandbox = await startSandbox({
    sample: 3,
    load: { companies: [{ name: 'MomCorp' }, { id: 77, name: 'Wernstrom' }] },
  });
  assert.equal(await counted(sandbox), '5');
  assert.equal((await ask(sandbox, '/companies/77')).http, 200);
  await assert.rejects(startSandbox({ load: { companies: [{ nmae: 'x' }] } }), /companies\[0\].*nmae/);
  await assert.rejects(startSandbox({ load: { monkeys: [{}] } }), /no resource named monkeys/);
  await assert.rejects(startSandbox({ sample: -1 }), /sample is -1/);
  await assert.rejects(startSandbox({ clock: 'soon' }), /"soon" is no moment/);
  await assert.rejects(startSandbox({ rateLimit: 0 }), /--rate-limit/);
});

test('the clock, the quota, snapshots and reset', async () => {
  await using sandbox = await startSandbox({ clock: '2027-01-31T12:00:00Z', rateLimit: 3 });
  const at = Date.parse('2027-01-31T12:00:00Z') / 1_000;
  assert.equal(await sandbox.clock.now(), at);
  for (let i = 0; i < 3; i++) assert.equal((await ask(sandbox, '/companies')).http, 200);
  const full = await ask(sandbox, '/companies');
  assert.equal(full.http, 429);
  await sandbox.clock.advance(Number(full.headers.get('retry-after')));
  assert.equal((await ask(sandbox, '/companies', { name: 'MomCorp' })).http, 200);
  await sandbox.snapshot('with-momcorp');
  await sandbox.reset();
  assert.equal(await sandbox.clock.now(), at);
  assert.equal(await counted(sandbox), '10');
  await sandbox.restore('with-momcorp');
  assert.equal(await counted(sandbox), '11');
  await assert.rejects(sandbox.restore('nothing'), /no snapshot named nothing: there is start, with-momcorp/);
  await sandbox.clock.freeze(new Date('2030-01-01T00:00:00Z'));
  assert.equal((await ask(sandbox, '/companies')).headers.get('x-status-cause'), 'token.expired');
  await sandbox.clock.reset();
  await sandbox.clock.run();
  assert.ok((await sandbox.clock.now()) < at + 1e9);
});

test('forks have the same face, an address of their own, and are apart', async () => {
  await using sandbox = await startSandbox();
  const forks = await Promise.all([sandbox.fork(), sandbox.fork({ name: 'second' })]);
  const [one, other] = forks as [SandboxDeployment, SandboxDeployment];
  assert.equal(other.deployment, 'second');
  assert.equal(new Set([sandbox.url, one.url, other.url]).size, 3);
  assert.equal((await ask(one, '/companies', { name: 'MomCorp' })).http, 200);
  const deeper = await one.fork();
  assert.deepEqual(await Promise.all([sandbox, one, other, deeper].map((each) => counted(each))), [
    '10',
    '11',
    '10',
    '11',
  ]);
  await one.reset();
  assert.equal(await counted(one), '10');
  await one.close();
  await assert.rejects(fetch(one.url), /fetch failed/);
  assert.equal(await counted(deeper), '11');
  await assert.rejects(sandbox.fork({ name: 'second' }), /a deployment named second exists already/);
  const { forks: left } = await sandbox.control<{ forks: unknown[] }>('GET', 'forks');
  assert.equal(left.length, 2);
  await assert.rejects(sandbox.control('GET', 'monkeys'), /there is no such path/);
});

test('several at once know nothing of one another', async () => {
  const all = await Promise.all([startSandbox({ sample: 1 }), startSandbox({ sample: 2 })]);
  try {
    assert.deepEqual(await Promise.all(all.map((each) => counted(each))), ['1', '2']);
  } finally {
    await Promise.all(all.map((each) => each.close()));
  }
});

test('a fault makes requests fail, counts them, and is gone when it is removed', async () => {
  await using sandbox = await startSandbox({ clock: '2027-01-31T12:00:00Z' });
  {
    await using fault = await sandbox.fault({
      ...{ on: 'GET /companies', cause: 'window.exhausted', retryAfter: 7, nth: 2, times: 1 },
      after: new Date('2027-01-31T11:00:00Z'),
    });
    const statuses: (string | number | null)[] = [];
    for (let i = 0; i < 3; i++) {
      const { http, headers } = await ask(sandbox, '/companies');
      statuses.push(http, headers.get('retry-after'));
    }
    assert.deepEqual(statuses, [200, null, 429, '7', 200, null]);
    assert.deepEqual([await fault.matches(), await fault.hits()], [3, 1]);
    await using fork = await sandbox.fork();
    await using own = await fork.fault({ cut: true });
    await assert.rejects(ask(fork, '/companies'));
    assert.equal(await own.hits(), 1);
    assert.equal((await ask(sandbox, '/companies')).http, 200, 'a fault is of one deployment');
  }
  assert.deepEqual(await sandbox.control('GET', `deployments/${sandbox.deployment}/faults`), { faults: [] });
  await assert.rejects(
    sandbox.fault({ cause: 'name.taken', on: 'GET /companies' }),
    /name\.taken does not happen there/,
  );
});

test('it tells which requests came, and why one ended as it did', async () => {
  await using sandbox = await startSandbox({ sample: 1 });
  await using fork = await sandbox.fork();
  await ask(fork, '/companies');
  const refused = await fetch(`${fork.baseUrl}/jobs`, { headers: { Authorization: 'Bearer nonsense' } });
  const requests = await fork.requests();
  assert.deepEqual(
    requests.map(({ method, path, http, cause }) => [method, path, http, cause]),
    [
      ['GET', '/api/v0/companies', 200, undefined],
      ['GET', '/api/v0/jobs', 401, 'token.unknown'],
    ],
  );
  assert.deepEqual(await sandbox.requests(), [], 'those of a fork are its own');
  const { cause, stages } = await fork.explain(refused.headers.get('x-request-id') ?? '');
  assert.equal(cause?.name, 'token.unknown');
  assert.match(cause?.remedy ?? '', /Obtain a token/);
  assert.deepEqual(stages.find(({ outcome }) => outcome === 'refused')?.stage, 'authentication');
  await assert.rejects(fork.explain('nothing'), /no request nothing of \S+ is known/);
});
