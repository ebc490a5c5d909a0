import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createDeployment } from '../../src/identity/deployments.ts';
import { curlLines } from '../../src/sample/sample.ts';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { send } from '../harness/http.ts';

const text = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

describe('the start page', () => {
  let server: Server;
  const at = async (host: string): Promise<string> =>
    text((await send(server.port, host, { path: '/' })).text);

  const start = async (sandbox: boolean): Promise<Server> => {
    const flags = { port: '0', data: ':memory:', 'log-level': 'silent', sandbox };
    const started = await startServer(readConfig(flags, {}), { lines: curlLines });
    await started.world.store.ready;
    for (const [name, title] of [
      ['planet-express', 'Planet Express'],
      ['acme', 'acme'],
    ] as const)
      await createDeployment(started.world.store, { name, title, timezone: 'UTC' }, 0);
    return started;
  };

  before(async () => {
    server = await start(true);
  });
  after(() => server.close());

  test('has the first requests to send, to the host where it was asked for', async () => {
    const page = await at(`localhost:${server.port}`);
    for (const line of curlLines(`http://localhost:${server.port}`)) assert.ok(page.includes(line), line);
    assert.ok(page.includes('accord explain'));
    assert.ok(page.includes('accord sandbox fault add'));
  });

  test('says of each deployment where it is reached', async () => {
    const { port } = server;
    const bare = await at(`localhost:${port}`);
    assert.ok(bare.includes(`Planet Express (planet-express)http://localhost:${port}/api/v0`), bare);
    assert.ok(bare.includes(`acmehttp://acme.api.localhost:${port}/api/v0`), bare);
    const named = await at(`acme.api.example.com:${port}`);
    assert.ok(named.includes(`http://acme.api.example.com:${port}/api/v0`), named);
    assert.ok(named.includes(`http://planet-express.api.example.com:${port}/api/v0`), named);
  });

  test('puts nothing into a line for a shell that no host has', async () => {
    const page = await at("localhost';touch x;'");
    assert.ok(!page.includes('curl'), page);
  });

  test('tells nothing of its deployments where it is no sandbox', async () => {
    const real = await start(false);
    try {
      const page = text((await send(real.port, 'localhost', { path: '/' })).text);
      assert.ok(page.includes('Accord speaks'));
      assert.ok(
        !page.includes('Planet Express') && !page.includes('curl') && !page.includes('sandbox'),
        page,
      );
    } finally {
      await real.close();
    }
  });
});
