import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  findByUsername,
  findPerson,
  parseAccess,
  personOf,
  printAccess,
  reaches,
  seesFinances,
} from '../../src/identity/people.ts';
import type { Store } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

let store: Store;
const fry = {
  id: 3,
  username: 'fry',
  firstname: 'Philip',
  surname: 'Fry',
  email: 'fry@example.com',
  standing: 'active',
};
before(async () => {
  store = await identityStore();
  await store.within(async (writing) => {
    const access = '{"everything":"standard","companies":"none"}';
    await writing.insert(1, 'staff', { ...fry, access, financial_level: 'time', password: 'hashed' });
    await writing.insert(2, 'staff', { id: 3, username: 'leela' });
  });
});
after(() => store.close());

test('what is kept with a person is read: a level for everything, and others for single resources', () => {
  const access = parseAccess('{"everything":"standard","companies":"none","jobs":"admin"}');
  assert.deepEqual(access, { everything: 'standard', single: { companies: 'none', jobs: 'admin' } });
  assert.equal(parseAccess(printAccess(access)).single.jobs, 'admin');
  assert.equal(printAccess(access), '{"everything":"standard","companies":"none","jobs":"admin"}');
  assert.equal(parseAccess('{"everything":"admin"}'), parseAccess('{"everything":"admin"}'), 'read once');
  assert.ok(Object.isFrozen(access) && Object.isFrozen(access.single));
});

test('nothing, nonsense and silence give no access', () => {
  for (const text of [null, '', 'admin', '{"everything":', '{}', '{"jobs":"none"}'])
    for (const level of ['standard', 'admin'] as const)
      assert.equal(reaches(parseAccess(text), 'jobs', level), false, `${text} ${level}`);
  assert.equal(reaches(parseAccess(null), 'jobs', 'none'), true);
  for (let i = 0; i < 10_050; i++) parseAccess(`{"everything":"admin","r${i}":"none"}`);
  assert.equal(
    reaches(parseAccess('{"everything":"admin"}'), 'jobs', 'admin'),
    true,
    'also after many others',
  );
});

test('the level of a resource of its own goes before that of everything', () => {
  const access = parseAccess('{"everything":"standard","companies":"none","jobs":"admin"}');
  const table = [
    ['companies', 'standard', false],
    ['companies', 'none', true],
    ['jobs', 'admin', true],
    ['tasks', 'standard', true],
    ['tasks', 'admin', false],
    ['constructor', 'admin', false],
    ['constructor', 'standard', true],
  ] as const;
  for (const [scope, level, expected] of table)
    assert.equal(reaches(access, scope, level), expected, `${scope} ${level}`);
});

test('money is seen by those of the level all, and by administrators of whom nobody has said', () => {
  const person = (financialLevel: string | null, everything: string) => ({
    ...personOf({ access: `{"everything":"${everything}"}` }),
    financialLevel,
  });
  assert.equal(seesFinances(person('all', 'none'), 'jobs'), true);
  assert.equal(seesFinances(person('time', 'admin'), 'jobs'), false);
  assert.equal(seesFinances(person('none', 'admin'), 'jobs'), false);
  assert.equal(seesFinances(person(null, 'admin'), 'jobs'), true);
  assert.equal(seesFinances(person(null, 'standard'), 'jobs'), false);
});

test('a person is found by id or by name, in one deployment', async () => {
  const access = { everything: 'standard', single: { companies: 'none' } };
  const person = { ...fry, access, financialLevel: 'time' };
  assert.deepEqual(await findPerson(store, 1, 3), person);
  assert.deepEqual(await findByUsername(store, 1, 'fry'), { person, password: 'hashed' });
  assert.equal(await findByUsername(store, 2, 'fry'), undefined);
  assert.equal(await findPerson(store, 3, 3), undefined);
  const leela = await findByUsername(store, 2, 'leela');
  assert.equal(leela?.password, undefined);
  assert.equal(leela?.person.financialLevel, null);
  assert.equal(leela?.person.email, null);
});
