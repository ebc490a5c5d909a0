import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  accessToken,
  clientId,
  clientSecret,
  csrfToken,
  digest,
  digestText,
  newAuthorizationCode,
  newPin,
  refreshToken,
  s256,
  sameSecret,
} from '../../src/identity/secrets.ts';

const generated = {
  accessToken,
  authorizationCode: newAuthorizationCode,
  clientSecret,
  csrfToken,
  refreshToken,
};

for (const [name, make] of Object.entries(generated)) {
  test(`${name}: 256 bits or more, in characters that need no escape, never the same`, () => {
    const made = Array.from({ length: 1_000 }, make);
    assert.equal(new Set(made).size, made.length);
    for (const each of made) assert.match(each, /^[A-Za-z0-9_-]{43,64}$/);
    // Every one of the 64 characters occurs: 43,000 draws miss one with a probability of 64 · (63/64)^43,000.
    assert.equal(new Set(made.join('')).size, 64);
  });
}

test('an access token has exactly 64 characters', () => {
  for (let i = 0; i < 100; i++) assert.equal(accessToken().length, 64);
});

test('a PIN has ten digits, of which none is rarer than the others', () => {
  const pins = Array.from({ length: 5_000 }, newPin);
  for (const each of pins) assert.match(each, /^\d{10}$/);
  for (let place = 0; place < 10; place++) {
    const seen = new Array<number>(10).fill(0);
    for (const each of pins) seen[Number(each[place])]!++;
    // 500 are expected; the standard deviation is 21.
    assert.ok(
      seen.every((count) => count > 360 && count < 640),
      `place ${place}: ${seen}`,
    );
  }
});

test('a client id names its deployment', () => {
  assert.match(clientId('planet-express'), /^[0-9a-f]{10}@planet-express\.accelo\.com$/);
  assert.notEqual(clientId('a'), clientId('a'));
});

test('a digest is SHA-256, as bytes and as text', () => {
  assert.deepEqual(digest('abc'), createHash('sha256').update('abc').digest());
  assert.equal(digestText('abc'), digest('abc').toString('base64url'));
});

test('digests are the same or not, whatever their length', () => {
  assert.equal(sameSecret(digest('a'), digest('a')), true);
  assert.equal(sameSecret(digest('a'), digest('b')), false);
  assert.equal(sameSecret(digest('a'), digest('a').subarray(1)), false);
  assert.equal(sameSecret(Buffer.alloc(0), digest('a')), false);
});

test('the challenge of a verifier is the one of RFC 7636, appendix B', () => {
  assert.equal(
    s256('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'),
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});
