import type { Pieces } from '../../src/conform/pieces.ts';
import type { ProbeRow } from '../../src/conform/probe.ts';
import { type ConformReport, conform } from '../../src/conform/run.ts';
import { createApplication } from '../../src/identity/applications.ts';
import { password, type Registered, redirectUri, type Tenant } from '../harness/world.ts';

const clientOf = ({ application, secret }: Registered) => ({ id: application.clientId, secret });

/** Everything that can be given, and everything allowed. */
export async function piecesOf(tenant: Tenant): Promise<Pieces> {
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

export const probe = (
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

export const rowsOf = ({ results }: ConformReport, outcome: string): ProbeRow[] =>
  [...new Set(results.filter((each) => each.outcome === outcome).map(({ row }) => row))].sort();

/** Only the differences, to be read when a test fails. */
export const differing = ({ results }: ConformReport): string =>
  JSON.stringify(
    results.filter(({ outcome }) => outcome === 'differs'),
    null,
    1,
  );

/** Few enough to be used up, and more than all probes need. */
export const flags = { 'rate-limit': '200', 'lockout-attempts': '8' };

export const companies = async ({ world, deployment }: Tenant): Promise<number> =>
  (await world.server.world.store.list(deployment.id, { table: 'companies', columns: ['id'], limit: 100 }))
    .length;
