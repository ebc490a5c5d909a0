import type { Parameters } from '../catalogue/sent.ts';
import type { Answer, Tree } from '../contract/answer.ts';
import { rowOf } from '../contract/causes.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import type { Stage } from '../contract/stages.ts';
import { revokeToken } from '../identity/tokens.ts';
import type { Received } from './01-transport/received.ts';
import { unreadable } from './01-transport/unreadable.ts';
import { locate } from './02-deployment/locate.ts';
import { authenticate, claimed } from './03-authentication/authenticate.ts';
import type { Caller } from './03-authentication/caller.ts';
import { claimedClient, type Identified, identify } from './03-authentication/client.ts';
import { preflightHeaders, preflightOrigin } from './03-authentication/preflight.ts';
import { type FullHour, meter } from './04-rate-limit/meter.ts';
import { resolve } from './05-route/resolve.ts';
import { lifetimeIn } from './06-parameters/lifetime.ts';
import { parse } from './06-parameters/parse.ts';
import { single, textOf } from './06-parameters/single.ts';
import { permit } from './07-permission/permit.ts';
import { grantFor } from './08-operation/grants/grants.ts';
import { perform } from './08-operation/perform.ts';
import { jsonOf, represent } from './09-representation/represent.ts';
import { tokenAnswer } from './09-representation/token.ts';
import { concludeApi, concludeJson, type Writers } from './10-status/api.ts';
import { concludeOAuth } from './10-status/oauth.ts';
import { fallen } from './fallen.ts';
import { type Fault, settle, suffer } from './fault.ts';
import { entering, type SecurityEvent, type Trail, trailOf } from './trail.ts';
import type { World } from './world.ts';

/** An answer, and how it came about. */
export interface Concluded {
  readonly answer: Answer;
  readonly trail: Trail;
}

/** The way of a resource request. */
export async function answerApi(received: Received, world: World, writers: Writers): Promise<Concluded> {
  const trail: Walked = trailOf(received);
  try {
    const located = await locate(received, world);
    if (world.faults)
      meet(trail, await world.faults.meet(located, 'api', () => claimed(located, world), world));
    trail.deployment = located.deployment;
    enter(trail, 'authentication');
    const authenticated = await authenticate(located, world);
    knowCaller(trail, authenticated.caller);
    enter(trail, 'rate-limit');
    const metered = await meter(authenticated, world, (quota) => (trail.quota = quota), fullHour(trail));
    enter(trail, 'route');
    const routed = resolve(metered, world);
    trail.route = routed.route;
    enter(trail, 'parameters');
    const parsed = parse(routed, world);
    trail.ignored = parsed.ignored;
    enter(trail, 'permission');
    const permitted = permit(parsed);
    enter(trail, 'operation');
    const performed = await perform(permitted, world, (outcome) => jsonOf(outcome, world.catalogue));
    if (performed.outcome.ignored) trail.ignored = performed.outcome.ignored;
    enter(trail, 'representation');
    const represented = represent(performed.outcome, received.presentation.format, world.catalogue);
    enter(trail, 'status');
    return { answer: await concludeApi(trail, represented, writers, world.settings.tellCauses), trail };
  } catch (error) {
    const ended = await readable(fallen(trail, error), world);
    return { answer: await concludeApi(ended, undefined, writers, world.settings.tellCauses), trail: ended };
  }
}

/** `OPTIONS`: which origins a browser may call from. */
export async function answerPreflight(
  received: Received,
  world: World,
  writers: Writers,
): Promise<Concluded> {
  const trail: Walked = trailOf(received);
  try {
    const located = await locate(received, world);
    trail.deployment = located.deployment;
    enter(trail, 'authentication');
    const origin = await preflightOrigin(located, world);
    trail.origin = origin;
    enter(trail, 'status');
    const answer = await concludeApi(trail, undefined, writers, world.settings.tellCauses);
    return { answer: { ...answer, headers: [...answer.headers, ...preflightHeaders(origin)] }, trail };
  } catch (error) {
    const ended = fallen(trail, error);
    return { answer: await concludeApi(ended, undefined, writers, world.settings.tellCauses), trail: ended };
  }
}

/** What could not be read as HTTP at all: there is no request, only its end. */
export function answerUnreadable(
  reason: string,
  id: string,
  clock: (deployment: number) => number,
  reached: { readonly host: string; readonly https: boolean },
): Concluded {
  const received = unreadable(reason, id, clock(0) * 1_000, reached);
  const trail = fallen(trailOf(received, 'transport'), new Refusal('body.malformed', { detail: reason }));
  return { answer: concludeJson(trail, undefined, false), trail };
}

