import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expiring, identityTables } from '../../src/identity/tables.ts';

const tableOf = (name: string) => {
  const found = identityTables.find((table) => table.name === name);
  assert.ok(found, name);
  return found;
};
const required = (name: string): readonly string[] =>
  Object.entries(tableOf(name).columns).flatMap(([column, { required }]) => (required ? column : []));

test('what expires is found by its date, and removed by its key', () => {
  const days = Object.fromEntries(expiring.map(({ table, kept }) => [table, kept / 86_400]));
  assert.deepEqual(days, { tokens: 7, refresh_tokens: 30, grants: 1, sessions: 0, token_families: 1_095 });
  for (const { table, key } of expiring) {
    assert.deepEqual(key, tableOf(table).key);
    assert.ok(
      tableOf(table).indices.some((index) => index.join() === 'date_expires'),
      table,
    );
    assert.deepEqual(tableOf(table).columns.date_expires, { type: 'integer', required: true });
  }
});

test('a family of tokens, and the tokens of an application, are found by an index', () => {
  for (const table of ['tokens', 'refresh_tokens'])
    for (const column of ['family', 'application_id'])
      assert.ok(
        tableOf(table).indices.some((index) => index.join() === column),
        `${table}.${column}`,
      );
  assert.ok(tableOf('grants').indices.some((index) => index.join() === 'application_id'));
});

test('names and client ids are taken once', () => {
  assert.deepEqual(tableOf('deployments').unique, [['name']]);
  assert.deepEqual(tableOf('applications').unique, [['client_id']]);
  for (const name of ['deployments', 'applications']) assert.deepEqual(tableOf(name).key, ['id']);
  for (const name of ['tokens', 'refresh_tokens', 'grants', 'sessions'])
    assert.deepEqual(tableOf(name).key, ['digest']);
});

test('every token says whose it is, of which family, and when it ends', () => {
  for (const name of ['tokens', 'refresh_tokens', 'grants'])
    for (const column of [
      'digest',
      'family',
      'application_id',
      'staff_id',
      'scope',
      'date_created',
      'date_expires',
    ])
      assert.ok(required(name).includes(column), `${name}.${column}`);
  assert.ok(Object.isFrozen(identityTables) && Object.isFrozen(expiring));
});

test('a code knows what it was asked for with, and whether it was used or ended', () => {
  const columns = Object.keys(tableOf('grants').columns);
  for (const name of ['redirect_uri', 'challenge', 'lifetime', 'date_consumed', 'date_revoked'])
    assert.ok(columns.includes(name), name);
});

test('a person has one second factor, and its codes go by the person', () => {
  assert.deepEqual(tableOf('second_factors').key, ['staff_id']);
  assert.deepEqual(tableOf('recovery_codes').key, ['staff_id', 'digest']);
  assert.deepEqual(required('second_factors'), ['staff_id', 'key', 'step', 'salt', 'date_created']);
  assert.deepEqual(required('recovery_codes'), ['staff_id', 'digest', 'date_created']);
  assert.deepEqual(tableOf('second_factors').columns.step, { type: 'integer', required: true });
});
