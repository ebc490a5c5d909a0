import type { Mishap } from '../../contract/answer.ts';
import { type CauseName, pointsOf } from '../../contract/causes.ts';
import { Refusal } from '../../contract/refuse.ts';
import type { RefusalPoint } from '../../contract/stages.ts';
import type { Located } from '../../request/02-deployment/locate.ts';
import type { Claimed, Fault } from '../../request/fault.ts';
import type { World } from '../../request/world.ts';
import { Busy, Unreachable } from '../../store/store.ts';
import { type Effect, latencyMaxMs, lockoutCauses } from './effect.ts';
import { type About, particularsFor } from './particulars.ts';

/** The effect that was chosen for a request, and what chose it. */
export interface Chosen {
  readonly effect: Effect;
  /** For the log and `accord explain`: the rule, or the header. */
  readonly says: string;
}

/** A request, and what the rules chose for it. */
export interface FaultedRequest {
  /** `undefined`: no rule does more than delay it. */
  readonly chosen: Chosen | undefined;
  /** Milliseconds that rules which only delay add up to. */
  readonly delayMs: number;
  readonly about: About;
  readonly from: Claimed;
  readonly located: Located;
}

/** The fault of one request, as the pipeline takes it; `undefined` when it has none. */
export function faultOf(
  { chosen, delayMs, about, from, located }: FaultedRequest,
  world: World,
): Fault | undefined {
  const { cause, particulars = {}, mishap: own } = chosen?.effect ?? {};
  const latency = Math.min(latencyMaxMs, delayMs + (own?.latency ?? 0));
  const mishap: Mishap | undefined =
    latency > 0 || own ? { latency, cut: own?.cut, truncate: own?.truncate } : undefined;
  const says = chosen?.says ?? 'late on purpose';
  if (!chosen && !mishap) return undefined;
  if (cause === undefined)
    return { reason: withMishap(says, mishap), raise: undefined, mishap, recordAttempt: undefined };
  const at = forcedAt(cause, about);
  const whole = { ...particularsFor(cause, particulars, about), ...lockoutWait(cause, particulars, world) };
  const Thrown = thrownFor[cause];
  const error = Thrown ? new Thrown(says) : new Refusal(cause, { ...whole, exact: says });
  const recordAttempt = attemptOf(cause, from, located, world);
  return { reason: says, raise: { at, error }, mishap, recordAttempt };
}

/** Causes that are errors until they are caught. */
const thrownFor: Readonly<Partial<Record<CauseName, new (says: string) => Error>>> = {
  'routine.threw': Error,
  'store.unreachable': Unreachable,
  'store.busy': Busy,
};

function withMishap(says: string, mishap: Mishap | undefined): string {
  const { latency = 0, cut, truncate } = mishap ?? {};
  return [
    says,
    ...(latency > 0 ? [`${latency} ms late`] : []),
    ...(cut === undefined ? [] : [`cut after ${cut} bytes`]),
    ...(truncate === undefined ? [] : [`truncated after ${truncate} bytes of the body`]),
  ].join(', ');
}

/** Data is found corrupt after it was read. A write has to end before it writes, and a download before it opens the file. */
function forcedAt(cause: CauseName, { surface, route, received }: About): RefusalPoint {
  const [point = 'operation'] = pointsOf(cause, surface);
  const reads = received?.method === 'GET' && route?.row.act !== 'verb';
  return point === 'representation' && !reads ? 'operation' : point;
}

const lockoutWait = (cause: CauseName, { retryAfter }: Effect['particulars'], { lockout }: World) =>
  lockoutCauses.includes(cause) ? { retryAfter: retryAfter ?? lockout.window } : {};

/** A forced failure counts towards a lockout if the natural one does. */
function attemptOf(
  cause: CauseName,
  { application, username }: Claimed,
  { deployment, received }: Located,
  { lockout }: World,
): Fault['recordAttempt'] {
  const kind = cause === 'password.wrong' ? 'user' : 'client';
  const subject = kind === 'user' ? username : application;
  const counts = ['client.unknown', 'secret.wrong', 'grant.unknown', 'password.wrong'].includes(cause);
  if (!counts || subject === undefined) return undefined;
  // A counter that cannot be reached must not turn one fault into another.
  return () =>
    lockout.fail(kind, deployment.id, { subject, address: received.address }).catch(() => undefined);
}
