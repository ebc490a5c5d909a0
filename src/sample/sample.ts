import { createApplication, findApplication } from '../identity/applications.ts';
import { createDeployment, type Deployment, findDeployment } from '../identity/deployments.ts';
import { digestText } from '../identity/secrets.ts';
import { issueTokens } from '../identity/tokens.ts';
import { start } from '../sandbox/snapshots.ts';
import type { Server } from '../server.ts';
import type { Reading } from '../store/store.ts';
import { type SampleOptions, writeRows } from './rows.ts';

/** The sample deployment of a sandbox. Everything here is public and the same for everyone: never for production. */
export const sample = Object.freeze({
  deployment: 'planet-express',
  password: 'good news everyone',
  admin: 'hermes',
  restricted: 'philip',
  /** Of the web application. */
  redirectUri: 'http://localhost:8080/callback',
  clients: Object.freeze({
    service: {
      clientId: '5ba17c78a0@planet-express.accelo.com',
      secret: 'sandbox-service-secret-00000000000000000000',
    },
    web: {
      clientId: 'a17c78ao11@planet-express.accelo.com',
      secret: 'sandbox-web-secret-000000000000000000000000',
    },
    installed: {
      clientId: '9749c33f22@planet-express.accelo.com',
      secret: 'sandbox-installed-secret-000000000000000000',
    },
    /** A service application for pages on this machine. A list of domains shuts out requests without an Origin, so the others have none. */
    browser: {
      clientId: 'b0a17c78a3@planet-express.accelo.com',
      secret: 'sandbox-browser-secret-00000000000000000000',
    },
  }),
  /** 64 characters, like every access token. */
  token: 'sandbox-token-of-planet-express-0000000000000000000000000000000'.padEnd(64, '0'),
});

const usual = 300;

/** argon2id of the password, which is no secret: hashing takes longer than all else that a small sample needs. */
export const samplePasswordHash =
  '$argon2id$v=19$m=19456,t=2,p=1$oMYsq/kafZQqO3xvZndidg$qoq/0HFKaZ44gXO1SAvfTTd8rZTfkppezbNbPYWVI6E';

/**
 * Makes the sample deployment if it is not there, and renews its token; a new one is what `reset` of a sandbox goes back to. `told` hears of
 * progress. Answers lines that can be pasted.
 */
export async function provideSample(
  server: Server,
  told: (progress: string) => void,
): Promise<readonly string[]> {
  await server.world.store.ready;
  const now = server.world.clock(0);
  const { deployment, written } = await writeSample(server, { now, companies: usual, told });
  if (written) await server.sandbox?.snapshots.save(deployment, start, true);
  return curlLines(server.url);
}

/** Answers the deployment, and whether it was written just now. The database has to be ready. */
export async function writeSample(
  server: Pick<Server, 'world'>,
  { now, companies, told }: Pick<SampleOptions, 'now' | 'companies' | 'told'>,
): Promise<{ readonly deployment: Deployment; readonly written: boolean }> {
  const { store, catalogue } = server.world;
  const deployment =
    (await findDeployment(store, sample.deployment)) ??
    (await createDeployment(
      store,
      { name: sample.deployment, title: 'Planet Express', timezone: 'America/New_York' },
      now,
    ));
  const written = !(await store.find(deployment.id, 'staff', ['id'], {}));
  if (written) {
    await store.within((writing) =>
      writeRows(writing, catalogue, {
        deployment: deployment.id,
        now,
        passwordHash: samplePasswordHash,
        companies,
        told,
      }),
    );
  }
  for (const [type, pinned] of Object.entries(sample.clients)) {
    if (await findApplication(store, deployment.id, pinned.clientId)) continue;
    const redirectUris = type === 'web' ? [sample.redirectUri] : [];
    const name = `Sample ${type} application`;
    const kind =
      type === 'browser' ? { type: 'service', allowDomains: ['localhost', '127.0.0.1'] } : { type };
    await createApplication(
      store,
      deployment,
      {
        ...(kind as { type: 'service' }),
        name,
        staffId: 1,
        redirectUris,
        defaultScope: 'write(all)',
        pinned,
      },
      now,
    );
  }
  const service = await findApplication(store, deployment.id, sample.clients.service.clientId);
  await store.within(async (writing) => {
    await writing.remove(deployment.id, 'tokens', { digest: digestText(sample.token) });
    const year = 365 * 86_400;
    const given = {
      family: 'sandbox',
      applicationId: service?.id ?? 1,
      staffId: 1,
      scope: 'write(all)',
      lifetime: year,
      refreshable: false,
      pinned: sample.token,
    };
    await issueTokens(writing, deployment.id, given, now);
  });
  return { deployment, written };
}

/** Whether the sample is there, and lets in everyone who has read its secret. */
export async function isOpenToAll(store: Reading): Promise<boolean> {
  const deployment = await findDeployment(store, sample.deployment);
  if (!deployment || deployment.disabled) return false;
  const { clientId, secret } = sample.clients.service;
  const service = await findApplication(store, deployment.id, clientId);
  return service !== undefined && !service.disabled && service.secret === digestText(secret);
}

/** The first two requests, for the sample reached at an origin. */
export function curlLines(url: string): readonly string[] {
  const { clientId, secret } = sample.clients.service;
  return [
    `curl -s -u '${clientId}:${secret}' -d 'grant_type=client_credentials' '${url}/oauth2/v0/token'`,
    `curl -s -H 'Authorization: Bearer ${sample.token}' '${url}/api/v0/companies?_fields=website,standing'`,
  ];
}
