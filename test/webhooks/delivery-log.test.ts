import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Busy, Unreachable } from '../../src/store/store.ts';
import type { DeliveryResult } from '../../src/webhooks/deliver.ts';
import { logTrouble, reportResult } from '../../src/webhooks/delivery-log.ts';
import type { Note } from './hooks.ts';

function logged() {
  const notes: Note[] = [];
  return { notes, log: { note: (...note: Note) => void notes.push(note) } };
}

const afterTrouble = (error: unknown): Note => {
  const { notes, log } = logged();
  logTrouble(log)(error);
  assert.equal(notes.length, 1);
  return notes[0] as Note;
};

for (const error of [new Unreachable('gone fishing'), new Busy('too much')])
  test(`${error.name}: that the database is waited for is said in passing`, () => {
    assert.deepEqual(afterTrouble(error), [
      'debug',
      'webhooks wait for the database',
      { reason: `${error.name}: ${error.message}` },
    ]);
    error.message = 'x'.repeat(500);
    assert.equal(afterTrouble(error)[2]?.reason, `${error.name}: ${'x'.repeat(198 - error.name.length)}`);
  });

test('any other error is a warning, with the place where it was thrown', () => {
  const error = new Error('a defect');
  const text = 'webhooks could not be delivered; trying again';
  assert.deepEqual(afterTrouble(error), ['warn', text, { reason: String(error.stack).slice(0, 1_000) }]);
  assert.match(String(afterTrouble(error)[2]?.reason), /a defect\n.*delivery-log\.test/);
  error.stack = 'y'.repeat(5_000);
  assert.equal(afterTrouble(error)[2]?.reason, 'y'.repeat(1_000));
});

test('what was thrown and is no error is said as it is', () => {
  assert.equal(afterTrouble('a text')[2]?.reason, 'a text');
  assert.equal(afterTrouble(undefined)[2]?.reason, 'undefined');
});

for (const [result, level, text] of [
  ['disabled', 'warn', 'a webhook subscription was disabled'],
  ['gone', 'warn', 'a webhook subscription was ended by its receiver'],
  ['retried', 'debug', 'a webhook was retried'],
  ['failed', 'debug', 'a webhook was failed'],
  ['withheld', 'debug', 'a webhook was withheld'],
  ['delivered', undefined, ''],
] as const satisfies [DeliveryResult, string | undefined, string][])
  test(`${result}: it is counted and ${level ? `said as ${level}` : 'not said'}`, () => {
    const { notes, log } = logged();
    const counted: DeliveryResult[] = [];
    const about = { deployment: 3, subscription: 4, delivery: 5, problem: 'it answered 500' };
    reportResult(log, (each) => counted.push(each))(result, about);
    assert.deepEqual(counted, [result]);
    assert.deepEqual(notes, level ? [[level, text, about]] : []);
  });
