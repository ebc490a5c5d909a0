import { refuse } from '../../contract/refuse.ts';
import type { Authenticated } from '../03-authentication/authenticate.ts';
import type { World } from '../world.ts';

/** Where a deployment stands in its hour. */
export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds at which the next window begins. */
  readonly reset: number;
  /** Seconds until then. */
  readonly left: number;
}

export interface Metered extends Authenticated {
  readonly quota: Quota;
}

/** Seconds. */
const window = 3_600;

/**
 * Counts the request against its deployment's hour. Refuses `window.exhausted`; the refusal carries the quota so that
 * the answer can tell it. The window's number is part of the key, so that it follows the clock of the world.
 * `full`: why the hour counts as used up although it is not.
 */
export async function meter(
  authenticated: Authenticated,
  world: World,
  told: (quota: Quota) => void,
  full?: string,
): Promise<Metered> {
  const { id } = authenticated.deployment;
  const now = world.clock(id);
  const number = Math.floor(now / window);
  const { count: counted } = await world.tallies.add(id, `rate:${number}`, window);
  const limit = world.settings.rateLimit;
  const count = full === undefined ? counted : Math.max(counted, limit + 1);
  const reset = (number + 1) * window;
  const quota = { limit, remaining: Math.max(0, limit - count), reset, left: reset - now };
  told(quota);
  if (count > limit)
    refuse('window.exhausted', {
      retryAfter: quota.left,
      exact: full ?? `request ${count} of ${limit} this hour`,
    });
  return { ...authenticated, quota };
}
