import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { tally } from '../harness/contents.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { bearer, form } from '../harness/forms.ts';
import { closeConnections } from '../harness/http.ts';
import { multipart } from '../harness/multipart.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { controlToken } from './control.ts';
import { bodyOf, exchanged, written } from './raw.ts';

const companies = '/api/v0/companies';

onEveryEngine('answers that do not arrive whole', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { sandbox: true, 'sandbox-token': controlToken });
    tenant = await world.tenant();
    await tenant.put('companies', { name: 'MomCorp' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const asks = (fault: string | undefined, more: { method?: string; close?: boolean } = {}): Buffer =>
    written(tenant.host, {
      method: more.method ?? 'GET',
      path: companies,
      headers: {
        ...bearer(tenant.token),
        ...(fault === undefined ? {} : { 'X-Sandbox-Fault': fault }),
        ...(more.close ? { Connection: 'close' } : {}),
      },
    });
  const raw = (...requests: Buffer[]) => exchanged(world.server.port, Buffer.concat(requests));
  const whole = () => raw(asks(undefined, { close: true }));
  const lengthIn = (answer: string) => Number(/^Content-Length: (\d+)/m.exec(answer)?.[1]);
  const served = async () =>
    assert.equal((await tenant.get(companies)).http, 200, 'the next request is served');

  for (const close of [false, true]) {
    const kind = close ? 'that was to end anyway' : 'that was to be kept';
    test(`cut before the answer, on a connection ${kind}`, async () => {
      assert.equal(await raw(asks('cut', { close })), '');
      await served();
    });
    for (const bytes of [1, 12, 200, 580])
      test(`cut after ${bytes} bytes, on a connection ${kind}`, async () => {
        const answer = await raw(asks(`cut=${bytes}`, { close }));
        assert.equal(answer.length, bytes);
        assert.ok('HTTP/1.1 200 OK\r\nX-Status: ok'.startsWith(answer.slice(0, 27)), answer);
        await served();
      });
    test(`cut after more than there is, on a connection ${kind}`, async () => {
      const answer = await raw(asks('cut=100000', { close }));
      assert.equal(bodyOf(answer).length, lengthIn(answer));
      await served();
    });
    for (const bytes of [0, 1, 20])
      test(`truncated after ${bytes} bytes, on a connection ${kind}`, async () => {
        const answer = await raw(asks(`truncate=${bytes}`, { close }));
        assert.equal(lengthIn(answer), lengthIn(await whole()), 'the whole is promised');
        assert.equal(bodyOf(answer), bodyOf(await whole()).slice(0, bytes));
        await served();
      });
  }

  test('truncated after more than there is: a connection that goes on', async () => {
    const answers = await raw(asks('truncate=100000'), asks(undefined, { close: true }));
    assert.equal(answers.split('HTTP/1.1 200 OK').length - 1, 2);
  });

  test('HEAD: nothing is there to be truncated, the head can be cut', async () => {
    const answers = await raw(asks('truncate=0', { method: 'HEAD' }), asks(undefined, { close: true }));
    assert.equal(answers.split('HTTP/1.1 200 OK').length - 1, 2);
    assert.equal((await raw(asks('cut=40', { method: 'HEAD' }))).length, 40);
    assert.equal(await raw(asks('cut', { method: 'HEAD' })), '');
  });

  test('in a pipeline, what was asked before is answered whole, and nothing after', async () => {
    for (const [fault, bytes] of [
      ['cut', 0],
      ['cut=50', 50],
    ] as const) {
      const answers = await raw(asks('latency=60'), asks(undefined), asks(fault), asks(undefined));
      const [, one = '', two = '', ...rest] = answers.split('HTTP/1.1 200 OK');
      for (const answer of [one, two]) assert.ok(bodyOf(answer).startsWith(bodyOf(await whole())));
      assert.equal(rest.join('').length, Math.max(0, bytes - 'HTTP/1.1 200 OK'.length));
      await served();
    }
  });

  test('late at least so long, and the connection goes on', async () => {
    const began = performance.now();
    const answers = await raw(asks('latency=120'), asks(undefined, { close: true }));
    assert.ok(performance.now() - began >= 119);
    assert.equal(answers.split('HTTP/1.1 200 OK').length - 1, 2);
  });

  test('a late answer does not hold up the end of the server', async () => {
    const own = await startWorld(engine, { sandbox: true, 'sandbox-token': controlToken });
    const other = await own.tenant();
    const headers = { ...bearer(other.token), 'X-Sandbox-Fault': 'latency=60000' };
    const late = exchanged(own.server.port, written(other.host, { path: companies, headers }));
    for (let tries = 0; (await tally(other)) === 0; tries++) {
      assert.ok(tries < 500, 'the request arrives');
      await new Promise((resume) => setTimeout(resume, 20));
    }
    await own.close();
    assert.match(await late, /^HTTP\/1\.1 200 OK/, 'it goes out at once');
  });

  test('what was to be written is written, though nobody is told', async () => {
    const headers = { ...bearer(tenant.token), 'X-Sandbox-Fault': 'cut' };
    const sent = { method: 'POST', path: companies, ...form({ name: 'Slurm' }, headers) };
    assert.equal(await raw(written(tenant.host, sent)), '');
    const again = await tenant.post(companies, { name: 'Slurm' });
    assert.equal(again.cause, 'name.taken');
  });

  test('a file that is sent breaks off, one that is refused is not kept', async () => {
    const company = await tenant.put('companies', { name: 'Wernstrom' });
    const { json } = await tenant.get(`${companies}/${company}/collections`);
    const { collections } = json.response as { collections: readonly { id: string }[] };
    const path = `${companies}/${company}/collections/${collections[0]?.id}/resources`;
    const content = 'x'.repeat(300_000);
    const { headers, body } = multipart({ name: 'resource', filename: 'a.txt', content });
    const upload = (fault: Readonly<Record<string, string>> = {}) =>
      tenant.send({ method: 'POST', path, headers: { ...bearer(tenant.token), ...headers, ...fault }, body });
    const files = async () =>
      (await readdir(world.database.data, { recursive: true, withFileTypes: true })).filter(
        (each) => each.isFile() && !each.name.startsWith('accord.') && each.name !== 'sandbox.json',
      ).length;
    const refused = await upload({ 'X-Sandbox-Fault': 'routine.threw' });
    assert.equal(refused.http, 500);
    for (let tries = 0; (await files()) > 0; tries++) {
      assert.ok(tries < 200, 'nothing is kept of it');
      await new Promise((resume) => setTimeout(resume, 20));
    }
    const { id } = JSON.parse((await upload()).text).response.resource as { id: string };
    const download = (fault: string) =>
      raw(
        written(tenant.host, {
          path: `/api/v0/resources/${id}/download`,
          headers: { ...bearer(tenant.token), 'X-Sandbox-Fault': fault, Connection: 'close' },
        }),
      );
    const answer = await download('truncate=200000');
    assert.equal(lengthIn(answer), content.length, answer.slice(0, 900));
    assert.equal(bodyOf(answer), content.slice(0, 200_000));
    assert.equal(await download('cut'), '');
    assert.match(await download('data.corrupt; cut=12'), /^HTTP\/1\.1 500$/);
    await served();
  });

  test('a refusal can be cut and truncated too', async () => {
    const answer = await raw(asks('window.exhausted; truncate=10', { close: true }));
    assert.match(answer, /^HTTP\/1\.1 429 /);
    assert.equal(bodyOf(answer), '{"meta":{"');
  });
});
