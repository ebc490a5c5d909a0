import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApplication, disableApplication } from '../../src/identity/applications.ts';
import { digestText } from '../../src/identity/secrets.ts';
import {
  findBearer,
  findLocked,
  issueTokens,
  lifetimes,
  type NewTokens,
  revokeFamily,
  revokeToken,
} from '../../src/identity/tokens.ts';
import type { Store, Writing } from '../../src/store/store.ts';
import { identityStore } from './store.ts';

const now = 1_000_000;
const day = 86_400;
let store: Store;
let applicationId: number;
before(async () => {
  store = await identityStore();
  await store.within((writing) =>
    writing.insert(1, 'staff', {
      id: 7,
      username: 'fry',
      firstname: 'Philip',
      surname: 'Fry',
      email: 'fry@example.com',
      standing: 'active',
      access: '{"everything":"admin"}',
      financial_level: 'all',
    }),
  );
  const lists = { allowAddresses: ['10.0.0.0/8'], allowDomains: ['app.example'] };
  const given = { type: 'service', name: 'Robot', staffId: 7, ...lists } as const;
  applicationId = (await createApplication(store, { id: 1, name: 'here' }, given, now)).application.id;
});
after(() => store.close());

const within = <T>(work: (writing: Writing) => Promise<T>): Promise<T> => store.within(work);
const issue = (more: Partial<NewTokens> = {}) =>
  within((writing) =>
    issueTokens(
      writing,
      1,
      {
        family: 'f',
        applicationId,
        staffId: 7,
        scope: 'read(jobs)',
        lifetime: 60,
        refreshable: true,
        ...more,
      },
      now,
    ),
  );
const refreshRow = (token: string | undefined) =>
  store.find(
    1,
    'refresh_tokens',
    [
      'family',
      'application_id',
      'staff_id',
      'scope',
      'lifetime',
      'date_created',
      'date_expires',
      'date_revoked',
      'authenticated',
      'date_replaced',
      'successor',
    ],
    { digest: digestText(token ?? '') },
  );
const isRevoked = async ({ access, refresh }: Awaited<ReturnType<typeof issue>>) => [
  (await findBearer(store, 1, access))?.revoked,
  refresh === undefined ? undefined : (await refreshRow(refresh))?.date_revoked !== null,
];

test('how long things live', () => {
  assert.deepEqual(lifetimes, {
    token: 30 * day,
    longest: 1_095 * day,
    refresh: 180 * day,
    authorization: 1_095 * day,
    code: 600,
    grace: 30,
  });
});

test('a token leads to its application and its person, in one deployment', async () => {
  const { access } = await issue();
  const bearer = await findBearer(store, 1, access);
  assert.deepEqual(bearer, {
    digest: digestText(access),
    scope: 'read(jobs)',
    expires: now + 60,
    revoked: false,
    application: {
      id: applicationId,
      clientId: bearer?.application.clientId,
      name: 'Robot',
      type: 'service',
      addresses: '["10.0.0.0/8"]',
      domains: '["app.example"]',
      disabled: false,
    },
    person: {
      id: 7,
      username: 'fry',
      firstname: 'Philip',
      surname: 'Fry',
      email: 'fry@example.com',
      standing: 'active',
      access: { everything: 'admin', single: {} },
      financialLevel: 'all',
    },
  });
  assert.match(bearer?.application.clientId ?? '', /@here/);
  assert.equal(await findBearer(store, 2, access), undefined);
  assert.equal(await findBearer(store, 1, 'nonsense'), undefined);
});

test('a token whose person or application is gone says so', async () => {
  const alone = await issue({ staffId: 99 });
  assert.equal((await findBearer(store, 1, alone.access))?.person, undefined);
  const given = { type: 'service', name: 'Retired', staffId: 7 } as const;
  const { application } = await createApplication(store, { id: 1, name: 'here' }, given, now);
  const retired = await issue({ applicationId: application.id });
  await disableApplication(store, 1, application.clientId, true);
  assert.equal((await findBearer(store, 1, retired.access))?.application.disabled, true);
  const orphan = await issue({ applicationId: 99 });
  assert.equal((await findBearer(store, 1, orphan.access))?.revoked, true);
});

