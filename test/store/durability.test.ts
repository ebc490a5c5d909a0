import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { createDeployment } from '../../src/identity/deployments.ts';
import { issueTokens } from '../../src/identity/tokens.ts';
import { openDatabase } from '../../src/server/database.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { codeFor, exchange, refresh, tokensFor } from '../harness/grants.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld } from '../harness/world.ts';

/** 50 in the nightly run (`ACCORD_KILLS=50`); enough to meet a torn write each time otherwise. */
const kills = Number(process.env.ACCORD_KILLS ?? 10);
const accord = join(import.meta.dirname, '../../src/cli/start.js');

async function startProcess(args: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(
    process.execPath,
    [accord, 'serve', '--port', '0', '--log-level', 'silent', '--rate-limit', '100000000', '--json', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += String(chunk);
      const found = /:(\d+)/.exec(said);
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  return { child, port };
}

onEveryEngine('durability', (engine) => {
  test(`${kills} × kill -9 under write load: every acknowledged write is there`, async () => {
    const database = await engine.create('full');
    const catalogue = await loadCatalogue();
    const args = [
      '--data',
      database.data,
      ...(database.databaseUrl ? ['--database-url', database.databaseUrl] : []),
    ];
    try {
      const store = await openDatabase(database, catalogue);
      await store.ready;
      const { id } = await createDeployment(store, { name: 'kill' }, 1);
      const { access } = await store.within(async (writing) => {
        await writing.insert(id, 'staff', {
          id: 1,
          username: 'x',
          standing: 'active',
          access: '{"everything":"admin"}',
        });
        await writing.insert(id, 'applications', {
          id: 1,
          client_id: 'x',
          secret: 'x',
          name: 'x',
          type: 'web',
          staff_id: 1,
          redirect_uris: '[]',
          default_scope: 'write(all)',
          disabled: 0,
          date_created: 1,
        });
        const now = Math.floor(Date.now() / 1_000);
        return issueTokens(
          writing,
          id,
          {
            family: 'x',
            applicationId: 1,
            staffId: 1,
            scope: 'write(all)',
            lifetime: 86_400,
            refreshable: false,
          },
          now,
        );
      });
      const acknowledged: string[] = [];
      let sent = 0;
      for (let kill = 0; kill < kills; kill++) {
        const { child, port } = await startProcess(args);
        let alive = true;
        const writer = async () => {
          while (alive) {
            const name = `company ${sent++}`;
            const reply = await send(port, 'kill.api.localhost', {
              method: 'POST',
              path: '/api/v0/companies',
              headers: {
                Authorization: `Bearer ${access}`,
                'Content-Type': 'application/x-www-form-urlencoded',
              },
              body: new URLSearchParams({ name }).toString(),
            }).catch(() => undefined);
            if (reply?.http === 200) acknowledged.push(name);
            else if (reply) assert.fail(reply.text);
          }
        };
        const writers = Array.from({ length: 8 }, writer);
        const before = acknowledged.length;
        while (acknowledged.length < before + 20) await new Promise((resume) => setTimeout(resume, 5));
        await new Promise((resume) => setTimeout(resume, Math.random() * 60));
        child.kill('SIGKILL');
        await new Promise((done) => child.once('close', done));
        alive = false;
        await Promise.all(writers);
      }
      for (const name of acknowledged) {
        const found = await store.find(id, 'companies', ['name'], { name });
        assert.ok(found, `${name} was acknowledged and is gone`);
      }
      assert.ok(acknowledged.length >= kills * 20);
      await store.close();
    } finally {
      closeConnections();
      await database.release();
    }
  });

  test('no code and no refresh token is accepted twice under 100 parallel tries', async () => {
    const world = await startWorld(engine);
    try {
      const tenant = await world.tenant();
      const code = await codeFor(tenant);
      const exchanged = await Promise.all(
        Array.from({ length: 100 }, () => tenant.send(exchange(tenant, code))),
      );
      assert.equal(exchanged.filter(({ http }) => http === 200).length, 1);
      const { refresh_token } = await tokensFor(tenant);
      const refreshed = await Promise.all(
        Array.from({ length: 100 }, () => tenant.send(refresh(tenant, refresh_token))),
      );
      const successors = new Set(
        refreshed.map(({ http, text }) =>
          http === 200 ? JSON.parse(text).refresh_token : `refused ${http}`,
        ),
      );
      assert.equal(
        successors.size,
        1,
        `one successor for all: ${[...successors].map((each) => String(each).slice(0, 12))}`,
      );
    } finally {
      closeConnections();
      await world.close();
    }
  });
});
