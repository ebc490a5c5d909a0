import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type CauseName, pointsOf } from '../../src/contract/causes.ts';
import type { Particulars } from '../../src/contract/refuse.ts';
import { stageOfPoint } from '../../src/contract/stages.ts';
import { surfaceOfPath } from '../../src/observe/explanation.ts';
import { contents, tally } from '../harness/contents.ts';
import type { Sending } from '../harness/http.ts';
import type { Tenant } from '../harness/world.ts';
import { controlled } from './control.ts';
import { healthy } from './healthy.ts';
import { bodyOf, exchanged, written } from './raw.ts';

/** A request that fails by itself. */
interface Failing {
  readonly given: (tenant: Tenant) => Promise<Sending> | Sending;
  readonly tallied: 0 | 1;
  readonly storeGone?: true;
}

/** Two deployments of sandboxes: in one the cause happens by itself, the other is in good health. */
export interface Twins {
  readonly natural: Tenant;
  readonly forced: Tenant;
  readonly cause: CauseName;
  readonly scenario: Failing;
}

const formats = ['*/*', 'application/xml', 'application/yaml'];

/**
 * A request that would be served is answered, with the fault, by the bytes of the request that fails by itself; nothing is written, the same
 * is counted, and the very same request is served when the fault is over.
 */
export async function checkForced({ natural, forced, cause, scenario }: Twins): Promise<void> {
  const failing = await scenario.given(natural);
  const served = await healthy(forced, cause, failing);
  const api = /^\/(public_)?api\b/.test(failing.path);
  // What was counted before has to be equal for the headers to be; not where it is the hour itself that is used up.
  const ahead = cause === 'window.exhausted' ? 0 : (await countOf(natural, scenario)) - (await tally(forced));
  const { tallies } = forced.world.server.world;
  for (let i = 0; i < ahead; i++) await tallies.add(forced.deployment.id, hourOf(forced), 3_600);
  for (const accept of api ? formats : ['*/*']) {
    const id = `twin-${randomBytes(6).toString('hex')}`;
    const wanted = await answerTo(natural, failing, id, accept);
    const { particulars } = reasonOf(natural, id, cause);
    const before = await contents(forced);
    const counted = await tally(forced);
    const rule = await controlled(forced, 'POST', `deployments/${forced.deployment.name}/faults`, {
      cause,
      times: 1,
      ...telling(cause, particulars),
    });
    assert.equal(rule.http, 200, rule.text);
    const got = await answerTo(forced, served, id, accept);
    const reason = reasonOf(forced, id, cause);
    const says = `forced by fault ${rule.json.id}`;
    const [point = 'status'] = pointsOf(cause, surfaceOfPath(served.path));
    assert.equal(forced.world.trailOf(id).stage, stageOfPoint(point), 'the first stage of `raisedAt`');
    assert.match(reason.particulars.exact ?? '', new RegExp(`${says}$`), 'the fault did it');
    assert.equal(plain(got, forced), plain(wanted, natural), 'byte for byte');
    assert.equal((await tally(forced)) - counted, scenario.tallied, 'what was tallied');
    assert.deepEqual(await contents(forced), before, 'nothing was written');
    assert.equal(bodyOf(got).length > 0, true);
  }
  if (cause === 'window.exhausted') return;
  const next = await answerTo(forced, served, `next-${randomBytes(6).toString('hex')}`, '*/*');
  assert.match(next, /^HTTP\/1\.1 200 /, 'the same request is served when the fault is over');
}

/** What the message says, as a rule says it; left out where it follows from the request. */
function telling(
  cause: CauseName,
  { exact: _, retryAfter: __, quiet: ___, ...particulars }: Particulars,
): Particulars {
  const unusual = particulars.detail?.startsWith('several ') === true;
  return /\.taken$|^credentials\./.test(cause) && !unusual ? {} : particulars;
}

async function countOf(tenant: Tenant, { storeGone }: Failing): Promise<number> {
  return storeGone ? 0 : tally(tenant);
}

const hourOf = ({ world }: Tenant): string => `rate:${Math.floor(world.now / 3_600)}`;

function reasonOf(tenant: Tenant, id: string, cause: CauseName) {
  const { refusal } = tenant.world.trailOf(id);
  assert.equal(refusal?.because, cause, `the private cause (${refusal?.particulars.exact})`);
  return refusal;
}

function answerTo(tenant: Tenant, sending: Sending, id: string, accept: string): Promise<string> {
  const headers = {
    ...sending.headers,
    // A host that names no deployment, as long as one that does: the answer says it.
    ...(sending.headers?.Host ? { Host: tenant.host.replace(/^t/, 'x') } : {}),
    Accept: accept,
    'X-Request-Id': id,
    Connection: 'close',
  };
  return exchanged(tenant.world.server.port, written(tenant.host, { ...sending, headers }));
}

/** An answer without what is another in each deployment: its name, the port, the date, and what a form carries. */
function plain(answer: string, tenant: Tenant): string {
  return answer
    .replaceAll(tenant.deployment.name, 'deployment')
    .replaceAll(tenant.deployment.name.replace(/^t/, 'x'), 'deployment')
    .replaceAll(`:${tenant.world.server.port}`, ':port')
    .replace(/^Date: .*$/m, 'Date: …')
    .replace(/(<input type="hidden" name="\w+" value=")[^"]*/g, '$1…');
}
