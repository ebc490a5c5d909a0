/**
 * `npm run bench:lists [-- --rows 1000000 --engine sqlite,postgres --resources companies,tasks,activities]`: the first page by each documented
 * filter and order, a search, and a page far down, each as a multiple of the time of one object by its id, in one tenant with so many rows.
 */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { fieldBehind, loadCatalogue, resourceNamed } from '../src/catalogue/catalogue.ts';
import type { Field } from '../src/catalogue/fields.ts';
import type { Resource } from '../src/catalogue/resource.ts';
import { openDatabase } from '../src/server/database.ts';
import { type Prepared, prepare } from './rows.ts';
import { startAccord } from './servers.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    engine: { type: 'string', default: 'sqlite,postgres' },
    resources: { type: 'string', default: 'companies,tasks,activities' },
    tries: { type: 'string', default: '9' },
    over: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows);
const tries = Number(values.tries);
const names = values.resources.split(',');
const batch = 10_000;

const catalogue = await loadCatalogue();

/** A number from 0 to `below`, always the same for a row and a field, and without order. */
function scattered(id: number, name: string, below: number): number {
  let hash = id;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) % below;
}

/** As many different values as a deployment of this size would have. */
function valueIn(id: number, name: string, field: Field): number | string | null {
  const { kind } = field;
  if (field.to === 'staff') return 1 + scattered(id, name, 200);
  if (field.to && /_(statuses|types|priorities|classes)$/.test(field.to)) return 1 + scattered(id, name, 8);
  if (field.to) return 1 + scattered(id, name, Math.ceil(rows / 10));
  if (kind.values) return kind.values[scattered(id, name, kind.values.length)] ?? null;
  if (kind.name === 'flag' || kind.name === 'yesno') return scattered(id, name, 2);
  if (kind.name === 'moment') return 1_500_000_000 + scattered(id, name, 200_000_000);
  if (kind.column === 'integer' && name.endsWith('_id')) return 1 + scattered(id, name, Math.ceil(rows / 10));
  if (kind.column === 'integer') return scattered(id, name, 10_000);
  if (name === 'standing')
    return ['active', 'inactive', 'pending', 'complete'][scattered(id, name, 4)] ?? null;
  return `${name} ${words[scattered(id, name, words.length)]} ${id}`;
}
const words = [
  'delivery',
  'slurm',
  'dark matter',
  'robot',
  'planet',
  'professor',
  'good news',
  'bureaucracy',
];

async function fill(prepared: Prepared, resource: Resource): Promise<void> {
  const store = await openDatabase({ data: prepared.data, databaseUrl: prepared.databaseUrl }, catalogue);
  await store.ready;
  const columns = Object.entries(resource.fields).filter(([name, { column }]) => column && name !== 'id');
  for (let from = 1; from <= rows; from += batch) {
    await store.within(async (writing) => {
      for (let id = from; id < Math.min(from + batch, rows + 1); id++) {
        const row: Record<string, number | string | null> = { id };
        for (const [name, field] of columns) row[field.column ?? name] = valueIn(id, name, field);
        if (resource.secrecy) row[resource.fields[resource.secrecy.visibility]?.column ?? ''] = 'all';
        await writing.insert(1, resource.name, row);
      }
    });
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${resource.name}: ${from + batch - 1} of ${rows}`);
  }
  await store.within((inside) => inside.skipIds(1, resource.name, rows));
  await store.close();
}
interface Ask {
  readonly name: string;
  readonly query: string;
  readonly most: number;
}

function asks(resource: Resource): Ask[] {
  const id = Math.floor(rows / 2);
  const filters = (name: string, query: string, most = 3): Ask => ({
    name,
    query: `_filters=${encodeURIComponent(query)}`,
    most,
  });
  const value = (name: string): string | undefined => {
    const field = resource.fields[fieldBehind(resource, name) ?? name];
    const own = field?.source && 'own' in field.source ? resource.fields[field.source.own] : field;
    const at = Object.entries(resource.fields).find(([, each]) => each === own)?.[0];
    if (!own?.column || at === undefined) return undefined;
    const stored = name === 'id' ? id : valueIn(id, at, own);
    return stored === null ? undefined : own.kind.wire(stored);
  };
  const { basic, date, range, order, object } = resource.filters;
  const fresh = String(1_500_000_000 + 100_000_000);
  return [
    ...basic.map((name) => filters(`${name}(x)`, `${name}(${value(name) ?? 1})`)),
    ...date.flatMap((name) => [
      filters(`${name}_after(x)`, `${name}_after(${fresh})`),
      filters(`${name}_before(x)`, `${name}_before(${fresh})`),
    ]),
    ...range.map((name) => filters(`${name}_greater_than(x)`, `${name}_greater_than(${value(name) ?? 1})`)),
    ...object.map((name) => {
      const kind = resource.references[name]?.[0] ?? 'company';
      return filters(`${name}(${kind}(1))`, `${name}(${kind}(1))`);
    }),
    ...order.flatMap((name) => [
      filters(`order_by_asc(${name})`, `order_by_asc(${name})`),
      filters(`order_by_desc(${name})`, `order_by_desc(${name})`),
    ]),
    ...(resource.search.length === 0
      ? []
      : [
          { name: 'search for one row', query: `_search=${id}`, most: 20 },
          { name: 'search for what many have', query: '_search=bureaucracy', most: 20 },
          { name: 'search for what nobody has', query: '_search=unobtainium', most: 20 },
        ]),
  ];
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
function timed(port: number, token: string, path: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { Host: 'bench.api.localhost', Authorization: `Bearer ${token}` };
    request({ port, host: '127.0.0.1', agent, path, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(performance.now() - began)
          : reject(new Error(`${path}: ${response.statusCode}`)),
      );
    })
      .on('error', reject)
      .end();
  });
}
async function median(port: number, token: string, path: () => string, times = tries): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) took.push(await timed(port, token, path()));
  return took.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

for (const engine of values.engine.split(',')) {
  const prepared = await prepare(engine, 0);
  try {
    for (const name of names) await fill(prepared, resourceNamed(catalogue, name));
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    await prepared.analyze();
    const server = await startAccord(engine, prepared);
    try {
      for (const name of names) await compare(engine, server.port, prepared, resourceNamed(catalogue, name));
    } finally {
      await server.stop();
    }
  } finally {
    if (values.keep) console.log(`kept: ${prepared.databaseUrl ?? prepared.data}`);
    else await prepared.remove();
  }
}

async function compare(engine: string, port: number, { token }: Prepared, resource: Resource): Promise<void> {
  const path = `/api/v0/${resource.plural}`;
  let at = 1;
  const one = (): string => {
    at += 7_919;
    return `${path}/${1 + (at % rows)}`;
  };
  await median(port, token, one, 500);
  const get = await median(port, token, one, 301);
  console.log(
    `\n${engine}, ${resource.plural}, ${rows.toLocaleString('en')} rows: one by its id ${get.toFixed(2)} ms`,
  );
  let within = 0;
  for (const { name, query, most } of asks(resource)) {
    await timed(port, token, `${path}?${query}`);
    const took = await median(port, token, () => `${path}?${query}`);
    if (took <= most * get) within++;
    else console.log(`  ${(took / get).toFixed(1).padStart(8)} ×  ${name}`);
  }
  const first = await median(port, token, () => `${path}?_page=0`, 51);
  const far = await median(port, token, () => `${path}?_page=1000`, 51);
  console.log(
    `  ${within} of ${asks(resource).length} within their limit; page 1,000 takes ${(far / first).toFixed(1)} × page 0`,
  );
}
