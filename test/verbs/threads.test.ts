import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** More than any list inside the server was ever cut at. */
const many = 10_050;

interface Thread {
  readonly id: string;
  readonly total_activities: string;
  readonly activities: readonly { readonly id: string }[];
}

onEveryEngine('threads', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;

  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const threads = async (query: string, token = tenant.token): Promise<readonly Thread[]> => {
    const reply = await tenant.get(`/api/v0/activities/threads?${query}`, {
      Authorization: `Bearer ${token}`,
    });
    assert.equal(reply.http, 200, reply.text);
    return (reply.json.response as { threads: Thread[] }).threads;
  };
  const idsOf = async (query: string, token?: string) => (await threads(query, token)).map(({ id }) => id);
  const count = async (query: string): Promise<number> => {
    const { json } = await tenant.get(`/api/v0/activities/threads/count?${query}`);
    return Number((json.response as { count: string }).count);
  };

  /** Activities that are there already, each with one interaction of its owner. */
  async function fill(
    rows: readonly {
      readonly id: number;
      readonly thread: number;
      readonly owner?: readonly [string, number];
    }[],
  ): Promise<void> {
    const { deployment } = tenant;
    await world.server.world.store.within(async (writing) => {
      for (const { id, thread, owner } of rows) {
        await writing.insert(deployment.id, 'activities', {
          id,
          subject: 'Loaded',
          medium: 'email',
          visibility: 'all',
          parent_id: id === thread ? 0 : thread,
          thread_type: 'activity',
          thread_id: thread,
          date_logged: 1_700_000_000,
        });
        if (!owner) continue;
        await writing.insert(deployment.id, 'activity_interacts', {
          id,
          activity_id: id,
          type: 'from',
          owner_type: owner[0],
          owner_id: owner[1],
        });
      }
      await writing.skipIds(deployment.id, 'activities', 1_000_000);
      await writing.skipIds(deployment.id, 'activity_interacts', 1_000_000);
    });
  }

  test('are found and counted however many there are', { timeout: 600_000 }, async () => {
    tenant = await world.tenant();
    await fill(
      Array.from({ length: many }, (_, i) => ({
        id: i + 1,
        thread: i + 1,
        owner: ['affiliation', 1] as const,
      })),
    );
    const inside = await tenant.api('POST', '/api/v0/activities', { subject: 'Among us', visibility: 'all' });
    const { id } = inside.json.response as { id: string };
    assert.equal(await count('scope=external'), many);
    assert.deepEqual(await idsOf('scope=internal'), [id]);
    assert.deepEqual(await idsOf(`staff_involved=${tenant.admin}`), [id]);
    assert.deepEqual(await idsOf(`scope=external&_offset=${many - 1}`), [String(many)]);
  });

  test('are returned in full, however large they are', { timeout: 600_000 }, async () => {
    tenant = await world.tenant();
    await fill([
      { id: 1, thread: 1 },
      { id: 2, thread: 1 },
      ...Array.from({ length: many }, (_, i) => ({ id: i + 3, thread: 3 })),
    ]);
    const told = (await threads('')).map(({ id, total_activities, activities }) => [
      id,
      total_activities,
      ...activities.map((each) => each.id),
    ]);
    assert.deepEqual(told, [
      ['1', '2', '2'],
      ['3', String(many), String(many + 2)],
    ]);
    const { json } = await tenant.get('/api/v0/activities/threads/3');
    const { thread } = json.response as { thread: Thread };
    assert.deepEqual([thread.total_activities, thread.activities[0]?.id], [String(many), String(many + 2)]);
  });

  test('do not show what is private in them: neither who wrote it, nor to whom, nor when', async () => {
    tenant = await world.tenant();
    const fry = await tenant.issue({ staff: tenant.restricted });
    const affiliation = await tenant.put('affiliations', {});
    const open = await tenant.api('POST', '/api/v0/activities', { subject: 'Open', visibility: 'all' });
    const { id } = open.json.response as { id: string };
    world.now += 1_000;
    const since = world.now - 1;
    const secret = await tenant.send({
      method: 'POST',
      path: '/api/v0/activities',
      headers: { Authorization: `Bearer ${fry}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ subject: 'Secret', parent_id: id, to: { affiliation: [affiliation] } }),
    });
    assert.equal(secret.http, 200, secret.text);
    for (const query of [
      `staff_involved=${tenant.restricted}`,
      'scope=external',
      `date_logged_after=${since}`,
    ]) {
      assert.deepEqual(await idsOf(query), [], query);
      assert.deepEqual(await idsOf(query, fry), [id], query);
      assert.equal(await count(query), 0, query);
    }
    assert.deepEqual(await idsOf('scope=internal'), [id]);
    const [[seen], [all]] = [await threads(''), await threads('', fry)];
    assert.deepEqual([seen?.total_activities, seen?.activities[0]?.id], ['1', id]);
    assert.equal(all?.total_activities, '2');
  });

  test('of requests do not show who wrote what is private in them', async () => {
    tenant = await world.tenant();
    const fry = await tenant.issue({ staff: tenant.restricted });
    const type = await tenant.put('request_types', { title: 'Help', standing: 'active' });
    const asked = await tenant.api('POST', '/api/v0/requests?_fields=thread_id', {
      title: 'Help',
      body: 'Help!',
      source: 'email',
      type_id: type,
      affiliation_email: 'leela@example.com',
    });
    const { id, thread_id } = asked.json.response as { id: string; thread_id: string };
    const answer = (visibility: string) =>
      tenant.send({
        method: 'POST',
        path: '/api/v0/activities',
        headers: { Authorization: `Bearer ${fry}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ subject: 'Hm', parent_id: thread_id, visibility }),
      });
    const found = async (token: string) => {
      const reply = await tenant.get(`/api/v0/requests/threads?interact_from_staff=${tenant.restricted}`, {
        Authorization: `Bearer ${token}`,
      });
      const { requests } = reply.json.response as { requests: { id: number; senders: unknown[] }[] };
      return requests.map((each) => [each.id, each.senders.length]);
    };
    assert.equal((await answer('private')).http, 200);
    assert.deepEqual([await found(tenant.token), await found(fry)], [[], [[Number(id), 1]]]);
    assert.equal((await answer('all')).http, 200);
    assert.deepEqual(await found(tenant.token), [[Number(id), 1]]);
  });
});
