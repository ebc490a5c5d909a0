import type { Mishap } from '../../contract/answer.ts';
import { type CauseName, pointsOf } from '../../contract/causes.ts';
import { Refusal } from '../../contract/refuse.ts';
import type { RefusalPoint } from '../../contract/stages.ts';
import type { Located } from '../../request/02-deployment/locate.ts';
import type { Claimed, Fault } from '../../request/fault.ts';
import type { World } from '../../request/world.ts';
import { Busy, Unreachable } from '../../store/store.ts';
import { type Effect, locking, longestLatency } from './effect.ts';
import { type About, particularsFor } from './particulars.ts';

/** What is to befall a request, and who says so. */
export interface Chosen {
  readonly effect: Effect;
  readonly says: string;
}

/** What befalls one request, as the pipeline takes it. `late`: milliseconds that other rules add. `undefined` when nothing does. */
export function faultOf(
  chosen: Chosen | undefined,
  late: number,
  about: About,
  from: Claimed,
  located: Located,
  world: World,
): Fault | undefined {
  const { cause, particulars = {}, mishap } = chosen?.effect ?? {};
  const latency = Math.min(longestLatency, late + (mishap?.latency ?? 0));
  const befalls: Mishap | undefined =
    latency > 0 || mishap ? { latency, cut: mishap?.cut, truncate: mishap?.truncate } : undefined;
  const says = chosen?.says ?? 'late on purpose';
  if (!chosen && !befalls) return undefined;
  if (cause === undefined)
    return { says: told(says, befalls), raise: undefined, mishap: befalls, count: undefined };
  const at = strikesAt(cause, about);
  const whole = { ...particularsFor(cause, particulars, about), ...waiting(cause, particulars, world) };
  const Thrown = thrownFor[cause];
  const error = Thrown ? new Thrown(says) : new Refusal(cause, { ...whole, exact: says });
  return {
    says,
    raise: { at, error },
    mishap: befalls,
    count: countOf(cause, from, located, world),
  };
}

/** What is no refusal until it is caught. */
const thrownFor: Readonly<Partial<Record<CauseName, new (says: string) => Error>>> = {
  'routine.threw': Error,
  'store.unreachable': Unreachable,
  'store.busy': Busy,
};

function told(says: string, mishap: Mishap | undefined): string {
  const { latency = 0, cut, truncate } = mishap ?? {};
  return [
    says,
    ...(latency > 0 ? [`${latency} ms late`] : []),
    ...(cut === undefined ? [] : [`cut after ${cut} bytes`]),
    ...(truncate === undefined ? [] : [`truncated after ${truncate} bytes of the body`]),
  ].join(', ');
}

/** What is found corrupt is found when it was read; a write has to end before it writes, and a file before it is opened. */
function strikesAt(cause: CauseName, { surface, route, received }: About): RefusalPoint {
  const [point = 'operation'] = pointsOf(cause, surface);
  const reads = received?.method === 'GET' && route?.row.act !== 'verb';
  return point === 'representation' && !reads ? 'operation' : point;
}

const waiting = (cause: CauseName, { retryAfter }: Effect['particulars'], { lockout }: World) =>
  locking.includes(cause) ? { retryAfter: retryAfter ?? lockout.window } : {};

/** Failed tries that count towards a lockout when they happen by themselves. */
function countOf(
  cause: CauseName,
  { application, username }: Claimed,
  { deployment, received }: Located,
  { lockout }: World,
): Fault['count'] {
  const kind = cause === 'password.wrong' ? 'user' : 'client';
  const subject = kind === 'user' ? username : application;
  const counts = ['client.unknown', 'secret.wrong', 'grant.unknown', 'password.wrong'].includes(cause);
  if (!counts || subject === undefined) return undefined;
  // A counter that is away must not turn one fault into another.
  return () => lockout.fail(kind, deployment.id, subject, received.address).catch(() => undefined);
}
