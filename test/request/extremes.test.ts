import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { fieldBehind } from '../../src/catalogue/catalogue.ts';
import type { Field } from '../../src/catalogue/fields.ts';
import type { Kind, Stored } from '../../src/catalogue/kinds/kind.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { productOf, sumOf } from '../../src/objects/arithmetic.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import { Clash } from '../../src/store/store.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply, type Sending } from '../harness/http.ts';
import { asking } from '../harness/needs.ts';
import { populate } from '../harness/populate.ts';
import { type Body, type Ids, pathOf } from '../harness/requests.ts';
import { contents } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

/** Rounds of each engine, other ones at each run but in CI, where a failure has to be that of the change. */
const rounds = Number(process.env.ACCORD_EXTREMES ?? 2);
const seed = Number(process.env.ACCORD_EXTREMES_SEED ?? (process.env.CI ? 1 : Date.now() % 1_000_000));

const { MAX_SAFE_INTEGER: largest } = Number;
const stored: readonly number[] = [largest, -largest, largest - 1, 2 ** 52 + 1, 253_402_300_799, 1, 0, -1];
const sent: readonly string[] = [
  ...stored.map(String),
  ...[2, 4, 6].flatMap((scale) => ['', '-'].map((sign) => sign + withPoint(largest, scale))),
  '9999999999999',
];

/** The ends of what a number can be, as rows may hold them and as requests may send them. */
const holdable = (kind: Kind): readonly number[] => stored.filter((each) => kind.holds(each));
const sendable = (kind: Kind): readonly string[] => sent.filter((each) => kind.read(each) !== undefined);

