import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import { digest } from '../../src/identity/secrets.ts';
import { hasPostgres } from '../harness/engines.ts';
import { bearer, form } from '../harness/forms.ts';
import { codeFor, exchange, refresh, tokensFor } from '../harness/grants.ts';
import { closeConnections, type Reply, type Sending } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { beside, eventually } from './opened.ts';
import { type Cut, proxied } from './postgres-proxy.ts';

const needed = hasPostgres || process.env.CI ? {} : { skip: 'no Postgres' };
/** Runs of each operation with each cut: 200 by hand. */
const runs = Number(process.env.ACCORD_TEST_CUTS ?? 12);

/** One run: the request that is cut, and what has to be so in the end. `sent`: the answers to it, the repeated ones too. */
interface Run {
  readonly sending: Sending;
  check(sent: readonly Reply[]): Promise<void>;
}

const succeeded = (sent: readonly Reply[]): readonly Reply[] => sent.filter(({ http }) => http === 200);

describe('a connection to the database that ends at any message', needed, () => {
  let behind: Awaited<ReturnType<typeof proxied>>;
  let world: TestWorld;
  let tenant: Tenant;
  let direct: pg.Client;
  before(async () => {
    behind = await proxied();
    world = await startWorld(behind.engine, {
      'database-silence': '150',
      'rate-limit': '1000000',
      'webhook-allow-private': true,
    });
    tenant = await world.tenant();
    direct = await beside(behind.direct);
    // What was ever committed of the outbox, whatever was delivered since.
    await direct.query('create table seen (event_id text, object_id bigint)');
    await direct.query(
      'create function see() returns trigger language plpgsql as $$ begin insert into seen values (new.event_id, new.object_id); return new; end $$',
    );
    await direct.query(
      'create trigger seen after insert on webhook_events for each row execute function see()',
    );
    const subscribed = await tenant.post('/api/v0/webhooks/subscriptions', {
      trigger_url: 'http://127.0.0.1:9/',
      event_id: 'update_issue',
    });
    assert.equal(subscribed.http, 200, subscribed.text);
  });
  after(async () => {
    behind.proxy.heal();
    closeConnections();
    await direct.end();
    await world.close();
    await behind.release();
  });

  const count = async (query: string, values: readonly unknown[]): Promise<number> =>
    Number((await direct.query(`select count(*) as count from ${query}`, [...values])).rows[0].count);

  const create = async (i: string): Promise<Run> => {
    const subject = `cut ${i}`;
    const key = { ...bearer(tenant.token), 'Idempotency-Key': `key ${i}` };
    return {
      sending: { method: 'POST', path: '/api/v0/activities', ...form({ subject }, key) },
      check: async (sent) => {
        const ids = succeeded(sent).map(({ text }) => JSON.parse(text).response.id);
        assert.equal(new Set(ids).size, 1, 'one answer, however often it was given');
        assert.equal(await count('activities where subject = $1', [subject]), 1);
      },
    };
  };

  const exchangeCode = async (): Promise<Run> => {
    const code = await codeFor(tenant);
    return {
      sending: exchange(tenant, code),
      check: async (sent) => {
        assert.ok(succeeded(sent).length <= 1, 'a code is good once');
        const issued = await count('tokens where family = (select family from grants where digest = $1)', [
          digest(code).toString('base64url'),
        ]);
        assert.ok(issued <= 1, `${issued} access tokens`);
        assert.ok(issued === 1 || succeeded(sent).length === 0, 'what was answered is there');
      },
    };
  };

  const refreshToken = async (): Promise<Run> => {
    const { refresh_token } = await tokensFor(tenant);
    const family = `(select family from refresh_tokens where digest = $1)`;
    return {
      sending: refresh(tenant, refresh_token),
      check: async (sent) => {
        const given = succeeded(sent).map(({ text }) => JSON.parse(text).refresh_token);
        assert.equal(new Set(given).size, 1, 'one successor');
        assert.equal(
          await count(`refresh_tokens where family = ${family}`, [
            digest(refresh_token).toString('base64url'),
          ]),
          2,
        );
      },
    };
  };

  const update = async (i: string): Promise<Run> => {
    const id = await tenant.put('issues', { title: `before ${i}` });
    const title = `after ${i}`;
    return {
      sending: { method: 'PUT', path: `/api/v0/issues/${id}`, ...form({ title }, bearer(tenant.token)) },
      check: async (sent) => {
        const changed = await count('issues where id = $1 and title = $2', [id, title]);
        const events = await count('seen where object_id = $1', [id]);
        assert.equal(changed, 1);
        assert.ok(events >= 1, 'a change has its event');
        // Each try that was not refused made one; of a refused one it is not known.
        assert.ok(events <= sent.length, `${events} events of ${sent.length} tries`);
      },
    };
  };

  /** A refusal as the contract knows it. */
  function checkRefusal(reply: Reply): void {
    const { refusal } = world.trailOf(reply.headers['x-request-id'] ?? '');
    assert.equal(reply.http, 500, reply.text);
    assert.equal(reply.headers['x-status'], 'server_error');
    assert.ok(
      ['store.unreachable', 'store.busy'].includes(refusal?.because ?? ''),
      `${refusal?.because}: ${refusal?.particulars.exact}`,
    );
  }

  /** On a machine that has much to do, so short a silence may be met without a cut. */
  async function prepared(prepare: (i: string) => Promise<Run>, name: string): Promise<Run> {
    let run: Run | undefined;
    let last: unknown;
    await eventually('a run is prepared', async () => {
      run = await prepare(name).catch((error: unknown) => {
        last = error;
        return undefined;
      });
      return run !== undefined;
    }).catch(() => {
      throw last;
    });
    return run as Run;
  }

  async function cell(kind: Cut, prepare: (i: string) => Promise<Run>): Promise<string> {
    let messages = 0;
    for (let i = 0; i < 3; i++) {
      const warm = await prepared(prepare, `${kind} warm ${i}`);
      behind.proxy.count();
      await tenant.send(warm.sending);
      messages = behind.proxy.counted;
    }
    let [struck, refused] = [0, 0];
    for (let i = 0; i < runs; i++) {
      const one = await prepared(prepare, `${kind} ${i}`);
      // A few runs try messages spread over the operation, many try each one several times.
      const nth = runs < messages ? 1 + Math.floor((i * messages) / runs) : 1 + (i % messages);
      behind.proxy.arm(kind, nth);
      const first = await tenant.send(one.sending);
      if (behind.proxy.struck) struck++;
      behind.proxy.heal();
      if (first.http !== 200) {
        refused++;
        checkRefusal(first);
      }
      const sent = [first];
      await eventually('requests are served again', async () => {
        const again = await tenant.send(one.sending);
        if (again.http === 500) checkRefusal(again);
        else sent.push(again);
        return again.http !== 500;
      });
      assert.ok(sent.every(({ http }) => [200, 400, 500].includes(http)));
      await one.check(sent);
    }
    assert.ok(struck > runs / 2, `${struck} of ${runs} were cut`);
    return `${runs} runs over ${messages} messages: ${struck} cut, ${refused} refused`;
  }

  const operations = { create, exchange: exchangeCode, refresh: refreshToken, update };
  for (const kind of ['reset', 'silent'] as const)
    for (const [name, prepare] of Object.entries(operations))
      test(`loses nothing of ${name} and does nothing twice: ${kind}`, async (t) => {
        t.diagnostic(await cell(kind, prepare));
      });
});
