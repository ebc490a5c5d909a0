import { ControlError } from '../contract/control-error.ts';
import { numberIn, textIn } from './asked.ts';
import type { ControlRoute } from './control-route.ts';
import { momentIn, momentMax } from './moment.ts';

/** Where the clock of a deployment stands. */
export interface ClockState {
  /** Unix seconds. */
  readonly now: number;
  readonly frozen: boolean;
}

/** A clock for each deployment, which can be frozen, set and advanced; until then it is that of the server. A restart ends what was moved. */
export interface Clocks {
  /** Unix seconds. */
  now(deployment: number): number;
  /** Whole milliseconds, for counters. */
  milliseconds(deployment: number): number;
  state(deployment: number): ClockState;
  /** `now` in unix seconds. */
  set(deployment: number, now: number): void;
  /** Seconds; never backward. */
  advance(deployment: number, seconds: number): void;
  freeze(deployment: number, frozen: boolean): void;
  /** Back to the server's clock. */
  reset(deployment: number): void;
  /** The clock of `to` stands where that of `from` does. */
  copy(from: number, to: number): void;
}

interface Moved {
  /** Milliseconds added to the server's clock; of a frozen one, its milliseconds themselves. */
  readonly ms: number;
  readonly frozen: boolean;
}

/** `base` is the server's clock, in unix milliseconds. */
export function createClocks(base: () => number): Clocks {
  const moved = new Map<number, Moved>();
  const ms = (deployment: number): number => {
    const known = moved.get(deployment);
    if (!known) return Math.floor(base());
    return Math.floor(known.frozen ? known.ms : base() + known.ms);
  };
  const put = (deployment: number, at: number, frozen: boolean): void => {
    moved.set(deployment, frozen ? { ms: at, frozen } : { ms: at - base(), frozen });
  };
  const isFrozen = (deployment: number): boolean => moved.get(deployment)?.frozen ?? false;
  return Object.freeze<Clocks>({
    now: (deployment) => Math.floor(ms(deployment) / 1_000),
    milliseconds: ms,
    state: (deployment) => ({ now: Math.floor(ms(deployment) / 1_000), frozen: isFrozen(deployment) }),
    set: (deployment, now) => put(deployment, now * 1_000, isFrozen(deployment)),
    advance: (deployment, seconds) => put(deployment, ms(deployment) + seconds * 1_000, isFrozen(deployment)),
    freeze: (deployment, frozen) => put(deployment, ms(deployment), frozen),
    reset: (deployment) => void moved.delete(deployment),
    copy: (from, to) => {
      const known = moved.get(from);
      if (known) moved.set(to, known);
      else moved.delete(to);
    },
  });
}

const told = ({ now, frozen }: ClockState) => ({ now, iso: new Date(now * 1_000).toISOString(), frozen });

/** What the control API says about clocks. `moved` is told after each change: what waits for a time may be due. */
export function clockRoutes(clocks: Clocks, moved: (deployment: number) => void): readonly ControlRoute[] {
  return [
    {
      method: 'GET',
      path: 'deployments/{deployment}/clock',
      says: 'where the clock stands',
      run: async ({ deployment }) => told(clocks.state(deployment.id)),
    },
    {
      method: 'POST',
      path: 'deployments/{deployment}/clock',
      says: 'moves the clock: `set` (unix seconds or ISO 8601), `advance` (seconds), `freeze` (1 or 0); together in this order',
      run: async (asked) => {
        const { id } = asked.deployment;
        const set = textIn(asked, 'set');
        const advance = numberIn(asked, 'advance', 0, momentMax);
        const freeze = numberIn(asked, 'freeze', 0, 1);
        if (set === undefined && advance === undefined && freeze === undefined)
          throw new ControlError('one of set, advance and freeze is wanted');
        const at = set === undefined ? clocks.state(id).now : momentIn('set', set);
        if (at + (advance ?? 0) > momentMax) throw new ControlError('advance leads beyond the year 9999');
        if (set !== undefined) clocks.set(id, at);
        if (advance !== undefined) clocks.advance(id, advance);
        if (freeze !== undefined) clocks.freeze(id, freeze === 1);
        moved(id);
        return told(clocks.state(id));
      },
    },
    {
      method: 'DELETE',
      path: 'deployments/{deployment}/clock',
      says: 'lets it go with the clock of the server again',
      run: async ({ deployment }) => {
        clocks.reset(deployment.id);
        moved(deployment.id);
        return told(clocks.state(deployment.id));
      },
    },
  ];
}
