/**
 * `npm run bench [-- --rows 100000,1000000 --engine sqlite,postgres --turns 7 --seconds 2 --warm 8]`: Accord against a bare `node:http` server that does
 * the same work on the same rows, loaded in turn in one run. Only the ratios mean anything.
 */
import { parseArgs } from 'node:util';
import { keepAwake } from './awake.ts';
import { type Load, type Measured, measure } from './load.ts';
import { type Prepared, prepare } from './rows.ts';
import { type Running, startAccord, startBare } from './servers.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000,1000000' },
    engine: { type: 'string', default: 'sqlite,postgres' },
    turns: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    // Until then the compilers of V8 share the server's core with it.
    warm: { type: 'string', default: '8' },
    only: { type: 'string', default: '' },
  },
});

const turns = Number(values.turns);
const seconds = Number(values.seconds);
const host = 'bench.api.localhost';

function loads({ token, clientId, secret, rows }: Prepared): Load[] {
  const bearer = { Host: host, Authorization: `Bearer ${token}` };
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const basic = {
    Host: host,
    Authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
  };
  const fields = 'website,phone,standing,date_created,date_modified,comments';
  const list = `"/api/v0/companies?_fields=${fields}&_filters=standing(active),order_by_desc(date_modified)"`;
  return [
    { name: 'list', expect: 200, path: list, headers: bearer },
    {
      name: 'get',
      expect: 200,
      path: `"/api/v0/companies/" .. random(${rows}) .. "?_fields=${fields}"`,
      headers: bearer,
    },
    {
      name: 'refusal',
      expect: 401,
      path: list,
      headers: { Host: host, Authorization: `Bearer ${'x'.repeat(64)}` },
    },
    {
      name: 'create',
      expect: 200,
      path: '"/api/v0/companies"',
      headers: { ...bearer, ...form },
      // The file of a load may be read twice in one second.
      body: `"name=" .. run .. "-" .. random(1000000000) .. "-" .. made .. "&website=example.com"`,
    },
    {
      name: 'token',
      expect: 200,
      path: '"/oauth2/v0/token"',
      headers: { ...basic, ...form },
      body: '"grant_type=client_credentials&scope=write(all)"',
    },
  ].filter(({ name }) => values.only === '' || values.only.split(',').includes(name));
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const fixed = (value: number, digits = 2): string => value.toFixed(digits);

async function compare(engine: string, prepared: Prepared): Promise<Map<string, number>> {
  // The first start after an install compiles everything, and keeps it; it is no start like the others.
  await (await startAccord(engine, prepared)).stop();
  const accord = await startAccord(engine, prepared);
  const servers: { name: string; running: Running }[] = [
    { name: 'bare', running: await startBare(engine, prepared, 'group') },
    ...(engine === 'sqlite'
      ? [{ name: 'bare, a commit each', running: await startBare(engine, prepared, 'single') }]
      : []),
    { name: 'accord', running: accord },
  ];
  const rates = new Map<string, number>();
  console.log(
    `\n${engine}, ${prepared.rows.toLocaleString('en')} rows in one tenant; ${turns} turns of ${seconds} s, 32 connections`,
  );
  console.log(
    `start to first answer ${Math.round(accord.startMs)} ms (bare ${Math.round(servers[0]?.running.startMs ?? 0)} ms), idle RSS ${Math.round(accord.idleRss() / 2 ** 20)} MB`,
  );
  console.log('            ratio   rate/s     p50 ms   p99 ms   (bare rate/s, p50, p99)');
  for (const load of loads(prepared)) {
    const writes = load.name === 'create' || load.name === 'token';
    const running = servers.filter(({ name }) => writes || name !== 'bare, a commit each');
    const taken = new Map<string, Measured[]>(running.map(({ name }) => [name, []]));
    for (const { running: server } of running) await measure(server.port, load, Number(values.warm));
    for (let turn = 0; turn < turns; turn++) {
      for (const { name, running: server } of running)
        taken.get(name)?.push(await measure(server.port, load, seconds));
    }
    const [bare = [], own = []] = [taken.get('bare'), taken.get('accord')];
    const ratio = median(own.map(({ rate }, i) => rate / (bare[i]?.rate ?? 1)));
    const of = (all: readonly Measured[], key: keyof Measured) => median(all.map((each) => each[key]));
    rates.set(load.name, of(own, 'rate'));
    const single = taken.get('bare, a commit each');
    console.log(
      `${load.name.padEnd(10)} ${fixed(ratio).padStart(6)} ${fixed(of(own, 'rate'), 0).padStart(9)} ${fixed(of(own, 'p50')).padStart(9)} ${fixed(of(own, 'p99')).padStart(8)}` +
        `   (${fixed(of(bare, 'rate'), 0)}, ${fixed(of(bare, 'p50'))}, ${fixed(of(bare, 'p99'))})` +
        (single
          ? `, ${fixed(median(own.map(({ rate }, i) => rate / (single[i]?.rate ?? 1))))} of bare with a commit each`
          : ''),
    );
  }
  console.log(`RSS after the load ${Math.round(accord.idleRss() / 2 ** 20)} MB`);
  for (const { running } of servers) await running.stop();
  return rates;
}

const letSleep = keepAwake();
console.log(letSleep ? 'idle cores are kept awake' : 'idle cores may sleep, and waking them counts');
for (const engine of values.engine.split(',')) {
  const lists: number[] = [];
  for (const rows of values.rows.split(',').map(Number)) {
    const prepared = await prepare(engine, rows);
    try {
      const rates = await compare(engine, prepared);
      lists.push(rates.get('list') ?? 0);
    } finally {
      await prepared.remove();
    }
  }
  if (lists.length > 1)
    console.log(
      `${engine}: a list at the most rows runs at ${fixed((lists.at(-1) ?? 0) / (lists[0] ?? 1))} of its rate at the fewest`,
    );
}
letSleep?.();
