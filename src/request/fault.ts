import type { Mishap } from '../contract/answer.ts';
import type { RefusalPoint, Surface } from '../contract/stages.ts';
import type { Located } from './02-deployment/locate.ts';
import type { World } from './world.ts';

/** A failure that a sandbox makes on purpose, for one request. */
export interface Fault {
  /** Which rule or header it comes from, for the log and `accord explain`. */
  readonly reason: string;
  /** What is thrown, and on entering which stage; `undefined`: nothing is. */
  readonly raise: { readonly at: RefusalPoint; readonly error: unknown } | undefined;
  /** What happens to the answer while it is sent. */
  readonly mishap: Mishap | undefined;
  /** Counts the request as a failed attempt, where the same failure would count without a fault. Never rejects. */
  readonly recordAttempt: (() => Promise<void>) | undefined;
}

/** Whom a request says it comes from, whether or not it can prove it. */
export interface Claimed {
  readonly application: string | undefined;
  readonly staff: number | undefined;
  /** Typed into the sign-in page. */
  readonly username?: string | undefined;
}

/** The faults of a sandbox. No other server has any. */
export interface Faults {
  /**
   * The fault for a request whose deployment is known. Called once for each request, which counts as a match of the rules that it matches.
   * Refuses `parameter.invalid` for a header `X-Sandbox-Fault` that names a fault which does not exist or cannot happen here.
   */
  faultFor(
    located: Located,
    surface: Surface,
    claimed: () => Promise<Claimed> | Claimed,
    world: World,
  ): Promise<Fault | undefined>;
}

/** Throws the error of a fault at the point that it names. */
export function inject(fault: Fault | undefined, at: RefusalPoint): void {
  if (fault?.raise?.at === at) throw fault.raise.error;
}
