import { pointsOf } from '../../contract/causes.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Surface } from '../../contract/stages.ts';
import type { Located } from '../../request/02-deployment/locate.ts';
import type { Claimed, Fault, Faults } from '../../request/fault.ts';
import type { World } from '../../request/world.ts';
import { BadControl } from '../../runs/bad-control.ts';
import { type Effect, effectIn } from './effect.ts';
import { type Chosen, faultOf } from './fault.ts';
import { type About, particularsFor } from './particulars.ts';
import { belowBase, means } from './pattern.ts';
import type { FaultRule } from './rule.ts';
import { type Count, chooses, inForce, unmet } from './timing.ts';

/** A rule, and how often it was met. */
export interface Standing {
  readonly id: string;
  readonly rule: FaultRule;
  readonly count: Count;
}

/** The rules of each deployment, in the order in which they were added, until the process ends. */
export interface FaultRules extends Faults {
  /** Throws `BadControl` when there are too many. `now` in unix seconds of the deployment. */
  add(deployment: number, rule: FaultRule, now: number): Standing;
  list(deployment: number): readonly Standing[];
  /** Whether it was there. */
  remove(deployment: number, id: string): boolean;
  /** How many there were. */
  clear(deployment: number): number;
  /** Counts from the beginning again; all rules unless one is named. */
  reset(deployment: number, now: number, id?: string): void;
}

/** Rules of one deployment. */
const most = 100;

interface Kept {
  readonly id: string;
  readonly rule: FaultRule;
  count: Count;
}

export function createFaults(): FaultRules {
  const kept = new Map<number, readonly Kept[]>();
  const of = (deployment: number): readonly Kept[] => kept.get(deployment) ?? [];
  let last = 0;

  async function meet(
    located: Located,
    surface: Surface,
    claimed: () => Promise<Claimed> | Claimed,
    world: World,
  ): Promise<Fault | undefined> {
    const { received, deployment } = located;
    const wanted = received.headers['x-sandbox-fault'];
    if (wanted === undefined && of(deployment.id).length === 0) return undefined;
    const segments = belowBase(received.segments);
    const found = surface === 'api' ? world.routes.find(segments, received.method ?? '') : undefined;
    const about: About =
      found && 'route' in found
        ? { surface, route: found.route, ids: found.ids, received }
        : { surface, route: undefined, ids: [], received };
    const forced = wanted === undefined ? undefined : effectOfHeader(wanted, about, surface);
    const from = await claimed();
    // From here on nothing waits: requests that come at the same time are counted one after the other.
    const now = world.clock(deployment.id);
    let chosen: Chosen | undefined = forced && {
      effect: forced,
      says: 'forced by X-Sandbox-Fault',
    };
    let latency = 0;
    for (const standing of of(deployment.id)) {
      const { id, rule } = standing;
      if (!isAbout(rule, about, segments, from) || !inForce(rule.when, standing.count, now)) continue;
      standing.count = { ...standing.count, matches: standing.count.matches + 1 };
      if (!chooses(rule.when, standing.count)) continue;
      const { cause, mishap } = rule.effect;
      const onlyLate = cause === undefined && mishap?.cut === undefined && mishap?.truncate === undefined;
      if (onlyLate) latency += mishap?.latency ?? 0;
      else if (chosen) continue;
      else chosen = { effect: rule.effect, says: `forced by fault ${id}` };
      const { hits, firstHit = now } = standing.count;
      standing.count = { ...standing.count, hits: hits + 1, firstHit };
    }
    return faultOf(chosen, latency, about, from, located, world);
  }

  return Object.freeze<FaultRules>({
    meet,
    add: (deployment, rule, now) => {
      const before = of(deployment);
      if (before.length >= most)
        throw new BadControl(`there are ${most} faults already: remove some, or clear them`);
      const made: Kept = { id: `f${++last}`, rule, count: unmet(now) };
      kept.set(deployment, [...before, made]);
      return { ...made };
    },
    list: (deployment) => of(deployment).map((each) => ({ ...each })),
    remove: (deployment, id) => {
      const before = of(deployment);
      const after = before.filter((each) => each.id !== id);
      if (after.length === 0) kept.delete(deployment);
      else kept.set(deployment, after);
      return after.length < before.length;
    },
    clear: (deployment) => {
      const { length } = of(deployment);
      kept.delete(deployment);
      return length;
    },
    reset: (deployment, now, id) => {
      for (const each of of(deployment)) if (id === undefined || each.id === id) each.count = unmet(now);
    },
  });
}

function effectOfHeader(text: string, { route }: About, surface: Surface): Effect {
  try {
    return effectIn(text, { routes: route ? [route] : [], surfaces: [surface] });
  } catch (error) {
    if (!(error instanceof BadControl)) throw error;
    return refuse('parameter.invalid', { field: 'X-Sandbox-Fault', detail: error.message });
  }
}

/** Whether a request is one of those that a rule is about, and one that its cause can happen to. */
function isAbout(
  { on, application, staff, effect }: FaultRule,
  about: About,
  segments: readonly string[],
  from: Claimed,
): boolean {
  if (!means(on, about.received?.method, segments)) return false;
  if (application !== undefined && application !== from.application) return false;
  if (staff !== undefined && staff !== from.staff) return false;
  const { cause, particulars } = effect;
  if (cause === undefined) return true;
  const [point] = pointsOf(cause, about.surface);
  if (point === undefined || (point === 'sign-in' && from.username === undefined)) return false;
  return particularsFor(cause, particulars, about) !== undefined;
}
