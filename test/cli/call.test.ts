import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import type { Ended } from '../harness/commands.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { failureIn, flagsOf, jsonOf, runInProcess } from '../harness/terminal.ts';

onEveryEngine('accord call and explain, beside a running server', (engine) => {
  let database: Database;
  let folder: string;
  let at: readonly string[];
  let server: Server;
  let url: string;

  before(async () => {
    database = await engine.create('full');
    folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
    at = flagsOf(database);
    const settings = { port: '0', data: database.data, 'log-level': 'silent' };
    const { databaseUrl } = database;
    server = await startServer(
      readConfig(databaseUrl === undefined ? settings : { ...settings, 'database-url': databaseUrl }, {}),
    );
    await server.world.store.ready;
    url = `http://live.api.localhost:${server.port}`;
    assert.equal((await runInProcess(['deployment', 'create', 'live', ...at])).code, 0);
  });
  after(async () => {
    await server.close();
    await database.release();
    await rm(folder, { recursive: true });
  });

  const load = async (content: unknown): Promise<Ended> => {
    const path = join(folder, 'load.json');
    await writeFile(path, JSON.stringify(content));
    return runInProcess(['load', path, '--deployment', 'live', ...at]);
  };

  test('call logs in and explains the status, and explain says why it was refused', async () => {
    const of = ['--deployment', 'live', ...at];
    const person = [
      '--username',
      'amy',
      '--firstname',
      'Amy',
      '--surname',
      'Wong',
      '--email',
      'amy@example.com',
      '--password',
      'bite my shiny',
    ];
    assert.equal(
      (await runInProcess(['staff', 'create', ...person, '--access', 'companies=none', ...of])).code,
      0,
    );
    const { client_id, client_secret } = await jsonOf<Record<string, string>>([
      'application',
      'create',
      '--type',
      'service',
      '--name',
      'caller',
      '--staff',
      'amy',
      '--default-scope',
      'write(all)',
      '--json',
      ...of,
    ]);
    const data = ['--data', folder];
    assert.match(
      failureIn(await runInProcess(['call', 'GET', '/companies', ...data]), 1),
      /there are no credentials in/,
    );
    const login = ['call', 'login', '--client-id', client_id as string, '--url', url, ...data];
    const wrong = await runInProcess([...login, '--client-secret', 'wrong']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /invalid_client \(HTTP 401\)/);
    assert.equal(
      (await runInProcess([...login, '--client-secret-stdin'], { input: `${client_secret}\n` })).code,
      0,
    );
    assert.equal((await stat(join(folder, 'credentials.json'))).mode & 0o777, 0o600);

    const posted = await runInProcess(['call', 'POST', 'tasks', '-f', 'title=', ...data]);
    assert.equal(posted.code, 1);
    assert.equal(JSON.parse(posted.out).meta.status, 'invalid_request');
    assert.match(posted.err, /^invalid_request \(HTTP 400\): A required parameter is missing/);
    assert.match(posted.err, /quota +4999 of 5000 left/);

    const refused = await runInProcess([
      'call',
      'GET',
      '/companies',
      '--fields',
      'website',
      '--filters',
      'standing(active)',
      ...data,
    ]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^invalid_permission \(HTTP 403\)/);
    const id = /request +(\S+)/.exec(refused.err)?.[1] as string;
    const explained = await jsonOf<{
      cause: Record<string, string>;
      stages: { stage: string; outcome: string }[];
      deployment: string;
    }>(['explain', id, '--json', ...at]);
    assert.deepEqual([explained.deployment, explained.cause.name], ['live', 'permission.lacking']);
    assert.deepEqual(
      explained.stages.map(({ stage, outcome }) => `${stage} ${outcome}`),
      [
        'transport passed',
        'deployment passed',
        'authentication passed',
        'rate-limit passed',
        'route passed',
        'parameters passed',
        'permission refused',
        'operation not reached',
        'representation not reached',
        'status not reached',
      ],
    );
    assert.match(
      (await runInProcess(['explain', id, ...at])).out,
      /✗ permission +refused: permission\.lacking[\s\S]*to succeed/,
    );

    // A change beside the server is seen by it, and a token that was revoked is replaced.
    assert.equal((await runInProcess(['staff', 'set', 'amy', '--access', 'companies=same', ...of])).code, 0);
    assert.equal((await load({ companies: [{ id: 12, name: 'MomCorp' }] })).code, 0);
    for (const token of await jsonOf<{ id: string }[]>(['token', 'list', '--json', ...of])) {
      assert.equal((await runInProcess(['token', 'revoke', ...of, '--', token.id])).code, 0);
    }
    const read = await runInProcess(['call', 'get', '/companies/12', ...data]);
    assert.equal(read.code, 0, read.err);
    assert.equal(JSON.parse(read.out).response.name, 'MomCorp');
    assert.match(read.err, /^ok \(HTTP 200\)/);
    const lost = await runInProcess(['call', 'get', '/companies', '--filters', 'monkeys(1)', ...data]);
    assert.match(lost.err, /ignored +monkeys: this list has no such filter/);
    const lostId = /request +(\S+)/.exec(lost.err)?.[1] as string;
    assert.match(
      (await runInProcess(['explain', lostId, ...at])).out,
      /\nignored +monkeys: this list has no such/,
    );
    assert.equal(
      (await jsonOf<{ ignored: string }>(['explain', lostId, '--json', ...at])).ignored,
      'monkeys',
    );
    const quiet = await runInProcess([
      'call',
      'PUT',
      '/companies/12',
      '--json',
      '{"website":"mom.example"}',
      '-q',
      ...data,
    ]);
    assert.deepEqual([quiet.code, quiet.err], [0, '']);
  });

  test('explain waits a moment for a request that is not logged yet, and says where it looked', async () => {
    const began = performance.now();
    const said = failureIn(await runInProcess(['explain', 'nothing', '--deployment', 'live', ...at]), 1);
    assert.match(said, /request nothing was not found: looked at the request log of deployment live/);
    assert.ok(performance.now() - began > 2_000);
  });
});
