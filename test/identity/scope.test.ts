import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/contract/refuse.ts';
import { covers, parseScope, parseStoredScope, printScope, spacedScope } from '../../src/identity/scope.ts';

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
