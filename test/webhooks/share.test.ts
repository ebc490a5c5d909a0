import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DeliveryStore, gated } from '../../src/webhooks/gate.ts';
import { type ReadyQueue, Share } from '../../src/webhooks/share.ts';
import { inSlices } from '../../src/webhooks/slices.ts';
import { createVisits } from '../../src/webhooks/visits.ts';
import { pause, until } from './hooks.ts';

const queues = (person: number, from: number, count: number): ReadyQueue[] =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, person }));

/** A share whose queues end when the test says so. */
function shared(limits: { queuesMax: number; perDeploymentMax: number }) {
  const running = new Map<string, (more: boolean) => void>();
  const begun: string[] = [];
  const dry: number[] = [];
  const share = new Share({
    ...limits,
    run: (deployment, id) => {
      begun.push(`${deployment}/${id}`);
      return new Promise((end) => running.set(`${deployment}/${id}`, end));
    },
    onDry: (deployment) => dry.push(deployment),
  });
  const end = async (queue: string, more = false): Promise<void> => {
    const ending = running.get(queue) ?? assert.fail(`${queue} does not run`);
    running.delete(queue);
    ending(more);
    await pause(0);
  };
  const of = (deployment: number): number =>
    [...running.keys()].filter((queue) => queue.startsWith(`${deployment}/`)).length;
  return { share, running, begun, dry, end, of };
}

describe('the share of a deployment', () => {
  test('one alone gets less than a quarter of what is free, and never more than its bound', () => {
    const wide = shared({ queuesMax: 100, perDeploymentMax: 7 });
    for (let person = 0; person < 10; person++) wide.share.offer(1, queues(person, person * 100, 9));
    assert.equal(wide.of(1), 7);
    const narrow = shared({ queuesMax: 20, perDeploymentMax: 99 });
    for (let person = 0; person < 10; person++) narrow.share.offer(1, queues(person, person * 100, 9));
    assert.equal(narrow.of(1), 4);
    narrow.share.offer(
      2,
      [1, 2, 3, 4, 5].flatMap((person) => queues(person, person * 100, 9)),
    );
    assert.deepEqual([narrow.of(1), narrow.of(2)], [4, 3]);
  });

  test('many who want much leave room for one more, until each queue is of another', () => {
    const { share, of, running } = shared({ queuesMax: 300, perDeploymentMax: 20 });
    for (let deployment = 1; deployment <= 20; deployment++)
      for (let person = 0; person < 9; person++) share.offer(deployment, queues(person, person * 100, 9));
    assert.ok(running.size < 300, `${running.size}`);
    share.offer(99, queues(1, 1, 2));
    assert.equal(of(99), 1);
    for (let deployment = 100; deployment <= 200; deployment++) share.offer(deployment, queues(1, 1, 2));
    assert.equal(running.size, 300);
  });

  test('a free queue goes to who has the fewest running', async () => {
    const { share, begun, end } = shared({ queuesMax: 4, perDeploymentMax: 4 });
    for (const deployment of [1, 2, 3, 4]) share.offer(deployment, queues(1, 1, 9));
    share.offer(5, queues(1, 1, 9));
    assert.deepEqual(begun, ['1/1', '2/1', '3/1', '4/1']);
    await end('2/1', true);
    assert.equal(begun.at(-1), '5/1');
  });

  test('among equals to who has used the least, and a new one begins where the one served last began', async () => {
    const { share, begun, end } = shared({ queuesMax: 1, perDeploymentMax: 1 });
    share.offer(1, queues(1, 1, 2));
    share.offer(2, queues(1, 1, 2));
    await pause(30);
    await end('1/1', true);
    assert.equal(begun.at(-1), '2/1');
    await pause(5);
    await end('2/1', true);
    assert.equal(begun.at(-1), '2/2', 'it has used less');
    share.offer(3, queues(1, 1, 1));
    await pause(60);
    await end('2/2', true);
    assert.equal(begun.at(-1), '3/1', 'the new one goes before those that had turns');
    await end('3/1');
    assert.equal(begun.at(-1), '1/2');
    share.offer(4, queues(1, 1, 1));
    await end('1/2', true);
    assert.equal(begun.at(-1), '4/1');
    for (const deployment of [5, 6]) share.offer(deployment, queues(1, 1, 2));
    await end('4/1');
    await end('5/1', true);
    share.offer(7, queues(1, 1, 1));
    assert.equal(begun.at(-1), '6/1', 'newer ones do not keep coming before older ones');
  });

  test('a deployment that comes back does not stand behind for what it used long ago, nor before', async () => {
    const { share, begun, end } = shared({ queuesMax: 1, perDeploymentMax: 1 });
    share.offer(1, queues(1, 1, 1));
    await pause(20);
    await end('1/1');
    share.offer(2, queues(1, 1, 3));
    await pause(20);
    share.offer(1, queues(1, 1, 1));
    await end('2/1', true);
    assert.equal(begun.at(-1), '1/1');
  });
});

