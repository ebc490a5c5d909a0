import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fromWire, type Kind, type Kinds, toWire } from '../../client/src/wire.ts';

const kinds: Kinds = {
  id: 'number',
  at: 'moment',
  yes: 'flag',
  word: 'yesno',
  other: () => kinds,
};

const words = { flag: ['0', '1'], yesno: ['no', 'yes'] } as const;
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 999 }))
  .map(([whole, rest]) => `${whole}.${String(rest).padStart(3, '0')}`);

/** What the server may say of each kind, absent included. */
const said: Readonly<Record<Kind | 'text' | 'money', fc.Arbitrary<string | null>>> = {
  number: fc.option(fc.maxSafeInteger().map(String)),
  moment: fc.option(fc.integer({ min: 0, max: 253_402_300_799 }).map(String)),
  flag: fc.option(fc.constantFrom(...words.flag)),
  yesno: fc.option(fc.constantFrom(...words.yesno)),
  text: fc.option(fc.string({ unit: 'binary' })),
  money: fc.option(decimal),
};

const row = fc.record(
  {
    id: said.number,
    at: said.moment,
    yes: said.flag,
    word: said.yesno,
    name: said.text,
    cost: said.money,
  },
  { noNullPrototype: true },
);

describe('what the wire says, and what is written', () => {
  test('read and written back it is the same, whatever it was', () => {
    fc.assert(
      fc.property(row, (wire) => {
        const read = fromWire(kinds, wire) as Record<string, unknown>;
        assert.deepEqual(toWire(kinds, read), wire);
      }),
      { numRuns: 1_000 },
    );
  });

  test('each is the value of its kind, and null stays null', () => {
    fc.assert(
      fc.property(row, (wire) => {
        const { id, at, yes, word, name, cost } = fromWire(kinds, wire) as Record<string, unknown>;
        assert.equal(id, wire.id === null ? null : Number(wire.id));
        assert.equal(
          at instanceof Date ? at.getTime() / 1_000 : at,
          wire.at === null ? null : Number(wire.at),
        );
        assert.equal(yes, wire.yes === null ? null : wire.yes === '1');
        assert.equal(word, wire.word === null ? null : wire.word === 'yes');
        assert.deepEqual([name, cost], [wire.name, wire.cost]);
      }),
    );
  });

  test('what no value says exactly stays as it came', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const wire = { id: text, at: text, yes: text, word: text };
        assert.deepEqual(toWire(kinds, fromWire(kinds, wire) as Record<string, unknown>), wire);
      }),
    );
    for (const text of ['9007199254740993', '007', '1.50', '-0', '', ' 1', '1e3', 'Infinity', '0x10'])
      assert.deepEqual(fromWire(kinds, { id: text }), { id: text });
    for (const text of ['', '-0', '1.5', '99999999999999', 'never'])
      assert.deepEqual(fromWire(kinds, { at: text }), { at: text });
  });

  test('lists and linked objects, breadcrumbs, and ids of links', () => {
    const wire = {
      other: { id: '7', other: '8' },
      breadcrumbs: [{ id: '3', table: 'companies', title: null }],
    };
    assert.deepEqual(fromWire(kinds, [wire]), [
      { other: { id: 7, other: 8 }, breadcrumbs: [{ id: 3, table: 'companies', title: null }] },
    ]);
    assert.deepEqual(fromWire(kinds, { other: 'companies/7' }), { other: 'companies/7' });
    assert.equal(fromWire(kinds, null), null);
  });

  test('numbers that are not quoted', () => {
    const wire = { id: 7, at: 1_700_000_000, yes: 1, name: 3, other: 8 };
    const at = new Date(1_700_000_000_000);
    assert.deepEqual(fromWire(kinds, wire), { ...wire, at, yes: true });
    assert.deepEqual(fromWire(kinds, { at: 1.5, yes: 2 }), { at: 1.5, yes: 2 });
  });

  test('what would not arrive as it is is not sent', () => {
    assert.deepEqual(toWire(kinds, { cost: 12.5, id: 3, gone: undefined, at: new Date(1_999) }), {
      cost: '12.5',
      id: '3',
      at: '1',
    });
    for (const value of [1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN)])
      assert.throws(() => toWire(kinds, { cost: value }), /cost cannot be sent/);
  });
});
