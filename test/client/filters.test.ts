import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Item, itemsOf, jsonOf, orderItems, printed } from '../../client/src/filters.ts';
import { parseExpression } from '../../src/grammar/expression.ts';

const text = (filters: Record<string, unknown>): string | undefined => printed(itemsOf(filters));

describe('filters', () => {
  test('as the documentation writes them', () => {
    assert.equal(text({ standing: 'active', id: [1, 2] }), 'standing(active),id(1,2)');
    assert.equal(text({ against: { company: [1, 2], job: 3 } }), 'against(company(1,2),job(3))');
    assert.equal(text({ contract: null, paused: true }), 'contract(0),paused(1)');
    assert.equal(text({ empty: ['website', 'phone'] }), 'empty(website,phone)');
    assert.equal(text({ id: undefined }), '');
    assert.equal(
      text({ _AND: { id_greater_than: 5, _OR: [{ standing: 'x', id: 1 }, { id: 2 }] } }),
      '_AND(id_greater_than(5),_OR(_AND(standing(x),id(1)),_AND(id(2))))',
    );
  });

  test('a moment between two seconds leaves out what it would', () => {
    const at = new Date(1_500);
    assert.equal(text({ d_after: at, d_before: at }), 'd_after(1),d_before(2)');
    assert.equal(
      text({ d_greater_than_or_equal: at, d_less_than_or_equal: at, d_less_than_not: at }),
      'd_greater_than_or_equal(2),d_less_than_or_equal(1),d_less_than_not(2)',
    );
  });

  test('the order: the first counts most, each direction once', () => {
    assert.equal(
      printed(orderItems(['-date_created', 'name', 'id'])),
      'order_by_desc(date_created),order_by_asc(name,id)',
    );
    assert.equal(printed(orderItems('name')), 'order_by_asc(name)');
    assert.deepEqual(orderItems(undefined), []);
    assert.throws(() => orderItems(['a', '-b', 'c']), /direction once/);
  });

  test('a filter without values is refused: it would be dropped', () => {
    assert.throws(() => itemsOf({ id: [] }), /id has no values/);
    assert.throws(() => itemsOf({ against: {} }), /against has no values/);
    assert.throws(() => itemsOf({ against: { job: [] } }), /job has no values/);
  });

  const name = fc.stringMatching(/^[a-z_]{1,8}$/);
  const { items } = fc.letrec<{ items: readonly Item[]; item: Item }>((tie) => ({
    items: fc.array(tie('item'), { maxLength: 4, minLength: 1 }),
    item: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      fc.string().map((each) => ({ name: each })),
      fc.record({ name, list: tie('items') }),
    ),
  }));

  test('what is told as text is read as it was meant; what cannot be told so is not', () => {
    fc.assert(
      fc.property(items, (meant) => {
        const told = printed(meant);
        if (told === undefined) return;
        const read = parseExpression(told);
        assert.ok('items' in read, told);
        const plain = (list: readonly Item[]): unknown =>
          list.map((each) => [each.name, each.list && plain(each.list)]);
        assert.deepEqual(plain(read.items as readonly Item[]), plain(meant));
      }),
    );
  });

  test('as JSON', () => {
    assert.deepEqual(jsonOf(itemsOf({ id: [1, 2], against: { company: 3 } })), {
      id: ['1', '2'],
      against: { company: ['3'] },
    });
    assert.deepEqual(jsonOf(itemsOf({ _OR: [{ id: 1 }, { id: 2 }] })), {
      _OR: [{ _AND: { id: ['1'] } }, { _AND: { id: ['2'] } }],
    });
  });
});
