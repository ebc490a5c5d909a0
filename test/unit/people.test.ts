import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Level,
  parseAccess,
  personOf,
  printAccess,
  reaches,
  seesFinances,
} from '../../src/identity/people.ts';

const levels: readonly Level[] = ['none', 'standard', 'admin'];

test('an access reaches its own level and those below', () => {
  for (const [has, mine] of levels.entries())
    for (const [wanted, asked] of levels.entries()) {
      assert.equal(
        reaches({ everything: mine, single: {} }, 'jobs', asked),
        has >= wanted,
        `${mine} ${asked}`,
      );
      for (const everything of levels)
        assert.equal(reaches({ everything, single: { jobs: mine } }, 'jobs', asked), has >= wanted);
    }
});

test('a level for one resource says nothing of another, and names of prototypes are no resources', () => {
  const access = parseAccess('{"everything":"standard","jobs":"admin","companies":"none"}');
  assert.equal(reaches(access, 'jobs', 'admin'), true);
  assert.equal(reaches(access, 'companies', 'standard'), false);
  assert.equal(reaches(access, 'tasks', 'standard'), true);
  assert.equal(reaches(access, 'tasks', 'admin'), false);
  assert.equal(reaches(access, 'constructor', 'standard'), true);
  assert.equal(reaches(access, 'constructor', 'admin'), false);
});

test('what is no access, or says nothing of everything, gives none', () => {
  for (const text of [null, '', '{', '[', 'null', '{}', '{"jobs":"admin"}']) {
    const access = parseAccess(text);
    assert.equal(reaches(access, 'companies', 'standard'), false, String(text));
    assert.equal(reaches(access, 'companies', 'none'), true);
  }
  assert.equal(reaches(parseAccess('{"jobs":"admin"}'), 'jobs', 'admin'), true);
});

test('an access is printed as it is read, read once, and cannot be changed', () => {
  const text = '{"everything":"standard","companies":"none"}';
  assert.equal(printAccess(parseAccess(text)), text);
  assert.equal(parseAccess(text), parseAccess(text));
  assert.ok(Object.isFrozen(parseAccess(text)) && Object.isFrozen(parseAccess(text).single));
});

test('kept accesses are forgotten beyond a bound, and right beyond it', () => {
  const first = parseAccess('{"everything":"admin","r":"none"}');
  for (let i = 0; i < 20_000; i++) parseAccess(`{"everything":"admin","r${i}":"none"}`);
  const again = parseAccess('{"everything":"admin","r":"none"}');
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});

test('finances are seen by the level all, and by administrators of whom nobody has said', () => {
  const person = (financial_level: string | null | undefined, access: string) =>
    personOf({ id: 1, standing: 'active', access, financial_level } as never);
  const admin = '{"everything":"standard","jobs":"admin"}';
  assert.equal(seesFinances(person('all', '{}'), 'jobs'), true);
  for (const level of ['none', 'time'])
    assert.equal(seesFinances(person(level, admin), 'jobs'), false, level);
  for (const level of [null, undefined]) {
    assert.equal(seesFinances(person(level, admin), 'jobs'), true);
    assert.equal(seesFinances(person(level, admin), 'companies'), false);
  }
});
