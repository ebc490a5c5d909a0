import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { flagsOf } from '../harness/terminal.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { mirror, run, start } from './command.ts';
import { type Fate, startProxy } from './proxy.ts';
import { originOf } from './source.ts';

onEveryEngine('a deployment', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let into: Database;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let reached: () => void = () => {};
  let fate: Fate = 'hang';
  before(async () => {
    world = await startWorld(engine);
    tenant = await world.tenant({ name: 'source' });
    await tenant.put('companies', { name: 'Planet Express' });
    into = await engine.create('full');
    proxy = await startProxy(originOf(world, tenant), (_, path) => {
      if (!path.includes('/companies?') || fate === 'pass') return 'pass';
      reached();
      return fate;
    });
  });
  after(async () => {
    await proxy?.close();
    await into?.release();
    await world?.close();
  });
  /** A copy that has come to the companies, and waits. */
  async function waiting() {
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const { child, ended: end } = start(args(), { ACCORD_MIRROR_TOKEN: tenant.token });
    await Promise.race([there, once(child, 'exit')]);
    return { child, end };
  }
  const args = (): readonly string[] => [
    ...['mirror', proxy.origin, '--deployment', 'copy', ...flagsOf(into), '--only', 'companies'],
  ];

  test('is copied into by one at a time, and by the next once that one is no more', async () => {
    const { child, end } = await waiting();
    const second = await run(args(), { ACCORD_MIRROR_TOKEN: tenant.token });
    assert.equal(second.code, 1);
    assert.match(second.err, /^accord: another accord mirror is copying into this deployment: let it end/);
    child.kill('SIGKILL');
    assert.equal((await end).code, 'SIGKILL');
    fate = 'pass';
    const report = await mirror(proxy.origin, tenant.token, into, '--only', 'companies');
    assert.deepEqual([report.resumed, report.copied.companies], [true, 1]);
    fate = 'hang';
  });

  test('whose copy is stopped by Ctrl-C says how to go on, and does', async () => {
    const { child, end } = await waiting();
    child.kill('SIGINT');
    const { code, err } = await end;
    assert.equal(code, 130);
    assert.match(err, /stopped: run the same command again to go on/);
    fate = 'pass';
    const report = await mirror(proxy.origin, tenant.token, into, '--only', 'companies', '--full');
    assert.equal(report.copied.companies, 1);
    fate = 'hang';
  });
});
