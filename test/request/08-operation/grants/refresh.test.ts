import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestText } from '../../../../src/identity/secrets.ts';
import {
  findBearer,
  type IssuedTokens,
  issueTokens,
  lifetimes,
  type NewTokens,
} from '../../../../src/identity/tokens.ts';
import type { Store, Writing } from '../../../../src/store/store.ts';
import { refused } from '../../03-authentication/refused.ts';
import { startGranting } from './granting.ts';

let granting: Awaited<ReturnType<typeof startGranting>>;
let families = 0;
before(async () => {
  granting = await startGranting();
});
after(() => granting.store.close());

type More = Parameters<typeof granting.ask>[2];
const issue = (more: Partial<NewTokens> = {}): Promise<IssuedTokens> =>
  granting.store.within((writing) =>
    issueTokens(
      writing,
      1,
      {
        family: `f${++families}`,
        applicationId: granting.applications.web.id,
        staffId: 7,
        scope: 'read(jobs),write(companies)',
        lifetime: 60,
        refreshable: true,
        ...more,
      },
      granting.now,
    ),
  );
const refresh = async (
  token = '',
  parameters: object = {},
  more: More = {},
  by = granting.applications.web,
) =>
  (await granting.ask(by, { grant_type: 'refresh_token', refresh_token: token, ...parameters }, more)).tokens;
const rowOf = (
  token = '',
  columns: readonly string[] = ['date_replaced', 'successor', 'scope', 'authenticated', 'date_revoked'],
) => granting.store.find(1, 'refresh_tokens', columns, { digest: digestText(token) });
const isRevoked = async ({ access }: IssuedTokens) => (await findBearer(granting.store, 1, access))?.revoked;

test('a refresh token has one successor, and no other token has it', async () => {
  const [one, other] = [await issue(), await issue()];
  const next = await refresh(one.refresh);
  assert.deepEqual([next.scope, next.lifetime], [one.scope, 60]);
  assert.ok(next.refresh && next.refresh !== one.refresh && next.access !== one.access);
  const replaced = await rowOf(one.refresh);
  assert.equal(replaced?.date_replaced, granting.now);
  assert.ok(typeof replaced?.successor === 'string' && !replaced.successor.includes(next.refresh));
  for (const token of [other.refresh, next.refresh]) {
    const row = await rowOf(token);
    assert.deepEqual([row?.date_replaced, row?.successor], [null, null]);
  }
  assert.equal((await refresh(next.refresh, {}, { lifetime: 30 })).lifetime, 30);
});

test('whoever asks again within 30 seconds gets the same; later it is a replay, and the family ends', async () => {
  const first = await issue();
  const next = await refresh(first.refresh);
  granting.now += lifetimes.grace;
  assert.deepEqual(await refresh(first.refresh), next);
  granting.now += 1;
  assert.equal(await refused(() => refresh(first.refresh)), 'refresh.replayed');
  assert.deepEqual([await isRevoked(first), await isRevoked(next)], [true, true]);
  assert.equal(await refused(() => refresh(next.refresh)), 'refresh.revoked');
});

test('a replaced one whose successor is not kept is a replay at once', async () => {
  const first = await issue();
  const digest = digestText(first.refresh ?? '');
  await granting.store.within((writing) =>
    writing.update(1, 'refresh_tokens', { digest }, { date_replaced: granting.now }),
  );
  assert.equal(await refused(() => refresh(first.refresh)), 'refresh.replayed');
  assert.equal(await isRevoked(first), true);
});

