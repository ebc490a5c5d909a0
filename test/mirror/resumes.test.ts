import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sample } from '../../src/sample/sample.ts';
import { end, type Running, startAccord } from '../harness/commands.ts';
import { type Database, onEveryEngine, sqlite } from '../harness/engines.ts';
import { flagsOf } from '../harness/terminal.ts';
import { differences, dump, mirror, start } from './command.ts';
import { type Fate, startProxy } from './proxy.ts';

onEveryEngine('a copy into', (engine) => {
  let data: Database;
  let server: Running & { readonly port: number };
  let url: string;
  const targets: Database[] = [];
  const { token } = sample;

  before(async () => {
    data = await sqlite.create();
    const flags = ['--sandbox', '--sample', ...flagsOf(data), '--log-level', 'silent'];
    server = await startAccord('serve', ...flags, '--rate-limit', '100000');
    url = `http://${sample.deployment}.api.localhost:${server.port}`;
  });
  after(async () => {
    if (server) await end(server);
    for (const target of targets) await target.release();
    await data?.release();
  });

  const target = async (): Promise<Database> => {
    const made = await engine.create('full');
    targets.push(made);
    return made;
  };

  test('another database goes on after kill -9, wherever it was', async () => {
    const whole = await target();
    const killed = await target();
    const { total, requests } = await mirror(url, token, whole);
    assert.ok(total > 5_000, `${total} objects`);
    const expected = await dump(whole, 'copy');
    let running: Running | undefined;
    // At the second page of contacts, tasks and activities, and among the managers of the companies.
    const ends = [/\/contacts\?/, /\/tasks\?/, /\/activities\?/, /\/companies\/103\d\/managers/];
    let pages = 0;
    const proxy = await startProxy(url, (_, path): Fate => {
      if (!ends[0]?.test(path) || ++pages !== 2) return 'pass';
      running?.child.kill('SIGKILL');
      return 'hang';
    });
    try {
      const args = ['mirror', proxy.origin, '--deployment', 'copy', ...flagsOf(killed), '--json'];
      for (; ends.length > 0; ends.shift()) {
        pages = 0;
        running = start(args, { ACCORD_MIRROR_TOKEN: token });
        assert.equal((await running.ended).code, 'SIGKILL');
        const sofar = await dump(killed, 'copy');
        assert.ok((sofar.companies?.length ?? 0) > 0 && differences(expected, sofar).length > 0);
      }
      const report = await mirror(proxy.origin, token, killed);
      assert.equal(report.resumed, true);
      assert.ok(report.requests < requests, `${report.requests} of ${requests} requests`);
      // Each copy keeps its files under keys of its own.
      assert.deepEqual(differences(expected, await dump(killed, 'copy')), ['resources.content']);
    } finally {
      await proxy.close();
    }
  });

  test('another database survives a network that fails, and a server that does', async () => {
    const into = await target();
    const fates: Readonly<Record<number, Fate>> = {
      3: 'cut',
      6: 'short',
      9: { http: 500 },
      12: { http: 503, retryAfter: 1 },
      13: 'cut',
    };
    const proxy = await startProxy(url, (number) => fates[number] ?? 'pass');
    try {
      const report = await mirror(proxy.origin, token, into, '--except', 'company_managers');
      assert.deepEqual(Object.keys(report.leftOut), ['timers']);
      assert.equal(report.copied.companies, 60);
    } finally {
      await proxy.close();
    }
  });
});
