import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { digestText } from '../../src/identity/secrets.ts';
import { sweepExpired } from '../../src/identity/sweep.ts';
import { expiring } from '../../src/identity/tables.ts';
import { revokeFamily } from '../../src/identity/tokens.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { codeFor, exchange, refresh } from '../harness/grants.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** Pairs of each race; `ACCORD_RACES=500` for a thorough run. */
const pairs = Number(process.env.ACCORD_RACES ?? 60);
const pairsAtOnce = 6;

interface Family {
  readonly code: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

/** After a family is revoked no token of it works, whatever was under way at that moment. */
onEveryEngine('a family of tokens', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const revoke = (token: string): Promise<Reply> =>
    tenant.send({ method: 'POST', path: '/oauth2/v0/revoke', ...form({ token }, basic(tenant.web)) });
  const renew = (token: string): Promise<Reply> => tenant.send(refresh(tenant, token));
  const told = <T>({ http, text }: Reply): T => {
    assert.equal(http, 200, text);
    return JSON.parse(text) as T;
  };

  async function begin(): Promise<Family> {
    const code = await codeFor(tenant);
    return { code, ...told<Omit<Family, 'code'>>(await tenant.send(exchange(tenant, code))) };
  }

  /** What of a granted answer still works. */
  async function survivorsOf(replies: readonly Reply[]): Promise<string[]> {
    const found: string[] = [];
    for (const { http, text } of replies) {
      if (http !== 200) continue;
      const { access_token, refresh_token } = JSON.parse(text) as Family;
      const read = await tenant.send({ path: '/api/v0/companies', headers: bearer(access_token) });
      if (read.http === 200) found.push('access');
      if ((await renew(refresh_token)).http === 200) found.push('refresh');
    }
    return found;
  }

  const later = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));

  /** A refresh, and the refresh of its successor, and so on until one is refused. */
  async function chain(token: string): Promise<Reply[]> {
    const replies: Reply[] = [];
    for (let next: string | undefined = token; next !== undefined && replies.length < 4; ) {
      const reply: Reply = await renew(next);
      replies.push(reply);
      next = reply.http === 200 ? (JSON.parse(reply.text) as Family).refresh_token : undefined;
    }
    return replies;
  }

  interface Race {
    readonly name: string;
    /** Before the race; answers the refresh token that is refreshed in it. */
    readonly given: (family: Family) => Promise<string>;
    /** Ends the family. */
    readonly end: (family: Family) => Promise<Reply>;
    readonly http: number;
    /** Seconds that pass before the race. */
    readonly wait: number;
  }

  const races: readonly Race[] = [
    {
      name: 'a revocation',
      given: async ({ refresh_token }) => refresh_token,
      end: ({ refresh_token }) => revoke(refresh_token),
      http: 200,
      wait: 0,
    },
    {
      name: 'the replay of a refresh token',
      given: async ({ refresh_token }) => told<Family>(await renew(refresh_token)).refresh_token,
      end: ({ refresh_token }) => renew(refresh_token),
      http: 400,
      wait: 31,
    },
    {
      name: 'the replay of a code',
      given: async ({ refresh_token }) => refresh_token,
      end: ({ code }) => tenant.send(exchange(tenant, code)),
      http: 400,
      wait: 0,
    },
  ];

  for (const { name, given, end, http, wait } of races) {
    for (const [which, follow] of [
      ['a refresh', async (token: string) => [await renew(token)]],
      ['a chain of refreshes', chain],
    ] as const) {
      test(`${pairs} × ${name} and ${which} at the same time leave no token that works`, async () => {
        let [granted, survived] = [0, 0];
        for (let done = 0; done < pairs; done += pairsAtOnce) {
          const families = await Promise.all(
            Array.from({ length: Math.min(pairsAtOnce, pairs - done) }, async () => {
              const family = await begin();
              return { family, token: await given(family) };
            }),
          );
          world.now += wait;
          await Promise.all(
            families.map(async ({ family, token }, i) => {
              const following = follow(token);
              await later((i % 3) * 2);
              const ended = await end(family);
              assert.equal(ended.http, http, ended.text);
              const replies = await following;
              if (replies.some((reply) => reply.http === 200)) granted++;
              if ((await survivorsOf(replies)).length > 0) survived++;
            }),
          );
        }
        assert.equal(survived, 0, `families that survived, of ${granted} with a granted refresh`);
        assert.ok(granted > 0, 'some refresh is granted before the family ends');
      });
    }
  }

  test('a code and a refresh token that end nothing revoke nothing of another family', async () => {
    const [one, other] = [await begin(), await begin()];
    assert.equal((await revoke(one.refresh_token)).http, 200);
    assert.equal((await renew(one.refresh_token)).http, 400);
    told(await renew(other.refresh_token));
  });

  test('the row that locks a family is swept half a year after its last change, and made anew', async () => {
    const rows = async () =>
      (
        await world.server.world.store.list(tenant.deployment.id, {
          table: 'token_families',
          columns: ['family'],
          limit: 10_000,
        })
      ).length;
    const { refresh_token } = await begin();
    assert.ok((await rows()) > 0);
    await sweepExpired(world.server.world.store, expiring, () => world.now + 180 * 86_400);
    assert.ok((await rows()) > 0, 'a refresh token may still work');
    await world.server.world.store.within((writing) =>
      writing.remove(tenant.deployment.id, 'token_families', {}),
    );
    const renewed = told<Family>(await renew(refresh_token));
    assert.equal(await rows(), 1);
    await revoke(renewed.refresh_token);
    assert.deepEqual(await survivorsOf([{ http: 200, text: JSON.stringify(renewed) } as Reply]), []);
  });

  if (engine.name !== 'postgres') return;

  /** Waits until so many transactions of the server wait for a lock. */
  async function waiting(client: pg.Client, count: number): Promise<void> {
    for (let tries = 0; tries < 6_000; tries++) {
      const { rows } = await client.query(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (rows[0].n >= count) return;
      await later(10);
    }
    assert.fail(`${count} transactions never waited`);
  }

  /** Holds every refresh token of the tenant that is not replaced, while `work` starts what then waits. */
  async function whileHeld<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: world.database.databaseUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(
        `select 1 from refresh_tokens where deployment_id = ${tenant.deployment.id} and date_replaced is null for update`,
      );
      const value = await work(client);
      await client.query('commit');
      return value;
    } finally {
      await client.end();
    }
  }

  for (const { name, given, end, http, wait } of races) {
    for (const locked of ['whose row is there', 'from before there were such rows'])
      test(`${name} that waits for a refresh under way ends what that refresh gave, of a family ${locked}`, async () => {
        const family = await begin();
        const token = await given(family);
        world.now += wait;
        if (locked !== 'whose row is there')
          await world.server.world.store.within((writing) =>
            writing.remove(tenant.deployment.id, 'token_families', {}),
          );
        const [refreshed, ended] = await whileHeld(async (client) => {
          const refreshing = renew(token);
          await waiting(client, 1);
          const ending = end(family);
          await waiting(client, 2);
          return [refreshing, ending] as const;
        }).then((both) => Promise.all(both));
        assert.deepEqual([refreshed.http, ended.http], [200, http]);
        assert.deepEqual(await survivorsOf([refreshed]), []);
      });
  }

  test('an operator who revokes while a refresh is under way ends what that refresh gave', async () => {
    const family = await begin();
    const { store } = world.server.world;
    const hash = digestText(family.access_token);
    const found = await store.find(tenant.deployment.id, 'tokens', ['family'], { digest: hash });
    const [refreshed] = await whileHeld(async (client) => {
      const refreshing = renew(family.refresh_token);
      await waiting(client, 1);
      // As `accord token revoke` does it.
      const ending = store.within((writing) =>
        revokeFamily(writing, tenant.deployment.id, String(found?.family), world.now),
      );
      await waiting(client, 2);
      return [refreshing, ending] as const;
    }).then((both) => Promise.all(both));
    assert.equal(refreshed.http, 200);
    assert.deepEqual(await survivorsOf([refreshed]), []);
  });

  /** What a process of an older version does, which takes no lock, while a request waits for its rows. */
  async function meanwhile(table: string, set: string, token: string, asked: () => Promise<Reply>) {
    const client = new pg.Client({ connectionString: world.database.databaseUrl });
    await client.connect();
    try {
      await client.query('begin');
      const where = `deployment_id = ${tenant.deployment.id} and digest = $1`;
      await client.query(`update ${table} set ${set} where ${where}`, [digestText(token)]);
      const reply = asked();
      await waiting(client, 1);
      await client.query('commit');
      return world.trailOf((await reply).headers['x-request-id'] ?? '').refusal?.because;
    } finally {
      await client.end();
    }
  }

  test('what a process of an older version has changed meanwhile counts', async () => {
    const [one, two] = [await begin(), await begin()];
    const revoked = await meanwhile('refresh_tokens', `date_revoked = ${world.now}`, one.refresh_token, () =>
      renew(one.refresh_token),
    );
    assert.equal(revoked, 'refresh.revoked');
    const replaced = await meanwhile(
      'refresh_tokens',
      `date_replaced = ${world.now}`,
      two.refresh_token,
      () => renew(two.refresh_token),
    );
    assert.equal(replaced, 'refresh.replayed');
    const code = await codeFor(tenant);
    const consumed = await meanwhile('grants', `date_consumed = ${world.now}`, code, () =>
      tenant.send(exchange(tenant, code)),
    );
    assert.equal(consumed, 'grant.consumed');
  });
});
