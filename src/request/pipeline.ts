import type { Answer, Tree } from '../contract/answer.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import { revokeToken } from '../identity/tokens.ts';
import type { Received } from './01-transport/received.ts';
import { unreadable } from './01-transport/unreadable.ts';
import { type Located, locate } from './02-deployment/locate.ts';
import { authenticate, claimed } from './03-authentication/authenticate.ts';
import { claimedClient, type Identified, identify } from './03-authentication/client.ts';
import { preflightHeaders, preflightOrigin } from './03-authentication/preflight.ts';
import { meter } from './04-rate-limit/meter.ts';
import { resolve } from './05-route/resolve.ts';
import { lifetimeIn } from './06-parameters/lifetime.ts';
import { parse } from './06-parameters/parse.ts';
import { type Parameters, single, textOf } from './06-parameters/single.ts';
import { permit } from './07-permission/permit.ts';
import { grantFor } from './08-operation/grants/grants.ts';
import { perform } from './08-operation/perform.ts';
import { jsonOf, represent } from './09-representation/represent.ts';
import { tokenAnswer } from './09-representation/token.ts';
import { concludeApi, concludeJson, type Writers } from './10-status/api.ts';
import { concludeOAuth } from './10-status/oauth.ts';
import { fallen } from './fallen.ts';
import { type Fault, settle, suffer } from './fault.ts';
import { type Stage, type Trail, trailOf } from './trail.ts';
import type { World } from './world.ts';

/** An answer, and how it came about. */
export interface Concluded {
  readonly answer: Answer;
  readonly trail: Trail;
}

/** The way of a resource request. */
export async function answerApi(received: Received, world: World, writers: Writers): Promise<Concluded> {
  const walk = walkOf(received);
  try {
    const located = await locate(received, world);
    if (world.faults)
      walk.meets(await world.faults.meet(located, 'api', () => claimed(located, world), world));
    walk.on('authentication', located);
    const authenticated = await authenticate(located, world);
    const { caller } = authenticated;
    walk.on('rate-limit', { caller, application: caller.application, origin: caller.origin });
    const metered = await meter(
      authenticated,
      world,
      (quota) => walk.on('rate-limit', { quota }),
      walk.full(),
    );
    walk.on('route', {});
    const routed = resolve(metered, world);
    walk.on('parameters', routed);
    const parsed = parse(routed, world);
    walk.on('permission', {});
    const permitted = permit(parsed);
    walk.on('operation', {});
    const performed = await perform(permitted, world, (outcome) => jsonOf(outcome, world.catalogue));
    walk.on('representation', {});
    const represented = represent(performed.outcome, received.presentation.format, world.catalogue);
    walk.on('status', {});
    return {
      answer: await concludeApi(walk.trail(), represented, writers, world.settings.tellCauses),
      trail: walk.trail(),
    };
  } catch (error) {
    const trail = walk.fallen(error);
    return { answer: await concludeApi(trail, undefined, writers, world.settings.tellCauses), trail };
  }
}

