import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Store, Unreachable } from '../../src/store/store.ts';
import {
  createDeliveries,
  type DeliveryOptions,
  type RunningDeliveries,
} from '../../src/webhooks/deliveries.ts';
import type { DeliveryLimits } from '../../src/webhooks/limits.ts';
import type { DeliveryAnswer, DeliveryMessage } from '../../src/webhooks/message.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { type Hooks, type Note, onTenants, pause, type Tenant, until } from './hooks.ts';

/** Long enough for a mistake to be seen. */
const aWhile = 25;
const url = 'http://127.0.0.1:1/';

onEveryEngine('a process that delivers', (engine) => {
  let hooks: Hooks;
  let tenant: Tenant;
  onTenants(engine, (...opened) => {
    [hooks, tenant] = opened;
  });

  /** One whose timer beats when the test says so, whose posts go nowhere, and that finds only the deployments that are given. */
  function started(t: TestContext, more: Given = {}) {
    const { limits, store: own = {}, ...rest } = more;
    const base = { ...hooks.store, ...own };
    const posted: string[] = [];
    const visited: number[] = [];
    const pages: [number, number][] = [];
    const [results, notes, backlogs] = [[] as string[], [] as Note[], [] as [string, number][]];
    const timers: { beat: () => void; every: number; isCounted: boolean; isCleared: boolean }[] = [];
    const control = { http: 200, isHeld: false, deployments: [] as { name: string; disabled?: boolean }[] };
    const held: PromiseWithResolvers<void>[] = [];
    const store: Store = {
      ...base,
      list: async (...asked) =>
        (await base.list(...asked)).flatMap((row) => {
          const found = control.deployments.find(({ name }) => name === row.name);
          return found ? [{ ...row, disabled: found.disabled ? 1 : 0 }] : [];
        }),
      find: (deployment, table, ...asked) => {
        if (table === 'webhook_events') visited.push(deployment);
        return base.find(deployment, table, ...asked);
      },
      select: (deployment, query) => {
        if (query.table === 'webhook_lanes' && query.limit !== 1) pages.push([deployment, query.limit]);
        return base.select(deployment, query);
      },
    };
    const interval = t.mock.method(globalThis, 'setInterval', ((beat: () => void, every: number) => {
      const timer = { beat, every, isCounted: true, isCleared: false };
      timers.push(timer);
      return Object.assign(timer, { unref: () => void Object.assign(timer, { isCounted: false }) });
    }) as never);
    const process: RunningDeliveries = createDeliveries({
      store,
      catalogue: hooks.catalogue,
      clock: () => hooks.now,
      timeout: 5_000,
      retry: 10,
      sender: {
        send: async (message: DeliveryMessage): Promise<DeliveryAnswer> => {
          posted.push(`${message.url.slice(url.length)}:${message.objectId}`);
          const { http } = control;
          if (control.isHeld) {
            const each = Promise.withResolvers<void>();
            held.push(each);
            await each.promise;
          }
          return { http, problem: null, ms: 1 };
        },
        close: async () => {},
      },
      log: { note: (...note) => void notes.push(note as unknown as Note) },
      onResult: (result) => results.push(result),
      onBacklog: (...backlog) => void backlogs.push(backlog),
      ...rest,
      limits: { scanMs: 1e9, surveyMs: 1e9, ...limits },
    });
    interval.mock.restore();
    const clear = clearInterval;
    t.mock.method(globalThis, 'clearInterval', ((timer: { isCleared: boolean }) => {
      if (timers.includes(timer as never)) timer.isCleared = true;
      else clear(timer as never);
    }) as never);
    t.after(async () => {
      // What is posted from now on is not held: nobody would let go of it.
      control.isHeld = false;
      for (const each of held) each.resolve();
      await process.close();
    });
    const beat = (): void => timers[0]?.beat();
    /** What comes of a beat; nothing, if it is to be nothing. */
    const visitsAfterBeat = async (): Promise<number[]> => {
      visited.length = 0;
      beat();
      await pause(aWhile);
      return visited.splice(0);
    };
    const releases = (count = held.length): void => {
      for (const each of held.splice(0, count)) each.resolve();
    };
    const isLeft = async (id: number): Promise<boolean> => (await tenant.queue(id))?.owner === null;
    const log = { posted, visited, pages, results, notes, backlogs };
    return { process, control, timers, held, beat, visitsAfterBeat, releases, isLeft, ...log };
  }

  interface Given extends Partial<Omit<DeliveryOptions, 'store' | 'limits'>> {
    readonly store?: Partial<Store>;
    readonly limits?: Partial<DeliveryLimits>;
  }

  /** As many subscriptions, whose addresses end in 1, 2, … */
  const subscribe = (count: number, on = tenant): Promise<readonly number[]> =>
    on.subscribeAll(Array.from({ length: count }, (_, i) => `${url}${i + 1}`));
  const dueAt = (id: number | undefined, at: number | null): Promise<void> =>
    tenant.change('webhook_lanes', { id: id as number }, { date_due: at });

  test('looks for what is due four times a second, and does not keep the process alive for it', async (t) => {
    const { process, timers } = started(t);
    assert.deepEqual(
      timers.map(({ every, isCounted, isCleared }) => [every, isCounted, isCleared]),
      [[250, false, false]],
    );
    await process.close();
    assert.equal(timers[0]?.isCleared, true);
  });

  test('visits once what it was woken for once, and delivers it', async (t) => {
    const { process, posted, visited, results, visitsAfterBeat } = started(t);
    const [id = 0] = await subscribe(1);
    await tenant.happen([5], process);
    await until('the queue is left', async () => results[0] && (await tenant.queue(id))?.date_due === null);
    await pause(aWhile);
    assert.deepEqual([posted, results], [['1:5'], ['delivered']]);
    // One look found the event, and one that there is no other.
    assert.deepEqual(visited, [tenant.id, tenant.id]);
    hooks.now += 100;
    assert.deepEqual(await visitsAfterBeat(), []);
  });

  test('holds a queue for as long as two answers can take, and a little more', async (t) => {
    const { process, control, held } = started(t, { timeout: 5_200 });
    const [id = 0] = await subscribe(1);
    control.isHeld = true;
    await tenant.happen([5], process);
    await until('it is posted', () => held.length === 1);
    assert.equal((await tenant.queue(id))?.date_lease, hooks.now + 14);
  });

  test('posts what it is told to by others', async (t) => {
    const { process, posted } = started(t);
    assert.deepEqual(await process.send({ url: `${url}x`, objectId: 4 } as DeliveryMessage), {
      http: 200,
      problem: null,
      ms: 1,
    });
    assert.deepEqual(posted, ['x:4']);
  });

  test('what failed is tried when its time has come, and looked at once then', async (t) => {
    let writes = 0;
    const { process, control, posted, results, isLeft, visitsAfterBeat } = started(t, {
      store: {
        within: (work) => {
          writes++;
          return hooks.store.within(work);
        },
      },
    });
    const [id = 0] = await subscribe(1);
    control.http = 500;
    await tenant.happen([5], process);
    await until('it failed', async () => results.length === 1 && (await isLeft(id)));
    await pause(aWhile);
    const before = writes;
    await pause(aWhile);
    assert.equal(writes, before, 'the queue is left alone until then');
    hooks.now = (await tenant.queue(id))?.date_due as number;
    hooks.now--;
    assert.deepEqual([await visitsAfterBeat(), posted.length], [[], 1]);
    hooks.now++;
    control.http = 200;
    assert.deepEqual([await visitsAfterBeat(), posted.length], [[tenant.id], 2]);
    await until('it is left', async () => (await tenant.queue(id))?.date_due === null);
    assert.deepEqual(results, ['retried', 'delivered']);
    assert.deepEqual(await visitsAfterBeat(), []);
  });

  test('of two that are due later the first counts, whichever is noted last', async (t) => {
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      tenant = await hooks.tenant();
      const { process, control, posted, held, results, isLeft, visitsAfterBeat } = started(t);
      const ids = await subscribe(2);
      await tenant.happen([5], process);
      await until('both are delivered', () => results.length === 2);
      await pause(aWhile);
      [control.isHeld, control.http] = [true, 500];
      await tenant.happen([6], process);
      await until('both are posted', () => held.length === 2);
      // The second has failed before, and has to wait longer.
      const second = (await tenant.deliveries()).find(
        (row) => row.subscription_id === ids[1] && row.state === 'waiting',
      );
      const place = posted.slice(-2).map((each) => Number(each[0]) - 1);
      for (const each of order) {
        held[place.indexOf(each)]?.resolve();
        await until('it is left', async () => isLeft(ids[each] as number));
        await pause(aWhile);
        if (each === 1)
          await tenant.change(
            'webhook_deliveries',
            { id: second?.id as number },
            { date_due: hooks.now + 999 },
          );
      }
      const dates = await Promise.all(ids.map(async (id) => (await tenant.queue(id))?.date_due as number));
      assert.deepEqual(await visitsAfterBeat(), [], 'neither is due');
      hooks.now = Math.min(...dates);
      assert.deepEqual(await visitsAfterBeat(), [tenant.id]);
    }
  });

  test('a visit finds out when the next one is due', async (t) => {
    const { process, posted, visited, visitsAfterBeat } = started(t);
    const [id] = await subscribe(1);
    await tenant.happen([5], process);
    await until('it is posted', () => posted.length === 1);
    await pause(aWhile);
    await dueAt(id, hooks.now + 40);
    visited.length = 0;
    process.wake(tenant.id);
    await until('it is visited', () => visited.length === 1);
    await pause(aWhile);
    hooks.now += 39;
    assert.deepEqual(await visitsAfterBeat(), []);
    hooks.now += 1;
    assert.deepEqual(await visitsAfterBeat(), [tenant.id]);
  });

  test('nothing is looked for while the database is not ready', async (t) => {
    let isReady = false;
    const own = started(t, { store: { isReady: () => isReady } });
    own.control.deployments = [tenant];
    const [id] = await subscribe(1);
    await dueAt(id, hooks.now + 3);
    own.process.wake(tenant.id);
    await until('it is visited', () => own.visited.length === 1);
    await pause(aWhile);
    hooks.now += 3;
    assert.deepEqual(await own.visitsAfterBeat(), []);
    isReady = true;
    assert.deepEqual([...new Set(await own.visitsAfterBeat())], [tenant.id]);
  });

  test('a visit that fails is told, and made again after a second', async (t) => {
    let fails = true;
    const own = started(t, {
      store: {
        within: (work) =>
          fails ? Promise.reject(new Unreachable('gone fishing')) : hooks.store.within(work),
      },
    });
    await subscribe(1);
    await tenant.happen([5]);
    own.process.wake(tenant.id);
    await until('it is told', () => own.notes.length === 1);
    assert.equal(own.notes[0]?.[2]?.reason, 'Unreachable: gone fishing');
    fails = false;
    assert.deepEqual(await own.visitsAfterBeat(), []);
    hooks.now += 1;
    own.beat();
    await until('it is delivered', () => own.results.length === 1);
    assert.equal(own.notes.length, 1);
  });

  test('so is a queue that fails, when its lease runs out', async (t) => {
    let fails = false;
    const own = started(t, {
      store: {
        within: (work) => (fails ? Promise.reject(new Error('a defect')) : hooks.store.within(work)),
      },
    });
    const [id] = await subscribe(1);
    own.control.isHeld = true;
    await tenant.happen([5], own.process);
    await until('it is posted', () => own.held.length === 1);
    fails = true;
    own.visited.length = 0;
    own.releases();
    await until('it is told', () => own.notes.length === 1);
    assert.match(String(own.notes[0]?.[2]?.reason), /a defect/);
    await pause(aWhile);
    assert.deepEqual(own.visited, []);
    [fails, own.control.isHeld] = [false, false];
    assert.deepEqual(await own.visitsAfterBeat(), []);
    hooks.now += 1;
    assert.deepEqual(await own.visitsAfterBeat(), [tenant.id]);
    assert.equal(own.posted.length, 1);
    hooks.now = (await tenant.queue(id as number))?.date_lease as number;
    own.beat();
    await until('it is delivered', () => own.results.length === 1);
  });

  /** One event more than a turn of spreading takes. */
  const tooMany = Array.from({ length: 201 }, (_, i) => i + 1);
  for (const [ms, looks] of [
    [99, 3],
    [100, 1],
  ] as const)
    test(`a visit that has spread events for ${ms} ms ${looks > 1 ? 'goes on' : 'leaves the rest for the next one'}`, async (t) => {
      let gone = 0;
      t.mock.method(performance, 'now', () => gone);
      let before: number | undefined;
      const own = started(t, {
        store: {
          within: (work) => {
            // The first turn takes that long, and all that comes later no time.
            gone = ms;
            return hooks.store.within(work);
          },
          select: (deployment, query) => {
            if (query.table === 'webhook_lanes') before ??= own.visited.length;
            return hooks.store.select(deployment, query);
          },
        },
      });
      await subscribe(1);
      await tenant.happen(tooMany, own.process);
      await until('all are delivered', () => own.results.length === tooMany.length);
      assert.equal(before, looks, 'looks at the outbox before queues are looked for');
    });

  const pagesOf = async (
    t: TestContext,
    limits: Partial<DeliveryLimits>,
    waiting: number,
  ): Promise<unknown[]> => {
    const { process, control, held, pages } = started(t, { limits: { ...limits, queuesMax: 4 } });
    control.isHeld = true;
    await subscribe(waiting);
    await tenant.happen([5], process);
    await until('it is posted', () => held.length === 1);
    const other = await hooks.tenant();
    process.wake(other.id);
    const limitOf = (one: number): unknown => pages.find(([deployment]) => deployment === one)?.[1];
    await until('the other is visited', () => limitOf(other.id) !== undefined);
    // The first may have been visited again meanwhile.
    return [limitOf(tenant.id), limitOf(other.id)];
  };

  test('a deployment may have a quarter of what is left of the queues that are remembered, 64 at least', async (t) => {
    assert.deepEqual(await pagesOf(t, { readyMax: 9_000, readyInAllMax: 401 }, 80), [100, 80]);
    tenant = await hooks.tenant();
    assert.deepEqual(await pagesOf(t, { readyMax: 9_000, readyInAllMax: 100 }, 3), [64, 64]);
    tenant = await hooks.tenant();
    assert.deepEqual(await pagesOf(t, { readyMax: 90, readyInAllMax: 2_000 }, 3), [90, 90]);
  });

  /** Which queue posted, in order. One runs at a time, and every one ends after one event. */
  const rounds = async (t: TestContext, readyMax: number, count: number, objects: number[]) => {
    const own = started(t, { limits: { readyMax, turnMs: 0, queuesMax: 4, perDeploymentMax: 1 } });
    await subscribe(count);
    await tenant.happen(objects, own.process);
    await until('all are delivered', () => own.results.length === count * objects.length);
    await pause(aWhile);
    return { ...own, order: own.posted.map((each) => each.split(':')[0]).join(' ') };
  };

  test('queues that are not remembered have their turn before the first one has another', async (t) => {
    const { order, visitsAfterBeat } = await rounds(t, 2, 4, [5, 6]);
    assert.equal(order, '1 2 3 4 1 2 3 4');
    assert.deepEqual(await visitsAfterBeat(), []);
  });

  test('where all are remembered each gets another turn without a visit', async (t) => {
    const { order, visited, pages } = await rounds(t, 5, 4, [5, 6, 7]);
    assert.equal(order, '1 2 3 4 1 2 3 4 1 2 3 4');
    assert.deepEqual([visited.length, pages.length], [2, 1]);
  });

  test('more are read only when none that is remembered waits', async (t) => {
    const own = started(t, { limits: { readyMax: 2, queuesMax: 4, perDeploymentMax: 1 } });
    own.control.isHeld = true;
    await subscribe(5);
    await tenant.happen([5], own.process);
    const posts = (count: number) => until(`${count} posts`, () => own.posted.length === count);
    await posts(1);
    own.visited.length = 0;
    own.process.wake(tenant.id);
    await until('it is visited', () => own.visited.length === 1);
    await pause(aWhile);
    assert.equal(own.pages.length, 1, 'another queue waits for its turn');
    own.releases();
    await posts(2);
    own.releases();
    await posts(3);
    assert.equal(own.pages.length, 2);
    own.control.isHeld = false;
    own.releases();
    await posts(5);
    assert.deepEqual(own.posted, ['1:5', '2:5', '3:5', '4:5', '5:5']);
  });

  test('where all are remembered a visit looks for more though one waits', async (t) => {
    const own = started(t, { limits: { readyMax: 9, queuesMax: 4, perDeploymentMax: 1 } });
    own.control.isHeld = true;
    await subscribe(2);
    await tenant.happen([5], own.process);
    await until('it is posted', () => own.held.length === 1);
    own.process.wake(tenant.id);
    await until('queues are read again', () => own.pages.length === 2);
  });

  test('a deployment that is forgotten is not visited for what was due, nor for what a scan would find', async (t) => {
    const own = started(t, { limits: { scanMs: 0 } });
    own.control.deployments = [tenant];
    const [id] = await subscribe(1);
    assert.deepEqual(await own.visitsAfterBeat(), [tenant.id], 'it is found');
    assert.deepEqual(await own.visitsAfterBeat(), [tenant.id], 'it is scanned');
    await dueAt(id, hooks.now + 5);
    await own.visitsAfterBeat();
    await own.process.forget(tenant.id);
    hooks.now += 5;
    assert.deepEqual(await own.visitsAfterBeat(), []);
    assert.equal(own.posted.length, 0);
  });

  test('what was not read of a deployment that is forgotten is read from the start when it is there again', async (t) => {
    const own = started(t, { limits: { readyMax: 2, queuesMax: 4, perDeploymentMax: 1 } });
    own.control.isHeld = true;
    await subscribe(5);
    await tenant.happen([5], own.process);
    await until('it is posted', () => own.held.length === 1);
    const forgetting = own.process.forget(tenant.id);
    own.releases();
    await forgetting;
    own.process.wake(tenant.id);
    await until('it is posted', () => own.held.length === 1);
    assert.deepEqual(own.posted, ['1:5', '2:5']);
  });

  test('what runs when a deployment is forgotten is waited for, and nothing more is begun meanwhile', async (t) => {
    const own = started(t, { limits: { turnMs: 0 } });
    own.control.isHeld = true;
    await subscribe(1);
    await tenant.happen([5, 6], own.process);
    await until('it is posted', () => own.held.length === 1);
    let forgotten = false;
    const forgetting = own.process.forget(tenant.id).then(() => {
      forgotten = true;
    });
    await subscribe(1);
    await tenant.happen([7]);
    own.visited.length = 0;
    own.process.wake(tenant.id);
    await pause(aWhile);
    assert.deepEqual([own.visited, own.posted.length, forgotten], [[], 1, false], 'nothing is spread');
    own.releases();
    await forgetting;
    assert.equal(own.posted.length, 1);
    hooks.now += 100;
    assert.deepEqual(await own.visitsAfterBeat(), [], 'nothing is noted for later');
    own.process.wake(tenant.id);
    await until('it is there again', () => own.posted.length > 1);
  });

  test('queues that are found while their deployment is being forgotten are not begun', async (t) => {
    const gate = Promise.withResolvers<void>();
    let isAsked = false;
    const own = started(t, {
      store: {
        select: async (deployment, query) => {
          const rows = await hooks.store.select(deployment, query);
          if (query.table === 'webhook_lanes' && query.limit === 1) {
            isAsked = true;
            await gate.promise;
          }
          return rows;
        },
      },
    });
    await subscribe(1);
    await tenant.happen([5], own.process);
    await until('queues were found', () => isAsked);
    const forgetting = own.process.forget(tenant.id);
    gate.resolve();
    await forgetting;
    await pause(aWhile);
    assert.deepEqual(own.posted, []);
  });

  for (const what of ['explore', 'scan'] as const)
    test(`one that closes waits for what it looks for (${what})`, async (t) => {
      const gate = Promise.withResolvers<void>();
      let isAsked = false;
      const wait = async (): Promise<void> => {
        isAsked = true;
        await gate.promise;
      };
      const own = started(t, {
        limits: { scanMs: 0 },
        store: {
          list: async (...asked) => {
            if (what === 'explore') await wait();
            return hooks.store.list(...asked);
          },
          count: async (...asked) => {
            await wait();
            return hooks.store.count(...asked);
          },
        },
      });
      own.control.deployments = [tenant];
      await subscribe(1);
      own.beat();
      await pause(aWhile);
      own.beat();
      await until('it is under way', () => isAsked);
      let isClosed = false;
      const closing = own.process.close().then(() => {
        isClosed = true;
      });
      await pause(aWhile);
      assert.ok(!isClosed);
      gate.resolve();
      await closing;
    });

  test('one that closes waits for its visit and its posts, then lets go of its sender, and begins nothing more', async (t) => {
    const steps: string[] = [];
    const post = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const other = await hooks.tenant();
    const own = started(t, {
      sender: {
        send: async () => {
          own.posted.push('post');
          await post.promise;
          steps.push('posted');
          return { http: 200, problem: null, ms: 1 };
        },
        close: async () => void steps.push('sender'),
      },
      store: {
        find: async (deployment, ...asked) => {
          if (deployment === other.id) {
            await gate.promise;
            steps.push('visited');
          }
          return hooks.store.find(deployment, ...asked);
        },
      },
    });
    const [id] = await subscribe(1);
    await tenant.happen([5, 6], own.process);
    await until('it is posted', () => own.posted.length === 1);
    own.process.wake(other.id);
    await until('the other is visited', () => own.visited.includes(other.id));
    let isClosed = false;
    const closing = own.process.close().then(() => {
      isClosed = true;
    });
    await pause(aWhile);
    post.resolve();
    await until('the queue is left', async () => own.isLeft(id as number));
    await pause(aWhile);
    assert.deepEqual([steps, isClosed], [['posted'], false]);
    gate.resolve();
    await closing;
    assert.deepEqual(steps, ['posted', 'visited', 'sender']);
    own.process.wake(tenant.id);
    assert.deepEqual(await own.visitsAfterBeat(), []);
    assert.equal(own.posted.length, 1);
    assert.equal((await tenant.queue(id as number))?.date_due, hooks.now);
  });

  test('a deployment that is disabled is not visited for what was due', async (t) => {
    const own = started(t, { limits: { surveyMs: 0 } });
    const known = { name: tenant.name, disabled: false };
    own.control.deployments = [known];
    const [id] = await subscribe(1);
    await dueAt(id, hooks.now + 5);
    assert.deepEqual(await own.visitsAfterBeat(), [tenant.id]);
    known.disabled = true;
    await own.visitsAfterBeat();
    hooks.now += 5;
    assert.deepEqual(await own.visitsAfterBeat(), []);
    assert.deepEqual(own.backlogs, [[tenant.name, 0]]);
  });

  test('a survey or scan that fails is told', async (t) => {
    const own = started(t, {
      store: {
        list: () => Promise.reject(new Unreachable('no list')),
      },
    });
    own.beat();
    await until('it is told', () => own.notes.length === 1);
    assert.equal(own.notes[0]?.[2]?.reason, 'Unreachable: no list');
    const other = started(t, {
      limits: { scanMs: 0 },
      store: { count: () => Promise.reject(new Unreachable('no count')) },
    });
    other.control.deployments = [tenant];
    await subscribe(1);
    await other.visitsAfterBeat();
    other.beat();
    await until('it is told', () => other.notes.length > 0);
    assert.equal(other.notes[0]?.[2]?.reason, 'Unreachable: no count');
  });
});
