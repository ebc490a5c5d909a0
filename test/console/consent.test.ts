import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParameterValue } from '../../src/catalogue/sent.ts';
import { decisionIn, grantCode, titledScope } from '../../src/console/consent.ts';
import { isRegistered, queryOf, redirectHostOf } from '../../src/console/redirect-uri.ts';
import type { Refusal } from '../../src/contract/refuse.ts';
import type { Application } from '../../src/identity/applications.ts';
import type { Scope } from '../../src/identity/scope.ts';
import { digestText } from '../../src/identity/secrets.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import type { World } from '../../src/request/world.ts';
import { Clash } from '../../src/store/store.ts';

const bodyOf = (fields: Record<string, ParameterValue>): Received =>
  ({ body: new Map(Object.entries(fields)) }) as unknown as Received;

test('a decision is one of three words', () => {
  for (const decision of ['allow', 'deny', 'switch'] as const)
    assert.equal(decisionIn(bodyOf({ decision })), decision);
  for (const fields of [
    {},
    { decision: '' },
    { decision: 'Allow' },
    { decision: true },
    { decision: ['allow'] },
  ])
    assert.throws(
      () => decisionIn(bodyOf(fields)),
      (error: Refusal) => error.because === 'parameter.invalid' && error.particulars.field === 'decision',
    );
});

test('a scope is told by the titles of its resources', () => {
  const catalogue = { resources: new Map([['companies', { title: 'Company' }]]) };
  const scope = { read: new Set(['all', 'companies']), write: new Set(['files']) } as unknown as Scope;
  assert.deepEqual(titledScope(scope, { catalogue } as unknown as World), [
    { verb: 'read', resource: 'everything' },
    { verb: 'read', resource: 'Company' },
    { verb: 'write', resource: 'files' },
  ]);
});

const asked = (redirect: string | undefined) =>
  ({
    deployment: { id: 7 },
    application: { id: 3 },
    scope: { read: new Set(['all']), write: new Set() },
    redirect,
    redirectUri: redirect,
    challenge: undefined,
    lifetime: undefined,
  }) as unknown as Parameters<typeof grantCode>[0];

const person = { id: 5 } as Parameters<typeof grantCode>[1];

function worldThat(insert: (attempt: number) => void) {
  const rows: Record<string, unknown>[] = [];
  const tables: unknown[] = [];
  const writing = {
    insert: async (deployment: number, table: string, row: Record<string, unknown>) => {
      tables.push([deployment, table]);
      rows.push(row);
      if (table === 'grants') insert(rows.filter((each) => 'digest' in each).length);
    },
  };
  const store = { within: (work: (writing: unknown) => unknown) => work(writing) };
  return { rows, tables, world: { clock: () => 1_000, store } as unknown as World };
}

test('a code is long where it travels, ten digits where it is typed, and kept as a digest', async () => {
  for (const [redirect, form] of [
    ['https://a.example/', /^[\w-]{48}$/],
    [undefined, /^\d{10}$/],
  ] as const) {
    const { rows, tables, world } = worldThat(() => {});
    const code = await grantCode(asked(redirect), person, world);
    assert.match(code, form);
    assert.deepEqual(tables, [
      [7, 'grants'],
      [7, 'token_families'],
    ]);
    const [{ family, ...row }, ofFamily] = rows as [Record<string, unknown>, Record<string, unknown>];
    assert.deepEqual(ofFamily, {
      family,
      application_id: 3,
      staff_id: 5,
      scope: 'read(all)',
      date_created: 1_000,
      date_expires: 1_600,
      date_revoked: null,
    });
    assert.match(String(family), /^[0-9a-f-]{36}$/);
    assert.deepEqual(row, {
      digest: digestText(code),
      application_id: 3,
      staff_id: 5,
      scope: 'read(all)',
      redirect_uri: redirect ?? null,
      challenge: null,
      lifetime: null,
      date_created: 1_000,
      date_expires: 1_600,
      date_consumed: null,
      date_revoked: null,
    });
  }
});

test('a PIN that is taken is drawn again, five times at most; nothing else is tried again', async () => {
  const clashes = (times: number) =>
    worldThat((attempt) => {
      if (attempt <= times) throw new Clash(['digest']);
    });
  const four = clashes(4);
  const code = await grantCode(asked(undefined), person, four.world);
  const digests = four.rows.flatMap(({ digest }) => digest ?? []);
  assert.equal(digests.length, 5);
  assert.equal(digests[4], digestText(code));
  assert.equal(new Set(digests).size, 5, 'each time another');
  const five = clashes(5);
  await assert.rejects(grantCode(asked(undefined), person, five.world), Clash);
  assert.equal(five.rows.length, 5);
  const broken = worldThat(() => {
    throw new TypeError('a defect');
  });
  await assert.rejects(grantCode(asked(undefined), person, broken.world), TypeError);
  assert.equal(broken.rows.length, 1);
});

test('where a redirect leads is told by its host, or by the scheme of an application of the device', () => {
  assert.equal(redirectHostOf('https://a.example:8443/x'), 'a.example:8443');
  assert.equal(redirectHostOf('http://127.0.0.1:5000/done'), '127.0.0.1:5000');
  assert.equal(redirectHostOf('com.example.app:/done'), 'com.example.app:');
  assert.equal(queryOf({ a: '1', b: undefined, c: '' }), 'a=1&c=');
});

test('a registered loopback address with a port of its own is met on any port, and on none', () => {
  const application = {
    type: 'installed',
    redirectUris: ['http://127.0.0.1:7000?x=1'],
  } as unknown as Application;
  assert.ok(isRegistered(application, 'http://127.0.0.1?x=1'));
  assert.ok(isRegistered(application, 'http://127.0.0.1:1?x=1'));
  assert.ok(!isRegistered(application, 'http://127.0.0.1:1?x=2'));
  assert.ok(!isRegistered(application, 'http://[::1]:1?x=1'), 'another address');
  assert.ok(!isRegistered(application, 'https://a.example/'), 'what is no loopback address at all');
  assert.ok(!isRegistered({ ...application, redirectUris: ['https://a.example/'] }, 'https://b.example/'));
});
