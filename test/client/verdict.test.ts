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
    assert.deepEqual(wrong('A required parameter is missing: one (or two, three).'), fixing('one'));
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

describe('what proxies and other formats do to it', () => {
  const refused = '"meta":{"status":"duplicate","message":"so","response_code":400}';
  const yaml = 'meta:\n  message: so\n  response_code: 400\n  status: duplicate\n';
  test('a byte order mark, another order, attributes, entities, CDATA, the ends of lines of others', () => {
    const bodies = [
      `\uFEFF{${refused},"response":null}`,
      `{"response":[{"meta":{"status":"ok"}}],${refused}}`,
      '<?xml version="1.0"?><!-- a > b --><api v="1>0"><response><meta><status>ok</status></meta></response><meta a=\'x\'><status k="v">duplicate</status><message>s&#x6f;</message></meta></api>',
      '\uFEFF<api><response/><meta>\n<message><![CDATA[so]]></message><more_info/><status>\n duplicate </status></meta></api>',
      `---\nresponse:\n- id: 1\n  meta:\n    status: ok\n${yaml}`,
      `\uFEFF${yaml}`.replaceAll('\n', '\r\n'),
    ];
    for (const body of bodies) {
      const { status, message } = read(200, body);
      assert.deepEqual([status, message], ['duplicate', 'so'], body);
    }
    const folded = yaml.replace('so', '>-\n    so\n    and so');
    assert.equal(read(200, folded).message, 'duplicate');
  });

  test('a large body that ends nowhere is read in no time', () => {
    const large = '<a x="'.repeat(100_000);
    assert.equal(read(200, `<api>${large}`).status, 'ok');
    assert.equal(read(502, `meta:\n${' '.repeat(200_000)}x`).status, 'server_error');
  });

  test('a gateway that refuses what was fine, or that took too long', () => {
    assert.equal(read(502, envelope('ok')).status, 'server_error');
    assert.equal(read(408, '').status, 'server_error');
    for (const http of [502, 503, 504])
      assert.deepEqual(read(http, '<html>', { 'retry-after': '7' }).retry, { when: 'after', seconds: 7 });
  });

  test('a wait that is none, and one by the clock of the server', () => {
    const told = (text: string, more = {}) => {
      const { retry } = read(503, '', { 'retry-after': text, ...more });
      return retry.when === 'after' ? retry.seconds : undefined;
    };
    // Without a wait it is a second.
    for (const text of ['', '-5', 'soon', 'soon 5', '2', '1.5', '0x10', 'NaN'])
      assert.ok(told(text) !== 0, text);
    assert.equal(told('1.5'), 2);
    assert.equal(told('120, 120'), 120);
    for (const text of ['-5', 'soon 5']) assert.equal(told(text), 1);
    const date = 'Tue, 24 Nov 2026 08:00:00 GMT';
    assert.equal(told('Tue, 24 Nov 2026 08:00:30 GMT', { date }), 30);
  });

  test('a quota that makes no sense', () => {
    const quota = (limit: string, remaining: string, reset: string) =>
      read(200, '', {
        'x-ratelimit-limit': limit,
        'x-ratelimit-remaining': remaining,
        'x-ratelimit-reset': reset,
      }).quota;
    for (const text of ['', 'many', 'NaN', '1e3', '0x10', '12 '])
      assert.equal(quota(text, text, ''), undefined);
    const later = String(now);
    assert.deepEqual(quota('5000', '-3', later), {
      limit: 5_000,
      remaining: 0,
      reset: now,
      seconds: 3_600,
    });
    assert.equal(quota('5000', '1', '0')?.seconds, 0);
  });

  test('what the hosted service is known to answer', () => {
    const bad = envelope('invalid_client', 'Could not authorize your access');
    for (const http of [200, 401]) {
      const { status, http: code, requestId, quota, retry } = read(http, bad);
      assert.deepEqual([status, code, requestId, quota], ['invalid_client', 401, undefined, undefined]);
      assert.deepEqual(retry, { when: 'after re-authentication' });
    }
    assert.equal(read(401, '{"error":"invalid_client","error_description":"x"}').status, 'invalid_client');
    const gone = read(400, envelope('invalid_request', "Deployment 'x' was not found."));
    assert.deepEqual(
      [gone.status, gone.retry],
      ['invalid_request', { when: 'after fixing', parameter: undefined }],
    );
    assert.equal(read(200, envelope('server_error')).status, 'server_error');
  });
});