describe('the share of a person', () => {
  test('one alone gets half of what is free, and leaves room for others', () => {
    const { share, begun } = shared({ queuesMax: 400, perDeploymentMax: 10 });
    share.offer(1, queues(1, 100, 99));
    assert.equal(begun.length, 4);
    share.offer(1, queues(2, 200, 99));
    assert.equal(begun.filter((queue) => queue.startsWith('1/2')).length, 2);
    share.offer(1, queues(3, 300, 1));
    assert.equal(begun.at(-1), '1/300');
  });

  test('turns go round: between persons, and between the queues of one', async () => {
    const { share, begun, end } = shared({ queuesMax: 4, perDeploymentMax: 1 });
    share.offer(1, [...queues(1, 10, 3), ...queues(2, 20, 2)]);
    for (let i = 0; i < 11; i++) await end(begun.at(-1) ?? '', true);
    assert.deepEqual(
      begun.map((queue) => Number(queue.slice(2))),
      [10, 20, 11, 21, 12, 20, 10, 21, 11, 20, 12, 21],
    );
  });

  test('who has fewer running goes first, though they were served last', async () => {
    const { share, begun, end } = shared({ queuesMax: 400, perDeploymentMax: 8 });
    share.offer(1, [...queues(1, 10, 9), ...queues(2, 20, 9)]);
    assert.deepEqual(begun, ['1/10', '1/20', '1/11', '1/21']);
    await end('1/21', true);
    assert.equal(begun.at(-1), '1/22');
  });
});

describe('a share', () => {
  test('knows a queue once: one that waits keeps its place, one that runs gets another turn', async () => {
    const { share, begun, end } = shared({ queuesMax: 1, perDeploymentMax: 1 });
    share.offer(1, queues(1, 1, 2));
    share.offer(1, queues(1, 1, 2));
    assert.equal(share.size, 2);
    await end('1/1');
    await end('1/2');
    await end('1/1');
    assert.deepEqual(begun, ['1/1', '1/2', '1/1']);
    assert.equal(share.size, 0);
  });

  test('says when a queue ends and no other of the deployment waits', async () => {
    const { share, dry, end } = shared({ queuesMax: 1, perDeploymentMax: 1 });
    assert.equal(share.isWaiting(1), false);
    share.offer(1, queues(1, 1, 3));
    await end('1/1');
    assert.equal(share.isWaiting(1), true);
    await end('1/2', true);
    assert.deepEqual(dry, []);
    await end('1/3');
    assert.deepEqual(dry, []);
    assert.equal(share.isWaiting(1), false);
    await end('1/2');
    assert.deepEqual(dry, [1]);
  });

  test('that drops a deployment lets go of what waits and tells what runs', async () => {
    const { share, begun, end } = shared({ queuesMax: 1, perDeploymentMax: 1 });
    share.offer(1, [...queues(1, 1, 3), ...queues(2, 10, 3)]);
    share.offer(2, queues(1, 1, 1));
    assert.deepEqual(share.drop(3), []);
    assert.deepEqual(share.drop(2), []);
    assert.equal(share.size, 6);
    const [work, ...more] = share.drop(1);
    assert.deepEqual([more.length, share.size, share.isWaiting(1)], [0, 1, false]);
    await end('1/1');
    await work;
    assert.deepEqual([begun, share.size, share.drop(1)], [['1/1'], 0, []]);
    share.offer(1, [...queues(1, 7, 1), ...queues(2, 11, 1)]);
    assert.deepEqual([begun.at(-1), share.size], ['1/7', 2]);
    await end('1/7');
    assert.equal(begun.at(-1), '1/11');
    await end('1/11');
    assert.deepEqual([begun.length, share.size], [3, 0]);
  });

  test('that is closed begins nothing, and waits for what runs', async () => {
    const { share, begun, end } = shared({ queuesMax: 2, perDeploymentMax: 2 });
    share.offer(1, queues(1, 1, 3));
    let closed = false;
    const closing = share.close().then(() => {
      closed = true;
    });
    share.offer(2, queues(1, 1, 1));
    await pause(5);
    assert.ok(!closed);
    await end('1/1', true);
    await closing;
    assert.deepEqual(begun, ['1/1']);
  });
});

