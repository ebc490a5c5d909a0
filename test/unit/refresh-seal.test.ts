import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seal, unseal } from '../../src/identity/refresh.ts';

test('what is sealed with a token is read with it, and with no other', () => {
  const text = '{"access":"…"}'.repeat(20);
  const sealed = seal(text, 'token');
  assert.equal(unseal(sealed, 'token'), text);
  assert.equal(unseal(seal('', 'token'), 'token'), '');
  assert.throws(() => unseal(sealed, 'another'));
  assert.ok(!Buffer.from(sealed, 'base64url').includes('access'));
});

test('the same text is sealed differently each time', () => {
  assert.notEqual(seal('text', 'token'), seal('text', 'token'));
});

test('a sealed text of which any byte was changed or left out is not read', () => {
  const bytes = Buffer.from(seal('text', 'token'), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => unseal(changed.toString('base64url'), 'token'), `byte ${at}`);
    assert.throws(() => unseal(bytes.subarray(0, at).toString('base64url'), 'token'), `${at} bytes`);
  }
});
