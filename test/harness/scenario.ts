import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Resource } from '../../src/catalogue/resource.ts';
import { type CauseName, pointsOf, rowOf } from '../../src/contract/causes.ts';
import { type Stage, stageOfPoint } from '../../src/contract/stages.ts';
import { statuses } from '../../src/contract/statuses.ts';
import { surfaceOfPath } from '../../src/observe/explanation.ts';
import { controlToken } from '../sandbox/control.ts';
import { checkForced } from '../sandbox/forced.ts';
import { contents, tally } from './contents.ts';
import { onEveryEngine } from './engines.ts';
import { closeConnections, type Reply, type Sending } from './http.ts';
import { checkUnderSuppression } from './recoverable.ts';
import { startWorld, type Tenant, type TenantOptions, type TestWorld } from './world.ts';

export { contents } from './contents.ts';
export { basic, bearer, form } from './forms.ts';

/** One way in which a cause is raised over HTTP, and what must not have happened. */
export interface Scenario {
  /** What makes it happen; the request itself comes last, so that only its own writes are compared. */
  readonly given: (tenant: Tenant) => Promise<Sending> | Sending;
  /** The stage that refuses it: the first in the column `raisedAt` of the cause, unless given. */
  readonly refusedAt?: Stage;
  /** The tables that may change all the same; none unless given. */
  readonly wrote?: readonly string[];
  /** Whether it counts against the deployment's hour: only requests of an authenticated caller to the API do. */
  readonly tallied: 0 | 1;
  readonly tenant?: TenantOptions;
  /** The status on the wire, where the deployment's status page has another word. */
  readonly word?: string;
  readonly afterwards?: (reply: Reply, tenant: Tenant) => Promise<void> | void;
  /** The store is closed by then, so its contents cannot be compared. */
  readonly storeGone?: true;
  /** Resources beside the catalogue's own; scenarios with some get a server of their own. */
  readonly resources?: readonly Resource[];
  /** Flags of the server; scenarios with flags get a server of their own. */
  readonly flags?: Readonly<Record<string, string>>;
}

interface DeclaredScenario {
  readonly cause: CauseName;
  readonly name: string;
  readonly scenario: Scenario;
}

const declaredSoFar: DeclaredScenario[] = [];

/** Declares a scenario; `name` tells apart several of one cause. `runScenarios` runs them. */
export function scenario(cause: CauseName, name: string, of: Scenario): void {
  declaredSoFar.push({ cause, name, scenario: of });
}

/** Runs every scenario declared in this file, on every engine, over sockets. */
export function runScenarios(): void {
  // Several files share a process: the next one declares its own.
  const declared = declaredSoFar.splice(0);
  onEveryEngine('scenarios', (engine) => {
    let shared: TestWorld;
    let sandbox: TestWorld;
    before(async () => {
      shared = await startWorld(engine);
      sandbox = await startWorld(engine, asSandbox);
    });
    after(async () => {
      closeConnections();
      await shared.close();
      await sandbox.close();
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
    for (const { cause, name, scenario: of } of declared)
      test(`${cause}: ${name}`, () => inWorld(of, (tenant) => runScenario(tenant, cause, of)));
    for (const { cause, name, scenario: of } of declared)
      test(`${cause}: ${name}, the same bytes when it is forced`, async () => {
        const own = of.flags || of.resources || of.storeGone;
        const world = own ? await startWorld(engine, { ...of.flags, ...asSandbox }, of.resources) : sandbox;
        try {
          // Where the store goes away with it, what is forced needs another.
          const other = of.storeGone ? sandbox : world;
          const [natural, forced] = [await world.tenant(of.tenant), await other.tenant(of.tenant)];
          await checkForced({ natural, forced, cause, scenario: of });
        } finally {
          if (world !== sandbox) await world.close();
        }
      });
    for (const [cause, [first]] of Map.groupBy(declared, (each) => each.cause)) {
      if (!first) continue;
      const { given, word } = first.scenario;
      test(`${cause}, whatever is suppressed`, () =>
        inWorld(first.scenario, async (tenant) =>
          checkUnderSuppression(tenant, await given(tenant), cause, word),
        ));
    }
  });
}

const asSandbox = { sandbox: true, 'sandbox-token': controlToken };

async function runScenario(
  tenant: Tenant,
  cause: CauseName,
  { given, refusedAt, wrote = [], tallied, word, storeGone, afterwards }: Scenario,
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
  const possible = pointsOf(cause, surfaceOfPath(sending.path)).map(stageOfPoint);
  if (refusedAt) assert.ok(possible.includes(refusedAt), 'the stage is in the column of the cause');
  assert.equal(trail.stage, refusedAt ?? possible[0], 'the stage that refused it');
  const { status } = rowOf(cause);
  assert.equal(reply.http, statuses[status].http, 'the HTTP code');
  assert.equal(reply.headers['x-status'], word ?? status, 'X-Status');
  assert.notEqual(reply.headers['x-status-reason'] ?? '', '', 'X-Status-Reason');
  if (!reply.headers['content-type']?.startsWith('text/html'))
    assert.equal(statusIn(reply), word ?? status, 'the status in the body');
  assert.equal((await tally(tenant)) - counted, tallied, 'what was counted');
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
