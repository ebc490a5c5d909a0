import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DeliveryAnswer, DeliveryMessage } from '../../src/webhooks/message.ts';
import { runQueue } from '../../src/webhooks/run-queue.ts';
import { spread } from '../../src/webhooks/spread.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { type Hooks, openHooks } from './hooks.ts';

onEveryEngine('a queue leaves the others of its deployment alone', (engine) => {
  let hooks: Hooks;
  before(async () => {
    hooks = await openHooks(engine);
  });
  after(() => hooks.close());

  const answers = (http: number): DeliveryAnswer => ({ http, problem: null, ms: 1 });

  async function two() {
    const tenant = await hooks.tenant();
    const [one, other] = [
      await tenant.subscribe('http://127.0.0.1:1/one'),
      await tenant.subscribe('http://127.0.0.1:1/other'),
    ];
    await tenant.happen([5]);
    while (await spread(hooks.store, tenant.id, hooks.now));
    const posted: string[] = [];
    let http = 200;
    const run = (id: number) =>
      runQueue(
        {
          store: hooks.store,
          catalogue: hooks.catalogue,
          sender: {
            send: async (message: DeliveryMessage) => {
              posted.push(message.url.split('/').at(-1) ?? '');
              return answers(http);
            },
          },
          clock: () => hooks.now,
          leaseSeconds: 13,
          retrySeconds: 10,
          turnMs: 60_000,
          isClosing: () => false,
          onResult: () => {},
        },
        tenant.id,
        id,
      );
    const failWith = (status: number): void => {
      http = status;
    };
    return { tenant, one, other, posted, run, failWith };
  }

  test('delivers to its own subscriber, and keeps no lease of another', async () => {
    const { tenant, one, other, posted, run } = await two();
    const before = await tenant.queue(one);
    await run(other);
    assert.deepEqual(posted, ['other']);
    assert.deepEqual({ ...(await tenant.queue(one)) }, { ...before });
    await run(one);
    assert.deepEqual(posted, ['other', 'one']);
  });

  test('failures are its own, and so is what they disable', async () => {
    const { tenant, one, other, run, failWith } = await two();
    failWith(503);
    await run(other);
    assert.deepEqual([(await tenant.queue(one))?.failures, (await tenant.queue(other))?.failures], [0, 1]);
    await tenant.change('webhook_lanes', { id: other }, { failures: 29 });
    hooks.now += 10_000;
    await run(other);
    const rows = await tenant.rows('webhook_subscriptions', 'id', 'date_disabled');
    assert.deepEqual(
      rows.map(({ id, date_disabled }) => [id, date_disabled === null]),
      [
        [one, true],
        [other, false],
      ],
    );
    failWith(200);
    await run(one);
    assert.equal((await tenant.queue(other))?.failures, 30);
  });

  test('a success makes its own failures forgotten, not those of others', async () => {
    const { tenant, one, other, run } = await two();
    for (const id of [one, other]) await tenant.change('webhook_lanes', { id }, { failures: 7 });
    await run(other);
    assert.deepEqual([(await tenant.queue(one))?.failures, (await tenant.queue(other))?.failures], [7, 0]);
  });

  test('410 ends its own subscription only', async () => {
    const { tenant, one, other, run, failWith } = await two();
    failWith(410);
    await run(other);
    assert.deepEqual(
      (await tenant.rows('webhook_subscriptions', 'id')).map(({ id }) => id),
      [one],
    );
    assert.ok(await tenant.queue(one));
  });
});
