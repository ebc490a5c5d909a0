import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Pieces } from '../../src/conform/pieces.ts';
import { sqlite } from '../harness/engines.ts';
import { codeFor } from '../harness/grants.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { startProxy } from './deviating-proxy.ts';
import { differing, piecesOf, probe, rowsOf } from './probing.ts';

describe('conform minds the server and what it was given', () => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(sqlite);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const careful = async (tenant: Tenant): Promise<Pieces> => ({
    ...(await piecesOf(tenant)),
    exhaust: false,
    lockout: undefined,
  });

  test('waits as long as a 429 says, once, and goes on', async () => {
    const tenant = await world.tenant();
    const waited: number[] = [];
    let refused = false;
    const proxy = await startProxy(world.server.port, [
      {
        say: (said, asked) => {
          if (refused || !asked.url.includes('/timers')) return said;
          refused = true;
          return { ...said, http: 429, headers: [...said.headers, ['Retry-After', '17']] };
        },
      },
    ]);
    try {
      const report = await probe(tenant, proxy.port, await careful(tenant), {
        sleep: async (seconds) => {
          waited.push(seconds);
          tenant.world.now += seconds;
        },
      });
      assert.ok(waited.includes(17));
      assert.deepEqual(rowsOf(report, 'differs'), [], differing(report));
    } finally {
      await proxy.close();
    }
  });

  test('asks no more once it is locked out', async () => {
    const tenant = await world.tenant();
    const asked: string[] = [];
    let locked = false;
    const proxy = await startProxy(world.server.port, [
      {
        say: (said, { url }) => {
          if (locked) asked.push(url);
          if (said.http !== 401 || !url.startsWith('/oauth2/v0/token')) return said;
          locked = true;
          return { ...said, headers: [...said.headers, ['Retry-After', '300']] };
        },
      },
    ]);
    try {
      const pieces = { ...(await careful(tenant)), writes: false };
      const { results } = await probe(tenant, proxy.port, pieces);
      assert.ok(results.some(({ why }) => why === 'the server has locked us out for 300 s'));
      assert.deepEqual([...new Set(asked)], ['/oauth2/v0/revoke'], 'but for giving its tokens back');
    } finally {
      await proxy.close();
    }
  });

  test('a code that was fetched by hand serves one probe', async () => {
    const tenant = await world.tenant();
    const pieces = { ...(await careful(tenant)), person: undefined, codes: [await codeFor(tenant)] };
    const report = await probe(tenant, world.server.port, pieces);
    assert.deepEqual(rowsOf(report, 'differs'), [], differing(report));
    const first = report.results.find(({ name }) => name === 'of a web application');
    assert.equal(first?.outcome, 'same');
    assert.ok(report.results.some(({ why }) => why?.startsWith('every --code was used')));
  });

  test('a token that may only read shows nothing about writing', async () => {
    const tenant = await world.tenant();
    const none = { service: undefined, web: undefined, person: undefined };
    const token = await tenant.issue({ scope: 'read(all)' });
    const pieces = { ...(await careful(tenant)), ...none, token };
    const report = await probe(tenant, world.server.port, pieces);
    assert.deepEqual(rowsOf(report, 'differs'), [], differing(report));
    assert.ok(
      report.results.some(
        ({ row, why }) => row === 'success.create' && why?.includes('may not write companies'),
      ),
    );
    const blind = { ...pieces, token: await tenant.issue({ scope: 'read(tasks)' }) };
    await assert.rejects(probe(tenant, world.server.port, blind), /may not read staff \(invalid_scope\)/);
  });
});
