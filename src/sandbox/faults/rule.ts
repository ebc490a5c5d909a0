import { ControlError } from '../../contract/control-error.ts';
import type { World } from '../../request/world.ts';
import { numberIn, textIn } from '../asked.ts';
import type { ControlAsked } from '../control-route.ts';
import { momentIn } from '../moment.ts';
import { checkNames, type Effect, effectNames, readEffect } from './effect.ts';
import { type Pattern, readPattern, scopeOf } from './pattern.ts';
import type { Timing } from './timing.ts';

/** A fault, as data: which requests fail, when, and how. */
export interface FaultRule {
  readonly on: Pattern;
  /** The client id that the token or the client credentials name, valid or not. */
  readonly application: string | undefined;
  /** The id of the member of staff whose token it is. */
  readonly staff: number | undefined;
  readonly when: Timing;
  readonly effect: Effect;
}

const whenNames = ['nth', 'every', 'probability', 'seed', 'times', 'after', 'until', 'for', 'from'] as const;
const names: readonly string[] = ['on', 'application', 'staff', ...whenNames, ...effectNames];

const countMax = 1_000_000;
type Values = Pick<ControlAsked, 'values'>;

/** A rule as it is sent. Throws `ControlError`. */
export function readRule(asked: ControlAsked, world: World): FaultRule {
  checkNames(asked, names);
  const on = readPattern(textIn(asked, 'on') ?? '*');
  const scope = scopeOf(on, world.routes);
  const staff = numberIn(asked, 'staff', 1, 2_147_483_647);
  if (staff !== undefined && !scope.surfaces.includes('api'))
    throw new ControlError(
      'staff is known of requests to resources only: leave it out, or choose another path with on',
    );
  return Object.freeze({
    on,
    application: textIn(asked, 'application'),
    staff,
    when: readTiming(asked),
    effect: readEffect(asked, scope),
  });
}

function readTiming(asked: Values): Timing {
  const nth = numberIn(asked, 'nth', 1, countMax);
  const every = numberIn(asked, 'every', 1, countMax);
  const probability = probabilityIn(asked);
  if ([nth, every, probability].filter((value) => value !== undefined).length > 1)
    throw new ControlError('one of nth, every and probability is wanted, not several');
  const seed = textIn(asked, 'seed');
  if (seed !== undefined && probability === undefined) throw new ControlError('seed goes with probability');
  const lasting = numberIn(asked, 'for', 1, 1_000_000_000);
  const from = textIn(asked, 'from');
  if (from !== undefined && (lasting === undefined || (from !== 'now' && from !== 'hit')))
    throw new ControlError('from wants now or hit, and goes with for');
  const [after, until] = [momentOf(asked, 'after'), momentOf(asked, 'until')];
  if (after !== undefined && until !== undefined && until <= after)
    throw new ControlError('until wants a moment that comes after the one of after');
  return {
    nth,
    every,
    probability,
    seed: seed?.slice(0, 100) ?? '0',
    times: numberIn(asked, 'times', 1, countMax),
    after,
    until,
    for: lasting,
    from: from ?? (nth === undefined ? 'now' : 'hit'),
  } as Timing;
}

function probabilityIn(asked: Values): number | undefined {
  const text = textIn(asked, 'probability');
  if (text === undefined) return undefined;
  const probability = Number(text);
  if (!(probability > 0 && probability <= 1))
    throw new ControlError('probability wants a number above 0, and 1 at most, such as 0.25');
  return probability;
}

function momentOf(asked: Values, name: string): number | undefined {
  const text = textIn(asked, name);
  return text === undefined ? undefined : momentIn(name, text);
}
