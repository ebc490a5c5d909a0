import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonical, contains, isPublic, parseRanges } from '../../src/identity/address.ts';

test('only an address of the public internet is public', () => {
  for (const address of ['8.8.8.8', '203.0.112.1', '2606:4700::1111', '3fff:ffff::1'.replace('3fff', '2a00')])
    assert.equal(isPublic(address), true, address);
  for (const address of [
    '127.0.0.1',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '::ffff:8.8.8.8',
    '::8.8.8.8',
    '64:ff9b::808:808',
    '4000::1',
    '',
    'example.com',
  ])
    assert.equal(isPublic(address), false, address);
});

test('spaces around an entry are left out, and each entry counts', () => {
  const ranges = parseRanges([' 10.0.0.0/8 ', '2001:db8::/32', '192.0.2.1']);
  for (const address of ['10.1.1.1', '2001:db8::1', '192.0.2.1'])
    assert.ok(contains(ranges, address), address);
  assert.ok(!contains(ranges, '192.0.2.2'));
  assert.ok(Object.isFrozen(ranges) && ranges.every((range) => Object.isFrozen(range)));
});

test('a bad entry is told apart: no address, no length, or a range across both families', () => {
  assert.throws(() => parseRanges(['x']), /not an IP address or CIDR range: "x"/);
  for (const entry of ['10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/08', '10.0.0.0/1000'])
    assert.throws(() => parseRanges([entry]), /not a CIDR prefix length from 0 to 32/, entry);
  assert.throws(() => parseRanges(['::/129']), /not a CIDR prefix length from 0 to 128/);
  assert.throws(() => parseRanges(['::ffff:0:0/95']), /across IPv4 and IPv6/);
  assert.ok(contains(parseRanges(['::ffff:0:0/96']), '198.51.100.7'));
  assert.ok(contains(parseRanges(['::/128']), '::'));
  assert.ok(contains(parseRanges(['0.0.0.0/0']), '198.51.100.7'));
});

test('an address has one short form, and what is too long is none', () => {
  assert.equal(canonical('2001:DB8:0:0::1'), '2001:db8::1');
  assert.equal(canonical('::ffff:10.1.2.3'), '10.1.2.3');
  assert.equal(canonical('10.1.2.3'), '10.1.2.3');
  // Valid, but for its length: zones may be of any.
  assert.equal(canonical(`fe80::1%${'z'.repeat(56)}`) === undefined, false);
  assert.equal(canonical(`fe80::1%${'z'.repeat(57)}`), undefined);
});

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
