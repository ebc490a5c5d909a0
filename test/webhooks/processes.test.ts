import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { disableDeployment } from '../../src/identity/deployments.ts';
import { type Store, Unreachable } from '../../src/store/store.ts';
import type { DeliveryOptions } from '../../src/webhooks/deliveries.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { ok, type Receiver, startReceiver } from '../harness/receiver.ts';
import { type Hooks, objectIn, onTenants, type Process, pause, type Tenant, until } from './hooks.ts';

onEveryEngine('processes that deliver', (engine) => {
  let hooks: Hooks;
  let tenant: Tenant;
  let receiver: Receiver;
  let processes: Process[];
  /** Answers that are held back. */
  let held: ServerResponse[];
  onTenants(engine, (...opened) => {
    [hooks, tenant] = opened;
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    [processes, held] = [[], []];
  });
  afterEach(async () => {
    for (const response of held) if (!response.writableEnded) ok(response);
    await Promise.all([...processes.map((process) => process.close()), receiver.stop()]);
    await hooks.retire();
  });

  /** One that looks for nothing by itself, unless told: others' deployments are none of its business. */
  const start = (more: Partial<DeliveryOptions> = {}): Process => {
    const process = hooks.process({
      timeout: 5_000,
      ...more,
      limits: { scanMs: 1e9, surveyMs: 1e9, ...more.limits },
    });
    processes.push(process);
    return process;
  };
  /** One that does not look around at all. */
  const startBlind = (): Process => start({ store: { ...hooks.store, isReady: () => false } });
  /** One that finds no deployments by itself: it knows what it is woken for, and what it noted then. */
  const alone = (): Store => ({ ...hooks.store, list: async () => [] });
  const hold = (): void => {
    receiver.answer = (response) => void held.push(response);
  };
  const queue = async (id: number): Promise<unknown[]> => {
    const { owner, date_lease, date_due } = (await tenant.queue(id)) ?? {};
    return [owner === null, date_lease, date_due];
  };

  test('a second one leaves a leased queue alone, takes it when the lease runs out, and the first does not count', async () => {
    const id = await tenant.subscribe(receiver.url);
    const [first, second] = [start({ store: alone() }), start({ store: alone() })];
    hold();
    await tenant.happen([1, 2], first);
    await receiver.until(1);
    const lease = hooks.now + 13;
    assert.deepEqual((await queue(id)).slice(0, 2), [false, lease]);
    for (let i = 0; i < 5; i++) {
      second.wake(tenant.id);
      await pause(20);
    }
    hooks.now = lease - 1;
    second.wake(tenant.id);
    await pause(300);
    assert.equal(receiver.arrived.length, 1, 'the lease holds');
    hooks.now = lease;
    // Nobody wakes it: it knows until when.
    await receiver.until(2);
    assert.deepEqual(receiver.arrived.map(objectIn), [1, 1]);
    receiver.answer = ok;
    ok(held[1] as ServerResponse);
    await until('both', () => second.results.length === 2);
    ok(held[0] as ServerResponse);
    await until('the queue is left', async () => (await queue(id))[0]);
    assert.deepEqual([first.results, second.results], [[], ['delivered', 'delivered']]);
    assert.deepEqual(receiver.arrived.map(objectIn), [1, 1, 2]);
    assert.deepEqual(
      (await tenant.deliveries()).map(({ state, attempts }) => [state, attempts]),
      [
        ['delivered', 1],
        ['delivered', 1],
      ],
    );
    assert.deepEqual(await queue(id), [true, 0, null]);
  });

  test('one that closes finishes what is in flight, begins nothing, and gives the queue to the next', async () => {
    const id = await tenant.subscribe(receiver.url);
    const first = start({ store: alone() });
    hold();
    await tenant.happen([1, 2], first);
    await receiver.until(1);
    let closed = false;
    const closing = first.close().then(() => {
      closed = true;
    });
    await pause(50);
    assert.ok(!closed, 'it waits for the answer');
    receiver.answer = ok;
    ok(held[0] as ServerResponse);
    await closing;
    assert.deepEqual(await queue(id), [true, 0, hooks.now]);
    first.wake(tenant.id);
    await pause(50);
    assert.deepEqual([first.results, receiver.arrived.length], [['delivered'], 1]);
    start({ store: alone() }).wake(tenant.id);
    await receiver.until(2);
  });

  test('a deployment that is forgotten has nothing in flight, and nothing more is begun; others go on', async () => {
    const other = await hooks.tenant();
    const id = await tenant.subscribe(receiver.url);
    await other.subscribe(`${receiver.url}/other`);
    const process = startBlind();
    hold();
    await tenant.happen([1, 2, 3], process);
    await receiver.until(1);
    let forgotten = false;
    const forgetting = process.forget(tenant.id).then(() => {
      forgotten = true;
    });
    receiver.answer = ok;
    await other.happen([9], process);
    await receiver.until(1, ({ path }) => path === '/other');
    assert.ok(!forgotten, 'it waits for the answer');
    process.wake(tenant.id);
    ok(held[0] as ServerResponse);
    await forgetting;
    assert.deepEqual(await queue(id), [true, 0, hooks.now]);
    await pause(300);
    assert.equal(receiver.arrived.length, 2);
    await process.forget(tenant.id);
    process.wake(tenant.id);
    await receiver.until(4);
  });

  test('a deployment that is forgotten while it is visited begins nothing', async () => {
    await tenant.subscribe(receiver.url);
    const process = startBlind();
    await tenant.happen([1]);
    process.wake(tenant.id);
    await new Promise((resume) => setImmediate(resume));
    await process.forget(tenant.id);
    await pause(50);
    const before = receiver.arrived.length;
    await pause(100);
    assert.equal(receiver.arrived.length, before);
  });

  test('what another left behind is found: at the start, and by looking again', async () => {
    await tenant.subscribe(receiver.url);
    await tenant.happen([1]);
    start({ limits: { scanMs: 20 } });
    await receiver.until(1);
    await tenant.happen([2]);
    await receiver.until(2);
  });

  test('a deployment that gets its first subscription elsewhere is found', async () => {
    start({ limits: { surveyMs: 20 } });
    await pause(300);
    const late = await hooks.tenant();
    await late.subscribe(receiver.url);
    await late.happen([1]);
    await receiver.until(1);
  });

  test('one that failed is tried when its time has come', async () => {
    await tenant.subscribe(receiver.url);
    // Its lease ends later than the other one is due.
    await tenant.subscribe(`${receiver.url}/held`);
    const process = start({ store: alone() });
    receiver.answer = (response, { path }) =>
      path === '/held' ? void held.push(response) : response.writeHead(500).end();
    await tenant.happen([1], process);
    await until('a failure', () => process.results.length === 1);
    process.wake(tenant.id);
    await pause(300);
    assert.equal(receiver.arrived.length, 2);
    receiver.answer = ok;
    hooks.now += 10;
    await until('a success', () => process.results.length === 2);
    assert.deepEqual(process.results, ['retried', 'delivered']);
    const [note] = process.notes;
    assert.deepEqual([note?.[0], note?.[1]], ['debug', 'a webhook was retried']);
    assert.deepEqual([note?.[2]?.deployment, note?.[2]?.problem], [tenant.id, 'it answered 500']);
    assert.equal(process.notes.length, 1, 'a success is no news');
  });

  test('an end of a subscription is told to the operator', async () => {
    const [gone, disabled] = await tenant.subscribeAll([`${receiver.url}/410`, `${receiver.url}/500`]);
    await tenant.change('webhook_lanes', { id: disabled as number }, { failures: 29 });
    receiver.answer = (response, { path }) => response.writeHead(Number(path.slice(1))).end();
    const process = start();
    await tenant.happen([1], process);
    await until('both', () => process.results.length === 2);
    const told = process.notes.map(([level, message, about]) => [level, message, about?.subscription]);
    assert.deepEqual(
      told.sort((a, b) => Number(a[2]) - Number(b[2])),
      [
        ['warn', 'a webhook subscription was ended by its receiver', gone],
        ['warn', 'a webhook subscription was disabled', disabled],
      ],
    );
  });

  test('more queues than are remembered are all delivered', async () => {
    await tenant.subscribeAll(Array.from({ length: 40 }, (_, i) => `${receiver.url}/${i}`));
    await tenant.happen([1, 2], start({ limits: { readyMax: 3, turnMs: 0 } }));
    await receiver.until(80);
    await pause(50);
    assert.equal(receiver.arrived.length, 80);
  });

  test('of one subscription never two at once, and all in order, whoever wakes', async () => {
    await tenant.subscribe(receiver.url);
    const all = [start({ limits: { turnMs: 0 } }), start({ limits: { turnMs: 0 } })];
    let [now, together] = [0, 0];
    receiver.answer = (response) => {
      together = Math.max(together, ++now);
      setTimeout(() => {
        now--;
        ok(response);
      }, 2);
    };
    const objects = Array.from({ length: 30 }, (_, i) => i + 1);
    for (const object of objects) {
      await tenant.happen([object], all[object % 2]);
      all[(object + 1) % 2]?.wake(tenant.id);
    }
    await receiver.until(30);
    assert.deepEqual(receiver.arrived.map(objectIn), objects);
    assert.equal(together, 1);
  });

  test('what waits is told by deployment, and so is that nothing can wait any more', async () => {
    const id = await tenant.subscribe(receiver.url);
    hold();
    const process = start({ limits: { scanMs: 20, surveyMs: 20 } });
    await tenant.happen([1, 2, 3], process);
    await receiver.until(1);
    await until('three', () => process.backlogs.get(tenant.name) === 3);
    receiver.answer = ok;
    ok(held[0] as ServerResponse);
    await until('none', () => process.backlogs.get(tenant.name) === 0);
    await tenant.happen([4]);
    await disableDeployment(hooks.store, tenant.name, true);
    await until('it was told', () => process.backlogs.get(tenant.name) === 0);
    await disableDeployment(hooks.store, tenant.name, false);
    await until('four', () => receiver.arrived.some((one) => objectIn(one) === 4));
    await hooks.store.within((writing) => writing.remove(tenant.id, 'webhook_subscriptions', { id }));
    await until('it is told no more', async () => {
      process.backlogs.clear();
      await pause(60);
      return !process.backlogs.has(tenant.name);
    });
  });

  test('a disabled deployment is not looked at', async () => {
    await tenant.subscribe(receiver.url);
    await tenant.happen([1]);
    await disableDeployment(hooks.store, tenant.name, true);
    const process = start({ limits: { scanMs: 20, surveyMs: 20 } });
    await pause(400);
    assert.equal(receiver.arrived.length, 0);
    assert.equal(process.backlogs.has(tenant.name), false);
    await disableDeployment(hooks.store, tenant.name, false);
    await receiver.until(1);
  });

  for (const [what, error, level] of [
    ['away', new Unreachable('gone fishing'), 'debug'],
    ['broken', new Error('a defect'), 'warn'],
  ] as const)
    test(`a database that is ${what} for a while is said, and tried again`, async () => {
      await tenant.subscribe(receiver.url);
      const trouble = { in: 2 };
      const store: Store = {
        ...alone(),
        within: (work) => {
          if (trouble.in-- > 0) return Promise.reject(error);
          return hooks.store.within(work);
        },
      };
      const process = start({ store });
      await tenant.happen([1], process);
      for (let i = 0; i < 2; i++) {
        await until('it is said', () => process.notes.length === i + 1);
        await pause(260);
        assert.equal(process.notes.length, i + 1, 'not before a second has gone');
        hooks.now += 1;
      }
      await receiver.until(1);
      assert.deepEqual(
        process.notes.map(([said]) => said),
        [level, level],
      );
      assert.match(String(process.notes[0]?.[2]?.reason), /gone fishing|a defect/);
    });

  test('a database that breaks off under a queue is said, and the queue is taken up after its lease', async () => {
    const id = await tenant.subscribe(receiver.url);
    let breaks = false;
    const store: Store = {
      ...alone(),
      within: (work) => (breaks ? Promise.reject(new Unreachable('gone')) : hooks.store.within(work)),
    };
    const process = start({ store });
    receiver.answer = (response) => {
      breaks = true;
      ok(response);
    };
    await tenant.happen([1], process);
    await until('it is said', () => process.notes.length === 1);
    [breaks, receiver.answer] = [false, ok];
    hooks.now += 1;
    await pause(400);
    assert.equal(receiver.arrived.length, 1, 'its own lease holds too');
    hooks.now += 13;
    await receiver.until(2);
    await until('it is left', async () => (await queue(id))[0]);
    assert.deepEqual(process.results, ['delivered']);
  });

  test('a survey that failed is made again soon', async () => {
    await tenant.subscribe(receiver.url);
    await tenant.happen([1]);
    let failures = 1;
    const store: Store = {
      ...hooks.store,
      list: (...asked) => {
        if (failures-- > 0) return Promise.reject(new Unreachable('gone'));
        return hooks.store.list(...asked);
      },
    };
    const process = start({ store });
    await receiver.until(1);
    assert.equal(process.notes.length, 1);
  });

  test('nothing is looked for before the database is ready', async () => {
    await tenant.subscribe(receiver.url);
    await tenant.happen([1]);
    let ready = false;
    start({ store: { ...hooks.store, isReady: () => ready } });
    await pause(400);
    assert.equal(receiver.arrived.length, 0);
    ready = true;
    await receiver.until(1);
  });
});
