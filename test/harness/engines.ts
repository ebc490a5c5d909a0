import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

/** The tables of the catalogue as a server makes them, and as a sandbox does. */
export const schemas = ['full', 'lean'] as const;
export type MadeSchema = (typeof schemas)[number];

export interface TestEngine {
  readonly name: 'sqlite' | 'postgres';
  /** Empty unless a schema is named; then its tables may be there already, which saves most of the time of a start. */
  create(schema?: MadeSchema): Promise<Database>;
}

const server = process.env.ACCORD_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/postgres';
/** The run of all tests that this process is of (`run.ts`), and the folder of what its tests share; absent where a file is run by itself. */
const { ACCORD_TEST_RUN: testRun, ACCORD_TEST_TEMPLATES: templates } = process.env;

/** Where the data of tests is: in a run of all tests, in memory where there is enough. */
const folder = templates ?? tmpdir();

export const urlOf = (name: string): string => {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
};
export const databasesOf = (run: string): string => `accord_test_${run}_`;
export const postgresTemplate = (schema: MadeSchema): string => `${databasesOf(testRun ?? '')}${schema}`;
export const sqliteTemplate = (folder: string, schema: MadeSchema): string => join(folder, `${schema}.db`);

/** The rows of the last statement. */
export async function administer(
  ...statements: readonly string[]
): Promise<readonly Record<string, string>[]> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    let rows: readonly Record<string, string>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

const sqlite: TestEngine = {
  name: 'sqlite',
  create: async (schema) => {
    const data = await mkdtemp(join(folder, 'accord-test-'));
    if (schema && templates) await copyFile(sqliteTemplate(templates, schema), join(data, 'accord.db'));
    return { databaseUrl: undefined, data, release: () => rm(data, { recursive: true, force: true }) };
  },
};

/** Each drop writes all that any database has changed to the disk first, so a run of all tests drops many in a row (`run.ts`). */
const drop = async (name: string): Promise<void> => {
  if (testRun && templates) await writeFile(join(templates, 'released', name), '');
  else await administer(`drop database if exists ${name} with (force)`);
};

const postgres: TestEngine = {
  name: 'postgres',
  create: async (schema) => {
    const name = `${databasesOf(testRun ?? 'alone')}${randomBytes(6).toString('hex')}`;
    await administer(
      `create database ${name} template ${schema && testRun ? postgresTemplate(schema) : 'template0'}`,
      // No test takes the power from PostgreSQL, so none has to wait until it has written to the disk.
      `alter database ${name} set synchronous_commit = off`,
    );
    const data = await mkdtemp(join(folder, 'accord-test-'));
    return {
      databaseUrl: urlOf(name),
      data,
      release: async () => {
        await drop(name);
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
