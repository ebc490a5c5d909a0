import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Values } from '../../src/store/store.ts';
import { keptMax, pruneDeliveries, pruneDeployment } from '../../src/webhooks/prune.ts';
import { enqueue, headOfQueue, holdQueues, openQueue } from '../../src/webhooks/queue.ts';
import { spread } from '../../src/webhooks/spread.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { type Hooks, onTenants, type Tenant } from './hooks.ts';

const day = 86_400;

onEveryEngine('events are spread to queues', (engine) => {
  let hooks: Hooks;
  let tenant: Tenant;
  onTenants(engine, (...opened) => {
    [hooks, tenant] = opened;
  });
  const once = (): Promise<boolean> => spread(hooks.store, tenant.id, hooks.now);
  const queued = async (): Promise<unknown[][]> =>
    (await tenant.deliveries()).map((row) => [row.subscription_id, row.object_id]);
  const url = 'http://127.0.0.1:1/';

  test('of everybody who has subscribed to them, in their order, once', async () => {
    const [one, two] = [await tenant.subscribe(url), await tenant.subscribe(url)];
    await tenant.subscribe(url, { event_id: 'create_issue' });
    const other = await hooks.tenant();
    await other.subscribe(url);
    await tenant.happen([7, 5]);
    assert.equal(await once(), true);
    const all = [
      [one, 7],
      [two, 7],
      [one, 5],
      [two, 5],
    ];
    assert.deepEqual(await queued(), all);
    assert.deepEqual(await tenant.rows('webhook_events', 'id'), []);
    const [row] = await tenant.rows(
      'webhook_deliveries',
      'event_id',
      'state',
      'attempts',
      'date_created',
      'date_due',
    );
    assert.deepEqual(Object.values({ ...row }), ['create_task', 'waiting', 0, hooks.now, hooks.now]);
    assert.equal(await once(), false, 'nothing is left');
    assert.deepEqual(await queued(), all);
    assert.deepEqual(await other.deliveries(), []);
  });

  test('not of a subscription that is disabled, came later, or may not know', async () => {
    await tenant.person(2);
    await tenant.subscribe(url, { date_disabled: 5 });
    const before = await tenant.subscribe(url, { after: 0 });
    await tenant.subscribe(url, { after: 1 });
    const second = await tenant.subscribe(url, { user_id: 2 });
    await tenant.happen([7]);
    await tenant.happen([8], undefined, { onlyStaffId: 2 });
    await tenant.happen([9], undefined, { onlyStaffId: 0 });
    await once();
    const third = second - 1;
    assert.deepEqual(await queued(), [
      [before, 7],
      [second, 7],
      [second, 8],
    ]);
    await tenant.happen([10]);
    await once();
    assert.deepEqual((await queued()).slice(3), [
      [before, 10],
      [third, 10],
      [second, 10],
    ]);
  });

  test('one without a queue gets one, and hears of everything', async () => {
    const id = await tenant.subscribe(url);
    await hooks.store.within((writing) => writing.remove(tenant.id, 'webhook_lanes', { id }));
    await tenant.happen([1]);
    await once();
    const queue = await tenant.queue(id);
    assert.deepEqual({ ...queue }, { owner: null, date_lease: 0, date_due: hooks.now, failures: 0 });
  });

  test('a queue that is due keeps when, and one that nothing waited for is due now', async () => {
    const [later, idle] = [await tenant.subscribe(url), await tenant.subscribe(url)];
    await tenant.change('webhook_lanes', { id: later }, { date_due: hooks.now + 50 });
    await tenant.happen([1]);
    await once();
    assert.equal((await tenant.queue(later))?.date_due, hooks.now + 50);
    assert.equal((await tenant.queue(idle))?.date_due, hooks.now);
    const touched = await tenant.rows('webhook_lanes', 'date_touched');
    assert.deepEqual(
      touched.map((row) => row.date_touched),
      [hooks.now, hooks.now],
    );
  });

  test('a turn takes 200 events at most, and ends after 500 rows', async () => {
    await tenant.subscribe(url);
    await tenant.happen(Array.from({ length: 201 }, (_, i) => i + 1));
    await once();
    assert.equal((await tenant.deliveries()).length, 200);
    assert.equal(await once(), true);
    assert.equal((await tenant.deliveries()).length, 201);
    const wide = await hooks.tenant();
    await wide.subscribeAll(Array.from({ length: 250 }, () => url));
    await wide.happen([1, 2, 3]);
    await spread(hooks.store, wide.id, hooks.now);
    assert.deepEqual(
      (await wide.rows('webhook_events', 'object_id')).map((row) => row.object_id),
      [3],
    );
    assert.equal((await wide.deliveries()).length, 500);
  });

  test('two that begin in a deployment at once each come through, and no event is spread twice', async () => {
    await tenant.subscribe(url);
    await tenant.happen([1, 2, 3]);
    await Promise.all([once(), once(), once()]);
    while (await once());
    assert.deepEqual(
      (await queued()).map(([, object]) => object),
      [1, 2, 3],
    );
  });

  test('what fails otherwise is told', async () => {
    await tenant.subscribe(url);
    await tenant.happen([1]);
    const broken = { ...hooks.store, within: () => Promise.reject(new Error('broken')) };
    await assert.rejects(spread(broken, tenant.id, hooks.now), /broken/);
  });

  test('the head of a queue is what waits longest there', async () => {
    await hooks.store.within(async (writing) => {
      await holdQueues(writing, tenant.id, 5);
      const event = { event: 'create_task', subscriptionId: 4 };
      const ids = await enqueue(
        writing,
        tenant.id,
        [
          { ...event, objectId: 8 },
          { ...event, objectId: 9 },
          { ...event, subscriptionId: 5, objectId: 10 },
        ],
        6,
      );
      await writing.update(tenant.id, 'webhook_deliveries', { id: ids[0] as number }, { state: 'delivered' });
      const found = await headOfQueue(writing, tenant.id, 4, 9);
      assert.deepEqual(found, [
        { id: ids[1], event: 'create_task', objectId: 9, attempts: 0, due: 6, created: 6 },
      ]);
      await openQueue(writing, tenant.id, 4, 99);
    });
    assert.deepEqual(
      (await tenant.rows('webhook_turns', 'id', 'date_taken')).map((row) => ({ ...row })),
      [{ id: 1, date_taken: 5 }],
    );
    assert.equal((await tenant.queue(4))?.date_due, 6, 'an open queue stays as due as it was');
  });

  const finished = (on: Tenant, dates: readonly (number | null)[]): Promise<void> =>
    hooks.store.within(async (writing) => {
      for (const [i, date] of dates.entries())
        await writing.insert(on.id, 'webhook_deliveries', {
          id: i + 1,
          subscription_id: 1,
          event_id: 'create_task',
          object_id: 1,
          state: date === null ? 'waiting' : 'delivered',
          attempts: 1,
          date_created: 1,
          date_due: 1,
          date_finished: date,
        });
    });
  const ids = async (on: Tenant): Promise<unknown[]> => (await on.deliveries()).map(({ id }: Values) => id);

  test('the log loses what is older than so many days, by the clock of each deployment', async () => {
    const other = await hooks.tenant();
    const limit = hooks.now - 3 * day;
    for (const each of [tenant, other]) await finished(each, [null, limit - 1, limit, limit + 1]);
    const clock = (deployment: number): number => hooks.now + (deployment === other.id ? 1 : 0);
    assert.equal(await pruneDeliveries(hooks.store, 3, clock), 3);
    assert.deepEqual(
      [await ids(tenant), await ids(other)],
      [
        [1, 3, 4],
        [1, 4],
      ],
    );
    assert.equal(keptMax, 100_000);
  });

  test('the log loses the oldest of more than are kept, in as many turns as it takes', async () => {
    await finished(tenant, [null, ...Array.from({ length: 1_003 }, (_, i) => hooks.now - 1_003 + i)]);
    let turns = 0;
    const store = {
      ...hooks.store,
      within: <T>(work: (writing: never) => Promise<T>) => {
        turns++;
        return hooks.store.within(work as never) as Promise<T>;
      },
    };
    assert.equal(await pruneDeployment(store, tenant.id, { days: 3, now: hooks.now, keep: 2 }), 1_000);
    assert.equal(turns, 2);
    assert.deepEqual(await ids(tenant), [1, 1_002, 1_003, 1_004]);
    assert.equal(await pruneDeployment(store, tenant.id, { days: 3, now: hooks.now, keep: 3 }), 0);
    assert.equal(turns, 2, 'nothing to remove is no transaction');
  });
});
