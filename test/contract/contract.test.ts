import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { causes, type RowName, rowOf } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';

const root = join(import.meta.dirname, '..', '..');

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));
}

const literals = (sources: readonly string[], call: RegExp): string[] =>
  sources.flatMap((source) => [...source.matchAll(call)].map(([, name]) => name as string));

// `refuse('x'`, `new Refusal('x'`, and the two kinds of lock, which are told apart by an argument.
const raised = new Set(
  literals(filesBelow('src'), /(?:refuse|new Refusal)\(\s*(?:[\w.]+ === '[a-z]+' \? )?'([a-z_]+\.[a-z_]+)'/g),
);
for (const cause of literals(filesBelow('src'), /'((?:client|user)\.locked)'/g)) raised.add(cause);
const scenarios = new Set(literals(filesBelow('test'), /scenario\('([a-z_]+\.[a-z_]+)'/g));
const rows = Object.keys(causes) as RowName[];

describe('the status contract, row by row', () => {
  for (const cause of rows) {
    if (cause === 'field.taken') continue;
    test(`${cause} is raised somewhere`, () => assert.ok(raised.has(cause)));
    test(`${cause} has a scenario over HTTP`, () => assert.ok(scenarios.has(cause)));
  }
  test('field.taken is raised under the name of the field, and has scenarios', () => {
    assert.ok([...scenarios].some((name) => name.endsWith('.taken')));
    assert.ok(filesBelow('src').some((source) => /refuse\(`\$\{field\}\.taken`/.test(source)));
  });
  for (const name of raised) {
    test(`${name}, raised in the code, is a row`, () => assert.ok(Object.hasOwn(causes, name)));
  }
  for (const name of scenarios) {
    test(`${name}, a scenario, is a row`, () =>
      assert.ok(Object.hasOwn(causes, name) || name.endsWith('.taken')));
  }
  test('every status but ok has a cause, and every cause a status', () => {
    const used = new Set(rows.map((cause) => rowOf(cause).status));
    assert.deepEqual(
      Object.keys(statuses).filter((status) => status !== 'ok' && !used.has(status as never)),
      [],
    );
  });
});