describe('visits', () => {
  test('come in the order they were asked for, so many at once, and one at a time in a deployment', async () => {
    const begun: number[] = [];
    const under = new Map<number, () => void>();
    const visits = createVisits({
      visitsMax: 2,
      visit: (deployment) => {
        begun.push(deployment);
        return new Promise((end) => under.set(deployment, end));
      },
    });
    for (const deployment of [3, 1, 1, 2, 3]) visits.ask(deployment);
    assert.deepEqual(begun, [], 'not in the turn of who asks');
    await pause(5);
    assert.deepEqual(begun, [3, 1]);
    for (const deployment of [3, 3]) visits.ask(deployment);
    await pause(5);
    assert.deepEqual(begun, [3, 1]);
    under.get(1)?.();
    await pause(5);
    assert.deepEqual(begun, [3, 1, 2]);
    under.get(2)?.();
    await pause(5);
    assert.deepEqual(begun, [3, 1, 2], 'it is visited already');
    visits.ask(4);
    await pause(5);
    assert.deepEqual(begun, [3, 1, 2, 4], 'who waits for its own visit holds up nobody');
    under.get(3)?.();
    await pause(5);
    assert.deepEqual(begun, [3, 1, 2, 4, 3]);
    visits.ask(3);
    const own = visits.drop(3);
    assert.equal(visits.drop(9), undefined);
    under.get(3)?.();
    await own;
    await pause(5);
    assert.deepEqual(begun, [3, 1, 2, 4, 3], 'what was dropped is not visited');
    let closed = false;
    const closing = visits.close().then(() => {
      closed = true;
    });
    visits.ask(5);
    await pause(5);
    assert.ok(!closed);
    under.get(4)?.();
    await closing;
    assert.deepEqual(begun, [3, 1, 2, 4, 3]);
  });
});

describe('a gate', () => {
  test('lets so many questions through at once, in their order, also after one that fails', async () => {
    const begun: string[] = [];
    const ends: ((error?: Error) => void)[] = [];
    const asked = (name: string) => () => {
      begun.push(name);
      return new Promise<never>((resolve, reject) =>
        ends.push((error) => (error ? reject(error) : resolve(name as never))),
      );
    };
    const names = ['select', 'count', 'find', 'list', 'within'] as const;
    const store = Object.fromEntries(names.map((name) => [name, asked(name)])) as unknown as DeliveryStore;
    const gate = gated(store, 2) as unknown as Record<string, () => Promise<unknown>>;
    const answers = names.map((name) => gate[name]?.());
    await pause(1);
    assert.deepEqual(begun, ['select', 'count']);
    ends[0]?.(new Error('broken'));
    await assert.rejects(answers[0] as Promise<unknown>, /broken/);
    await pause(1);
    assert.deepEqual(begun, ['select', 'count', 'find']);
    for (const end of [1, 2, 3, 4]) {
      ends[end]?.();
      await pause(1);
    }
    assert.deepEqual(begun, names);
    assert.deepEqual(await Promise.all(answers.slice(1)), names.slice(1));
    for (const name of ['find', 'find', 'find']) void gate[name]?.();
    await pause(1);
    assert.equal(begun.length, 7, 'places that were given back are there, and no others');
  });

  test('passes on what is asked', async () => {
    const asked: unknown[][] = [];
    const store = new Proxy({} as DeliveryStore, {
      get:
        () =>
        (...values: unknown[]) => {
          asked.push(values);
          return Promise.resolve();
        },
    });
    const gate = gated(store, 1) as unknown as Record<string, (...values: number[]) => Promise<unknown>>;
    await gate.select?.(1, 2);
    await gate.count?.(3, 4);
    await gate.find?.(5, 6, 7, 8);
    await gate.list?.(9, 10);
    await gate.within?.(11);
    assert.deepEqual(asked, [[1, 2], [3, 4], [5, 6, 7, 8], [9, 10], [11]]);
  });
});

test('slices give others a turn after a while of work, and leave nothing out', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const all = Array.from({ length: 40 }, (_, i) => i);
  const seen: number[] = [];
  for await (const each of inSlices(all)) {
    const end = performance.now() + 2;
    while (performance.now() < end);
    seen.push(each);
  }
  clearInterval(timer);
  assert.deepEqual(seen, all);
  assert.ok(turns >= 2, `${turns} turns in 80 ms of work`);
  let loops = 0;
  const count = setImmediate(function again() {
    loops++;
    if (loops < 1_000) setImmediate(again);
  });
  for await (const each of inSlices(all.slice(0, 5))) void each;
  clearImmediate(count);
  assert.equal(loops, 0, 'no turn is given for little work');
  await until('the end', () => true);
});
