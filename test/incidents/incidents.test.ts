import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import {
  createIncidents,
  type Incident,
  type Notice,
  type Raised,
  type Sink,
} from '../../src/incidents/incidents.ts';
import { webhookSink } from '../../src/incidents/sinks/webhook.ts';

const request: Omit<Raised, 'error'> = {
  cause: 'routine.threw',
  requestId: 'r1',
  deploymentId: 1,
  method: 'GET',
  path: '/api/v0/companies',
};

/** Where incidents are kept; it may be away. */
function shelf() {
  const counts = new Map<string, number>();
  const state = { away: false, tries: 0 };
  const keep = async ({ fingerprint, count }: Incident): Promise<void> => {
    state.tries++;
    if (state.away) throw new Error('the store is away');
    counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + count);
  };
  const total = (): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { counts, state, keep, total };
}

function collector(): Sink & { readonly notices: Notice[] } {
  const notices: Notice[] = [];
  return { name: 'collector', notices, deliver: async (notice) => void notices.push(notice) };
}

function setUp(sinks: readonly Sink[] = [], backOff = 5) {
  const kept = shelf();
  const lines: { level: string; message: string; fields: unknown }[] = [];
  const time = { now: 1_490_000_000 };
  const incidents = createIncidents({
    keep: kept.keep,
    sinks,
    log: { note: (level, message, fields) => void lines.push({ level, message, fields }) },
    clock: () => time.now,
    backOff,
  });
  return { ...kept, lines, time, incidents };
}

const one = (message: string): Error => new TypeError(message);
const other = (message: string): Error => new TypeError(message);

describe('kinds of incidents', () => {
  test('the same defect is one, whatever the message and the request; another place or cause is another', async () => {
    const { incidents, counts } = setUp();
    for (let i = 0; i < 5; i++)
      incidents.raise({
        ...request,
        requestId: `r${i}`,
        path: `/api/v0/companies/${i}`,
        error: one(`id ${i}`),
      });
    incidents.raise({ ...request, error: other('elsewhere') });
    incidents.raise({ ...request, cause: 'data.corrupt', error: one('id 9') });
    await incidents.drain(1_000);
    assert.deepEqual(
      [...counts.values()].sort((a, b) => a - b),
      [1, 1, 5],
    );
  });

  test('a message that quotes a caller cannot pretend to be a place', async () => {
    const { incidents, counts } = setUp();
    for (let i = 0; i < 5; i++)
      incidents.raise({
        ...request,
        error: one(`unexpected\n    at hostile${i} (file:///x/src/a.ts:${i}:1)`),
      });
    await incidents.drain(1_000);
    assert.deepEqual([...counts.values()], [5]);
  });

  test('whatever is thrown can be raised', async () => {
    const unreadable = new Error('x');
    Object.defineProperty(unreadable, 'stack', {
      get: () => {
        throw new Error('no stack');
      },
    });
    const proxy = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no property');
        },
        getPrototypeOf: () => {
          throw new Error('no prototype');
        },
      },
    );
    const thrown = [
      undefined,
      null,
      0,
      'text',
      Symbol('s'),
      Object.create(null),
      unreadable,
      proxy,
      () => 1,
      1n,
    ];
    const { incidents, total, lines } = setUp();
    for (const error of thrown) incidents.raise({ ...request, error });
    await incidents.drain(1_000);
    assert.equal(total(), thrown.length);
    assert.equal(lines.filter(({ message }) => message === 'incident').length, thrown.length);
  });

  test('the stack of a kind is logged once in a quarter of an hour, each of its requests every time', () => {
    const { incidents, lines, time } = setUp();
    const stacks = () => lines.map(({ fields }) => (fields as { detail?: string }).detail !== undefined);
    for (let i = 0; i < 3; i++) incidents.raise({ ...request, requestId: `r${i}`, error: one('full') });
    incidents.raise({ ...request, error: other('another') });
    time.now += 15 * 60;
    incidents.raise({ ...request, error: one('full') });
    assert.deepEqual(stacks(), [true, false, false, true, true]);
    assert.deepEqual(
      lines.slice(0, 3).map(({ fields }) => (fields as { requestId: string }).requestId),
      ['r0', 'r1', 'r2'],
    );
  });

  test('texts are bounded, and the cause of the cause is told', async () => {
    const sink = collector();
    const { incidents } = setUp([sink]);
    incidents.raise({ ...request, error: new Error('outer', { cause: new RangeError('inner') }) });
    const long = new Error('x'.repeat(1e6));
    long.name = 'n'.repeat(1e6);
    incidents.raise({ ...request, error: long });
    await incidents.drain(1_000);
    assert.match(sink.notices[0]?.detail ?? '', /outer[\s\S]*caused by RangeError: inner/);
    assert.ok(JSON.stringify(sink.notices[1]).length < 5_000);
  });
});

