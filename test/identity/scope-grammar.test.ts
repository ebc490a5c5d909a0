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
} from '../../src/identity/scope.ts';

const resources = ['companies', 'contacts', 'jobs'] as const;
const known: ReadonlySet<string> = new Set(resources);
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
    parseScope(text, known);
  } catch (error) {
    if (error instanceof Refusal) return error.because;
    throw error;
  }
  return 'accepted';
};

test('a scope allows what it names, all means all, and writing implies reading', () => {
  fc.assert(
    fc.property(asked, (items) => {
      const scope = parseScope(textOf(items), known);
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
      const [first, second] = [parseScope(textOf(one), known), parseScope(textOf(other), known)];
      assert.equal(
        printScope(first) === printScope(second),
        allowed(first).join() === allowed(second).join(),
        `${printScope(first)} ${printScope(second)}`,
      );
      assert.deepEqual(allowed(parseStoredScope(printScope(first))), allowed(first));
      assert.deepEqual(allowed(parseScope(printScope(first), known)), allowed(first));
    }),
    { numRuns: 500 },
  );
});

test('a scope covers another exactly when it allows all that the other allows', () => {
  fc.assert(
    fc.property(asked, asked, (one, other) => {
      const [granted, wanted] = [parseScope(textOf(one), known), parseScope(textOf(other), known)];
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
    () => parseScope(`read(${'x'.repeat(5_000)})`, known),
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
