import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Values } from '../../src/store/store.ts';
import { dueQueues, nextDue } from '../../src/webhooks/due.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { type Hooks, onTenants, type Tenant } from './hooks.ts';

const now = 1_000;

onEveryEngine('queues that are due', (engine) => {
  let hooks: Hooks;
  let tenant: Tenant;
  onTenants(engine, (...opened) => {
    [hooks, tenant] = opened;
  });
  beforeEach(async () => {
    const other = await hooks.tenant();
    await other.subscribe('http://127.0.0.1:1/');
    await other.change('webhook_lanes', {}, { date_due: now - 1 });
  });
  /** Queues, with when each is due and until when it is leased. */
  const queues = async (
    all: readonly (readonly [due: number | null, lease: number])[],
    more: Values = {},
  ): Promise<readonly number[]> => {
    const ids = await tenant.subscribeAll(
      all.map(() => 'http://127.0.0.1:1/'),
      more,
    );
    for (const [i, [due, lease]] of all.entries())
      await tenant.change('webhook_lanes', { id: ids[i] as number }, { date_due: due, date_lease: lease });
    return ids;
  };
  const read = async (page: { after?: number; limit?: number } = {}): Promise<unknown[]> => {
    const found = await dueQueues(hooks.store, tenant.id, { now, after: 0, limit: 99, ...page });
    return found.map(({ id }) => id);
  };
  const next = (): Promise<number | undefined> => nextDue(hooks.store, tenant.id, now);

  test('are those whose time has come and that nobody holds', async () => {
    const ids = await queues([
      [now, 0],
      [now + 1, 0],
      [null, 0],
      [now - 9, now],
      [now - 9, now + 1],
    ]);
    assert.deepEqual(await read(), [ids[0], ids[3]]);
  });

  test('are read by their ids, some at a time', async () => {
    const ids = await queues([
      [30, 0],
      [20, 0],
      [10, 0],
      [40, 0],
    ]);
    assert.deepEqual(await read({ limit: 3 }), ids.slice(0, 3));
    assert.deepEqual(await read({ after: ids[1] as number, limit: 1 }), [ids[2]]);
    assert.deepEqual(await read({ after: ids[3] as number }), []);
  });

  test('say whose they are, nobody where no person or no subscription is left', async () => {
    const [mine, gone] = await queues(
      [
        [now, 0],
        [now, 0],
      ],
      { user_id: 7 },
    );
    const [nobody] = await queues([[now, 0]], { user_id: null });
    await hooks.store.within((writing) =>
      writing.remove(tenant.id, 'webhook_subscriptions', { id: gone as number }),
    );
    assert.deepEqual(await dueQueues(hooks.store, tenant.id, { now, after: 0, limit: 9 }), [
      { id: mine, person: 7 },
      { id: gone, person: 0 },
      { id: nobody, person: 0 },
    ]);
  });

  test('where all are due or none ever will be, no other is the next', async () => {
    await queues([
      [now, 0],
      [now - 1, now],
      [null, now + 5],
      [null, 0],
    ]);
    assert.equal(await next(), undefined);
  });

  test('the next one is the first whose time comes', async () => {
    await queues([
      [now, 0],
      [now + 70, 0],
      [now + 50, now + 20],
      [now + 60, 0],
    ]);
    assert.equal(await next(), now + 50);
  });

  test('or the first that is due whose lease runs out', async () => {
    await queues([
      [now - 3, now + 9],
      [now, now + 4],
      [now - 3, now + 7],
    ]);
    assert.equal(await next(), now + 4);
    await queues([[now + 5, 0]]);
    assert.equal(await next(), now + 4);
    await queues([[now + 3, 0]]);
    assert.equal(await next(), now + 3);
  });
});
