/**
 * `node test/harness/make-templates.ts FOLDER`: leaves databases whose tables are made, for `engines.ts` to copy. On SQLite they are files in the folder;
 * on PostgreSQL, within a run of all tests, databases that are named after the run.
 */
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { openDatabase } from '../../src/server/database.ts';
import { administer, hasPostgres, postgresTemplate, schemas, sqliteTemplate, urlOf } from './engines.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('name a folder');
const catalogue = await loadCatalogue();

async function make(databaseUrl: string | undefined, data: string, schema: (typeof schemas)[number]) {
  const store = await openDatabase({ databaseUrl, data, schema }, catalogue);
  await store.ready;
  await store.close();
}

for (const schema of schemas) {
  const data = join(folder, schema);
  await mkdir(data);
  await make(undefined, data, schema);
  await rename(join(data, 'accord.db'), sqliteTemplate(folder, schema));
  if (!process.env.ACCORD_TEST_RUN || !hasPostgres) continue;
  const name = postgresTemplate(schema);
  await administer(`create database ${name} template template0`);
  await make(urlOf(name), data, schema);
  await administer(`alter database ${name} allow_connections false`);
}
