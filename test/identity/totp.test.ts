import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, newRecoveryCodes } from '../../src/identity/recovery-codes.ts';
import { codePeriod, keyUri, newTotpKey, stepOfCode } from '../../src/identity/totp.ts';
import { codeAt, wrongCodeAt } from '../harness/totp.ts';

// "12345678901234567890", of RFC 6238, appendix B; of its eight digits the last six.
const key = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const vectors = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

test('a code is what RFC 6238 says, of a step of 30 seconds', async () => {
  assert.equal(codePeriod, 30);
  for (const [now, code] of vectors) {
    assert.equal(codeAt(key, now), code);
    assert.equal(await stepOfCode(key, code, now), Math.floor(now / 30));
  }
});

test('a code is taken in its step and one step either side, and at no other time', async () => {
  const now = 1_800_000_000;
  const step = now / 30;
  const code = codeAt(key, now);
  for (const [later, found] of [
    [-31, undefined],
    [-30, step],
    [-1, step],
    [0, step],
    [29, step],
    [59, step],
    [60, undefined],
    [3_600, undefined],
  ] as const)
    assert.equal(await stepOfCode(key, code, now + later), found, `${later} s`);
});

test('what is not six digits, or of another key, is no code', async () => {
  const now = 1_800_000_000;
  const code = codeAt(key, now);
  const other = await newTotpKey();
  assert.equal(await stepOfCode(other, wrongCodeAt(other, now), now), undefined);
  for (const typed of [
    '',
    code.slice(1),
    `${code}0`,
    `0${code}`,
    ` ${code}`,
    'abcdef',
    'é23456',
    '12345é',
    '１２３４５６',
    '-12345',
    '1e5000',
  ])
    assert.equal(await stepOfCode(key, typed, now), undefined, typed);
});

test('a key has 160 bits from the random generator, and no two are equal', async () => {
  const keys = new Set<string>();
  for (let i = 0; i < 200; i++) keys.add(await newTotpKey());
  assert.equal(keys.size, 200);
  for (const each of keys) assert.match(each, /^[A-Z2-7]{32}$/);
  const seen = new Set([...keys].flatMap((each) => [...each]));
  assert.equal(seen.size, 32, 'every character happens');
});

test('the key as apps read it says what it is of, whatever the names have in them', async () => {
  for (const [issuer, username] of [
    ['Planet Express', 'hermes'],
    ['A: b/c?d&e=f#g', 'h@example.com/?secret=x&'],
    ['\ud800', 'über'],
  ] as const) {
    const url = new URL(await keyUri(key, { issuer, username }));
    assert.equal(`${url.protocol}//${url.host}`, 'otpauth://totp');
    const named = issuer.toWellFormed().replaceAll(':', ' ');
    assert.equal(decodeURIComponent(url.pathname.slice(1)), `${named}:${username}`);
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      issuer: named,
      secret: key,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  }
});

async function argon2id(secret: string, salt: string): Promise<string> {
  const { hashRaw } = await import('@node-rs/argon2');
  const kept = await hashRaw(secret, {
    // Argon2id, which cannot be named here.
    algorithm: 2,
    memoryCost: 19_456,
    timeCost: 2,
    parallelism: 1,
    outputLen: 32,
    salt: Buffer.from(salt, 'base64url'),
  });
  return kept.toString('base64url');
}

test('recovery codes are ten of 60 random bits, of which argon2id digests are kept', async () => {
  const { codes, salt, digests } = await newRecoveryCodes();
  assert.equal(new Set(codes).size, 10);
  assert.equal(new Set(digests).size, 10);
  for (const code of codes) assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}$/);
  assert.ok(Buffer.from(salt, 'base64url').length >= 4, 'a salt of 32 bits at least');
  const [code = ''] = codes;
  assert.equal(await argon2id(code.replaceAll('-', ''), salt), digests[0]);
  assert.equal(await digestOf(code, salt), digests[0]);
  const other = await newRecoveryCodes();
  assert.notEqual(other.salt, salt);
  assert.notEqual(await digestOf(code, other.salt), digests[0]);
});

test('a recovery code is read as people write it', async () => {
  const { salt } = await newRecoveryCodes();
  const meant = await argon2id('0b1c2d3e4f01', salt);
  for (const typed of [
    '0b1c-2d3e-4f01',
    '0B1C2D3E4F01',
    ' 0b1c 2d3e 4f01 ',
    'ob1c-2d3e-4fol',
    'OBIC 2D3E 4FOI',
  ])
    assert.equal(await digestOf(typed, salt), meant, typed);
  for (const typed of ['', '123456', '0b1c-2d3e-4f0', '0b1c-2d3e-4f011', '0b1c-2d3e-4f0u', '0b1c.2d3e.4f01'])
    assert.equal(await digestOf(typed, salt), undefined, typed);
});
