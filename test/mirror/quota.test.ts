import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { exchange } from '../../src/http/exchange.ts';
import { createSource, type SourceOptions } from '../../src/mirror/source.ts';
import { sqlite } from '../harness/engines.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { type Fate, startProxy } from './proxy.ts';
import { originOf } from './source.ts';

const hour = 3_600;

describe('a source that is read', () => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(sqlite, { 'rate-limit': '50' });
  });
  after(() => world?.close());

  /** With the clock of the world, which a wait moves; each request with its time, and each wait, in seconds. */
  function reading(origin: string, tenant: Tenant, more: Partial<SourceOptions> = {}) {
    const asked: { readonly at: number; readonly http: number }[] = [];
    const waits: number[] = [];
    const source = createSource({
      origin,
      token: async () => tenant.token,
      reserve: { share: 0.1 },
      onWait: () => {},
      clock: () => world.now * 1_000,
      sleep: async (milliseconds) => {
        waits.push(milliseconds / 1_000);
        world.now += Math.ceil(milliseconds / 1_000);
      },
      send: async (each) => {
        const answered = await exchange(each);
        asked.push({ at: world.now, http: answered.http });
        const date = new Date(world.now * 1_000).toUTCString();
        return { ...answered, headers: { ...answered.headers, date } };
      },
      ...more,
    });
    return { source, asked, waits };
  }

  test('is asked no more than its quota and the reserve allow, hour by hour', async () => {
    const tenant = await world.tenant();
    world.now = Math.ceil(world.now / hour) * hour + 60;
    const { source, asked, waits } = reading(originOf(world, tenant), tenant);
    for (let i = 0; i < 120; i++) assert.equal((await source.get('companies', {})).ok, true);
    assert.deepEqual(new Set(asked.map(({ http }) => http)), new Set([200]));
    const hours = Map.groupBy(asked, ({ at }) => Math.floor(at / hour));
    assert.deepEqual(
      [...hours.values()].map(({ length }) => length),
      [45, 45, 30],
    );
    assert.equal(waits.length, 2);
    assert.equal(source.waited(), waits.reduce((sum, wait) => sum + wait, 0) * 1_000);
    assert.equal(source.sent(), 120);
  });

  test('that others have used up is asked again when it says so, and not before', async () => {
    const tenant = await world.tenant();
    for (let i = 0; i < 50; i++) await tenant.get('/api/v0/companies');
    const { source, asked, waits } = reading(originOf(world, tenant), tenant, { reserve: 0 });
    const began = world.now;
    const { headers } = await tenant.get('/api/v0/companies');
    const wait = Number(headers['retry-after']);
    assert.ok(wait > 0 && wait <= hour);
    assert.equal((await source.get('companies', {})).ok, true);
    assert.deepEqual(
      asked.map(({ http, at }) => [http, at >= began + wait]),
      [
        [429, false],
        [200, true],
      ],
    );
    // The window that begins has begun.
    assert.deepEqual(waits, [wait + 1]);
  });

  test('that fails is tried again with growing pauses, and then given up with what to do', async () => {
    const tenant = await world.tenant();
    const cases: readonly [Fate, RegExp, readonly number[]][] = [
      [{ http: 500 }, /failed 6 times at GET .*companies.*run the same command again/, [1, 2, 4, 8, 16]],
      [{ http: 503, retryAfter: 7 }, /failed 6 times/, [7, 7, 7, 8, 16]],
      ['cut', /did not answer: .*run the same command again to go on/, [1, 2, 4, 8, 16]],
      ['short', /did not answer: .*run the same command again to go on/, [1, 2, 4, 8, 16]],
    ];
    for (const [fate, expected, pauses] of cases) {
      const proxy = await startProxy(originOf(world, tenant), (number) => (number === 1 ? 'pass' : fate));
      const { source, waits } = reading(proxy.origin, tenant);
      assert.equal((await source.get('companies', {})).ok, true);
      await assert.rejects(source.get('companies', {}), { name: 'Failure', message: expected });
      assert.deepEqual(waits, pauses);
      assert.equal(proxy.count(), 7);
      await proxy.close();
    }
  });

  test('gets another token when the one it had has ended, once', async () => {
    const tenant = await world.tenant();
    const refused: (string | undefined)[] = [];
    const given = ['ended', tenant.token, 'ended too', 'and this'];
    const token = async (before?: string): Promise<string> => {
      refused.push(before);
      return given.shift() as string;
    };
    const { source, waits } = reading(originOf(world, tenant), tenant, { token });
    assert.equal((await source.get('companies', {})).ok, true);
    assert.deepEqual(refused, [undefined, 'ended']);
    const bad = reading(originOf(world, tenant), tenant, { token }).source;
    await assert.rejects(bad.get('companies', {}), { message: /does not accept the credentials.*go on/ });
    assert.deepEqual(waits, []);
  });
});