test('a refresh token keeps what was granted, and whether the secret was given', async () => {
  const plain = await issue();
  assert.deepEqual([plain.lifetime, plain.scope], [60, 'read(jobs)']);
  assert.deepEqual(await refreshRow(plain.refresh), {
    family: 'f',
    application_id: applicationId,
    staff_id: 7,
    scope: 'read(jobs)',
    lifetime: 60,
    date_created: now,
    date_expires: now + lifetimes.refresh,
    date_revoked: null,
    authenticated: 0,
    date_replaced: null,
    successor: null,
  });
  const { refresh } = await issue({ granted: 'write(all)', authenticated: true });
  const row = await refreshRow(refresh);
  assert.deepEqual([row?.scope, row?.authenticated], ['write(all)', 1]);
  const single = await issue({ refreshable: false, pinned: 'known' });
  assert.deepEqual(single, { access: 'known', refresh: undefined, lifetime: 60, scope: 'read(jobs)' });
});

test('a family ends as a whole, and no other with it; what ended before keeps its date', async () => {
  const [one, two, other] = [
    await issue({ family: 'a' }),
    await issue({ family: 'a' }),
    await issue({ family: 'b' }),
  ];
  assert.equal(await within((writing) => revokeToken(writing, 1, one.access, applicationId, now - 5)), true);
  await within((writing) => revokeFamily(writing, 1, 'a', now));
  assert.deepEqual(
    [await isRevoked(one), await isRevoked(two), await isRevoked(other)],
    [
      [true, true],
      [true, true],
      [false, false],
    ],
  );
  const [first] = await store.list(1, {
    table: 'tokens',
    columns: ['date_revoked'],
    where: { digest: digestText(one.access) },
    limit: 1,
  });
  assert.equal(first?.date_revoked, now - 5);
  await within((writing) => revokeFamily(writing, 1, 'a', now + 9));
  assert.equal((await refreshRow(one.refresh))?.date_revoked, now);
});

test('an application ends its own tokens: an access token alone, a refresh token with its family', async () => {
  const [one, two] = [await issue({ family: 'c' }), await issue({ family: 'c' })];
  const revoke = (token = '', by = applicationId, deployment = 1) =>
    within((writing) => revokeToken(writing, deployment, token, by, now));
  assert.equal(await revoke(one.access, 99), false);
  assert.equal(await revoke(one.refresh, 99), false);
  assert.equal(await revoke(one.access, applicationId, 2), false);
  assert.equal(await revoke('nonsense'), false);
  assert.deepEqual(
    [await isRevoked(one), await isRevoked(two)],
    [
      [false, false],
      [false, false],
    ],
  );
  assert.equal(await revoke(one.access), true);
  assert.equal(await revoke(one.access), false, 'it has ended already');
  assert.deepEqual(
    [await isRevoked(one), await isRevoked(two)],
    [
      [true, false],
      [false, false],
    ],
  );
  assert.equal(await revoke(two.refresh), true);
  assert.deepEqual(await isRevoked(two), [true, true]);
});

test('a row is read when its family is locked, and the lock is swept no sooner than its tokens', async () => {
  const { refresh } = await issue({ family: 'locked' });
  const hash = digestText(refresh ?? '');
  const find = (table: 'grants' | 'refresh_tokens', of: string) =>
    within((writing) => findLocked(writing, 1, table, ['scope'], of, now));
  assert.deepEqual(await find('refresh_tokens', hash), { scope: 'read(jobs)' });
  assert.equal(await find('refresh_tokens', 'nothing'), undefined);
  assert.equal(await find('grants', hash), undefined);
  const lock = await store.find(1, 'token_families', ['date_expires'], { family: 'locked' });
  assert.equal(lock?.date_expires, now + lifetimes.refresh);
  const other = await issue({ family: 'not locked' });
  assert.ok(other.refresh);
  await find('refresh_tokens', hash);
  assert.equal(await store.find(1, 'token_families', ['family'], { family: 'not locked' }), undefined);
  await find('refresh_tokens', digestText(other.refresh));
  assert.ok(await store.find(1, 'token_families', ['family'], { family: 'not locked' }));
});
