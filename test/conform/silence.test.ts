import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mannersOf, Stopped } from '../../src/conform/manners.ts';
import { Unanswered } from '../../src/conform/wire.ts';

test('conform asks a server that was silent five times in a row no more', () => {
  const limits = { maxRequests: 100, patience: 5, timeout: 1_000 };
  const manners = mannersOf(limits, false, new AbortController().signal);
  const sending = { path: '/api/v0/staff' };
  const answered = { sending, http: 200, headers: {}, names: [], text: '' };
  const silent = (): void => {
    manners.admit(sending);
    manners.missed(new Unanswered('no whole answer within 1 s'));
  };
  for (let i = 0; i < 4; i++) silent();
  // An answer between makes them begin again.
  manners.heed(answered, false);
  for (let i = 0; i < 5; i++) silent();
  assert.throws(
    () => manners.admit(sending),
    (error: unknown) => {
      assert.ok(error instanceof Stopped);
      assert.match(error.message, /did not answer 5 times in a row \(no whole answer within 1 s\)/);
      return true;
    },
  );
});
