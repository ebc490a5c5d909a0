import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { ok, type Receiver, startReceiver } from '../harness/receiver.ts';
import { type Hooks, openHooks, type Process, type Tenant } from './hooks.ts';

/** Far more than is needed (see the diagnostics), far less than the attacks would take. */
const patienceMs = 10_000;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

onEveryEngine('webhooks under attack', (engine) => {
  let hooks: Hooks;
  let receiver: Receiver;
  let process: Process;
  /** Milliseconds a slow receiver takes: well below the time-out, so that nobody is disabled. */
  let slowMs: number;
  before(async () => {
    hooks = await openHooks(engine);
  });
  after(() => hooks.close());
  beforeEach(async () => {
    receiver = await startReceiver();
    slowMs = 2_000;
    // The same host for all: what others have there must not matter either.
    receiver.answer = (response, { path }) =>
      path.startsWith('/slow') ? void setTimeout(() => ok(response), slowMs).unref() : ok(response);
    process = hooks.process({ timeout: 10_000 });
  });
  afterEach(async () => {
    // Those in flight are broken, so that they end at once.
    await Promise.all([process.close(), receiver.stop()]);
    await hooks.retire();
  });

  const slow = (): number => receiver.arrived.filter(({ path }) => path.startsWith('/slow')).length;
  /** Milliseconds until an event of this tenant arrives. */
  const took = async (tenant: Tenant, path: string): Promise<number> => {
    const began = performance.now();
    await tenant.happen([1], process);
    await receiver.until(1, (one) => one.path === path, patienceMs);
    return performance.now() - began;
  };
  const attack = async (tenant: Tenant, subscriptions: number, events: number, more = {}) => {
    const urls = range(subscriptions).map((n) => `${receiver.url}/slow/${n}`);
    await tenant.subscribeAll(urls, more);
    await tenant.happen(range(events), process);
  };

  test('40 slow subscriptions of one tenant do not hold up another tenant', async (t) => {
    const [attacker, victim] = [await hooks.tenant(), await hooks.tenant()];
    await victim.subscribe(`${receiver.url}/fast`);
    await attack(attacker, 40, 20);
    await receiver.until(12, ({ path }) => path.startsWith('/slow'));
    const ms = await took(victim, '/fast');
    t.diagnostic(`delivered after ${ms.toFixed(0)} ms, ${slow()} slow ones begun`);
  });

  test('40 tenants with slow subscriptions do not hold up one more', async (t) => {
    const victim = await hooks.tenant();
    await victim.subscribe(`${receiver.url}/fast`);
    for (const _ of range(40)) await attack(await hooks.tenant(), 1, 20);
    await receiver.until(40, ({ path }) => path.startsWith('/slow'));
    const ms = await took(victim, '/fast');
    t.diagnostic(`delivered after ${ms.toFixed(0)} ms, ${slow()} slow ones begun`);
  });

  // Each of them costs several statements, and a database that others use too takes its time.
  const many = engine.name === 'sqlite' ? 1_000 : 60;
  test(`${many} slow subscriptions of one person do not hold up another person of the tenant`, async (t) => {
    const tenant = await hooks.tenant();
    await tenant.person(2);
    await tenant.subscribe(`${receiver.url}/fast`, { user_id: 2, event_id: 'create_issue' });
    await attack(tenant, many, 6);
    await receiver.until(12, ({ path }) => path.startsWith('/slow'));
    const began = performance.now();
    await tenant.happen([1], process, { event: 'create_issue' });
    await receiver.until(1, ({ path }) => path === '/fast', patienceMs);
    t.diagnostic(`delivered after ${(performance.now() - began).toFixed(0)} ms, ${slow()} slow ones begun`);
  });

  test('more tenants with slow subscriptions than there are queuesMax: a new one goes before those that had a turn', async (t) => {
    await process.close();
    process = hooks.process({ timeout: 10_000, limits: { queuesMax: 4, turnMs: 0 } });
    slowMs = 400;
    const victim = await hooks.tenant();
    await victim.subscribe(`${receiver.url}/fast`);
    for (const _ of range(10)) await attack(await hooks.tenant(), 3, 20);
    // Each of the ten has had its first turn.
    await receiver.until(14, ({ path }) => path.startsWith('/slow'));
    const before = slow();
    const ms = await took(victim, '/fast');
    const between = slow() - before;
    t.diagnostic(`delivered after ${ms.toFixed(0)} ms, ${between} slow ones begun meanwhile`);
    // It is written while some end, and may come just after all places were taken: not behind ten.
    assert.ok(between < 10, `${between} slow ones went before it`);
  });
});
