import assert from 'node:assert/strict';
import test from 'node:test';
import { canonical, contains, parseRanges } from '../../src/identity/address.ts';

const within = (list: string[], address: string) => contains(parseRanges(list), address);

test('a range holds its own addresses and no others', () => {
  assert.equal(within(['10.0.0.0/8'], '10.255.255.255'), true);
  assert.equal(within(['10.0.0.0/8'], '11.0.0.0'), false);
  assert.equal(within(['192.0.2.7'], '192.0.2.7'), true);
  assert.equal(within(['192.0.2.7'], '192.0.2.8'), false);
  assert.equal(within(['2001:db8::/32'], '2001:db8:ffff::1'), true);
  assert.equal(within(['2001:db8::/32'], '2001:db9::1'), false);
  assert.equal(within(['::1'], '0:0:0:0:0:0:0:1'), true);
  assert.equal(within(['0.0.0.0/0'], '203.0.113.9'), true);
  assert.equal(within(['0.0.0.0/0'], '2001:db8::1'), false);
  assert.equal(within([], '127.0.0.1'), false);
});

test('the widest and the narrowest range, and blanks about an entry', () => {
  assert.equal(within(['0.0.0.0/32'], '0.0.0.0'), true);
  assert.equal(within(['0.0.0.0/32'], '0.0.0.1'), false);
  assert.equal(within(['::1/128'], '::1'), true);
  assert.equal(within(['::1/128'], '::2'), false);
  assert.equal(within(['::/0'], '2001:db8::1'), true);
  assert.equal(within([' 192.0.2.7 '], '192.0.2.7'), true);
  assert.equal(within(['::ffff:0:0/96'], '198.51.100.1'), true, 'all of IPv4');
  assert.equal(within(['10.0.0.0/8', '192.0.2.0/24'], '192.0.2.9'), true, 'any of several');
});

test('an address with a zone is one, unless the zone is longer than any', () => {
  assert.equal(within(['fe80::/10'], 'fe80::1%eth0'), true);
  assert.equal(within(['fe80::/10'], `fe80::1%${'a'.repeat(100)}`), false);
});

test('IPv4-mapped IPv6 is IPv4, in an address and in a range', () => {
  assert.equal(within(['10.0.0.0/8'], '::ffff:10.1.2.3'), true);
  assert.equal(within(['::ffff:10.0.0.0/104'], '10.1.2.3'), true);
  assert.equal(within(['::ffff:10.0.0.0/104'], '11.1.2.3'), false);
  assert.equal(within(['::/0'], '::ffff:10.1.2.3'), false);
  assert.equal(canonical('::ffff:10.1.2.3'), '10.1.2.3');
});

test('what is not an address is in no range', () => {
  for (const address of [
    '',
    'localhost',
    '10.0.0',
    '010.0.0.1',
    '0x0a000001',
    '10.0.0.1.',
    '1'.repeat(5000),
    '::1::',
  ]) {
    assert.equal(within(['0.0.0.0/0', '::/0'], address), false, address.slice(0, 20));
    assert.equal(canonical(address), undefined);
  }
});

test('a bad entry is named', () => {
  for (const entry of [
    '',
    'example.com',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.1/8',
    '::1/129',
    '::ffff:0:0/90',
  ]) {
    assert.throws(
      () => parseRanges(['127.0.0.1', entry]),
      (error: Error) => error.message.includes(JSON.stringify(entry)),
      entry,
    );
  }
});
