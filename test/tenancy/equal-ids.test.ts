import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { issueTokens } from '../../src/identity/tokens.ts';
import { tablesOf } from '../../src/server/database.ts';
import type { Statement } from '../../src/store/engines/engine.ts';
import { compiledStatements } from '../../src/store/statement.ts';
import { contents } from '../harness/contents.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { closeConnections } from '../harness/http.ts';
import { asking } from '../harness/needs.ts';
import { populate } from '../harness/populate.ts';
import type { Ids } from '../harness/requests.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { mark, readsOf } from './reads.ts';
import { breachesOf } from './tenant-rule.ts';

/** A deployment with one row of everything. Its ids are those of every other one that was made like this. */
async function populated(world: TestWorld): Promise<{ own: Tenant; ids: Ids }> {
  const own = await world.tenant();
  return { own, ids: await populate(own, 'own', own.admin) };
}

/** Two deployments whose ids are the same everywhere: what forgets the tenant meets the rows of the other. */
async function twins(world: TestWorld): Promise<{ own: Tenant; other: Tenant; ids: Ids }> {
  const other = await world.tenant();
  // There are more of the other's rows.
  const theirs = await populate(other, mark, other.admin);
  await populate(other, `${mark} 2`, other.restricted, 1);
  await world.server.world.store.within(async (writing) => {
    for (const id of [other.admin, other.restricted])
      await writing.update(
        other.deployment.id,
        'staff',
        { id },
        { firstname: mark, surname: mark, email: mark },
      );
  });
  const { own, ids } = await populated(world);
  assert.deepEqual(ids, theirs, 'the ids are the same');
  return { own, other, ids };
}

onEveryEngine('a deployment beside another with the same ids', (engine) => {
  let world: TestWorld;
  const statements = new Map<string, Statement>();
  const collect = (statement: unknown): void => {
    const { sql } = statement as Statement;
    statements.set(sql, statement as Statement);
  };

  before(async () => {
    compiledStatements.subscribe(collect);
    world = await startWorld(engine, { 'rate-limit': '10000000', 'webhook-allow-private': true });
  });
  after(async () => {
    compiledStatements.unsubscribe(collect);
    closeConnections();
    await world.close();
  });

  test('is told the same, byte for byte, whether the other has rows or none', async () => {
    const { own, other, ids } = await twins(world);
    const { store, catalogue, routes } = world.server.world;
    const paths = await readsOf(routes.all, ids, other);
    assert.ok(paths.length > 3_000, `${paths.length} are asked`);
    const beside = await askAll(own, paths);
    assert.ok(beside.filter(({ http }) => http === 200).length > paths.length * 0.9, refusedIn(beside));
    for (const { path, http, text } of beside) {
      assert.ok(http < 500, `${path}: ${text}`);
      assert.ok(!text.includes(mark), `${path}: ${text.slice(0, 300)}`);
    }
    await store.within(async (writing) => {
      for (const { name } of tablesOf(catalogue)) await writing.remove(other.deployment.id, name, {});
    });
    const alone = await askAll(own, paths);
    for (const [i, path] of paths.entries()) assert.deepEqual(alone[i], beside[i], path);
  });

  test('changes nothing of the other by any write', async () => {
    const writes = world.server.world.routes.all.filter(({ row }) => row.method !== 'GET');
    const { other } = await twins(world);
    const theirs = await contents(other);
    let done = 0;
    // A write leaves the rows of the next ones as they are, as a rule; a few at a time do.
    for (let first = 0; first < writes.length; first += together) {
      const { own, ids } = await populated(world);
      const some = writes.slice(first, first + together);
      for (const route of some) {
        const { sending } = await asking(own, route, ids, true);
        const reply = await own.send(sending);
        assert.ok(reply.http < 500, `${route.id}: ${reply.text}`);
        assert.ok(!reply.text.includes(mark), `${route.id}: ${reply.text.slice(0, 300)}`);
        if (reply.http === 200) done++;
      }
      const now = await contents(other);
      const changed = [...theirs.keys()].filter((table) => now.get(table) !== theirs.get(table));
      assert.deepEqual(changed, [], `by one of ${some.map(({ id }) => id).join(', ')}`);
    }
    assert.ok(done > writes.length * 0.8, `${done} of ${writes.length} went through`);
  });

  test('is named by every statement, in every table that it touches', () => {
    assert.ok(statements.size > 3_000, `${statements.size} statements were compiled`);
    const breaches = [...statements.values()].flatMap((statement) =>
      breachesOf(statement).map((table) => `${table} in ${statement.sql}`),
    );
    assert.deepEqual(breaches, []);
  });

  test("is closed to the other's access token, refresh token and application", async () => {
    const { own, other } = await twins(world);
    const crossed = await own.send({ path: '/api/v0/companies', headers: bearer(other.token) });
    assert.equal(crossed.http, 401, crossed.text);
    const service = form({ grant_type: 'client_credentials' }, basic(other.service));
    const application = await own.send({ ...service, ...token });
    assert.equal(application.http, 401, application.text);
    const { refresh } = await world.server.world.store.within((writing) =>
      issueTokens(
        writing,
        other.deployment.id,
        {
          family: 'one',
          applicationId: other.web.application.id,
          staffId: other.admin,
          scope: 'write(all)',
          lifetime: 3_600,
          refreshable: true,
        },
        world.now,
      ),
    );
    // The application of the same id, with its own secret.
    const asked = { grant_type: 'refresh_token', refresh_token: refresh ?? '' };
    const refreshed = await own.send({ ...form(asked, basic(own.web)), ...token });
    assert.equal(refreshed.http, 400, refreshed.text);
    assert.equal(world.trailOf(refreshed.headers['x-request-id'] ?? '').refusal?.because, 'refresh.unknown');
  });
});

