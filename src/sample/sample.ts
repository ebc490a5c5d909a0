import { createApplication, findApplication } from '../identity/applications.ts';
import { createDeployment, type Deployment, findDeployment } from '../identity/deployments.ts';
import { digestText } from '../identity/secrets.ts';
import { issueTokens, revokeFamily } from '../identity/tokens.ts';
import { start } from '../sandbox/snapshots.ts';
import type { Server } from '../server/server.ts';
import type { Reading, Store } from '../store/store.ts';
import { keepSampleFiles } from './files.ts';
import { inactive, lockedOut } from './people.ts';
import { type SampleRows, writeRows } from './rows.ts';
import { firstSampleId, type SampleSize, sampleSizes } from './sizes.ts';
import { day } from './writer.ts';

/** The sample deployment of a sandbox. Everything here is public and the same for everyone: never for production. */
export const sample = Object.freeze({
  deployment: 'planet-express',
  password: 'good news everyone',
  admin: 'hermes',
  restricted: 'philip',
  /** They cannot sign in. */
  lockedOut,
  inactive,
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
  /** One that has expired, and one that was revoked: to a caller they are alike. */
  expiredToken: 'sandbox-expired-token-'.padEnd(64, '0'),
  revokedToken: 'sandbox-revoked-token-'.padEnd(64, '0'),
  /** One of the person who is locked out. */
  lockedOutToken: 'sandbox-locked-out-token-'.padEnd(64, '0'),
});

/** argon2id of the password, which is no secret: hashing takes longer than all else that a small sample needs. */
export const samplePasswordHash =
  '$argon2id$v=19$m=19456,t=2,p=1$oMYsq/kafZQqO3xvZndidg$qoq/0HFKaZ44gXO1SAvfTTd8rZTfkppezbNbPYWVI6E';

/** What of the sample is wanted. */
export interface SampleAsked {
  readonly size: SampleSize;
  /** The id that each resource begins with; `firstSampleId` unless told. */
  readonly firstId?: number | undefined;
}

/**
 * Makes the sample deployment if it is not there, and renews its tokens; a new one is what `reset` of a sandbox goes back to. `told` hears of
 * progress. Answers lines that can be pasted.
 */
export async function provideSample(
  server: Server,
  { size, firstId }: SampleAsked,
  told: (progress: string) => void,
): Promise<readonly string[]> {
  await server.world.store.ready;
  const now = server.world.clock(0);
  const companies = sampleSizes[size];
  const { deployment, written } = await writeSample(server, { now, companies, firstId, told });
  if (written) await server.sandbox?.snapshots.save(deployment, start, true);
  return curlLines(server.url);
}

/** Answers the deployment, and whether it was written just now. The database has to be ready. */
export async function writeSample(
  server: Pick<Server, 'world'> & Partial<Pick<Server, 'url'>>,
  {
    firstId = firstSampleId,
    ...options
  }: Pick<SampleRows, 'now' | 'companies' | 'told'> & { readonly firstId?: number | undefined },
): Promise<{ readonly deployment: Deployment; readonly written: boolean }> {
  const { store } = server.world;
  const { now } = options;
  const deployment =
    (await findDeployment(store, sample.deployment)) ??
    (await createDeployment(
      store,
      { name: sample.deployment, title: 'Planet Express', timezone: 'America/New_York' },
      now,
    ));
  const written = !(await store.find(deployment.id, 'staff', ['id'], {}));
  if (written) await fill(server, deployment.id, { ...options, firstId });
  const admin = await store.find(deployment.id, 'staff', ['id'], { username: sample.admin });
  // Somebody may have renamed the administrator since.
  const staffId = (admin?.id ?? firstId) as number;
  await pinApplications(store, deployment, staffId, now);
  await pinTokens(store, deployment.id, staffId, now);
  return { deployment, written };
}

/** All rows in one transaction; files that no row leads to are removed again. */
async function fill(
  { world: { store, catalogue, files }, url }: Parameters<typeof writeSample>[0],
  deployment: number,
  options: Pick<SampleRows, 'now' | 'companies' | 'told' | 'firstId'>,
): Promise<void> {
  const kept = options.companies === undefined ? [] : await keepSampleFiles(files, deployment);
  const rows = { ...options, deployment, passwordHash: samplePasswordHash, files: kept, origin: url };
  try {
    await store.within((writing) => writeRows(writing, catalogue, rows));
  } catch (error) {
    for (const { key } of kept) await files.remove(deployment, key).catch(() => {});
    throw error;
  }
}

async function pinApplications(
  store: Store,
  deployment: Deployment,
  staffId: number,
  now: number,
): Promise<void> {
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
        staffId,
        redirectUris,
        defaultScope: 'write(all)',
        pinned,
      },
      now,
    );
  }
}

const year = 365 * day;

/** A token that works, one that expired a day ago, one that was revoked, and one of a person who is locked out. */
async function pinTokens(store: Store, deployment: number, admin: number, now: number): Promise<void> {
  const service = await findApplication(store, deployment, sample.clients.service.clientId);
  const locked = await store.find(deployment, 'staff', ['id'], { username: sample.lockedOut });
  await store.within(async (writing) => {
    for (const [pinned, staffId, issued] of [
      [sample.token, admin, now],
      [sample.expiredToken, admin, now - year - day],
      [sample.revokedToken, admin, now],
      [sample.lockedOutToken, Number(locked?.id ?? admin), now],
    ] as const) {
      await writing.remove(deployment, 'tokens', { digest: digestText(pinned) });
      const given = {
        family: pinned === sample.token ? 'sandbox' : pinned,
        applicationId: service?.id ?? 1,
        staffId,
        scope: 'write(all)',
        lifetime: year,
        refreshable: false,
        pinned,
      };
      await issueTokens(writing, deployment, given, issued);
    }
    await revokeFamily(writing, deployment, sample.revokedToken, now);
  });
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
