import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';
import { commonPasswords } from '../../src/identity/common-passwords.ts';
import { hashPassword, passwordProblem, verifyPassword } from '../../src/identity/passwords.ts';

const password = 'bite my shiny metal ass';
const hashed = await hashPassword(password);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

test('only the password is right, and its hash is salted argon2id', async () => {
  assert.match(hashed, /^\$argon2id\$/);
  assert.notEqual(await hashPassword(password), hashed);
  assert.equal(await verifyPassword(hashed, password), true);
  for (const wrong of ['', `${password} `, password.toUpperCase(), password.slice(0, -1)])
    assert.equal(await verifyPassword(hashed, wrong), false, wrong);
});

const problem = (password: string, owner = {}): Promise<string | undefined> =>
  passwordProblem(password, owner);

test('a new password has 8 characters at least, of any kind', async () => {
  assert.match((await problem('')) ?? '', /^it has fewer than 8 characters; 15 or more are better$/);
  assert.match((await problem('ab1!xyz')) ?? '', /fewer than 8/);
  assert.equal(await problem('ab1!xyzw'), undefined);
  assert.equal(await problem('zzzzzzzzzzzzzzz'), undefined, 'no rule says which characters');
  assert.match((await problem('😀'.repeat(7))) ?? '', /fewer than 8/, 'characters, not halves of them');
  assert.equal(await problem('😀'.repeat(8)), undefined);
  assert.equal(await problem('good news everyone'), undefined, 'that of the sample');
});

test('a new password may be long', async () => {
  assert.equal(await problem('x'.repeat(64)), undefined);
  assert.equal(await problem('x'.repeat(1_024)), undefined);
  assert.match((await problem('x'.repeat(1_025))) ?? '', /more than 1024/);
});

test('a new password is not one of those guessed first, in any case of letters', async () => {
  assert.ok(commonPasswords.size >= 3_000);
  for (const common of commonPasswords)
    assert.ok([...common].length >= 8 && common === common.toLowerCase(), common);
  for (const common of ['password', 'PassWord', 'qwertyuiop', 'iloveyou', '1234567890'])
    assert.match((await problem(common)) ?? '', /guessed first/, common);
  assert.equal(await problem('password of mine'), undefined);
});

test('a new password is neither the username nor the email address of whose it is', async () => {
  const owner = { username: 'Hermes.Conrad', email: 'hermes@example.com' };
  assert.match((await problem('hermes.conrad', owner)) ?? '', /the username/);
  assert.match((await problem('Hermes@Example.com', owner)) ?? '', /email address/);
  assert.equal(await problem('hermes.conrad', { username: 'zoidberg', email: null }), undefined);
});

test('names of the product, the deployment and the person do not count towards the length of a new password', async () => {
  const owner = {
    username: 'hconrad',
    email: 'hermes@bureaucracy.example',
    firstname: 'Hermes',
    surname: 'Conrad',
    deployment: { name: 'planet-express', title: 'Planet Express Inc.' },
  };
  for (const word of ['Accelo', 'accord', 'hconrad', 'Hermes', 'conrad', 'bureaucracy', 'Planet', 'EXPRESS'])
    for (const weak of [`${word}12`.padEnd(8, '3'), `!!${word}2026!`, `${word}-${word}-${word}`])
      assert.match((await problem(weak, owner)) ?? '', /do not count/, weak);
  assert.match((await problem('hermes.conrad!', owner)) ?? '', /do not count/);
  assert.match((await problem('planet-express-2026', owner)) ?? '', /do not count/);
  assert.equal(await problem('hermes loves paperwork', owner), undefined, 'enough is left');
  assert.equal(await problem('planet-express-2026'), undefined, 'another deployment');
  assert.equal(await problem('al1234567', { username: 'al' }), undefined, 'too short to be looked for');
  assert.match((await problem('amy12345', { firstname: 'Amy' })) ?? '', /do not count/);
  const longer = { firstname: 'Ann', surname: 'Annabelle' };
  assert.match((await problem('annabelle1234567', longer)) ?? '', /do not count/, 'the longest first');
  assert.equal(await problem('was here 12'), undefined, 'who has no name has no words');
});

test('nobody has a password, and finding that out takes as long', async () => {
  const took: Record<'somebody' | 'nobody', number[]> = { somebody: [], nobody: [] };
  for (let i = 0; i < 9; i++) {
    for (const [who, hash] of [
      ['somebody', hashed],
      ['nobody', undefined],
    ] as const) {
      const began = performance.now();
      assert.equal(await verifyPassword(hash, `guess ${i}`), false);
      took[who].push(performance.now() - began);
    }
  }
  const ratio = median(took.nobody) / median(took.somebody);
  assert.ok(ratio > 0.4 && ratio < 2.5, `ratio ${ratio}`);
});

test('what stands in for nobody costs what a new hash costs', () => {
  const source = readFileSync(new URL('../../src/identity/passwords.ts', import.meta.url), 'utf8');
  const parameters = (text: string): string | undefined =>
    /\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$/.exec(text)?.[0];
  assert.ok(parameters(hashed));
  assert.equal(parameters(source), parameters(hashed));
});

test('a password has a longest length, both ways', async () => {
  const long = 'x'.repeat(1_024);
  const ofLong = await hashPassword(long);
  assert.equal(await verifyPassword(ofLong, long), true);
  await assert.rejects(hashPassword(`${long}x`), /at most 1024/);
  assert.equal(await verifyPassword(ofLong, `${long}x`), false, 'what is cut off counts');
  assert.equal(await verifyPassword(ofLong, 'x'.repeat(10_000_000)), false);
});

test('a crowd is told so at once, and nobody in it that a right password is wrong', async () => {
  const all = await Promise.allSettled(Array.from({ length: 230 }, () => verifyPassword(hashed, password)));
  const turnedAway = all.filter(({ status }) => status === 'rejected');
  assert.equal(turnedAway.length, 28);
  assert.ok(all.every((each) => each.status === 'rejected' || each.value));
});

test('what is kept and is no hash is nobody’s password', async () => {
  for (const broken of ['', 'plain', '$argon2id$v=19$m=19456,t=2,p=1$']) {
    assert.equal(await verifyPassword(broken, 'plain'), false);
    assert.equal(await verifyPassword(broken, ''), false);
  }
});

test('a flood of sign-ins is worked off two at a time, and leaves memory and threads to others', async () => {
  const before = process.memoryUsage.rss();
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() - before);
  }, 1);
  const began = performance.now();
  const late: Promise<boolean>[] = [];
  const flood = Array.from({ length: 40 }, async (_, i) => {
    const right = await verifyPassword(hashed, i % 2 === 0 ? password : 'wrong');
    // A newcomer at the very moment a place is free: it has to wait for its turn as well.
    if (i < 20) late.push(verifyPassword(hashed, password));
    return right;
  });
  await new Promise((resume) => setTimeout(resume, 5));
  const other = performance.now();
  await stat(import.meta.filename);
  const held = performance.now() - other;
  assert.deepEqual(
    await Promise.all(flood),
    Array.from({ length: 40 }, (_, i) => i % 2 === 0),
  );
  assert.deepEqual(await Promise.all(late), new Array(20).fill(true));
  const took = performance.now() - began;
  clearInterval(watching);
  assert.ok(held < took / 8, `a file was waited for ${held} ms of ${took}`);
  // Each computation takes 19 MiB.
  assert.ok(peak < 50 * 1_048_576, `${peak / 1_048_576} MiB more than before`);
});
