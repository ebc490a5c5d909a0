import { Refusal } from '../contract/refuse.ts';
import { writeJson } from './01-transport/json.ts';
import { authenticate, claimed } from './03-authentication/authenticate.ts';
import { preflightHeaders, preflightOrigin } from './03-authentication/preflight.ts';
import { type FullHour, meter } from './04-rate-limit/meter.ts';
import { resolve } from './05-route/resolve.ts';
import { parse } from './06-parameters/parse.ts';
import { permit } from './07-permission/permit.ts';
import { perform } from './08-operation/perform.ts';
import { represent, responseTree } from './09-representation/represent.ts';
import { concludeApi } from './10-status/api.ts';
import type { Trail } from './trail.ts';
import { type DeploymentHandler, enter } from './walk.ts';

/** Requests for resources. */
export const apiHandler: DeploymentHandler = Object.freeze<DeploymentHandler>({
  faults: { surface: 'api', claimed },
  crossOrigin: true,
  answer: async (located, trail, world) => {
    enter(trail, 'authentication');
    const authenticated = await authenticate(located, world);
    trail.caller = authenticated.caller;
    trail.application = authenticated.caller.application;
    trail.origin = authenticated.caller.origin;
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
    const performed = await perform(permitted, world, (outcome) =>
      writeJson(responseTree(outcome, world.catalogue)),
    );
    if (performed.outcome.ignored) trail.ignored = performed.outcome.ignored;
    enter(trail, 'representation');
    const represented = represent(performed.outcome, world.catalogue);
    enter(trail, 'status');
    return concludeApi(trail, represented, world.settings.tellCauses);
  },
  refused: (_, trail, world) => concludeApi(trail, undefined, world.settings.tellCauses),
});

/** `OPTIONS`: which origins a browser may call from. */
export const preflightHandler: DeploymentHandler = Object.freeze<DeploymentHandler>({
  answer: async (located, trail, world) => {
    enter(trail, 'authentication');
    trail.origin = await preflightOrigin(located, world);
    enter(trail, 'status');
    const answer = concludeApi(trail, undefined, world.settings.tellCauses);
    return { ...answer, headers: [...answer.headers, ...preflightHeaders(trail.origin)] };
  },
  refused: (_, trail, world) => concludeApi(trail, undefined, world.settings.tellCauses),
});

/** Why the hour is to count as used up, when a fault says so, and for how long. */
function fullHour({ fault }: Trail): FullHour | undefined {
  if (fault?.raise?.at !== 'rate-limit') return undefined;
  const { error } = fault.raise;
  return { why: fault.reason, left: error instanceof Refusal ? error.particulars.retryAfter : undefined };
}
