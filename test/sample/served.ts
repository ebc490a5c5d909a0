import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { readConfig } from '../../src/config.ts';
import { findApplication } from '../../src/identity/applications.ts';
import { issueTokens } from '../../src/identity/tokens.ts';
import { sample, writeSample } from '../../src/sample/sample.ts';
import { sampleSizes } from '../../src/sample/sizes.ts';
import { type Server, startServer } from '../../src/server.ts';

/** The small sample on a server in memory, and a token of its web application, which acts as the administrator. */
export async function serveSample(): Promise<{
  readonly server: Server;
  readonly deployment: number;
  readonly personal: string;
}> {
  const flags = {
    port: '0',
    data: ':memory:',
    'log-level': 'silent',
    sandbox: true,
    'rate-limit': '1000000',
  };
  const server = await startServer(readConfig({ ...flags, 'default-deployment': sample.deployment }, {}), {
    catalogue: await loadCatalogue(),
  });
  const { store, clock } = server.world;
  await store.ready;
  const now = clock(0);
  const { deployment } = await writeSample(server, { now, companies: sampleSizes.small, told: () => {} });
  const web = await findApplication(store, deployment.id, sample.clients.web.clientId);
  const admin = await store.find(deployment.id, 'staff', ['id'], { username: sample.admin });
  const given = {
    ...{ family: 'test', applicationId: web?.id ?? 0, staffId: Number(admin?.id), scope: 'write(all)' },
    ...{ lifetime: 3_600, refreshable: false },
  };
  const { access } = await store.within((writing) => issueTokens(writing, deployment.id, given, now));
  return { server, deployment: deployment.id, personal: access };
}
