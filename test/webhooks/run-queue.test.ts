import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Values } from '../../src/store/store.ts';
import { backOffSeconds, type DeliveryAbout } from '../../src/webhooks/deliver.ts';
import { type QueueRunOptions, runQueue } from '../../src/webhooks/run-queue.ts';
import { createSender, type Sender } from '../../src/webhooks/sender.ts';
import { spread } from '../../src/webhooks/spread.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { ok, type Receiver, startReceiver } from '../harness/receiver.ts';
import { type Hooks, objectIn, onTenants, type Tenant } from './hooks.ts';

const lease = 13;
const idle = { owner: null, date_lease: 0, date_due: null, failures: 0 };

test('a pause doubles up to an hour, less up to a half', () => {
  for (let i = 0; i < 50; i++)
    for (const [attempts, whole] of [
      [1, 10],
      [2, 20],
      [5, 160],
      [9, 2_560],
      [10, 3_600],
      [40, 3_600],
    ] as const) {
      const pause = backOffSeconds(attempts, 10);
      assert.ok(Number.isInteger(pause) && pause >= whole / 2 && pause <= whole, `${attempts}: ${pause}`);
    }
});

onEveryEngine('a queue', (engine) => {
  let hooks: Hooks;
  let tenant: Tenant;
  let receiver: Receiver;
  let sender: Sender;
  let results: [string, DeliveryAbout][];
  onTenants(engine, (...opened) => {
    [hooks, tenant] = opened;
  });
  before(() => {
    sender = createSender({ timeout: 5_000, allowPrivate: true });
  });
  after(() => sender.close());
  beforeEach(async () => {
    receiver = await startReceiver();
    results = [];
  });
  afterEach(() => receiver.stop());

  const run = (id: number, more: Partial<QueueRunOptions> = {}): Promise<number | undefined> =>
    runQueue(
      {
        store: hooks.store,
        catalogue: hooks.catalogue,
        sender,
        clock: () => hooks.now,
        leaseSeconds: lease,
        retrySeconds: 10,
        turnMs: 60_000,
        isClosing: () => false,
        onResult: (result, about) => results.push([result, about]),
        ...more,
      },
      tenant.id,
      id,
    );
  /** A subscription with events in its queue. */
  const queueWith = async (objects: readonly number[], more: Values = {}): Promise<number> => {
    const id = await tenant.subscribe(`${receiver.url}/hook`, more);
    await tenant.happen(objects, undefined, { event: String(more.event_id ?? 'create_task') });
    while (await spread(hooks.store, tenant.id, hooks.now));
    return id;
  };
  const named = (): string[] => results.map(([result]) => result);
  const states = async (): Promise<unknown[]> => (await tenant.deliveries()).map(({ state }) => state);
  const fail = (status = 503): void => {
    receiver.answer = (response) => response.writeHead(status).end();
  };

  test('delivers its queue in order, and is left with nothing due', async () => {
    const id = await queueWith([5, 3, 9]);
    assert.equal((await tenant.queue(id))?.date_due, hooks.now);
    assert.equal(await run(id), undefined);
    assert.deepEqual(receiver.arrived.map(objectIn), [5, 3, 9]);
    assert.deepEqual(named(), ['delivered', 'delivered', 'delivered']);
    const rows = await tenant.deliveries();
    assert.deepEqual(
      rows.map((row) => [row.state, row.attempts, row.http, row.problem, row.date_finished]),
      rows.map(() => ['delivered', 1, 200, null, hooks.now]),
    );
    assert.deepEqual(results[0]?.[1], {
      deployment: tenant.id,
      subscription: id,
      delivery: rows[0]?.id,
      problem: '',
    });
    assert.deepEqual({ ...(await tenant.queue(id)) }, idle);
  });

  test('delivers more than are read at once', async () => {
    const id = await queueWith(Array.from({ length: 120 }, (_, i) => i + 1));
    assert.equal(await run(id), undefined);
    assert.equal(receiver.arrived.length, 120);
  });

  test('says what is delivered, where to look, and for whom', async () => {
    const id = await queueWith([7], { content_type: 'application/json', secret: 's', base_url: null });
    await run(id);
    const [{ headers, body } = assert.fail()] = receiver.arrived;
    assert.deepEqual(JSON.parse(String(body)), { id: '7', resource_url: '/api/v0/tasks/7' });
    assert.equal(headers['x-accelo-event'], 'create_task');
    assert.equal(headers['x-accelo-delivery'], String((await tenant.deliveries())[0]?.id));
    assert.match(String(headers['x-hub-signature']), /^sha1=/);
  });

  test('is not looked at before it is due', async () => {
    const id = await queueWith([1]);
    await tenant.change('webhook_deliveries', {}, { date_due: hooks.now + 7 });
    assert.equal(await run(id), hooks.now + 7);
    assert.equal(receiver.arrived.length, 0);
    assert.deepEqual({ ...(await tenant.queue(id)) }, { ...idle, date_due: hooks.now + 7 });
    await tenant.change('webhook_deliveries', {}, { date_due: hooks.now });
    assert.equal(await run(id), undefined);
    assert.equal(receiver.arrived.length, 1);
  });

  test('is left after its turn with the rest due at once, and after each one when it closes', async () => {
    const id = await queueWith([1, 2, 3]);
    await tenant.change('webhook_deliveries', {}, { date_due: hooks.now - 100 });
    assert.equal(await run(id, { turnMs: 0 }), hooks.now);
    assert.equal(receiver.arrived.length, 1);
    assert.equal(await run(id, { isClosing: () => receiver.arrived.length === 2 }), hooks.now);
    assert.deepEqual(receiver.arrived.map(objectIn), [1, 2]);
    assert.equal(await run(id, { isClosing: () => true }), hooks.now);
    assert.equal(receiver.arrived.length, 2);
    assert.deepEqual({ ...(await tenant.queue(id)) }, { ...idle, date_due: hooks.now });
  });

  test('is not taken while another holds the lease, and is when it has run out', async () => {
    const id = await queueWith([1]);
    await tenant.change('webhook_lanes', { id }, { owner: 'another', date_lease: hooks.now + 1 });
    assert.equal(await run(id), hooks.now + lease);
    assert.equal(receiver.arrived.length, 0);
    assert.equal((await tenant.queue(id))?.owner, 'another');
    hooks.now += 1;
    assert.equal(await run(id), undefined);
    assert.equal(receiver.arrived.length, 1);
    assert.deepEqual({ ...(await tenant.queue(id)) }, idle);
  });

  test('holds a lease while it delivers, longer after each one', async () => {
    const id = await queueWith([1, 2]);
    const held: (Values | undefined)[] = [];
    receiver.answer = async (response) => {
      held.push(await tenant.queue(id));
      hooks.now += 5;
      ok(response);
    };
    const began = hooks.now;
    await run(id);
    assert.deepEqual(
      held.map((queue) => queue?.date_lease),
      [began + lease, began + 5 + lease],
    );
    assert.ok(held[0]?.owner && held[0].owner === held[1]?.owner);
  });

  test('lost while a delivery is under way: what came of it does not count, and nothing more is delivered', async () => {
    const id = await queueWith([1, 2]);
    receiver.answer = async (response) => {
      await tenant.change('webhook_lanes', { id }, { owner: 'another', date_lease: hooks.now + 99 });
      ok(response);
    };
    assert.equal(await run(id), hooks.now + lease);
    assert.equal(receiver.arrived.length, 1);
    assert.deepEqual(named(), []);
    assert.deepEqual(await states(), ['waiting', 'waiting']);
    const { owner, date_lease, date_due } = (await tenant.queue(id)) ?? {};
    assert.deepEqual([owner, date_lease, date_due], ['another', hooks.now + 99, hooks.now]);
  });

  test('a failure holds up what comes after it, and a success makes it forgotten', async () => {
    const id = await queueWith([1, 2]);
    fail(500);
    const due = (await run(id)) ?? 0;
    assert.ok(due >= hooks.now + 5 && due <= hooks.now + 10, `${due - hooks.now}`);
    assert.deepEqual([named(), results[0]?.[1].problem], [['retried'], 'it answered 500']);
    const [first, second] = await tenant.deliveries();
    assert.deepEqual(
      [first?.state, first?.attempts, first?.http, first?.date_due, first?.date_finished],
      ['waiting', 1, 500, due, null],
    );
    assert.equal(second?.attempts, 0);
    assert.deepEqual({ ...(await tenant.queue(id)) }, { ...idle, date_due: due, failures: 1 });
    receiver.answer = ok;
    hooks.now = due;
    assert.equal(await run(id), undefined);
    assert.deepEqual(receiver.arrived.map(objectIn), [1, 1, 2]);
    assert.deepEqual({ ...(await tenant.queue(id)) }, idle);
    assert.equal((await tenant.deliveries())[0]?.attempts, 2);
  });

  test('one that failed ten times is given up, and the next has its turn', async () => {
    const id = await queueWith([1, 2]);
    const [first] = await tenant.deliveries();
    fail(300);
    await tenant.change('webhook_deliveries', { id: first?.id as number }, { attempts: 8 });
    hooks.now = (await run(id)) ?? 0;
    assert.deepEqual(named(), ['retried']);
    await run(id);
    assert.deepEqual(named(), ['retried', 'failed', 'retried']);
    const rows = await tenant.deliveries();
    assert.deepEqual(
      rows.map(({ state, attempts, date_finished }) => [state, attempts, date_finished]),
      [
        ['failed', 10, hooks.now],
        ['waiting', 1, null],
      ],
    );
    assert.equal((await tenant.queue(id))?.failures, 3);
  });

  test('30 failures in a row disable the subscription; what waits stays', async () => {
    const id = await queueWith([1]);
    fail(503);
    await tenant.change('webhook_lanes', { id }, { failures: 28 });
    hooks.now = (await run(id)) ?? 0;
    assert.deepEqual(named(), ['retried']);
    assert.equal(await run(id), undefined);
    assert.deepEqual(named(), ['retried', 'disabled']);
    const [row] = await tenant.rows('webhook_subscriptions', 'date_disabled', 'disabled_because');
    assert.equal(row?.date_disabled, hooks.now);
    assert.equal(row?.disabled_because, '30 tries in a row failed; the last: it answered 503');
    assert.deepEqual({ ...(await tenant.queue(id)) }, { ...idle, failures: 30 });
    assert.deepEqual(await states(), ['waiting']);
    hooks.now += 10_000;
    assert.equal(await run(id), undefined);
    assert.equal(receiver.arrived.length, 2, 'a disabled one is not delivered to');
  });

  test('410 ends the subscription, its queue and what waits', async () => {
    const id = await queueWith([1, 2]);
    fail(410);
    await run(id);
    assert.equal(receiver.arrived.length, 1);
    assert.deepEqual([named(), await states()], [['gone'], ['gone']]);
    assert.deepEqual(await tenant.rows('webhook_subscriptions', 'id'), []);
    assert.equal(await tenant.queue(id), undefined);
  });

  test('without its subscription it is removed with what waits', async () => {
    const id = await queueWith([1, 2]);
    await hooks.store.within((writing) => writing.remove(tenant.id, 'webhook_subscriptions', { id }));
    await run(id);
    assert.equal(receiver.arrived.length, 0);
    assert.deepEqual([await tenant.queue(id), await states(), named()], [undefined, [], []]);
  });

  const none = '{"everything":"admin","tasks":"none"}';
  for (const [what, change] of [
    ['is inactive', { standing: 'inactive' }],
    ['has lost all access', { access: '{"everything":"none"}' }],
    ['has lost access to what it is about', { access: none }],
    ['is gone', undefined],
  ] as const)
    test(`nothing is posted for a person who ${what} by the time of the delivery`, async () => {
      const id = await queueWith([1, 2]);
      if (change) await tenant.change('staff', { id: 1 }, change);
      else await hooks.store.within((writing) => writing.remove(tenant.id, 'staff', { id: 1 }));
      assert.equal(await run(id), undefined);
      assert.equal(receiver.arrived.length, 0);
      assert.deepEqual(named(), ['withheld', 'withheld'], 'the one does not hold up the other');
      const [row] = await tenant.deliveries();
      assert.deepEqual(
        [row?.state, row?.http, row?.problem, row?.date_finished],
        ['withheld', null, 'its user may not see the object, or is not active', hooks.now],
      );
      assert.equal(results[0]?.[1].problem, row?.problem);
      assert.equal((await tenant.queue(id))?.failures, 0);
    });

  test('access to what it is about is enough, and an event that is no longer known is withheld', async () => {
    await tenant.change('staff', { id: 1 }, { access: '{"everything":"none","tasks":"standard"}' });
    const id = await queueWith([1]);
    await run(id);
    assert.equal(receiver.arrived.length, 1);
    await queueWith([2], { event_id: 'create_monkey' });
    await run(id + 1);
    assert.deepEqual([named(), receiver.arrived.length], [['delivered', 'withheld'], 1]);
  });

  test('no person, no delivery', async () => {
    const id = await queueWith([1]);
    await tenant.change('webhook_subscriptions', { id }, { user_id: null });
    await run(id);
    assert.deepEqual([named(), receiver.arrived.length], [['withheld'], 0]);
  });
});