/** The way of a request to the token or the revocation endpoint. */
export async function answerOAuth(
  received: Received,
  endpoint: 'token' | 'revoke' | undefined,
  world: World,
): Promise<Concluded> {
  const trail: Walked = trailOf(received);
  try {
    const located = await locate(received, world);
    if (world.faults) {
      const surface = endpoint ?? 'token';
      meet(trail, await world.faults.meet(located, surface, () => claimedClient(received), world));
    }
    trail.deployment = located.deployment;
    enter(trail, 'authentication');
    const identified = await identify(located, endpoint, world);
    trail.application = identified.application;
    trail.origin = identified.origin;
    enter(trail, 'route');
    if (endpoint === undefined) refuse('resource.unknown', { detail: received.path.slice(0, 200) });
    if (received.method !== 'POST') refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    enter(trail, 'parameters');
    const parameters = single(received);
    enter(trail, 'operation');
    const { tree, event } = await (endpoint === 'token'
      ? exchange(identified, parameters, world)
      : revoke(identified, parameters, world));
    trail.event = event;
    enter(trail, 'status');
    return { answer: concludeOAuth(trail, tree, world.settings.tellCauses), trail };
  } catch (error) {
    const ended = await readable(fallen(trail, error), world);
    await settle(ended.fault, error);
    return { answer: concludeOAuth(ended, undefined, world.settings.tellCauses), trail: ended };
  }
}

interface Ended {
  readonly tree: Tree;
  readonly event: SecurityEvent | undefined;
}

const clientBy = ({ confidential }: Identified): SecurityEvent['by'] =>
  confidential ? 'secret' : 'client-id';

async function exchange(identified: Identified, parameters: Parameters, world: World): Promise<Ended> {
  const grant = grantFor(identified, parameters);
  const { tokens, account } = await grant.exchange(
    { ...identified, parameters, lifetime: lifetimeIn(parameters) },
    world,
  );
  const { deployment, received } = identified;
  const tree = tokenAnswer(tokens, deployment, received.host, account, world.catalogue);
  const what = grant.grantType === 'refresh_token' ? 'token.refreshed' : 'token.issued';
  return { tree, event: { what, by: clientBy(identified), staff: account.person.id } };
}

/** RFC 7009: the answer is the same whether there was something to revoke or not. */
async function revoke(identified: Identified, parameters: Parameters, world: World): Promise<Ended> {
  const { deployment, application } = identified;
  const token = textOf(parameters, 'token');
  if (!token) refuse('parameter.missing', { field: 'token' });
  const revoked = await world.store.within((writing) =>
    revokeToken(writing, deployment.id, token, application.id, world.clock(deployment.id)),
  );
  const event = { what: 'token.revoked', by: clientBy(identified), staff: undefined } as const;
  return { tree: { status: 'ok' }, event: revoked ? event : undefined };
}

/** One object, filled in as the request goes on: nobody else has it until the request is over. */
type Walked = { -readonly [Key in keyof Trail]: Trail[Key] };

/** Before anything is known but the deployment, which the answer must not tell yet. */
function meet(trail: Walked, fault: Fault | undefined): void {
  trail.fault = fault;
  suffer(fault, 'deployment');
}

/** A fault that strikes at a stage ends the request there; where the hour is counted the stage itself refuses, for counting comes with it. */
function enter(trail: Walked, stage: Stage): void {
  trail.stage = stage;
  trail.entered = entering(trail.entered, stage);
  if (trail.fault && stage !== 'rate-limit') suffer(trail.fault, stage);
}

/**
 * A page reads an answer of another origin only when the answer allows it. Who did not authenticate has no application that says so; what the
 * preflight was told stands then, or the page would not learn that its token has ended.
 */
async function readable(ended: Trail, world: World): Promise<Trail> {
  const { stage, deployment, received, refusal } = ended;
  if (received.headers.origin === undefined || stage !== 'authentication' || !deployment) return ended;
  // With the store away nobody knows which origins are allowed.
  if (refusal && rowOf(refusal.because).status === 'server_error') return ended;
  const origin = await preflightOrigin({ received, deployment }, world).catch(() => undefined);
  return { ...ended, origin };
}

function knowCaller(trail: Walked, caller: Caller): void {
  trail.caller = caller;
  trail.application = caller.application;
  trail.origin = caller.origin;
}

/** Why the hour is to count as used up, when it is to, and for how long. */
function fullHour({ fault }: Trail): FullHour | undefined {
  if (fault?.raise?.at !== 'rate-limit') return undefined;
  const { error } = fault.raise;
  return { why: fault.says, left: error instanceof Refusal ? error.particulars.retryAfter : undefined };
}