function withPoint(units: number, scale: number): string {
  const digits = String(units);
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Whether a field holds a number, not an id that leads somewhere. */
const isNumber = ({ fields }: Resource, field: Field, name: string): boolean =>
  field.kind.column === 'integer' &&
  name !== 'id' &&
  field.to === undefined &&
  !Object.values(fields).some(({ reference }) => reference?.id === name);

/** Picks values, the same ones for the same seed. */
type Pick = <T>(among: readonly T[]) => T;

function picking(of: number): Pick {
  const numbers = fc.sample(fc.nat(), { seed: of, numRuns: 50_000 });
  let at = 0;
  return (among) => among[(numbers[at++ % numbers.length] as number) % among.length] as never;
}

const shuffled = <T>(all: readonly T[], pick: Pick): readonly T[] =>
  all
    .map((each) => ({ each, at: pick(places) }))
    .sort((one, other) => one.at - other.at)
    .map(({ each }) => each);
const places = Array.from({ length: 1_000 }, (_, i) => i);

/** Every number of every row at one of its ends. */
async function stretch({ world, deployment }: Tenant, ids: Ids, pick: Pick): Promise<void> {
  const { catalogue, store } = world.server.world;
  await store.within(async (writing) => {
    for (const resource of catalogue.resources.values()) {
      const values: Record<string, Stored> = {};
      for (const [name, field] of Object.entries(resource.fields))
        if (field.column && isNumber(resource, field, name))
          values[field.column] = pick(holdable(field.kind));
      const id = ids.get(resource.name) ?? 0;
      if (Object.keys(values).length > 0) await writing.update(deployment.id, resource.name, { id }, values);
    }
  });
}

/** A request of a route that writes, with all it may be sent, every number in it at one of its ends. */
async function writing(tenant: Tenant, route: Route, ids: Ids, pick: Pick): Promise<Sending> {
  const { sending, body, part } = await asking(tenant, route, ids, true);
  const { owner, answered, row } = route;
  if (!body || (part && row.parameters?.includes(`${part}!`))) return sending;
  const extreme: Record<string, unknown> = { ...body, ...elsewhere(tenant, owner, body, ids, pick) };
  for (const name of Object.keys(body)) {
    for (const resource of [owner, answered]) {
      const field = resource.fields[fieldBehind(resource, name) ?? ''];
      const origin = field?.source && 'own' in field.source ? resource.fields[field.source.own] : field;
      if (!origin || !isNumber(resource, origin, fieldBehind(resource, name) ?? '')) continue;
      extreme[name] = pick(sendable(origin.kind));
      break;
    }
  }
  const headers = { Authorization: `Bearer ${tenant.token}`, 'Content-Type': 'application/json' };
  return { ...sending, headers, body: JSON.stringify(extreme) };
}

/** Every reference of a body to an object of another kind, where there is more than one. */
function elsewhere(tenant: Tenant, resource: Resource, body: Body, ids: Ids, pick: Pick): Body {
  const { bySingular } = tenant.world.server.world.catalogue;
  const led: Record<string, unknown> = {};
  for (const [name, singulars] of Object.entries(resource.references)) {
    const { type = '', id = '' } = resource.fields[name]?.reference ?? {};
    if (body[type] === undefined || body[id] === undefined) continue;
    const target = bySingular.get(pick(singulars));
    Object.assign(led, { [type]: target?.singular, [id]: String(ids.get(target?.name ?? '')) });
  }
  return led;
}

/** What a request needs may be there already, in this order. */
function unlessTaken(error: unknown): undefined {
  if (!(error instanceof Clash)) throw error;
}

/** Everything a read can sum, order by and compare with. */
function reading(tenant: Tenant, route: Route, ids: Ids, pick: Pick): Sending {
  const { catalogue } = tenant.world.server.world;
  const { order, range } = route.answered.filters;
  const filters = [
    ...(order.length > 0 ? [`order_by_desc(${pick(order)})`] : []),
    ...(range.length > 0 ? [`${pick(range)}_less_than_or_equal(${largest})`] : []),
  ];
  const lists = route.row.act === 'list' || route.row.verb === 'activities.list';
  const query = new URLSearchParams({ _fields: '_ALL', ...(lists ? { _limit: '100' } : {}) });
  if (lists && filters.length > 0) query.set('_filters', filters.join());
  return {
    path: `${pathOf(catalogue, route, ids)}?${query}`,
    headers: { Authorization: `Bearer ${tenant.token}` },
  };
}

onEveryEngine('numbers at their ends', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '10000000' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test(`no write of them and no read after it is answered 5xx (${rounds} rounds, seed ${seed})`, {
    timeout: 1_800_000,
  }, async () => {
    const routes = world.server.world.routes.all.filter(({ row }) => row.method !== 'DELETE');
    const reads = routes.filter(({ row }) => row.method === 'GET');
    const writes = routes.filter(({ row }) => row.method !== 'GET');
    const wrong = new Map<string, string>();
    const succeeded = { reads: 0, writes: 0 };
    for (let round = 0; round < rounds; round++) {
      const pick = picking(seed + round);
      const tenant = await world.tenant();
      const ids = await populate(tenant, 'row', tenant.admin);
      const others = await populate(tenant, 'other', tenant.admin, 1);
      const send = async (route: Route, sending: Sending, what: 'reads' | 'writes'): Promise<void> => {
        const reply = await tenant.send(sending);
        if (reply.http === 200) succeeded[what]++;
        if (reply.http >= 500) wrong.set(route.id, told(sending, reply));
      };
      const readAll = async (): Promise<void> => {
        for (const route of reads) await send(route, reading(tenant, route, ids, pick), 'reads');
      };
      await stretch(tenant, ids, pick);
      await stretch(tenant, others, pick);
      await readAll();
      for (let turn = 0; turn < 2; turn++) {
        // In any order: a timer is started with what it was set to before, and paused after.
        for (const route of shuffled(writes, pick)) {
          const sending = await writing(tenant, route, ids, pick).catch(unlessTaken);
          if (sending) await send(route, sending, 'writes');
        }
        world.now += 2;
        await readAll();
      }
    }
    assert.deepEqual([...wrong].slice(0, 20), [], `${wrong.size} requests`);
    assert.ok(succeeded.reads > rounds * reads.length * 2, `${succeeded.reads} reads succeeded`);
    assert.ok(succeeded.writes > rounds * writes.length, `${succeeded.writes} writes succeeded`);

    function told({ method = 'GET', path, body = '' }: Sending, reply: Reply): string {
      const trail = world.trailOf(reply.headers['x-request-id'] ?? '');
      const why =
        trail.refusal?.particulars.exact ?? (trail.thrown as Error | undefined)?.stack?.slice(0, 400);
      return `${method} ${path} ${String(body).slice(0, 300)} → ${reply.http}: ${why}`;
    }
  });
});

