import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Resource } from '../src/catalogue/resource.ts';
import { type CauseName, rowOf } from '../src/contract/causes.ts';
import { statuses } from '../src/contract/statuses.ts';
import { tablesOf } from '../src/database.ts';
import { onEveryEngine } from './engines.ts';
import { closeConnections, type Reply, type Sending } from './http.ts';
import { checkUnderSuppression } from './recoverable.ts';
import { startWorld, type Tenant, type TenantOptions, type TestWorld } from './world.ts';

/** One way to meet a cause over HTTP, and what must not have happened. */
export interface Scenario {
  /** What makes it happen; the request itself comes last, so that only its own writes are compared. */
  readonly given: (tenant: Tenant) => Promise<Sending> | Sending;
  /** The tables that may change all the same: `[]` unless told. */
  readonly wrote?: readonly string[];
  /** Whether it counts against the deployment's hour: only requests of an authenticated caller to the API do. */
  readonly tallied: 0 | 1;
  readonly tenant?: TenantOptions;
  /** The word on the wire, where a profile has another. */
  readonly word?: string;
  readonly afterwards?: (reply: Reply, tenant: Tenant) => Promise<void> | void;
  /** The store is gone by then: what it holds cannot be compared. */
  readonly storeGone?: true;
  /** Resources beside the catalogue's own; scenarios with some get a server of their own. */
  readonly resources?: readonly Resource[];
  /** Flags of the server; scenarios with flags get a server of their own. */
  readonly flags?: Readonly<Record<string, string>>;
}

interface Told {
  readonly cause: CauseName;
  readonly name: string;
  readonly scenario: Scenario;
}

const told: Told[] = [];

/** Declares a scenario; `name` says which of several ways of the cause it is. Declared ones run at `runScenarios`. */
export function scenario(cause: CauseName, name: string, of: Scenario): void {
  told.push({ cause, name, scenario: of });
}

/** Runs every scenario declared in this file, on every engine, over sockets. */
export function runScenarios(): void {
  onEveryEngine('scenarios', (engine) => {
    let shared: TestWorld;
    before(async () => {
      shared = await startWorld(engine);
    });
    after(async () => {
      closeConnections();
      await shared.close();
    });
    const inWorld = async (of: Scenario, work: (tenant: Tenant) => Promise<void>): Promise<void> => {
      const own = of.flags || of.resources || of.storeGone;
      const world = own ? await startWorld(engine, of.flags, of.resources) : shared;
      try {
        await work(await world.tenant(of.tenant));
      } finally {
        if (world !== shared) await world.close();
      }
    };
    for (const { cause, name, scenario: of } of told)
      test(`${cause}: ${name}`, () => inWorld(of, (tenant) => runScenario(tenant, cause, of)));
    for (const [cause, [first]] of Map.groupBy(told, (each) => each.cause)) {
      if (!first) continue;
      const { given, word } = first.scenario;
      test(`${cause}, whatever is suppressed`, () =>
        inWorld(first.scenario, async (tenant) =>
          checkUnderSuppression(tenant, await given(tenant), cause, word),
        ));
    }
  });
}

async function runScenario(
  tenant: Tenant,
  cause: CauseName,
  { given, wrote = [], tallied, word, storeGone, afterwards }: Scenario,
): Promise<void> {
  const sending = await given(tenant);
  const before = storeGone ? new Map() : await contents(tenant);
  const counted = await tally(tenant);
  const reply = await tenant.send(sending);
  const trail = tenant.world.trailOf(reply.headers['x-request-id'] ?? '');
  assert.equal(
    trail.refusal?.because,
    cause,
    `the private cause (${trail.refusal?.particulars.exact ?? reply.text.slice(0, 300)})`,
  );
  const { status } = rowOf(cause);
  assert.equal(reply.http, statuses[status].http, 'the HTTP code');
  assert.equal(reply.headers['x-status'], word ?? status, 'X-Status');
  assert.notEqual(reply.headers['x-status-reason'] ?? '', '', 'X-Status-Reason');
  if (!reply.headers['content-type']?.startsWith('text/html'))
    assert.equal(statusIn(reply), word ?? status, 'the status in the body');
  assert.equal((await tally(tenant)) - counted, tallied, 'what was tallied');
  const after = storeGone ? new Map() : await contents(tenant);
  const changed = [...after.keys()].filter((table) => before.get(table) !== after.get(table));
  assert.deepEqual(changed.sort(), [...wrote].sort(), 'what was written');
  if (status === 'server_error') assert.ok(!reply.text.includes('    at '), 'no stack reaches the caller');
  await afterwards?.(reply, tenant);
}

export function statusIn({ text }: Reply): string {
  const body = JSON.parse(text) as { meta?: { status: string }; error?: string };
  return body.meta?.status ?? body.error ?? '';
}

/** Everything a deployment has, by table; the request log is written on its own time. */
export async function contents({ world, deployment }: Tenant): Promise<Map<string, string>> {
  const { store, catalogue } = world.server.world;
  const found = new Map<string, string>();
  for (const { name, columns, key } of tablesOf(catalogue)) {
    if (name === 'request_log' || name === 'incidents') continue;
    const rows = await store.list(
      deployment.id,
      name,
      [...new Set([...key, ...Object.keys(columns)])],
      {},
      1_000,
    );
    found.set(name, JSON.stringify(rows));
  }
  return found;
}

async function tally({ world, deployment }: Tenant): Promise<number> {
  const { tallies } = world.server.world;
  const found = await tallies.read(deployment.id, `rate:${Math.floor(world.now / 3_600)}`);
  return found?.count ?? 0;
}

export const form = (
  values: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Pick<Sending, 'headers' | 'body'> => ({
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(values).toString(),
});

export const bearer = (token: string): Readonly<Record<string, string>> => ({
  Authorization: `Bearer ${token}`,
});

export const basic = (client: {
  readonly application: { readonly clientId: string };
  readonly secret: string;
}): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${client.application.clientId}:${client.secret}`).toString('base64')}`,
});
