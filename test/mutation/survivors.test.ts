import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sources } from './claims.ts';
import { type Explained, explained, needlessAfter, staleIn, wrongAfter } from './explained.ts';
import { knownMutations } from './known.ts';
import { patched } from './known-trial.ts';
import { mutate } from './mutants.ts';
import { root } from './tree.ts';
import type { Result } from './trial.ts';

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

test('every explained survivor is a mutant of the source as it is', async () => {
  const files = sources(['src/**']).filter((file) => file in explained);
  const { mutants } = await mutate(new Map(files.map((file) => [file, textOf(file)])));
  assert.deepEqual(staleIn(explained, mutants), []);
});

test('every known mutation still has the place that it changes', () => {
  for (const mutation of knownMutations)
    assert.notEqual(patched(mutation, textOf(mutation.file)), textOf(mutation.file));
  const [any] = knownMutations;
  assert.throws(
    () => patched({ ...any!, search: 'nowhere in the file' }, textOf(any!.file)),
    /no single place/,
  );
});

test('a mutant keeps its key when lines above it come, and loses it when its own line changes', async () => {
  const keysOf = async (text: string) =>
    (await mutate(new Map([['a.ts', text]]))).mutants.map(({ key }) => key);
  const text = 'export const isOld = (age: number) => age > 40 && age > 40;\n';
  const keys = await keysOf(text);
  assert.deepEqual(await keysOf(`// A comment.\n\n${text}`), keys);
  assert.equal(new Set(keys).size, keys.length);
  const changed = await keysOf(text.replace('isOld', 'isAged'));
  assert.ok(keys.every((key) => !changed.includes(key)));
  const thrown = await keysOf("if (age) throw new Error('too old');");
  assert.ok(!thrown.some((key) => key.includes("'too old' →")), 'texts for programmers are left alone');
});

test('a survivor needs an explanation, and what is killed must have none', () => {
  const mutant = { id: '1', file: 'a.ts', line: 3, original: '1', replacement: '2', key: 'x | 1 → 2' };
  const ended = (verdict: Result['verdict']): Result => ({ mutant, verdict, by: 'a.test.ts#1', why: '' });
  const from: Explained = { 'a.ts': { [mutant.key]: 'Nobody can tell the two apart.' } };
  assert.match(wrongAfter([ended('survived')], {}).join(), /survived, and not explained: a.ts:3/);
  assert.match(wrongAfter([ended('uncovered')], {}).join(), /uncovered, and not explained/);
  assert.deepEqual(wrongAfter([ended('killed')], from), []);
  assert.match(needlessAfter([ended('killed')], from).join(), /explained, but killed by a.test.ts#1/);
  assert.deepEqual(needlessAfter([ended('survived')], from), []);
  assert.deepEqual(wrongAfter([ended('survived')], from), []);
  assert.deepEqual(wrongAfter([ended('timeout')], {}), []);
  assert.match(staleIn(from, []).join(), /no such mutant/);
  assert.match(staleIn({ 'a.ts': { [mutant.key]: '' } }, [mutant]).join(), /without a reason/);
  assert.deepEqual(staleIn(from, [mutant]), []);
});
