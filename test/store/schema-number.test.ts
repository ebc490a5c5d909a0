import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { tablesOf } from '../../src/server/database.ts';
import type { Table } from '../../src/store/schema.ts';
import { schemaDigest, schemaNumber } from '../../src/store/schema-number.ts';

const digestOf = (tables: readonly Table[]): string =>
  createHash('sha256')
    .update(JSON.stringify(tables.toSorted((one, other) => (one.name < other.name ? -1 : 1))))
    .digest('base64url')
    .slice(0, 16);

test('whoever changes a table raises the number of the schema', async () => {
  const digest = digestOf(tablesOf(await loadCatalogue()));
  assert.equal(
    schemaDigest,
    digest,
    `the tables have changed: write into src/store/schema-number.ts\nconst schema = { number: ${schemaNumber + 1}, digest: '${digest}' };`,
  );
});
