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