onEveryEngine('time at its ends', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });
  const most = String(largest);

  test('allocations of more than can be counted exactly are the most that can', async () => {
    for (let i = 0; i < 2; i++)
      assert.equal(
        (await tenant.post('/api/v0/activities', { subject: 'Nap', billable: most })).json.meta.status,
        'ok',
      );
    const { json } = await tenant.get('/api/v0/activities/allocations');
    assert.deepEqual(json.response, { billable: most, nonbillable: '0', charged: '0.00' });
  });

  test('a timer that runs past the most that can be counted stays there', async () => {
    const made = await tenant.post('/api/v0/timers', { subject: 'Nap', seconds: most, auto_start: '1' });
    const { id } = made.json.response as { id: string };
    world.now += 2;
    const listed = await tenant.get(`/api/v0/timers/${id}`);
    const paused = await tenant.api('PUT', `/api/v0/timers/${id}/pause`);
    for (const { json } of [listed, paused, await tenant.get(`/api/v0/timers/${id}`)])
      assert.equal((json.response as { seconds: string }).seconds, most);
  });

  test('time whose charge cannot be kept is refused, and nothing is written', async () => {
    const rate_charged = largest - 1;
    const job = await tenant.put('jobs', { title: 'Delivery', rate_charged });
    const against = { subject: 'Flight', against_type: 'job', against_id: String(job) };
    const before = await contents(tenant);
    const refused = await tenant.post('/api/v0/activities', { ...against, billable: '3601' });
    assert.equal(refused.cause, 'parameter.invalid');
    assert.match(refused.json.meta.message ?? '', /billable/);
    assert.deepEqual(await contents(tenant), before);
    // The charge of one hour is the rate itself, to the unit.
    const kept = await tenant.post('/api/v0/activities', { ...against, billable: '3600' });
    const { id } = kept.json.response as { id: string };
    const allocated = await tenant.get(`/api/v0/activities/${id}?_fields=time_allocation(charged)`);
    const { time_allocation } = allocated.json.response as { time_allocation: { charged: string } };
    assert.equal(time_allocation.charged, withPoint(rate_charged, 2));
    const changed = await tenant.api('PUT', `/api/v0/activities/${id}`, { billable: '3601' });
    assert.equal(changed.cause, 'parameter.invalid');
  });
});

test('sums stop at the ends of exact numbers, products are exact or nothing, halves go away from zero', () => {
  const whole = fc.maxSafeInteger();
  fc.assert(
    fc.property(fc.array(whole, { maxLength: 4 }), (parts) => {
      const exact = parts.reduce((sum, part) => sum + BigInt(part), 0n);
      const atLeast = (value: bigint, end: bigint) => (value < end ? end : value);
      const bound = (value: bigint, end: bigint) => (value > end ? end : atLeast(value, -end));
      assert.equal(BigInt(sumOf(...parts)), bound(exact, BigInt(largest)));
    }),
  );
  fc.assert(
    fc.property(whole, whole, fc.integer({ min: 1, max: 10 ** 9 }), (one, other, per) => {
      const product = productOf(one, other, per);
      const [size, unit] = [BigInt(one) * BigInt(other), BigInt(per)];
      if (product === undefined) assert.ok((size < 0n ? -size : size) / unit + 1n > BigInt(largest));
      else assert.ok(2n * (size - BigInt(product) * unit) <= unit, `${one} × ${other} / ${per} = ${product}`);
    }),
  );
  assert.deepEqual([productOf(1, 1_800, 3_600), productOf(-1, 1_800, 3_600)], [1, -1]);
});
