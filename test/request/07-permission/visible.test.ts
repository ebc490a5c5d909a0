import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCatalogue, resourceNamed } from '../../../src/catalogue/catalogue.ts';
import type { Resource } from '../../../src/catalogue/resource.ts';
import { parseAccess, personOf } from '../../../src/identity/people.ts';
import { visibleTo } from '../../../src/objects/visible.ts';
import type { Selection } from '../../../src/request/06-parameters/fields.ts';
import { columnsFor } from '../../../src/request/07-permission/columns.ts';
import { always, type Expression } from '../../../src/store/query.ts';

const catalogue = await loadCatalogue();
const [activities, companies, filters] = ['activities', 'companies', 'filters'].map((name) =>
  resourceNamed(catalogue, name),
) as [Resource, Resource, Resource];
const is = (column: string | undefined, value: number | string) => ({
  test: '=',
  on: { column },
  value,
});

function ownerColumns({ fields, secrecy }: Resource) {
  const reference = fields[secrecy?.owner ?? '']?.reference;
  assert.ok(reference && secrecy);
  const [type, id] = [fields[reference.type]?.column, fields[reference.id]?.column];
  return { type, id, visibility: fields[secrecy.visibility]?.column };
}

test('a private row is seen by its owner only, and what has no secrecy by all', () => {
  assert.equal(visibleTo(companies, 7), always);
  for (const [resource, word] of [
    [activities, 'private'],
    [filters, 'no'],
  ] as const) {
    const { type, id, visibility } = ownerColumns(resource);
    assert.deepEqual(visibleTo(resource, 7), {
      some: [{ not: is(visibility, word) }, { all: [is(type, 'staff'), is(id, 7)] }],
    });
  }
});

test('what cannot be owned is a mistake in the catalogue', () => {
  const { fields, secrecy } = activities;
  assert.ok(secrecy);
  const owner = fields[secrecy.owner];
  const broken = (reference: unknown, more: object = {}) =>
    ({
      ...activities,
      fields: { ...fields, ...more, [secrecy.owner]: { ...owner, reference } },
    }) as unknown as Resource;
  const { type, id } = owner?.reference ?? { type: '', id: '' };
  for (const resource of [
    broken(undefined),
    broken({ type: 'nowhere', id }),
    broken({ type, id: 'nowhere' }),
    { ...activities, secrecy: { ...secrecy, owner: 'nobody' } } as Resource,
  ])
    assert.throws(() => visibleTo(resource, 7), /is no reference with columns/);
});

const columns: readonly Expression[] = [
  { column: 'id' },
  { column: 'subject' },
  { sum: { column: 'cost' } },
  { column: 'cost' },
];
const selection = (resource: Resource, masked: readonly number[], financial: readonly number[]) =>
  ({ resource, columns, masked: new Set(masked), financial: new Set(financial) }) as unknown as Selection;
const person = (financialLevel: string | null, access = '{"everything":"standard"}') => ({
  ...personOf({ id: 7, access: null }),
  financialLevel,
  access: parseAccess(access),
});

test('money is absent for those who may not see it, and only money', () => {
  const given = selection(companies, [], [2, 3]);
  const nothing = { nothing: true };
  assert.deepEqual(columnsFor(given, person('time')), [columns[0], columns[1], nothing, nothing]);
  assert.equal(columnsFor(given, person('all')), columns);
  assert.equal(columnsFor(given, person(null, '{"everything":"admin"}')), columns);
  assert.deepEqual(columnsFor(given, person(null)), [columns[0], columns[1], nothing, nothing]);
  assert.equal(columnsFor(selection(companies, [], []), person('time')), columns);
  // The level of the resource's own scope counts.
  const own = person(null, `{"everything":"none","${companies.scope}":"admin"}`);
  assert.equal(columnsFor(given, own), columns);
});

test('in confidential rows of others a word stands where a text would', () => {
  const { type, id, visibility } = ownerColumns(activities);
  const when = { some: [{ not: is(visibility, 'confidential') }, { all: [is(type, 'staff'), is(id, 7)] }] };
  const found = columnsFor(selection(activities, [1, 2], []), person('all'));
  assert.deepEqual(found, [
    columns[0],
    { column: 'subject', when, otherwise: 'Confidential' },
    columns[2],
    columns[3],
  ]);
  assert.equal(columnsFor(selection(activities, [], []), person('all')), columns);
  assert.equal(columnsFor(selection(companies, [1], []), person('all')), columns);
});
