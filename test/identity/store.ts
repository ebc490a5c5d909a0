import { pastNamesTable } from '../../src/identity/past-names.ts';
import { identityTables } from '../../src/identity/tables.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { openStore } from '../../src/store/open-store.ts';
import { defineTable, type Table } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';

const staff = defineTable(
  'staff',
  ['id'],
  [
    'id#!',
    ...['username', 'firstname', 'surname', 'email', 'standing', 'access', 'financial_level', 'password'],
    ...['title', 'mobile', 'phone', 'fax', 'position', 'timezone'],
  ],
);

/** A store in memory with the tables of who may ask, and a staff table to go with them. */
export async function identityStore(more: readonly Table[] = []): Promise<Store> {
  const store = openStore(sqliteEngine({ file: ':memory:' }), [
    ...identityTables,
    pastNamesTable,
    staff,
    ...more,
  ]);
  await store.ready;
  return store;
}