describe('keeping', () => {
  test('while the store is away they are counted, and none is lost when it is back', async () => {
    const { incidents, state, total, counts } = setUp();
    state.away = true;
    for (let i = 0; i < 40; i++) incidents.raise({ ...request, error: one(`${i}`) });
    await incidents.drain(40);
    assert.equal(total(), 0);
    assert.ok(state.tries >= 2, 'it was tried again');
    assert.ok(state.tries < 20, `with a pause between: ${state.tries}`);
    state.away = false;
    for (let i = 0; i < 2; i++) incidents.raise({ ...request, error: one('after') });
    await incidents.drain(3_000);
    assert.equal(total(), 42);
    assert.equal(counts.size, 1);
  });

  test('kinds are bounded while the store is away: newcomers are counted together, and none is lost', async () => {
    const { incidents, state, total, counts } = setUp();
    state.away = true;
    for (let i = 0; i < 1_500; i++) {
      const error = new Error('x');
      error.name = `Error${i}`;
      incidents.raise({ ...request, error });
      incidents.raise({ ...request, error });
    }
    state.away = false;
    await incidents.drain(5_000);
    assert.equal(total(), 3_000);
    assert.equal(counts.size, 1_001);
    assert.ok([...counts.values()].includes(1_000));
  });

  test('a shutdown waits for what is not kept, and no longer than it may', async () => {
    const { incidents, state, total } = setUp([], 20);
    state.away = true;
    incidents.raise({ ...request, error: one('x') });
    setTimeout(() => {
      state.away = false;
    }, 30);
    await incidents.drain(5_000);
    assert.equal(total(), 1);
    state.away = true;
    incidents.raise({ ...request, error: one('x') });
    const began = performance.now();
    await incidents.drain(100);
    const took = performance.now() - began;
    assert.ok(took >= 90, `${took} ms`);
    state.away = false;
    await incidents.drain(5_000);
    assert.equal(total(), 2);
  });
});

describe('notices', () => {
  test('one for a kind in a quarter of an hour, with the count since the last', async () => {
    const sink = collector();
    const { incidents, time, total } = setUp([sink]);
    const raise = (): void => incidents.raise({ ...request, error: one('x') });
    raise();
    for (let i = 0; i < 9; i++) raise();
    time.now += 15 * 60 - 1;
    raise();
    assert.deepEqual(
      sink.notices.map(({ count }) => count),
      [1],
    );
    time.now += 1;
    raise();
    await incidents.drain(1_000);
    assert.deepEqual(
      sink.notices.map(({ count, at }) => [count, at]),
      [
        [1, 1_490_000_000],
        [11, 1_490_000_900],
      ],
    );
    assert.equal(total(), 12);
  });

  test('what recurs in the quarter of an hour is told at its end, also when nothing comes after it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const sink = collector();
    const { incidents, time } = setUp([sink]);
    const raise = (): void => incidents.raise({ ...request, error: one('x') });
    raise();
    time.now += 60;
    raise();
    raise();
    time.now += 14 * 60;
    t.mock.timers.tick(14 * 60 * 1_000);
    assert.deepEqual(
      sink.notices.map(({ count }) => count),
      [1, 2],
    );
    time.now += 15 * 60;
    t.mock.timers.tick(15 * 60 * 1_000);
    assert.equal(sink.notices.length, 2, 'and silence after that');
  });

  test('a sink that fails twice is told the third time; one that always fails is given up, and neither holds up another', async () => {
    const told: number[] = [];
    let tries = 0;
    const flaky: Sink = {
      name: 'flaky',
      deliver: async ({ count }) => {
        if (++tries <= 2) throw new Error(`try ${tries}`);
        told.push(count);
      },
    };
    let hopeless = 0;
    const broken: Sink = {
      name: 'broken',
      // Not even a promise.
      deliver: () => {
        hopeless++;
        throw new Error('broken');
      },
    };
    const sound = collector();
    const { incidents, lines } = setUp([flaky, broken, sound], 1);
    incidents.raise({ ...request, error: one('x') });
    await new Promise((resume) => setTimeout(resume, 1));
    assert.equal(sound.notices.length, 1);
    await incidents.drain(5_000);
    assert.deepEqual(told, [1]);
    assert.equal(tries, 3);
    assert.equal(hopeless, 8);
    const warned = lines.filter(({ level }) => level === 'warn');
    assert.equal(warned.length, 10);
    assert.deepEqual(warned.at(-1)?.fields, { attempt: 8, reason: 'broken' });
  });
});

