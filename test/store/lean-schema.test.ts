import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import pg from 'pg';
import { type Catalogue, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { sample, writeSample } from '../../src/sample/sample.ts';
import { openDatabase } from '../../src/server/database.ts';
import type { SchemaState } from '../../src/store/migrations.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld, type TestWorld } from '../harness/world.ts';

const catalogue = await loadCatalogue();

async function opened(database: Database, schema: SchemaState): Promise<void> {
  const store = await openDatabase({ ...database, schema }, catalogue);
  await store.indexed;
  await store.close();
}

/** The names of all indices, triggers and tables of words. */
async function objectsOf({ databaseUrl, data }: Database): Promise<readonly string[]> {
  if (databaseUrl === undefined) {
    using file = new DatabaseSync(join(data, 'accord.db'), { readOnly: true });
    return file
      .prepare("select name from sqlite_master where type <> 'table' or name like '%words%' order by name")
      .all()
      .map(({ name }) => String(name));
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      'select indexname from pg_indexes where schemaname = current_schema() order by indexname',
    );
    return rows.map(({ indexname }) => String(indexname));
  } finally {
    await client.end();
  }
}

onEveryEngine('the lean schema of a sandbox', (engine) => {
  test('is that of a new database only, is kept by commands, and becomes whole when a server needs it', async () => {
    const [made, whole] = [await engine.create(), await engine.create()];
    try {
      await opened(whole, 'full');
      const full = await objectsOf(whole);
      await opened(made, 'lean');
      const lean = await objectsOf(made);
      assert.ok(lean.length < full.length / 2, `${lean.length} of ${full.length}`);
      assert.ok(lean.includes('companies_name_key') || lean.some((name) => name.endsWith('_key')));
      for (const schema of ['kept', 'lean'] as const) {
        await opened(made, schema);
        assert.deepEqual(await objectsOf(made), lean);
      }
      await opened(made, 'full');
      assert.deepEqual(await objectsOf(made), full);
      for (const schema of ['lean', 'kept'] as const) {
        await opened(made, schema);
        assert.deepEqual(await objectsOf(made), full);
      }
    } finally {
      await made.release();
      await whole.release();
    }
  });

  test('gives the same answers', { timeout: 250_000 }, async () => {
    const worlds = [await startWorld(engine, { sandbox: true }), await startWorld(engine)];
    try {
      for (const { server, now } of worlds) await writeSample(server, { now, companies: 25, told: () => {} });
      let compared = 0;
      for (const path of questions(catalogue)) {
        const [one, other] = await Promise.all(worlds.map((world) => responseOf(world, path)));
        assert.deepEqual(one, other, path);
        compared++;
      }
      assert.ok(compared > 100, String(compared));
    } finally {
      closeConnections();
      for (const world of worlds) await world.close();
    }
  });
});

async function responseOf({ server }: TestWorld, path: string): Promise<unknown> {
  const { http, text } = await send(server.port, 'planet-express.api.localhost', {
    path,
    headers: { Authorization: `Bearer ${sample.token}` },
  });
  return { http, response: JSON.parse(text).response };
}

/** Lists in each order there is, with all fields, and a search. */
function* questions({ resources }: Catalogue): Generator<string> {
  for (const { plural, requests, filters, search } of resources.values()) {
    if (!requests.some(({ act, path }) => act === 'list' && path === plural)) continue;
    yield `/api/v0/${plural}?_fields=_ALL&_limit=100`;
    yield `/api/v0/${plural}/count`;
    if (search.length > 0) yield `/api/v0/${plural}?_search=deliver`;
    for (const name of filters.order)
      yield `/api/v0/${plural}?_fields=_ALL&_limit=30&_filters=${encodeURIComponent(`order_by_desc(${name})`)}`;
    for (const name of filters.basic.slice(0, 6))
      yield `/api/v0/${plural}?_limit=30&_filters=${encodeURIComponent(`${name}(1,2)`)}`;
  }
}
