import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../../src/contract/refuse.ts';
import {
  covers,
  parseScope,
  parseStoredScope,
  printScope,
  type Scope,
  type ScopeVerb,
  spacedScope,
} from '../../src/identity/scope.ts';

const known: ReadonlySet<string> = new Set(['companies', 'contacts', 'jobs']);

const detailOf = (text: string): string | undefined => {
  try {
    parseScope(text, known);
  } catch (error) {
    return error instanceof Refusal ? error.particulars.detail : undefined;
  }
  return undefined;
};

test('a refusal says what is wrong with the scope', () => {
  assert.match(detailOf('read(all') ?? '', /\S/);
  assert.equal(detailOf(' , '), 'it is empty');
  assert.match(detailOf('read') ?? '', /parentheses, such as read\(all\)/);
  assert.equal(detailOf('delete(all)'), 'the verb is not read or write');
  assert.equal(detailOf('read(jobs(x))'), 'a resource takes no parentheses');
  assert.equal(detailOf('read(monkeys)'), 'there is no resource monkeys');
  assert.equal(detailOf(`read(${'x'.repeat(80)})`), `there is no resource ${'x'.repeat(60)}`);
});

test('spaces, tabs and commas separate, also several of them, and around parentheses', () => {
  for (const text of [
    'read(jobs,contacts) write(companies)',
    '  read( jobs , contacts ),write(companies)\n',
    'read(jobs\t\tcontacts),, write(companies ,)',
    'read(,jobs,,contacts,),write(,companies)',
  ])
    assert.equal(printScope(parseScope(text, known)), 'read(contacts,jobs),write(companies)', text);
});

test('a scope is printed in order, and without what it implies', () => {
  const printed = (text: string): string => printScope(parseScope(text, known));
  assert.equal(printed('read(jobs,companies,contacts)'), 'read(companies,contacts,jobs)');
  assert.equal(printed('write(jobs,contacts)'), 'write(contacts,jobs)');
  assert.equal(printed('read(jobs,companies),write(jobs)'), 'read(companies),write(jobs)');
  assert.equal(printed('read(jobs,all)'), 'read(all)');
  assert.equal(printed('write(jobs),read(all)'), 'read(all),write(jobs)');
  assert.equal(printed('write(all,jobs),read(contacts)'), 'write(all)');
});

test('a scope that was asked for is kept when its text is short, for each set of resources', () => {
  const short = 'read(companies)';
  assert.equal(parseScope(short, known), parseScope(short, known));
  assert.notEqual(parseScope(short, known), parseScope(short, new Set(known)));
  const padded = (length: number): string => 'read(jobs)'.padEnd(length);
  assert.equal(parseScope(padded(500), known), parseScope(padded(500), known));
  assert.notEqual(parseScope(padded(501), known), parseScope(padded(501), known));
  assert.ok(parseScope(padded(501), known).allows('read', 'jobs'));
});

test('what is kept with a token is read as it stands, and nonsense allows nothing', () => {
  const scope = parseStoredScope('read(jobs),write(companies),delete(contacts)');
  assert.deepEqual([...scope.read], ['jobs']);
  assert.deepEqual([...scope.write], ['companies']);
  for (const text of ['', 'read', 'write', 'read(jobs', ')('])
    for (const verb of ['read', 'write'] as const)
      for (const resource of ['all', 'jobs', 'read', ''])
        assert.equal(parseStoredScope(text).allows(verb, resource), false, text);
});

test('reading is not writing, and a part is not the whole', () => {
  const scope = (text: string) => parseScope(text, known);
  assert.equal(covers(scope('read(all)'), scope('write(jobs)')), false);
  assert.equal(covers(scope('write(jobs)'), scope('read(jobs)')), true);
  assert.equal(covers(scope('read(jobs)'), scope('read(all)')), false);
  assert.equal(covers(scope('write(jobs)'), scope('read(jobs),write(companies)')), false);
  assert.equal(covers(scope('write(all)'), scope('read(jobs),write(companies)')), true);
});

test('what a token answer says of its scope is split at spaces, and read back', () => {
  const stored = 'read(contacts,jobs),write(companies)';
  const told = spacedScope(stored);
  assert.deepEqual(told.split(' '), ['read(contacts,jobs)', 'write(companies)']);
  assert.equal(printScope(parseStoredScope(told)), stored);
  assert.equal(spacedScope('read(contacts,jobs)'), 'read(contacts,jobs)');
});

const resources = ['companies', 'contacts', 'jobs'] as const;
const resourceNames: ReadonlySet<string> = new Set(resources);
const verbs: readonly ScopeVerb[] = ['read', 'write'];

