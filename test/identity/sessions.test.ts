import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  anonymousSession,
  endSession,
  findSession,
  isAnonymous,
  readAnonymous,
  sessionIdle,
  sessionLifetime,
  startSession,
} from '../../src/identity/sessions.ts';
import { Busy, type Store, Unwritable } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

let store: Store;
before(async () => {
  store = await identityStore();
});
after(() => store.close());

const now = 1_000_000;
const key = Buffer.alloc(32, 1);
const from = { address: '203.0.113.7', agent: 'Browser' };

test('a session is found also when its use cannot be noted', async () => {
  const session = await startSession(store, 3, 7, from, now);
  const failing = (error: Error): Store => ({ ...store, within: () => Promise.reject(error) });
  for (const error of [new Unwritable('the disk is full'), new Busy('locked')])
    assert.deepEqual(await findSession(failing(error), 3, session.secret, now + 100), session);
  await assert.rejects(findSession(failing(new Error('a defect')), 3, session.secret, now + 100), /a defect/);
});

test('a person has a session for an hour, in one deployment, under a secret that is not kept', async () => {
  const session = await startSession(store, 1, 7, from, now);
  assert.equal(session.staffId, 7);
  assert.notEqual(session.secret, session.csrf);
  assert.deepEqual(await findSession(store, 1, session.secret, now), session);
  for (const later of [sessionIdle - 1, 2 * (sessionIdle - 1), sessionLifetime - 1])
    assert.deepEqual(await findSession(store, 1, session.secret, now + later), session);
  assert.equal(await findSession(store, 1, session.secret, now + sessionLifetime), undefined);
  assert.equal(await findSession(store, 2, session.secret, now), undefined);
  assert.equal(await findSession(store, 1, `${session.secret}x`, now), undefined);
  const [row] = await store.list(1, { table: 'sessions', columns: ['digest', 'date_created'], limit: 10 });
  assert.equal(row?.date_created, now);
  assert.notEqual(row?.digest, session.secret);
  assert.equal(isAnonymous(session.secret), false);
});

test('a session that nobody uses ends after half an hour', async () => {
  const { secret } = await startSession(store, 5, 7, from, now);
  assert.equal(await findSession(store, 5, secret, now + sessionIdle), undefined);
  assert.ok(await findSession(store, 5, secret, now + sessionIdle - 1));
});

test('each sign-in has a session of its own, and ending one leaves the others', async () => {
  const [one, other] = [
    await startSession(store, 3, 7, from, now),
    await startSession(store, 3, 7, from, now),
  ];
  assert.notEqual(one.secret, other.secret);
  assert.notEqual(one.csrf, other.csrf);
  await endSession(store, 4, one.secret);
  assert.ok(await findSession(store, 3, one.secret, now));
  await endSession(store, 3, one.secret);
  assert.equal(await findSession(store, 3, one.secret, now), undefined);
  assert.deepEqual(await findSession(store, 3, other.secret, now), other);
});

test('a session of nobody is all in its cookie, for an hour', () => {
  const session = anonymousSession(key, now);
  assert.equal(session.staffId, undefined);
  assert.ok(isAnonymous(session.secret));
  assert.deepEqual(readAnonymous(key, session.secret, now), session);
  assert.deepEqual(readAnonymous(key, session.secret, now + sessionLifetime - 1), session);
  assert.equal(readAnonymous(key, session.secret, now + sessionLifetime), undefined);
  const other = anonymousSession(key, now);
  assert.notEqual(other.secret, session.secret);
  assert.notEqual(other.csrf, session.csrf);
  const [id = ''] = session.secret.split('.');
  assert.equal(Buffer.from(id, 'base64url').length, 16);
  assert.ok(!session.secret.includes(session.csrf), 'a page that reads the cookie cannot send the form');
});

test('a cookie that was not signed with this key, or was changed, is nobody’s', () => {
  const { secret } = anonymousSession(key, now);
  assert.equal(readAnonymous(Buffer.alloc(32, 2), secret, now), undefined);
  const [id = '', expires = '', signature = ''] = secret.split('.');
  const later = (Number.parseInt(expires, 36) + 1).toString(36);
  for (const changed of [
    `${id}.${later}.${signature}`,
    `${id}x.${expires}.${signature}`,
    `${id}.${expires}.${signature.slice(1)}`,
    `${id}.${expires}.`,
    `${id}.${expires}`,
    `.${signature}`,
    signature,
    '.',
    '',
    `${id}.${expires}.${anonymousSession(key, now).csrf}`,
  ])
    assert.equal(readAnonymous(key, changed, now), undefined, changed);
});
