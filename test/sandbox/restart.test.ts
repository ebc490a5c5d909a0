import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample, writeSample } from '../../src/sample/sample.ts';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';

onEveryEngine('a sandbox that is started again', (engine) => {
  test('has its forks and snapshots still, but those whose time is over or that were being removed', async () => {
    const database = await engine.create('lean');
    let now = 1_800_000_000;
    const start = async (): Promise<Server> => {
      const flags = {
        port: '0',
        data: database.data,
        'log-level': 'silent',
        sandbox: true,
        'sandbox-token': 'a-token-for-tests',
        ...(database.databaseUrl ? { 'database-url': database.databaseUrl } : {}),
      };
      const server = await startServer(readConfig(flags, {}), { clock: () => now });
      await server.world.store.ready;
      await server.sandbox?.sweep();
      return server;
    };
    const ask = async (server: Server, method: string, path: string, body?: unknown) => {
      const reply = await send(server.port, 'localhost', {
        method,
        path: `/sandbox/v0/${path}`,
        headers: { Authorization: 'Bearer a-token-for-tests', 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      assert.equal(reply.http, 200, reply.text);
      return JSON.parse(reply.text) as Record<string, unknown>;
    };
    const causeAt = async (server: Server, fork: string) =>
      (
        await send(server.port, `${fork}.api.localhost`, {
          path: '/api/v0/companies/count',
          headers: { Authorization: `Bearer ${sample.token}` },
        })
      ).headers['x-status-cause'];
    const own = `deployments/${sample.deployment}`;
    try {
      const first = await start();
      const { world } = first;
      await writeSample(first, { now, companies: 2, told: () => {} });
      await ask(first, 'POST', `${own}/snapshots`, { name: 'kept' });
      for (const [name, expires] of [
        ['short', 60],
        ['long', 6_000],
        ['dying', 6_000],
      ])
        await ask(first, 'POST', `${own}/forks`, { name, expires });
      const dying = await world.directory('dying');
      // As a process leaves it that is killed while it removes a fork.
      await world.store.within(async (writing) => {
        await writing.remove(0, 'deployments', { name: 'dying' });
        await writing.update(0, 'sandbox_copies', { id: dying?.id ?? 0 }, { date_expires: 0 });
      });
      await first.close();

      now += 61;
      const second = await start();
      assert.deepEqual(
        ((await ask(second, 'GET', 'forks')).forks as { name: string }[]).map(({ name }) => name),
        ['long'],
      );
      assert.equal(await causeAt(second, 'short'), 'deployment.unknown');
      assert.equal(await causeAt(second, 'long'), undefined);
      assert.equal(await second.world.store.find(dying?.id ?? 0, 'companies', ['id'], {}), undefined);
      assert.equal(await second.world.store.find(0, 'sandbox_copies', ['id'], { name: 'dying' }), undefined);
      await ask(second, 'POST', `${own}/snapshots/kept/restore`);
      await second.close();
    } finally {
      closeConnections();
      await database.release();
    }
  });
});
