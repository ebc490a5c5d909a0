import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { causes } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';
import { failureIn, jsonOf, runInProcess } from '../harness/terminal.ts';

describe('accord status', () => {
  test('lists every status, and explains the cause of a unique field', async () => {
    const listed = await jsonOf<{ status: string; causes: string[] }[]>(['status', '--json']);
    assert.deepEqual(
      listed.map(({ status }) => status),
      Object.keys(statuses),
    );
    assert.deepEqual(listed.flatMap((each) => each.causes).sort(), Object.keys(causes).sort());
    const table = await runInProcess(['status']);
    for (const name of Object.keys(statuses)) assert.match(table.out, new RegExp(`^${name} `, 'm'));
    const cause = await jsonOf<Record<string, unknown>>(['status', 'username.taken', '--json']);
    assert.deepEqual([cause.cause, cause.status, cause.http], ['username.taken', 'duplicate', 400]);
    const printed = await runInProcess(['status', 'invalid_grant']);
    assert.match(printed.out, /grant\.expired/);
    assert.match(printed.out, new RegExp(statuses.invalid_grant.advice));
  });

  test('names the nearest of a name that does not exist', async () => {
    assert.match(
      failureIn(await runInProcess(['status', 'invalid_grnt']), 1),
      /did you mean invalid_grant or/,
    );
  });
  test('prints colours at a terminal only', async () => {
    const { out } = await runInProcess(['status', 'ok']);
    assert.ok(!out.includes('\u001b'));
  });
});
