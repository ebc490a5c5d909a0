import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld } from '../harness/world.ts';
import { controlled, controlToken } from './control.ts';
import { countRows } from './kept.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

onEveryEngine('many forks', (engine) => {
  const forks = engine.name === 'sqlite' ? 1_000 : 100;

  test(`${forks} forks, each used once, leave nothing behind`, { timeout: 280_000 }, async () => {
    const world = await startWorld(engine, { sandbox: true, 'sandbox-token': controlToken });
    try {
      const tenant = await world.tenant();
      for (let i = 0; i < 20; i++) await tenant.put('companies', { name: `Company ${i}` });
      const one = async (): Promise<void> => {
        const { json } = await controlled(tenant, 'POST', `deployments/${tenant.deployment.name}/forks`, {});
        const made = await send(world.server.port, String(json.host), {
          method: 'POST',
          path: '/api/v0/companies',
          headers: { Authorization: `Bearer ${tenant.token}`, 'Content-Type': 'application/json' },
          body: '{"name":"MomCorp"}',
        });
        assert.equal(made.http, 200, made.text);
        const { http } = await controlled(tenant, 'DELETE', `forks/${json.name}`);
        assert.equal(http, 200);
      };
      const heap = (): number => {
        collect();
        return process.memoryUsage().heapUsed / 2 ** 20;
      };
      for (let i = 0; i < forks / 10; i++) await one();
      const [rows, before] = [await countRows(world), heap()];
      for (let i = 0; i < (forks * 9) / 10; i++) await one();
      // What a fork costs for good is the number of the next one.
      assert.deepEqual(await countRows(world), rows);
      const grown = heap() - before;
      assert.ok(grown < 30, `${grown} MiB more than before`);
      const folders = await readdir(join(world.database.data, 'files')).catch(() => []);
      assert.deepEqual(
        folders.filter((name) => /^\d+$/.test(name) && name !== String(tenant.deployment.id)),
        [],
      );
    } finally {
      closeConnections();
      await world.close();
    }
  });
});
