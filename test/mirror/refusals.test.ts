import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Database, sqlite } from '../harness/engines.ts';
import { flagsOf } from '../harness/terminal.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { dump, mirror, run } from './command.ts';
import { startProxy } from './proxy.ts';
import { originOf } from './source.ts';

describe('accord mirror', () => {
  let world: TestWorld;
  let tenant: Tenant;
  let url: string;
  let into: Database;
  before(async () => {
    world = await startWorld(sqlite);
    // Tokens are asked for by the clock of this machine.
    world.now = Math.floor(Date.now() / 1_000);
    tenant = await world.tenant({ name: 'source' });
    await tenant.put('companies', { name: 'Planet Express' });
    url = originOf(world, tenant);
    into = await sqlite.create();
  });
  after(async () => {
    await into?.release();
    await world?.close();
  });

  async function said(code: 1 | 2, args: readonly string[], environment = {}): Promise<string> {
    const ended = await run(['mirror', ...args, ...flagsOf(into)], environment);
    assert.equal(ended.code, code, ended.err);
    assert.equal(ended.out, '');
    return ended.err;
  }

  test('says what is wrong with its arguments, and makes no database', async () => {
    const token = { ACCORD_MIRROR_TOKEN: tenant.token };
    assert.match(await said(2, [url]), /--token is missing: give it, or --token-stdin/);
    assert.match(await said(2, ['acme', '--token', 'x']), /"acme" is no origin of an API/);
    assert.match(await said(2, ['http://acme.example', '--token', 'x']), /in the clear: use https/);
    assert.match(await said(2, [url, '--token', 'x', '--client-id', 'y']), /use one of them/);
    assert.match(await said(2, [url, '--reserve', 'some'], token), /--reserve is "some"/);
    assert.match(await said(2, [url, '--redact', 'emial'], token), /any of name, email, phone/);
    assert.match(await said(1, [url, '--only', 'compnies'], token), /did you mean companies/);
    assert.equal(existsSync(join(into.data, 'accord.db')), false);
  });

  test('says what to do about credentials that are not accepted, without telling them', async () => {
    const wrong = await said(1, [url], { ACCORD_MIRROR_TOKEN: 'bender-is-great' });
    assert.match(wrong, /does not accept the token.*give another/);
    const { clientId } = tenant.service.application;
    const environment = { ACCORD_MIRROR_CLIENT_ID: clientId, ACCORD_MIRROR_CLIENT_SECRET: 'bender-is-great' };
    const secret = await said(1, [url], environment);
    assert.match(secret, /no token from .*invalid_client.*check the client id and secret/);
    assert.doesNotMatch(wrong + secret, /bender/);
    assert.equal(existsSync(join(into.data, 'accord.db')), false);
  });

  test('says so where nothing listens, and where something else does', async () => {
    const token = { ACCORD_MIRROR_TOKEN: tenant.token };
    assert.match(await said(1, ['http://127.0.0.1:1'], token), /nothing listens at http:\/\/127\.0\.0\.1:1/);
    const proxy = await startProxy(url, () => ({ http: 404 }));
    const other = await run(['mirror', `${proxy.origin}`, ...flagsOf(into)], token);
    await proxy.close();
    assert.equal(other.code, 1);
    assert.match(other.err, /does not answer as an API of this kind does \(HTTP 404 to GET/);
    assert.equal(existsSync(join(into.data, 'accord.db')), false);
  });

  test('leaves out what the scope of the token does not cover, and names the scope', async () => {
    const scope = 'read(companies)';
    const token = await tenant.issue({ scope });
    const report = await mirror(url, token, into);
    assert.deepEqual(report.copied, { companies: 1 });
    assert.match(report.leftOut.jobs ?? '', /invalid_scope: .*read\(jobs\).*read\(all\) has it/);
    assert.equal(report.leftOut.companies, undefined);
    // Once the token may, the same command brings the rest.
    const more = await mirror(url, tenant.token, into);
    assert.equal(more.copied.staff, 2);
  });

  test('obtains a token with client credentials, and keeps neither', async () => {
    const { application, secret } = tenant.service;
    const args = ['mirror', url, '--deployment', 'other', ...flagsOf(into), '--json', '--only', 'companies'];
    const environment = { ACCORD_MIRROR_CLIENT_SECRET: secret };
    const { code, out, err } = await run([...args, '--client-id', application.clientId], environment);
    assert.equal(code, 0, err);
    assert.match(out, /"companies": 1/);
    assert.equal(existsSync(join(into.data, 'credentials.json')), false);
  });

  test('goes into no deployment that has other data, or is a copy of another source', async () => {
    const token = { ACCORD_MIRROR_TOKEN: tenant.token };
    await run(['deployment', 'create', 'taken', ...flagsOf(into)]);
    const person = [
      '--username',
      'ada',
      '--firstname',
      'Ada',
      '--surname',
      'Adler',
      '--email',
      'a@example.com',
    ];
    const made = await run([
      'staff',
      'create',
      '--deployment',
      'taken',
      ...person,
      '--password',
      'bite my shiny',
      ...flagsOf(into),
    ]);
    assert.equal(made.code, 0, made.err);
    assert.match(await said(1, [url, '--deployment', 'taken'], token), /taken has staff of its own.*--force/);
    const before = await dump(into, 'taken');
    assert.deepEqual(Object.keys(before), ['staff']);
    const forced = await run(
      ['mirror', url, '--deployment', 'taken', '--force', ...flagsOf(into), '--json'],
      token,
    );
    assert.equal(forced.code, 0, forced.err);
    assert.equal((await dump(into, 'taken')).staff?.[0]?.username, 'hermes');
    const proxy = await startProxy(url, () => 'pass');
    assert.match(
      await said(1, [proxy.origin, '--deployment', 'copy'], token),
      /copy is a copy of http:.*name another/,
    );
    await proxy.close();
    assert.match(
      await said(1, [url, '--deployment', 'copy', '--redact'], token),
      /nothing was redacted: give the same/,
    );
  });
});
