/**
 * `npm run bench:sandbox [-- --companies 120 --tries 25 --database-url postgres://…]`: how long `startSandbox()` takes, in a process of its own
 * and again in one process, and what a fork, a restore and the end of a fork take of a deployment of some 10,000 rows. Minimum and median, in ms.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exchange } from '../src/http/exchange.ts';
import { sample, writeSample } from '../src/sample/sample.ts';
import { readConfig } from '../src/server/config.ts';
import { tablesOf } from '../src/server/database.ts';
import { startServer } from '../src/server/server.ts';
import { startSandbox } from '../src/testing/start-sandbox.ts';

const { values } = parseArgs({
  options: {
    companies: { type: 'string', default: '120' },
    tries: { type: 'string', default: '25' },
    'database-url': { type: 'string' },
    first: { type: 'boolean', default: false },
  },
});
const tries = Number(values.tries);
const token = 'a-token-for-the-bench';

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function tell(what: string, times: readonly number[]): void {
  const sorted = times.toSorted((one, other) => one - other);
  const [least = 0, median = 0] = [sorted[0], sorted[sorted.length >> 1]];
  console.log(
    `${what.padEnd(58)} min ${least.toFixed(1).padStart(7)}   median ${median.toFixed(1).padStart(7)}`,
  );
}

/** One start, and what it took. */
async function started(options: Parameters<typeof startSandbox>[0]): Promise<number> {
  const began = performance.now();
  const sandbox = await startSandbox(options);
  const took = performance.now() - began;
  await sandbox.close();
  return took;
}

if (values.first) {
  console.log(await started({}));
  process.exit();
}

const firsts: number[] = [];
for (let i = 0; i < Math.min(tries, 10); i++)
  firsts.push(
    Number(execFileSync(process.execPath, [import.meta.filename, '--first'], { encoding: 'utf8' })),
  );
tell('startSandbox(), first of a process, after the imports', firsts);
for (const [what, options] of [
  ['startSandbox(), again', {}],
  ['startSandbox({ sample: false }), again', { sample: false }],
] as const) {
  const times: number[] = [];
  for (let i = 0; i < tries; i++) times.push(await started(options));
  tell(what, times);
}

await forks('in memory', { data: ':memory:' });
const folder = await mkdtemp(join(tmpdir(), 'accord-bench-'));
await forks('SQLite in a file', { data: join(folder, 'lean') });
await forks('SQLite in a file, all indices', { data: join(folder, 'whole') }, true);
if (values['database-url'])
  await forks('PostgreSQL', { data: join(folder, 'pg'), 'database-url': values['database-url'] });
await rm(folder, { recursive: true, force: true });

async function forks(what: string, place: Readonly<Record<string, string>>, whole = false): Promise<void> {
  const flags = { ...place, port: '0', 'log-level': 'silent' };
  // A database that an ordinary server has made keeps its indices.
  if (whole) {
    const ordinary = await startServer(readConfig(flags, {}));
    await ordinary.world.store.ready;
    await ordinary.close();
  }
  const server = await startServer(readConfig({ ...flags, sandbox: true, 'sandbox-token': token }, {}));
  try {
    const { store, catalogue, clock } = server.world;
    await store.ready;
    const companies = Number(values.companies);
    const { deployment } = await writeSample(server, { now: clock(0), companies, told: () => {} });
    let rows = 0;
    for (const { name } of tablesOf(catalogue))
      rows += await store.count(deployment.id, {
        table: name,
        select: 'count',
        where: { all: [] },
        order: [],
        limit: 0,
        offset: 0,
      });
    const ask = async (method: string, path: string): Promise<void> => {
      const { http, text } = await exchange({
        method,
        url: new URL(`http://127.0.0.1:${server.port}/${path}`),
        headers: {
          Authorization: `Bearer ${path.startsWith('sandbox/') ? token : sample.token}`,
          'Content-Type': 'application/json',
        },
        body: method !== 'POST' ? undefined : JSON.stringify({ name: 'bench' }),
        advice: 'the server of the bench has ended',
      });
      if (http !== 200) throw new Error(text);
    };
    const times: Record<string, number[]> = { fork: [], remove: [], restore: [], list: [] };
    const own = `sandbox/v0/deployments/${deployment.name}`;
    for (let i = 0; i < tries; i++) {
      times.fork?.push(await timed(() => ask('POST', `${own}/forks`)));
      times.remove?.push(await timed(() => ask('DELETE', 'sandbox/v0/forks/bench')));
    }
    await ask('POST', `${own}/snapshots`);
    for (let i = 0; i < tries; i++) {
      times.restore?.push(await timed(() => ask('POST', `${own}/snapshots/bench/restore`)));
      times.list?.push(
        await timed(() =>
          ask('GET', 'api/v0/tasks?_fields=_ALL&_limit=100&_filters=order_by_desc(date_due)'),
        ),
      );
    }
    for (const [name, list] of Object.entries(times))
      tell(`${what}: ${name === 'list' ? '100 tasks with all fields' : `${name} of ${rows} rows`}`, list);
  } finally {
    await server.close();
  }
}
