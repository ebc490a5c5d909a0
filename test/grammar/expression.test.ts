import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Item, parseExpression, printExpression } from '../../src/grammar/expression.ts';
import { cpuMsOf } from '../harness/cpu-time.ts';

const name = fc
  .string({ minLength: 1, maxLength: 12 })
  .map((text) => text.replaceAll(/[(),]/g, '').trim())
  .filter((text) => text !== '');
const { items } = fc.letrec<{ items: Item[]; item: Item }>((tie) => ({
  item: fc.record(
    { name, list: fc.oneof({ maxDepth: 3 }, fc.constant(undefined), tie('items')) },
    { noNullPrototype: true },
  ),
  items: fc.array(tie('item'), { maxLength: 4 }),
}));

test('what is printed parses to itself', () => {
  fc.assert(
    fc.property(items, (given) =>
      assert.deepEqual(parseExpression(printExpression(given)), { items: given }),
    ),
  );
});

test('any text is read or refused, never worse', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('(', ')', ',', ' ', 'a', '\0', 'é') }), (text) => {
      const parsed = parseExpression(text);
      assert.ok('items' in parsed || parsed.problem !== '');
    }),
    { numRuns: 2_000 },
  );
});

test('reads the documented shapes', () => {
  const parsed = parseExpression(
    'standing(active), _OR(owner(staff(17)),_AND(id_greater_than(5))),search(kurt wagner),country()',
  );
  assert.ok('items' in parsed);
  assert.equal(
    printExpression(parsed.items),
    'standing(active),_OR(owner(staff(17)),_AND(id_greater_than(5))),search(kurt wagner),country()',
  );
});

test('is bounded in depth and in length', () => {
  assert.ok('problem' in parseExpression(`${'a('.repeat(9)}${')'.repeat(9)}`));
  assert.ok('problem' in parseExpression(`id(${'1,'.repeat(1_001)})`));
  assert.ok('items' in parseExpression(`${'a('.repeat(8)}${')'.repeat(8)}`));
  assert.ok('items' in parseExpression(`id(${'1,'.repeat(1_000)})`));
  // The last of a list ends at its parenthesis, not at a comma.
  assert.ok('items' in parseExpression(`id(${'1,'.repeat(999)}1)`));
  assert.ok('problem' in parseExpression(`id(${'1,'.repeat(1_000)}1)`));
  assert.ok('problem' in parseExpression(`id(${'a(),'.repeat(1_000)}a())`));
  assert.ok('problem' in parseExpression(`${'1,'.repeat(1_000)}1`));
  for (const broken of ['a(', 'a)', '(a)', 'a(b)c', 'a(b)(c)'])
    assert.ok('problem' in parseExpression(broken), broken);
});

test('names are trimmed, inner spaces are theirs, and empty items are none', () => {
  assert.deepEqual(parseExpression(''), { items: [] });
  assert.deepEqual(parseExpression(' ,, '), { items: [] });
  assert.deepEqual(parseExpression(' search ( kurt  wagner , ) , a '), {
    items: [
      { name: 'search', list: [{ name: 'kurt  wagner', list: undefined }] },
      { name: 'a', list: undefined },
    ],
  });
});

test('says where the problem is', () => {
  assert.deepEqual(parseExpression('against(company(1))x'), {
    problem: 'there is text after a closing parenthesis',
    at: 19,
  });
});

test('what is parsed cannot be changed', () => {
  const parsed = parseExpression('a(b(c),d)');
  assert.ok('items' in parsed);
  const frozen = (items: readonly Item[]): boolean =>
    Object.isFrozen(items) &&
    items.every((item) => Object.isFrozen(item) && (item.list === undefined || frozen(item.list)));
  assert.ok(frozen(parsed.items));
});

test('a megabyte of parentheses costs no more than reading it', async () => {
  const texts = [
    '('.repeat(1e6),
    ')'.repeat(1e6),
    `${' '.repeat(1e6)}a`,
    `a${'()'.repeat(5e5)}`,
    ','.repeat(1e6),
  ];
  const cost = await cpuMsOf(() => {
    for (const text of texts) parseExpression(text);
  });
  assert.ok(cost < 1_000, `${cost} ms`);
});