/** What a scope allows, told by asking it. */
const allowed = (scope: Scope): readonly string[] =>
  verbs.flatMap((verb) =>
    ['all', ...resources].filter((each) => scope.allows(verb, each)).map((each) => `${verb} ${each}`),
  );

const asked = fc.array(
  fc.record({
    verb: fc.constantFrom(...verbs),
    names: fc.array(fc.constantFrom('all', ...resources), { minLength: 1, maxLength: 4 }),
    comma: fc.constantFrom(',', ' ', ', ', ' , '),
  }),
  { minLength: 1, maxLength: 5 },
);
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

const textOf = (items: Asked): string =>
  items.map(({ verb, names, comma }, i) => `${i ? comma : ''}${verb}(${names.join(comma)})`).join('');

const refused = (text: string): string => {
  try {
    parseScope(text, resourceNames);
  } catch (error) {
    if (error instanceof Refusal) return error.because;
    throw error;
  }
  return 'accepted';
};

test('a scope allows what it names, all means all, and writing implies reading', () => {
  fc.assert(
    fc.property(asked, (items) => {
      const scope = parseScope(textOf(items), resourceNames);
      for (const verb of verbs) {
        for (const resource of resources) {
          const expected = items.some(
            (item) =>
              (item.verb === verb || item.verb === 'write') &&
              (item.names.includes('all') || item.names.includes(resource)),
          );
          assert.equal(scope.allows(verb, resource), expected, `${verb} ${resource}`);
        }
      }
    }),
  );
});

test('scopes that allow the same print the same, and what is printed allows the same', () => {
  fc.assert(
    fc.property(asked, asked, (one, other) => {
      const [first, second] = [
        parseScope(textOf(one), resourceNames),
        parseScope(textOf(other), resourceNames),
      ];
      assert.equal(
        printScope(first) === printScope(second),
        allowed(first).join() === allowed(second).join(),
        `${printScope(first)} ${printScope(second)}`,
      );
      assert.deepEqual(allowed(parseStoredScope(printScope(first))), allowed(first));
      assert.deepEqual(allowed(parseScope(printScope(first), resourceNames)), allowed(first));
    }),
    { numRuns: 500 },
  );
});

test('a scope covers another exactly when it allows all that the other allows', () => {
  fc.assert(
    fc.property(asked, asked, (one, other) => {
      const [granted, wanted] = [
        parseScope(textOf(one), resourceNames),
        parseScope(textOf(other), resourceNames),
      ];
      const may = new Set(allowed(granted));
      assert.equal(
        covers(granted, wanted),
        allowed(wanted).every((each) => may.has(each)),
        `${printScope(granted)} covers ${printScope(wanted)}`,
      );
    }),
    { numRuns: 500 },
  );
});

test('what is no scope is refused, with the cause that says why', () => {
  for (const text of [
    '',
    ' , ',
    'read',
    'read()',
    'read(all',
    'read(all))',
    'read(all)x',
    '(all)',
    'read(all(x))',
  ])
    assert.equal(refused(text), 'scope.malformed', text);
  for (const text of ['delete(all)', 'READ(all)', 'read(monkeys)', 'read(all),write(constructor)'])
    assert.equal(refused(text), 'scope.unknown', text);
});

test('whatever is sent is read or refused, and a refusal quotes little of it', () => {
  const pieces = fc.constantFrom(
    'read',
    'write',
    '(',
    ')',
    ',',
    ' ',
    'all',
    'jobs',
    '\n',
    '\0',
    'é',
    '__proto__',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (given) =>
      assert.ok(['accepted', 'scope.malformed', 'scope.unknown'].includes(refused(given.join('')))),
    ),
    { numRuns: 2_000 },
  );
  assert.throws(
    () => parseScope(`read(${'x'.repeat(5_000)})`, resourceNames),
    (error) => error instanceof Refusal && (error.particulars.detail ?? '').length < 100,
  );
});

test('a kept scope is read once, and cannot be changed', () => {
  const scope = parseStoredScope('read(jobs),write(companies)');
  assert.equal(parseStoredScope('read(jobs),write(companies)'), scope);
  assert.ok(Object.isFrozen(scope));
  assert.deepEqual(allowed(scope), ['read companies', 'read jobs', 'write companies']);
});

test('kept scopes are remembered up to a bound, and right beyond it', () => {
  const first = parseStoredScope('read(r0)');
  for (let i = 1; i < 60_000; i++) parseStoredScope(`read(r${i})`);
  assert.notEqual(parseStoredScope('read(r0)'), first, 'it was forgotten');
  assert.ok(parseStoredScope('read(r0)').allows('read', 'r0'));
});
