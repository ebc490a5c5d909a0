import { refuse } from '../../contract/refuse.ts';
import type { Authenticated } from '../03-authentication/authenticate.ts';
import type { World } from '../world.ts';

/** How much of the hourly limit of a deployment is left. */
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

/** An hour that counts as used up although it is not. */
export interface FullHour {
  readonly why: string;
  /** Seconds until the next one; default: as many as there really are. */
  readonly left?: number | undefined;
}

/** Seconds. */
export const rateWindowSeconds = 3_600;

/**
 * Counts the request against its deployment's hour. Refuses `window.exhausted`; `onQuota` is called before, so that the refusal's
 * answer has the quota too. The window's number is part of the key, so that it follows the clock of the world.
 */
export async function meter(
  authenticated: Authenticated,
  world: World,
  onQuota: (quota: Quota) => void,
  full?: FullHour,
): Promise<Metered> {
  const { id } = authenticated.deployment;
  const now = world.clock(id);
  const number = Math.floor(now / rateWindowSeconds);
  const { count: counted } = await world.tallies.add(id, `rate:${number}`, rateWindowSeconds);
  const limit = world.settings.rateLimit;
  const count = full === undefined ? counted : Math.max(counted, limit + 1);
  const left = full?.left ?? (number + 1) * rateWindowSeconds - now;
  const quota = { limit, remaining: Math.max(0, limit - count), reset: now + left, left };
  onQuota(quota);
  if (count > limit)
    refuse('window.exhausted', {
      retryAfter: quota.left,
      exact: full?.why ?? `request ${count} of ${limit} this hour`,
    });
  return { ...authenticated, quota };
}