test('a narrower scope is for the access token only, at the first use and at the next', async () => {
  const first = await issue();
  const narrow = await refresh(first.refresh, { scope: 'read(jobs)' });
  assert.equal(narrow.scope, 'read(jobs)');
  assert.equal((await rowOf(narrow.refresh))?.scope, first.scope);
  const again = await refresh(first.refresh, { scope: 'write(companies)' }, { lifetime: 90 });
  assert.deepEqual([again.scope, again.lifetime, again.refresh], ['write(companies)', 90, narrow.refresh]);
  assert.notEqual(again.access, narrow.access);
  assert.equal((await findBearer(granting.store, 1, again.access))?.scope, 'write(companies)');
  assert.equal(
    await refused(() => refresh(narrow.refresh, { scope: 'write(jobs)' })),
    'scope.exceeded: write(jobs)',
  );
  assert.equal(
    await refused(() => refresh(first.refresh, { scope: 'write(all)' })),
    'scope.exceeded: write(all)',
  );
  assert.match(await refused(() => refresh(narrow.refresh, { scope: 'nonsense' })), /^scope.malformed/);
  assert.equal((await refresh(narrow.refresh)).scope, first.scope);
});

test('a refresh token that is no good is refused for its reason', async () => {
  const { other } = granting.applications;
  const first = await issue();
  assert.equal(await refused(() => refresh('')), 'parameter.missing');
  assert.equal(await refused(() => refresh('nonsense')), 'refresh.unknown');
  assert.equal(await refused(() => refresh(first.refresh, {}, {}, other)), 'refresh.foreign');
  const inactive = await issue({ staffId: 8 });
  assert.equal(await refused(() => refresh(inactive.refresh)), 'user.invalid: staff 8 is inactive');
  granting.now += lifetimes.refresh - 1;
  const next = await refresh(first.refresh);
  granting.now += lifetimes.refresh;
  assert.equal(await refused(() => refresh(next.refresh)), 'refresh.expired');
  assert.deepEqual(granting.told, [], 'none of it counts as a failure of the client');
});

test('who gave the secret once has to give it again; a wrong try counts, and ends nothing', async () => {
  const { installed } = granting.applications;
  const issued = (authenticated: boolean) => issue({ applicationId: installed.id, authenticated });
  const known = await issued(true);
  const as = (isPublic: boolean, token?: string) => refresh(token, {}, { isPublic }, installed);
  assert.equal(
    await refused(() => as(true, known.refresh)),
    'secret.wrong: the secret was given for this family before',
  );
  assert.deepEqual(granting.told.splice(0), [`client 1 ${installed.clientId} 192.0.2.1`]);
  const next = await as(false, known.refresh);
  assert.equal((await rowOf(next.refresh))?.authenticated, 1);
  granting.now += lifetimes.grace + 1;
  assert.match(await refused(() => as(true, known.refresh)), /^secret.wrong/);
  assert.equal(await isRevoked(next), false);
  granting.now += 1;
  const last = await as(false, next.refresh);
  assert.equal((await rowOf(last.refresh))?.authenticated, 1);
  const open = await issued(false);
  const second = await as(true, open.refresh);
  assert.equal((await rowOf(second.refresh))?.authenticated, 0);
  const third = await as(false, second.refresh);
  assert.equal((await rowOf(third.refresh))?.authenticated, 1, 'from then on');
});

/** A store in which another process is faster, so many times, at taking a refresh token. */
function racing(times: number, meanwhile: () => Promise<unknown>): Store {
  const { store } = granting;
  let left = times;
  return {
    ...store,
    within: async (work) => {
      const isLate = left-- > 0;
      const done = await store.within((writing) => {
        const late: Writing = {
          ...writing,
          update: async (deployment, table, where, values) =>
            table === 'refresh_tokens' && 'date_replaced' in values
              ? 0
              : writing.update(deployment, table, where, values),
        };
        return work(isLate ? late : writing);
      });
      if (isLate) await meanwhile();
      return done;
    },
  };
}

test('who loses a race gets what the winner got', async () => {
  const first = await issue();
  let won: IssuedTokens | undefined;
  const over = racing(1, async () => {
    won = await refresh(first.refresh);
  });
  const lost = await refresh(first.refresh, {}, { over });
  assert.deepEqual(lost, won);
});

test('a race that is lost twice is a failure of the server', async () => {
  const first = await issue();
  const over = racing(2, async () => {});
  await assert.rejects(refresh(first.refresh, {}, { over }), /lost to a race twice/);
});