/** Writes that are tried on the same rows. */
const together = 5;
const token = { method: 'POST', path: '/oauth2/v0/token' };

interface Told {
  readonly path: string;
  readonly http: number;
  readonly text: string;
}

async function askAll(tenant: Tenant, paths: readonly string[]): Promise<readonly Told[]> {
  const headers = bearer(tenant.token);
  const told: Told[] = [];
  for (let at = 0; at < paths.length; at += 16) {
    const some = paths.slice(at, at + 16).map(async (path): Promise<Told> => {
      const { http, text } = await tenant.send({ path, headers });
      return { path, http, text };
    });
    told.push(...(await Promise.all(some)));
  }
  return told;
}

const refusedIn = (replies: readonly Told[]) =>
  replies
    .filter(({ http }) => http !== 200)
    .map(({ path, text }) => `${path}: ${text.slice(0, 200)}`)
    .join('\n');

describe('the rule that every statement names its deployment', () => {
  const held = (sql: string, ...slots: number[]) => breachesOf({ sql, slots });

  test('accepts a table, its joins and its subqueries that are held to slot 0', () => {
    assert.deepEqual(held('select "a" from "x" where deployment_id = ? and "id" = ?', 0, 1), []);
    assert.deepEqual(
      held(
        'select "t"."a" from "x" as "t" left join "y" as "j" on "j"."deployment_id" = $1 and "j"."id" = "t"."y" where "t"."deployment_id" = $1 and ("t"."a" = $2 or 1 = 0)',
        0,
        1,
      ),
      [],
    );
    assert.deepEqual(held('update "x" set "a" = ? where deployment_id = ?', 1, 0), []);
    assert.deepEqual(held('insert into "x" ("deployment_id", "a") values (?, ?)', 0, 1), []);
  });

  for (const [name, sql, slots] of [
    ['a table without it', 'select "a" from "x" where "id" = ?', [1]],
    ['another slot', 'select "a" from "x" where deployment_id = ? and "id" = ?', [1, 0]],
    ['an inequality', 'select "a" from "x" where deployment_id > ?', [0]],
    ['an `or` beside it', 'select "a" from "x" where deployment_id = ? or "id" = ?', [0, 1]],
    [
      'a join without it',
      'select "t"."a" from "x" as "t" left join "y" as "j" on "j"."id" = "t"."y" where "t"."deployment_id" = ?',
      [0],
    ],
    [
      'a subquery without it',
      'select (select sum("h"."n") from "y" as "h" where "h"."x_id" = "t"."id") from "x" as "t" where "t"."deployment_id" = ?',
      [0],
    ],
    [
      'one part of a union',
      'select "id" from "x" where deployment_id = ? union select "id" from "x" where "a" = ?',
      [0, 1],
    ],
    ['a deletion without it', 'delete from "x" where "id" = ?', [1]],
    ['an update without it', 'update "x" set "a" = ? where "id" = ?', [1, 2]],
    ['an insertion of another value', 'insert into "x" ("deployment_id", "a") values (?, ?)', [1, 0]],
  ] as const)
    test(`refuses ${name}`, () => assert.equal(held(sql, ...slots).length, 1));
});
