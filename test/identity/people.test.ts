import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessLevel } from '../../src/catalogue/resource.ts';
import {
  findByUsername,
  findPerson,
  type Person,
  parseAccess,
  personOf,
  printAccess,
  reaches,
  seesFinances,
} from '../../src/identity/people.ts';
import type { Reading } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

test('access is read from its text, and what cannot be read gives none', () => {
  assert.deepEqual(parseAccess('{"everything":"admin","companies":"none"}'), {
    everything: 'admin',
    single: { companies: 'none' },
  });
  for (const nothing of [null, '', 'admin', '{', 'null', '{}', '{"companies":"none"}'])
    assert.equal(parseAccess(nothing).everything, 'none', String(nothing));
  assert.deepEqual(parseAccess('{"companies":"admin"}').single, { companies: 'admin' });
  const text = '{"everything":"standard","jobs":"admin"}';
  assert.equal(printAccess(parseAccess(text)), text);
  const access = parseAccess(text);
  assert.equal(parseAccess(text), access, 'it is parsed once');
  assert.ok(Object.isFrozen(access) && Object.isFrozen(access.single));
});

test('thousands of accesses are not all remembered, and each is still its own', () => {
  const text = '{"everything":"admin","r":"none"}';
  const first = parseAccess(text);
  for (let i = 0; i < 10_050; i++)
    assert.deepEqual(parseAccess(`{"everything":"none","r${i}":"admin"}`).single, { [`r${i}`]: 'admin' });
  const again = parseAccess(text);
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});

test('a level reaches itself and what is below', () => {
  const levels: readonly AccessLevel[] = ['none', 'standard', 'admin'];
  for (const [have, everything] of levels.entries())
    for (const [want, level] of levels.entries()) {
      assert.equal(
        reaches({ everything, single: {} }, 'jobs', level),
        have >= want,
        `${everything} ${level}`,
      );
      const other: AccessLevel = everything === 'admin' ? 'none' : 'admin';
      assert.equal(reaches({ everything: other, single: { jobs: everything } }, 'jobs', level), have >= want);
      assert.equal(reaches({ everything, single: { jobs: other } }, 'companies', level), have >= want);
    }
  // A name that every object has says nothing of a resource.
  assert.equal(reaches({ everything: 'admin', single: {} }, 'constructor', 'admin'), true);
  assert.equal(reaches({ everything: 'none', single: {} }, 'constructor', 'standard'), false);
});

test('finances are for the level all, and for administrators of whom nobody has said', () => {
  const sees = (financialLevel: string | null, everything: AccessLevel): boolean =>
    seesFinances({ financialLevel, access: { everything, single: {} } } as Person, 'jobs');
  assert.deepEqual([sees(null, 'admin'), sees(null, 'standard'), sees(null, 'none')], [true, false, false]);
  assert.deepEqual([sees('all', 'none'), sees('time', 'admin'), sees('none', 'admin')], [true, false, false]);
  const ofJobs = personOf({ id: 1, access: '{"everything":"standard","jobs":"admin"}' });
  assert.deepEqual([seesFinances(ofJobs, 'jobs'), seesFinances(ofJobs, 'companies')], [true, false]);
});

test('a person is found by name with a hash, or by id without', async () => {
  const row = { id: 3, username: 'ada', access: null, password: 'hash', standing: 'active' };
  const asked: unknown[][] = [];
  const reading = (found: Record<string, unknown> | undefined): Reading =>
    ({
      find: async (...said: unknown[]) => {
        asked.push(said);
        return found;
      },
    }) as unknown as Reading;
  const ada = await findByUsername(reading(row), 7, 'ada');
  assert.deepEqual([ada?.person.id, ada?.password], [3, 'hash']);
  assert.equal((await findByUsername(reading({ ...row, password: null }), 7, 'ada'))?.password, undefined);
  assert.equal(await findByUsername(reading(undefined), 7, 'ada'), undefined);
  assert.equal((await findPerson(reading(row), 7, 3))?.username, 'ada');
  assert.equal(await findPerson(reading(undefined), 7, 3), undefined);
  const [byName] = asked as [[number, string, string[], object]];
  assert.deepEqual([byName[0], byName[1], byName[3]], [7, 'staff', { username: 'ada' }]);
  const [, table, columns, where] = asked.at(-1) as [number, string, string[], object];
  assert.deepEqual([table, columns.includes('password'), where], ['staff', false, { id: 3 }]);
  assert.equal(personOf({ id: 1, access: null }).financialLevel, null);
  assert.equal(personOf({ id: 1, access: null, financial_level: 'time' }).financialLevel, 'time');
});

test('what is kept of a person in the store is what is found', async () => {
  const store = await identityStore();
  await store.within(async (writing) => {
    await writing.insert(1, 'staff', { id: 2, username: 'bob', access: '{"everything":"admin"}' });
    await writing.insert(1, 'staff', { id: 3, username: 'ada', password: 'hash', financial_level: 'time' });
  });
  const found = await findByUsername(store, 1, 'ada');
  assert.deepEqual([found?.person.id, found?.password, found?.person.financialLevel], [3, 'hash', 'time']);
  assert.equal((await findByUsername(store, 1, 'bob'))?.password, undefined);
  assert.equal((await findPerson(store, 1, 3))?.username, 'ada');
  assert.equal((await findPerson(store, 1, 2))?.access.everything, 'admin');
  assert.equal(await findPerson(store, 2, 3), undefined);
  await store.close();
});
