import type { Mishap } from '../contract/answer.ts';
import type { RefusalPoint, Surface } from '../contract/stages.ts';
import type { Located } from './02-deployment/locate.ts';
import type { World } from './world.ts';

/** What befalls one request on purpose. */
export interface Fault {
  /** For the log and `accord explain`. */
  readonly says: string;
  /** What is thrown, and on entering which stage; `undefined`: the request takes its course. */
  readonly raise: { readonly at: RefusalPoint; readonly error: unknown } | undefined;
  /** Befalls the answer on its way. */
  readonly mishap: Mishap | undefined;
  /** Counts as a failed try whatever counts as one when it happens by itself. Never rejects. */
  readonly count: (() => Promise<void>) | undefined;
}

/** Whom a request says it comes from, whether or not that will be believed. */
export interface Claimed {
  readonly application: string | undefined;
  readonly staff: number | undefined;
  /** Typed into the sign-in page. */
  readonly username?: string | undefined;
}

/** The faults of a sandbox; no other server has any. */
export interface Faults {
  /**
   * What is to befall a request, of which it is known whose deployment it is for. Each request is asked about once, and counts. Refuses
   * `parameter.invalid` for a header `X-Sandbox-Fault` that asks for what there is not.
   */
  meet(
    located: Located,
    surface: Surface,
    claimed: () => Promise<Claimed> | Claimed,
    world: World,
  ): Promise<Fault | undefined>;
}

/** Ends the request if its fault strikes here. */
export function suffer(fault: Fault | undefined, at: RefusalPoint): void {
  if (fault?.raise?.at === at) throw fault.raise.error;
}

/** After the request ended with an error: counts it if it was the fault's. */
export async function settle(fault: Fault | undefined, error: unknown): Promise<void> {
  if (fault?.count && error === fault.raise?.error) await fault.count();
}
