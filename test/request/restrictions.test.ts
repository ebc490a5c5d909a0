import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/contract/refuse.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import { allowedOrigin, restrict } from '../../src/request/03-authentication/restrictions.ts';

const from = (headers: Record<string, string> = {}, address = '203.0.113.9'): Received =>
  ({ headers, address }) as unknown as Received;
const refused = (
  received: Received,
  addresses: string | null,
  domains: string | null,
): string | undefined => {
  try {
    restrict(received, addresses, domains);
  } catch (error) {
    if (error instanceof Refusal) return error.because;
    throw error;
  }
  return undefined;
};
const domains = '["example.com","other.example"]';

test('a list of addresses lets its own in, and no list lets everybody in', () => {
  assert.equal(refused(from(), null, null), undefined);
  assert.equal(refused(from(), '["203.0.113.0/24"]', null), undefined);
  assert.equal(refused(from({}, '203.0.114.9'), '["203.0.113.0/24"]', null), 'address.restricted');
  assert.equal(refused(from(), '["10.0.0.0/8","203.0.113.9"]', null), undefined);
});

test('a list of domains lets its own and what is below them in, by Origin, else by Referer', () => {
  for (const origin of ['https://example.com', 'https://app.example.com:8443', 'http://other.example'])
    assert.equal(refused(from({ origin }), null, domains), undefined, origin);
  assert.equal(refused(from({ referer: 'https://example.com/page?x=1' }), null, domains), undefined);
  for (const headers of [
    {},
    { origin: '' },
    { origin: 'null' },
    { origin: 'https://evilexample.com' },
    { origin: 'https://example.com.evil.net' },
    { origin: 'https://evil.net', referer: 'https://example.com/' },
    { referer: 'https://evil.net/?https://example.com' },
  ] as Record<string, string>[])
    assert.equal(refused(from(headers), null, domains), 'domain.restricted', JSON.stringify(headers));
});

test('the address is judged before the domain', () => {
  assert.equal(refused(from(), '["10.0.0.0/8"]', domains), 'address.restricted');
});

test('the origin that may read the answer is the whole one, and none without a list', () => {
  assert.equal(allowedOrigin(from({ origin: 'https://example.com' }), null), undefined);
  assert.equal(
    allowedOrigin(from({ origin: 'https://app.example.com:8443' }), domains),
    'https://app.example.com:8443',
  );
  assert.equal(allowedOrigin(from({ referer: 'https://example.com/page' }), domains), 'https://example.com');
  assert.equal(allowedOrigin(from({ origin: 'https://evil.net' }), domains), undefined);
});
