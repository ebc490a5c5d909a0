import assert from 'node:assert/strict';
import test from 'node:test';
import { hostInUrl, hostOfUrl, isLocalName, isLoopbackHost } from '../../src/http/hosts.ts';

test('this machine has a name, a network and an address in IPv6', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.255.10.1', '::1', '[::1]'])
    assert.ok(isLoopbackHost(host), host);
  for (const host of [
    'localhost.example',
    'my-localhost',
    '127.1',
    '128.0.0.1',
    '127.a.b.c',
    '127.0.0.1.example',
    '::2',
    '[::1].x',
    'x::1',
    '',
  ])
    assert.equal(isLoopbackHost(host), false, host);
});

test('names below localhost are this machine', () => {
  for (const name of ['localhost', 'planet-express.api.localhost', 'A.LOCALHOST'])
    assert.ok(isLocalName(name), name);
  for (const name of ['', '.localhost', 'mylocalhost', 'localhost.example', '127.0.0.1'])
    assert.equal(isLocalName(name), false, name);
});

test('an IPv6 address has brackets in a URL, and none in a socket', () => {
  for (const host of ['::1', 'fe80::1%eth0', '127.0.0.1', 'localhost'])
    assert.equal(hostOfUrl(hostInUrl(host)), host);
  assert.equal(hostInUrl('::1'), '[::1]');
  assert.equal(hostOfUrl('[::1]'), '::1');
});
