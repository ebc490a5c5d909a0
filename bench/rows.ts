import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadCatalogue } from '../src/catalogue/catalogue.ts';
import { createApplication } from '../src/identity/applications.ts';
import { createDeployment } from '../src/identity/deployments.ts';
import { issueTokens } from '../src/identity/tokens.ts';
import { openDatabase } from '../src/server/database.ts';

/** A database with so many companies in one tenant, and a way in. */
export interface Prepared {
  readonly engine: string;
  readonly data: string;
  readonly databaseUrl: string | undefined;
  readonly rows: number;
  readonly token: string;
  readonly clientId: string;
  readonly secret: string;
  /** Has the engine look at what is there, after it was filled further. */
  analyze(): Promise<void>;
  remove(): Promise<void>;
}

const server = process.env.ACCORD_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const batch = 5_000;

async function administer(statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

export async function prepare(engine: string, rows: number): Promise<Prepared> {
  const data = await mkdtemp(join(tmpdir(), 'accord-bench-'));
  const name = `accord_bench_${process.pid}_${rows}`;
  let databaseUrl: string | undefined;
  if (engine === 'postgres') {
    await administer(`create database ${name} template template0`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    databaseUrl = url.href;
  }
  const store = await openDatabase({ data, databaseUrl }, await loadCatalogue());
  await store.ready;
  const now = Math.floor(Date.now() / 1_000);
  const deployment = await createDeployment(store, { name: 'bench' }, now);
  const tokens = await store.within(async (writing) => {
    await writing.insert(deployment.id, 'staff', {
      id: 1,
      username: 'bench',
      firstname: 'B',
      surname: 'Ench',
      standing: 'active',
      access: '{"everything":"admin"}',
    });
    return issueTokens(
      writing,
      deployment.id,
      {
        family: 'bench',
        applicationId: 1,
        staffId: 1,
        scope: 'write(all)',
        lifetime: 86_400,
        refreshable: false,
      },
      now,
    );
  });
  const { application, secret } = await createApplication(
    store,
    deployment,
    { type: 'service', name: 'bench', staffId: 1 },
    now,
  );
  if (process.stderr.isTTY) process.stderr.write(`writing ${rows} companies …`);
  for (let from = 1; from <= rows; from += batch) {
    await store.within(async (writing) => {
      for (let id = from; id < Math.min(from + batch, rows + 1); id++) {
        await writing.insert(deployment.id, 'companies', {
          id,
          name: `Company ${id}`,
          website: `https://www.company-${id}.example`,
          phone: `555 01${String(id % 10_000).padStart(4, '0')}`,
          comments: 'A customer since the year 3000, and a good one.',
          standing: id % 3 === 0 ? 'inactive' : 'active',
          date_created: 1_500_000_000 + id,
          date_modified: 1_600_000_000 + ((id * 7_919) % rows),
        });
      }
    });
  }
  await store.within((writing) => writing.skipIds(deployment.id, 'companies', rows));
  await store.close();
  const analyze = async (): Promise<void> => {
    if (!databaseUrl) return;
    const client = new pg.Client(databaseUrl);
    await client.connect();
    await client.query('vacuum analyze').finally(() => client.end());
  };
  await analyze();
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return {
    engine,
    data,
    databaseUrl,
    rows,
    token: tokens.access,
    clientId: application.clientId,
    secret,
    analyze,
    remove: async () => {
      await rm(data, { recursive: true, force: true });
      if (databaseUrl) await administer(`drop database if exists ${name} with (force)`);
    },
  };
}
