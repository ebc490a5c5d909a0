import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bounded } from '../../src/store/bounded.ts';

const texts = (entriesMax: number, bytesMax: number): Bounded<string> =>
  new Bounded({ entriesMax, bytesMax, bytesOf: (text) => text.length });

test('what is kept is not made again, until the oldest gives way', () => {
  const cache = texts(2, 1_000_000);
  const made: string[] = [];
  const ask = (key: string): string =>
    cache.keep(key, () => {
      made.push(key);
      return `value of ${key}`;
    });
  for (const key of ['a', 'b', 'a', 'b']) assert.equal(ask(key), `value of ${key}`);
  assert.deepEqual(made, ['a', 'b']);
  ask('c');
  assert.equal(cache.size, 2);
  ask('b');
  ask('c');
  assert.deepEqual(made, ['a', 'b', 'c']);
  ask('a');
  assert.deepEqual(made, ['a', 'b', 'c', 'a']);
});

test('what takes too much of the room is not kept, and pushes nothing out', () => {
  const cache = texts(100, 16_000);
  cache.keep('small', () => 'x');
  const before = cache.bytes;
  assert.equal(cache.keep('large', () => 'x'.repeat(1_000)).length, 1_000);
  assert.equal(
    cache.keep('k'.repeat(500), () => 'x'),
    'x',
  );
  assert.deepEqual([cache.size, cache.bytes], [1, before]);
  cache.keep('fits', () => 'x'.repeat(700));
  assert.equal(cache.size, 2);
});

test('what cannot be made is not kept', () => {
  const cache = texts(10, 10_000);
  assert.throws(() =>
    cache.keep('a', () => {
      throw new Error('no');
    }),
  );
  assert.deepEqual([cache.size, cache.bytes], [0, 0]);
  assert.equal(
    cache.keep('a', () => 'yes'),
    'yes',
  );
});

test('neither entries nor bytes ever exceed their bound, and every answer is right', () => {
  const asked = fc.array(fc.tuple(fc.string({ maxLength: 40 }), fc.nat(600)), { maxLength: 200 });
  fc.assert(
    fc.property(
      asked,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20_000 }),
      (each, most, bytes) => {
        const cache = texts(most, bytes);
        const lengths = new Map<string, number>();
        for (const [key, length] of each) {
          const wanted = lengths.get(key) ?? length;
          lengths.set(key, wanted);
          assert.equal(cache.keep(key, () => 'x'.repeat(wanted)).length, wanted);
          assert.ok(cache.size <= most);
          assert.ok(cache.bytes <= bytes);
          assert.ok(cache.size > 0 === cache.bytes > 0);
        }
      },
    ),
  );
});
