import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { findApplication } from '../../src/identity/applications.ts';
import { issueTokens } from '../../src/identity/tokens.ts';
import { sample, writeSample } from '../../src/sample/sample.ts';
import { sampleSizes } from '../../src/sample/sizes.ts';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';

/**
 * The small sample on a server, in memory unless a database is named; a token of its web application, which acts as the administrator, and one that
 * acts as somebody who may not see everything.
 */
export async function serveSample(database: Readonly<Record<string, string>> = {}): Promise<{
  readonly server: Server;
  readonly deployment: number;
  readonly personal: string;
  readonly restricted: string;
}> {
  const flags = {
    port: '0',
    data: ':memory:',
    'log-level': 'silent',
    sandbox: true,
    'rate-limit': '1000000',
    ...database,
  };
  const server = await startServer(readConfig({ ...flags, 'default-deployment': sample.deployment }, {}), {
    catalogue: await loadCatalogue(),
  });
  const { store, clock } = server.world;
  await store.ready;
  const now = clock(0);
  const { deployment } = await writeSample(server, { now, companies: sampleSizes.small, told: () => {} });
  const web = await findApplication(store, deployment.id, sample.clients.web.clientId);
  const tokenOf = async (username: string): Promise<string> => {
    const person = await store.find(deployment.id, 'staff', ['id'], { username });
    const given = {
      ...{ family: 'test', applicationId: web?.id ?? 0, staffId: Number(person?.id), scope: 'write(all)' },
      ...{ lifetime: 3_600, refreshable: false },
    };
    return (await store.within((writing) => issueTokens(writing, deployment.id, given, now))).access;
  };
  const personal = await tokenOf(sample.admin);
  return { server, deployment: deployment.id, personal, restricted: await tokenOf(sample.restricted) };
}
