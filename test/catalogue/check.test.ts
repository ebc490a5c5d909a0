import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogueOf, readResources } from '../../src/catalogue/catalogue.ts';
import { created } from '../../src/catalogue/event.ts';
import { link, many, reference, text, unsigned } from '../../src/catalogue/fields.ts';
import { list, progress } from '../../src/catalogue/request.ts';
import { resource, type Spec } from '../../src/catalogue/resource.ts';
import { counted, having, own, same, total, via } from '../../src/catalogue/source.ts';

const resources = await readResources();
const fields = { id: unsigned(), name: text(), company: link('companies') };

/** What the catalogue says of a resource that is wrong in these ways. */
function problemsOf(more: Partial<Spec<string>>): string {
  const rockets = resource<string>({
    singular: 'rocket',
    plural: 'rockets',
    fields,
    titled: 'name',
    requests: [],
    ...more,
  });
  try {
    catalogueOf([...resources, rockets]);
    return '';
  } catch (error) {
    return (error as Error).message
      .replace('The catalogue does not hold together:\n', '')
      .replaceAll('  ', '');
  }
}

test('a resource that names only what exists is accepted', () => assert.equal(problemsOf({}), ''));

for (const [problem, more] of [
  ['companies is declared twice', { name: 'companies' }],
  ['the event create_task is declared twice', { events: [created('create_task', 'Task created')] }],
  ['rockets: has no field id', { fields: { name: text() } }],
  ['rockets: ship links to ships, which does not exist', { fields: { ...fields, ship: link('ships') } }],
  [
    'rockets: tag lists what is tied by ships, which does not tie it',
    { fields: { ...fields, tag: many('ships', 'a', 'b') } },
  ],
  [
    'rockets: against needs a field against_id',
    {
      fields: { ...fields, against_type: text(), against: reference('against') },
      references: { against: ['company'] },
    },
  ],
  ['rockets: company may refer to ship, which does not exist', { references: { company: ['ship'] } }],
  ['rockets: writes fuel, which is no field', { update: ['fuel'] }],
  ['rockets: range filter fuel names nothing', { filters: { range: ['fuel'] } }],
  ['rockets: name follows company.fuel, which does not exist', { follows: { name: ['company', 'fuel'] } }],
  ['rockets: marks fuel, which has no column', { marks: { closed: { fuel: 'now' } } }],
  [
    'rockets: the event launch is about fuel, which has no column',
    { events: [{ id: 'launch', title: 'Launch', on: 'update', field: 'fuel' }] },
  ],
  [
    'rockets: brings tasks with fuel, which is no field',
    { brings: [{ resource: 'tasks', reference: 'against', with: { fuel: own('name') } }] },
  ],
  [
    'rockets: keeps its history in logs, which does not exist',
    { traits: [{ progression: { status: 'name', table: 'tasks', history: 'logs' } }] },
  ],
  ['rockets: rockets answers ships, which does not exist', { requests: [list('rockets', { of: 'ships' })] }],
  ['rockets: go needs the trait progressions', { requests: [progress('POST', 'go')] }],
  ['rockets: source a: fuel is no field of rockets', { sources: { a: own('fuel') } }],
  ['rockets: source a: fuel is no field of companies', { sources: { a: via('company', 'fuel') } }],
  ['rockets: source a: fuel is no link of rockets', { sources: { a: via('fuel', 'id') } }],
  [
    'rockets: source a: companies.name does not link to rockets',
    { sources: { a: having('companies', 'name', 'id') } },
  ],
  ['rockets: source a: ships does not exist', { sources: { a: counted('ships', []) } }],
  [
    'rockets: source a: tasks.fuel has no column',
    { sources: { a: total('tasks', [same('fuel', 'id')], 'budgeted') } },
  ],
] satisfies readonly (readonly [string, Partial<Spec<string>>])[])
  test(`refuses to start: ${problem}`, () =>
    assert.ok(problemsOf(more).split('\n').includes(problem), problemsOf(more)));
