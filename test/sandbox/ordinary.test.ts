import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { sample, writeSample } from '../../src/sample/sample.ts';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { controlToken } from './control.ts';

const src = pathToFileURL(join(import.meta.dirname, '../../src')).href;

/** The modules of the sandbox that a process has loaded when its server was started and asked. */
async function loaded(flags: Readonly<Record<string, string | boolean>>): Promise<readonly string[]> {
  const code = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context); } });
    await import('${src}/cli/commands/serve.ts');
    const { readConfig } = await import('${src}/server/config.ts');
    const { startServer } = await import('${src}/server/server.ts');
    const flags = { port: '0', data: ':memory:', 'log-level': 'silent', ...${JSON.stringify(flags)} };
    const server = await startServer(readConfig(flags, {}));
    for (const path of ['api/v0/companies', 'oauth2/v0/token', 'sandbox/v0/forks', 'docs/reference', 'healthz'])
      await fetch('http://127.0.0.1:' + server.port + '/' + path, { headers: { 'X-Sandbox-Fault': 'window.exhausted' } });
    await server.close();
    console.log(JSON.stringify(seen.filter((url) => url.startsWith('${src}/sandbox/'))));`;
  const args = ['--input-type=module', '-e', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '' },
  });
  return JSON.parse(stdout) as readonly string[];
}

test('an ordinary server loads nothing of the sandbox', async () => {
  assert.deepEqual(await loaded({}), []);
  assert.ok((await loaded({ sandbox: true })).length > 10);
});

onEveryEngine('the database of an ordinary server', (engine) => {
  test('is served as a sandbox and by an ordinary server in turn; no power is left in between', async () => {
    const database = await engine.create();
    let now = 1_800_000_000;
    const servers: Server[] = [];
    const start = async (sandbox: boolean): Promise<Server> => {
      const flags = {
        ...{ port: '0', data: database.data, 'log-level': 'silent', 'default-deployment': 'planet-express' },
        ...(sandbox ? { sandbox, 'sandbox-token': controlToken } : {}),
        ...(database.databaseUrl ? { 'database-url': database.databaseUrl } : {}),
      };
      const server = await startServer(readConfig(flags, {}), { clock: () => now });
      servers.push(server);
      await server.world.store.ready;
      return server;
    };
    const ask = async (server: Server, method: string, path: string, body: unknown = {}) =>
      send(server.port, `localhost:${server.port}`, {
        method,
        path: `/sandbox/v0/${path}`,
        headers: { Authorization: `Bearer ${controlToken}`, 'Content-Type': 'application/json' },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
      });
    const says = async (server: Server, host: string) => {
      const { headers, http } = await send(server.port, host, {
        path: '/api/v0/companies',
        headers: { Authorization: `Bearer ${sample.token}`, 'X-Sandbox-Fault': 'window.exhausted' },
      });
      return [http, headers['x-status-cause']];
    };
    try {
      const first = await start(false);
      await writeSample(first, { now, companies: 2, told: () => {} });
      assert.equal((await ask(first, 'GET', 'forks')).http, 404);
      await servers.pop()?.close();

      const second = await start(true);
      for (const [path, body] of [
        ['forks', { name: 'mine', expires: 60, port: 1 }],
        ['snapshots', { name: 'start' }],
        ['clock', { advance: 1_000_000 }],
        ['faults', { cause: 'window.exhausted' }],
      ] as const)
        assert.equal((await ask(second, 'POST', `deployments/planet-express/${path}`, body)).http, 200);
      assert.deepEqual(await says(second, 'planet-express.api.localhost'), [429, 'window.exhausted']);
      await servers.pop()?.close();

      const third = await start(false);
      now += 3_600;
      for (const path of ['forks', 'deployments/planet-express/clock', 'deployments/planet-express/faults'])
        assert.equal((await ask(third, 'GET', path)).http, 404);
      assert.deepEqual(await says(third, 'planet-express.api.localhost'), [200, undefined]);
      assert.equal(third.sandbox, undefined);
      assert.equal(third.world.clock(1), now);
      await servers.pop()?.close();

      const fourth = await start(true);
      await fourth.sandbox?.sweep();
      assert.match((await ask(fourth, 'GET', 'forks')).text, /"forks":\[\]/);
      assert.equal((await ask(fourth, 'POST', 'deployments/planet-express/reset')).http, 200);
    } finally {
      closeConnections();
      await Promise.all(servers.map((server) => server.close()));
      await database.release();
    }
  });
});