describe('webhook', () => {
  type Handler = (req: IncomingMessage, body: string, res: ServerResponse) => void;

  async function receiving(handler: Handler, work: (url: string) => Promise<void>): Promise<void> {
    const server = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      handler(req, body, res);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=1`);
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  const notice: Notice = {
    fingerprint: 'f',
    cause: 'routine.threw',
    title: 'TypeError',
    detail: 'é “quoted”\n at x',
    count: 3,
    requestId: 'r1',
    deploymentId: undefined,
    method: 'GET',
    path: '/x',
    at: 1_490_000_000,
  };

  test('posts the notice as JSON', async () => {
    const got: [string | undefined, string | undefined, string | undefined, unknown][] = [];
    await receiving(
      (req, body, res) => {
        got.push([req.method, req.url, req.headers['content-type'], JSON.parse(body)]);
        res.end('thanks');
      },
      (url) => webhookSink(url).deliver(notice),
    );
    const { deploymentId: _, ...sent } = notice;
    assert.deepEqual(got, [['POST', '/hook?key=1', 'application/json', sent]]);
  });

  test('an answer other than success is a failure, and redirects lead nowhere', async () => {
    let requests = 0;
    for (const code of [302, 307, 400, 500, 503]) {
      await receiving(
        (_, __, res) => {
          requests++;
          res.writeHead(code, { location: '/elsewhere' }).end();
        },
        (url) => assert.rejects(webhookSink(url).deliver(notice), new RegExp(`answered ${code}`)),
      );
    }
    assert.equal(requests, 5);
  });

  test('a receiver that hangs up or is not there is a failure', async () => {
    let gone = '';
    await receiving(
      (req) => req.socket.destroy(),
      async (url) => {
        gone = url;
        await assert.rejects(webhookSink(url).deliver(notice));
      },
    );
    await assert.rejects(webhookSink(gone).deliver(notice), /ECONNREFUSED/);
  });

  test('nobody waits longer than ten seconds for a receiver', { timeout: 120_000 }, async () => {
    const began = performance.now();
    await Promise.all([
      receiving(
        () => {},
        (url) => assert.rejects(webhookSink(url).deliver(notice), { name: 'TimeoutError' }),
      ),
      receiving(
        (_, __, res) => {
          // A byte at a time, after the word that it was received.
          const drip = setInterval(() => res.write('.'), 200);
          res.on('close', () => clearInterval(drip));
        },
        (url) => webhookSink(url).deliver(notice),
      ),
    ]);
    const took = performance.now() - began;
    assert.ok(took > 9_000, `${took} ms`);
  });

  test('what fails twice is delivered by incidents the third time', async () => {
    const seen: number[] = [];
    let posts = 0;
    await receiving(
      (_, body, res) => {
        if (++posts <= 2) return res.writeHead(503).end();
        seen.push((JSON.parse(body) as Notice).count);
        return res.end();
      },
      async (url) => {
        const { incidents } = setUp([webhookSink(url)], 5);
        incidents.raise({ ...request, error: one('x') });
        await incidents.drain(5_000);
      },
    );
    assert.deepEqual(seen, [1]);
    assert.equal(posts, 3);
  });
});
