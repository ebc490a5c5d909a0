import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seal, unseal } from '../../src/identity/refresh.ts';

test('what is sealed is opened by the same token for the same purpose only', () => {
  const text = 'a token and its successor, ü included';
  const sealed = seal(text, 'token');
  assert.equal(unseal(sealed, 'token'), text);
  assert.equal(unseal(seal('', 'token'), 'token'), '');
  assert.ok(!Buffer.from(sealed, 'base64url').includes('successor'));
  assert.notEqual(seal(text, 'token'), sealed);
  assert.throws(() => unseal(sealed, 'another'));
  assert.throws(() => unseal(sealed, 'token', 'another purpose'));
  assert.equal(unseal(seal(text, 'token', 'another purpose'), 'token', 'another purpose'), text);
});

test('what was changed or cut off is not opened', () => {
  const bytes = Buffer.from(seal('text', 'token'), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    assert.throws(() => unseal(changed.toString('base64url'), 'token'), String(at));
    assert.throws(() => unseal(bytes.subarray(0, at).toString('base64url'), 'token'), String(at));
  }
});
