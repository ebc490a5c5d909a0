import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { everywhere } from '../../src/cli/conform/everywhere.ts';
import type { Pieces } from '../../src/cli/conform/pieces.ts';
import type { RowName } from '../../src/cli/conform/probe.ts';
import { probes, unprobed } from '../../src/cli/conform/probes/probes.ts';
import { promises } from '../../src/cli/conform/promises.ts';
import { conform, type Report } from '../../src/cli/conform/run.ts';
import { causes } from '../../src/contract/causes.ts';
import { createApplication } from '../../src/identity/applications.ts';
import { onEveryEngine, sqlite } from '../engines.ts';
import { codeFor } from '../grants.ts';
import { closeConnections } from '../http.ts';
import { password, type Registered, redirectUri, startWorld, type Tenant, type TestWorld } from '../world.ts';
import { startProxy } from './deviating-proxy.ts';
import { type Deviation, deviations } from './deviations.ts';

/** Few enough to be used up, and more than all probes need. */
const flags = { 'rate-limit': '400', 'lockout-attempts': '8' };

const clientOf = ({ application, secret }: Registered) => ({ id: application.clientId, secret });

/** Everything that can be given, and everything allowed. */
async function piecesOf(tenant: Tenant): Promise<Pieces> {
  const { store } = tenant.world.server.world;
  const restricted = (lists: { allowAddresses?: string[]; allowDomains?: string[] }) =>
    createApplication(
      store,
      tenant.deployment,
      { type: 'service', name: 'restricted', staffId: tenant.admin, ...lists },
      tenant.world.now,
    );
  return {
    token: undefined,
    service: clientOf(tenant.service),
    web: clientOf(tenant.web),
    redirectUri,
    person: { username: 'hermes', password },
    codes: [],
    other: clientOf(tenant.installed),
    restricted: await tenant.issue({ staff: tenant.restricted }),
    address: clientOf(await restricted({ allowAddresses: ['203.0.113.7'] })),
    domain: clientOf(await restricted({ allowDomains: ['app.example.com'] })),
    writes: true,
    lockout: 8,
    exhaust: true,
  };
}

let runs = 0;

const probe = (
  tenant: Tenant,
  port: number,
  pieces: Pieces,
  more: Partial<Parameters<typeof conform>[0]> = {},
) =>
  conform({
    origin: new URL(`http://${tenant.deployment.name}.api.localhost:${port}`),
    pieces,
    limits: { maxRequests: 2_000, patience: 700, timeout: 60_000 },
    only: () => true,
    profile: undefined,
    signal: new AbortController().signal,
    mark: `accord conform test ${++runs}`,
    // The server's clock is the test's: what waits does not take its time.
    sleep: async (seconds) => {
      tenant.world.now += seconds;
    },
    ...more,
  });

const rowsOf = ({ results }: Report, outcome: string): RowName[] =>
  [...new Set(results.filter((each) => each.outcome === outcome).map(({ row }) => row))].sort();

const companies = async ({ world, deployment }: Tenant): Promise<number> =>
  (await world.server.world.store.list(deployment.id, 'companies', ['id'], {}, 100)).length;

/** Only the differences, to be read when a test fails. */
const differing = ({ results }: Report): string =>
  JSON.stringify(
    results.filter(({ outcome }) => outcome === 'differs'),
    null,
    1,
  );

describe('the table of probes', () => {
  const probed = new Set<RowName>([...probes, ...everywhere].map(({ row }) => row));
  test('every cause is probed, or said why it cannot be, never both', () => {
    for (const cause of Object.keys(causes) as (keyof typeof causes)[])
      assert.equal(probed.has(cause), unprobed[cause] === undefined, cause);
  });
  test('every promise is probed', () => {
    for (const row of Object.keys(promises)) assert.ok(probed.has(row as RowName), row);
  });
  test('every probe is of a cause or a promise, and no two have one name', () => {
    for (const row of probed) assert.ok(Object.hasOwn(causes, row) || Object.hasOwn(promises, row), row);
    const names = [...probes, ...everywhere].map(({ row, name }) => `${row} ${name}`);
    assert.equal(new Set(names).size, names.length);
  });
});

onEveryEngine('conform against this server', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, flags);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  test('no difference, and every probe was made', async () => {
    const tenant = await world.tenant();
    const report = await probe(tenant, world.server.port, await piecesOf(tenant));
    assert.deepEqual(rowsOf(report, 'differs'), [], differing(report));
    assert.deepEqual(rowsOf(report, 'not probed'), Object.keys(unprobed).sort());
    assert.equal(report.profile, 'accord');
    assert.deepEqual(report.left, []);
    assert.equal(await companies(tenant), 0, 'nothing is left of what was made');
  });
  test('reads only, unless writes are allowed', async () => {
    const tenant = await world.tenant();
    const pieces = { ...(await piecesOf(tenant)), writes: false, exhaust: false, lockout: undefined };
    const asked: string[] = [];
    const proxy = await startProxy(world.server.port, [
      {
        ask: (sent) => {
          if (sent.url.startsWith('/api')) asked.push(`${sent.method} ${sent.url} ${sent.body}`);
          return sent;
        },
      },
    ]);
    try {
      const report = await probe(tenant, proxy.port, pieces);
      assert.deepEqual(rowsOf(report, 'differs'), [], differing(report));
      const writing = asked.filter((each) => !/^(GET|HEAD) /.test(each) && !/_method/.test(each));
      assert.deepEqual(writing, []);
      assert.ok(report.results.some(({ why }) => why?.includes('needs --writes')));
      const usable = await world.server.world.store.list(
        tenant.deployment.id,
        'tokens',
        ['application_id'],
        { application_id: tenant.service.application.id, date_revoked: null },
        100,
      );
      assert.deepEqual(usable, [], 'what was issued was given back');
    } finally {
      await proxy.close();
    }
  });
});

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

describe('conform against a server that differs', () => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(sqlite, flags);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  async function through(chosen: readonly Deviation[]): Promise<Report> {
    const tenant = await world.tenant();
    const proxy = await startProxy(
      world.server.port,
      chosen.map(({ make }) => make()),
    );
    try {
      // What is locked out is told by Retry-After alone, which is a deviation of its own.
      const report = await probe(tenant, proxy.port, { ...(await piecesOf(tenant)), lockout: undefined });
      assert.deepEqual(report.left, []);
      assert.equal(await companies(tenant), 0, 'nothing is left of what was made');
      return report;
    } finally {
      await proxy.close();
    }
  }

  test('there are twenty deviations and more, and their rows are rows', () => {
    assert.ok(deviations.length >= 20);
    assert.equal(new Set(deviations.map(({ name }) => name)).size, deviations.length);
  });
  for (const deviation of deviations) {
    test(`${deviation.name}: found where it belongs, and nowhere else`, async () => {
      const report = await through([deviation]);
      assert.deepEqual(rowsOf(report, 'differs'), [...deviation.rows].sort(), differing(report));
    });
  }
  test('all of them at once: all are found', async () => {
    const found = rowsOf(await through(deviations), 'differs');
    const missed = deviations.filter(({ rows }) => !rows.every((row) => found.includes(row)));
    assert.deepEqual(
      missed.map(({ name }) => name),
      [],
    );
  });
});
