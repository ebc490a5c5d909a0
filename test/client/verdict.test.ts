import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { statuses as known } from '../../client/src/contract.ts';
import { type Answer, readVerdict } from '../../client/src/verdict.ts';
import { statuses } from '../../src/contract/statuses.ts';

const now = Date.UTC(2026, 10, 24, 10, 20);
const read = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  readVerdict({ status, headers: { get: (name) => headers[name] ?? null }, body } satisfies Answer, now);
const envelope = (status: string, message = 'so') =>
  JSON.stringify({ meta: { status, message }, response: null });

test('the client knows the statuses of the contract, and the one word of the current page', () => {
  const own = Object.entries(statuses).map(([name, { http }]) => [name, http]);
  assert.deepEqual(Object.entries(known), [...own, ['too_many_failed_logins', 401]]);
});

describe('what to do', () => {
  test('wait as long as the server says, in seconds or by a date', () => {
    const busy = envelope('too_many_requests');
    const told = (headers: Record<string, string>) => read(429, busy, headers).retry;
    assert.deepEqual(told({ 'retry-after': '90' }), { when: 'after', seconds: 90 });
    assert.deepEqual(told({ 'retry-after': 'Tue, 24 Nov 2026 10:20:30 GMT' }), {
      when: 'after',
      seconds: 30,
    });
    assert.deepEqual(told({ 'retry-after': 'Tue, 24 Nov 2026 10:00:00 GMT' }), { when: 'after', seconds: 0 });
  });

  test('wait for the next hour when it says nothing', () => {
    const busy = envelope('too_many_requests');
    const reset = String(now / 1_000 + 7);
    const quota = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    assert.deepEqual(read(429, busy, quota).retry, { when: 'after', seconds: 7 });
    assert.deepEqual(read(429, busy).retry, { when: 'after', seconds: 2_400 });
    assert.deepEqual(read(429, busy, quota).quota, {
      limit: 5_000,
      remaining: 0,
      reset: now / 1_000 + 7,
      seconds: 7,
    });
    assert.equal(read(429, busy).quota, undefined);
  });

  test('authenticate again, but not while locked', () => {
    const refused = envelope('invalid_client');
    assert.deepEqual(read(401, refused).retry, { when: 'after re-authentication' });
    assert.deepEqual(read(401, refused, { 'retry-after': '300' }).retry, { when: 'after', seconds: 300 });
    assert.deepEqual(read(401, envelope('too_many_failed_logins'), { 'retry-after': '9' }).retry, {
      when: 'after',
      seconds: 9,
    });
  });

  test('correct what the message names', () => {
    const wrong = (message: string) => read(400, envelope('invalid_request', message)).retry;
    const fixing = (parameter: string | undefined) => ({ when: 'after fixing', parameter });
    assert.deepEqual(wrong('The parameter _limit is not valid: 1 to 100.'), fixing('_limit'));
    assert.deepEqual(wrong('The parameter _filters nope is not valid: no such filter.'), fixing('_filters'));
    assert.deepEqual(wrong('The parameter name was sent more than once.'), fixing('name'));
    assert.deepEqual(wrong('A required parameter is missing: profile.7.'), fixing('profile.7'));
    assert.deepEqual(wrong('Something else.'), fixing(undefined));
    assert.deepEqual(
      read(400, envelope('duplicate', 'Staff: staff with that username already exists.')).retry,
      fixing('username'),
    );
  });

  test('nothing, when nothing helps', () => {
    assert.deepEqual(read(403, envelope('invalid_permission')).retry, { when: 'never' });
    assert.deepEqual(read(200, envelope('ok')).retry, { when: 'never' });
  });
});

describe('what it is read from', () => {
  test('a failure that says 200', () => {
    const body = '{"meta":{"status":"invalid_permission","response_code":403},"response":null}';
    assert.deepEqual([read(200, body).status, read(200, body).http], ['invalid_permission', 403]);
    // Without the code in the body, the code of the status.
    assert.equal(read(200, envelope('server_error')).http, 500);
  });

  test('data of the caller that looks like an envelope is not one', () => {
    const xml =
      '<?xml version="1.0"?>\n<api><response><meta><status>server_error</status></meta></response></api>';
    assert.equal(read(200, xml).status, 'ok');
    assert.equal(read(200, 'response:\n  meta:\n    status: server_error\n').status, 'ok');
    const noted =
      '<api><meta><message>a &lt;status&gt;x&lt;/status&gt;</message><status>duplicate</status></meta></api>';
    assert.deepEqual(
      [read(400, noted).status, read(400, noted).message],
      ['duplicate', 'a <status>x</status>'],
    );
  });

  test('a status that nobody knows, a body that is cut off, a page of a gateway: the HTTP code', () => {
    assert.equal(read(400, envelope('constructor')).status, 'invalid_request');
    assert.equal(read(400, '{"meta":{"status":"dupl').status, 'invalid_request');
    assert.equal(read(502, '<html><body>Bad gateway</body></html>').status, 'server_error');
    assert.equal(read(401, '').status, 'invalid_client');
    assert.equal(read(500, 'null').status, 'server_error');
    assert.equal(read(304, '').status, 'ok');
  });

  test('the OAuth dialect', () => {
    const { status, message, retry } = read(
      400,
      '{"error":"invalid_grant","error_description":"Grant was not found (possibly expired)."}',
    );
    assert.deepEqual(
      { status, message, retry },
      {
        status: 'invalid_grant',
        message: 'Grant was not found (possibly expired).',
        retry: { when: 'after re-authentication' },
      },
    );
  });
});