/** `OPTIONS`: which origins a browser may call from. */
export async function answerPreflight(
  received: Received,
  world: World,
  writers: Writers,
): Promise<Concluded> {
  const walk = walkOf(received);
  try {
    const located = await locate(received, world);
    walk.on('authentication', located);
    const origin = await preflightOrigin(located, world);
    walk.on('status', origin === undefined ? {} : { origin });
    const answer = await concludeApi(walk.trail(), undefined, writers, world.settings.tellCauses);
    return {
      answer: { ...answer, headers: [...answer.headers, ...preflightHeaders(origin)] },
      trail: walk.trail(),
    };
  } catch (error) {
    const trail = walk.fallen(error);
    return { answer: await concludeApi(trail, undefined, writers, world.settings.tellCauses), trail };
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
  const walk = walkOf(received);
  walk.on('transport', {});
  const trail = walk.fallen(new Refusal('body.malformed', { detail: reason }));
  return { answer: concludeJson(trail, undefined, false), trail };
}

/** The way of a request to the token or the revocation endpoint. */
export async function answerOAuth(
  received: Received,
  endpoint: 'token' | 'revoke' | undefined,
  world: World,
): Promise<Concluded> {
  const walk = walkOf(received);
  try {
    const located = await locate(received, world);
    if (world.faults) {
      const surface = endpoint ?? 'token';
      walk.meets(await world.faults.meet(located, surface, () => claimedClient(received), world));
    }
    walk.on('authentication', located);
    const identified = await identify(located, world);
    walk.on('route', { application: identified.application, origin: identified.origin });
    if (endpoint === undefined) refuse('resource.unknown', { detail: received.path.slice(0, 200) });
    if (received.method !== 'POST') refuse('method.unknown', { detail: received.wrote.slice(0, 20) });
    walk.on('parameters', {});
    const parameters = single(received);
    walk.on('operation', {});
    const tree = await (endpoint === 'token'
      ? exchange(identified, parameters, world)
      : revoke(identified, parameters, world));
    walk.on('status', {});
    return { answer: concludeOAuth(walk.trail(), tree, world.settings.tellCauses), trail: walk.trail() };
  } catch (error) {
    const trail = walk.fallen(error);
    await settle(trail.fault, error);
    return { answer: concludeOAuth(trail, undefined, world.settings.tellCauses), trail };
  }
}

async function exchange(identified: Identified, parameters: Parameters, world: World): Promise<Tree> {
  const grant = grantFor(identified, parameters);
  const { tokens, account } = await grant.exchange(
    { ...identified, parameters, lifetime: lifetimeIn(parameters) },
    world,
  );
  const { deployment, received } = identified;
  return tokenAnswer(
    tokens,
    deployment,
    `${received.https ? 'https' : 'http'}://${received.host}`,
    account,
    world.catalogue,
  );
}

/** RFC 7009: the answer is the same whether there was something to revoke or not. */
async function revoke(
  { deployment, application }: Identified,
  parameters: Parameters,
  world: World,
): Promise<Tree> {
  const token = textOf(parameters, 'token');
  if (!token) refuse('parameter.missing', { field: 'token' });
  await world.store.within((writing) =>
    revokeToken(writing, deployment.id, token, application.id, world.clock(deployment.id)),
  );
  return { status: 'ok' };
}

type Known = Partial<
  Pick<Located, 'deployment'> & Pick<Trail, 'caller' | 'application' | 'origin' | 'quota' | 'route'>
>;

interface Walk {
  /** Before anything is known but the deployment, which the answer must not tell yet. */
  meets(fault: Fault | undefined): void;
  /** Enters a stage with what the one before it found out; a fault that strikes there ends the request. */
  on(stage: Stage, known: Known): void;
  /** Why the hour is to count as used up, when it is to. */
  full(): string | undefined;
  trail(): Trail;
  /** The trail of a request that ended early: the only catch-all in the tree. */
  fallen(error: unknown): Trail;
}

function walkOf(received: Received): Walk {
  // One object, filled in as the request goes on: nobody else has it until the request is over.
  const trail: { -readonly [Key in keyof Trail]: Trail[Key] } = trailOf(received);
  return {
    meets: (fault) => {
      trail.fault = fault;
      suffer(fault, 'deployment');
    },
    on: (stage, known) => {
      trail.stage = stage;
      if (known.deployment) trail.deployment = known.deployment;
      if (known.caller) trail.caller = known.caller;
      if (known.application) trail.application = known.application;
      if (known.origin !== undefined) trail.origin = known.origin;
      if (known.quota) trail.quota = known.quota;
      if (known.route) trail.route = known.route;
      if (trail.fault && stage !== 'rate-limit') suffer(trail.fault, stage);
    },
    // Counting comes with it, so the stage itself refuses.
    full: () => (trail.fault?.raise?.at === 'rate-limit' ? trail.fault.says : undefined),
    trail: () => trail,
    fallen: (error) => fallen(trail, error),
  };
}
