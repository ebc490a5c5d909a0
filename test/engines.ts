import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import pg from 'pg';

/** A database of its own, gone when it is released. */
export interface Database {
  readonly databaseUrl: string | undefined;
  readonly data: string;
  release(): Promise<void>;
}

export interface TestEngine {
  readonly name: 'sqlite' | 'postgres';
  create(): Promise<Database>;
}

const server = process.env.ACCORD_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/postgres';

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const sqlite: TestEngine = {
  name: 'sqlite',
  create: async () => {
    const data = await mkdtemp(join(tmpdir(), 'accord-test-'));
    return { databaseUrl: undefined, data, release: () => rm(data, { recursive: true, force: true }) };
  },
};

const postgres: TestEngine = {
  name: 'postgres',
  create: async () => {
    const name = `accord_test_${randomBytes(6).toString('hex')}`;
    await administer(`create database ${name} template template0`);
    const data = await mkdtemp(join(tmpdir(), 'accord-test-'));
    const url = new URL(server);
    url.pathname = `/${name}`;
    return {
      databaseUrl: url.href,
      data,
      release: async () => {
        await administer(`drop database if exists ${name} with (force)`);
        await rm(data, { recursive: true, force: true });
      },
    };
  },
};

/** Whether Postgres answers; in CI it has to. */
export const hasPostgres = await administer('select 1').then(
  () => true,
  () => false,
);

/** Runs a suite once for each engine. Where Postgres is missing it says so: skipped on a laptop, failed in CI. */
export function onEveryEngine(name: string, suite: (engine: TestEngine) => void): void {
  describe(`${name} on sqlite`, () => suite(sqlite));
  if (hasPostgres) describe(`${name} on postgres`, () => suite(postgres));
  else if (process.env.CI)
    test(`${name} on postgres`, () => {
      throw new Error(`CI needs Postgres at ${server}`);
    });
  else test(`${name} on postgres`, { skip: `no Postgres at ${server}` }, () => {});
}

export { postgres, sqlite };
