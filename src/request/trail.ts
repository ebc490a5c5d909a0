import type { CauseName } from '../contract/causes.ts';
import type { Particulars } from '../contract/refuse.ts';
import { type Stage, stages } from '../contract/stages.ts';
import type { Deployment } from '../identity/deployments.ts';
import type { Received } from './01-transport/received.ts';
import type { Caller } from './03-authentication/caller.ts';
import type { Quota } from './04-rate-limit/meter.ts';
import type { Route } from './05-route/table.ts';
import type { Ignored } from './06-parameters/ignored.ts';
import type { Fault } from './fault.ts';

/** What happened to a sign-in, a consent or a token, as the log tells it. */
export interface SecurityEvent {
  readonly what:
    | 'signed-in'
    | 'signed-out'
    | 'consented'
    | 'denied'
    | 'consent.revoked'
    | 'password.changed'
    | 'sign-ins.ended'
    | 'second-factor.on'
    | 'second-factor.off'
    | 'recovery-codes.made'
    | 'token.issued'
    | 'token.refreshed'
    | 'token.revoked';
  /** How it was authenticated; `code` and `recovery-code`: after the password. */
  readonly by: 'password' | 'code' | 'recovery-code' | 'session' | 'secret' | 'client-id';
  readonly staff: number | undefined;
}

/** How far a request came, and what was known by then: what the log, `accord explain` and a failure's headers are made from. */
export interface Trail {
  readonly received: Received;
  /** The last stage that was entered. */
  readonly stage: Stage;
  /** All that were entered, a bit each: not every request passes all, nor in this order. */
  readonly entered: number;
  readonly deployment: Deployment | undefined;
  readonly caller: Caller | undefined;
  readonly application: { readonly id: number; readonly clientId: string } | undefined;
  readonly origin: string | undefined;
  /** What was authenticated or ended, and for whom: of requests that are no use of a token. */
  readonly event?: SecurityEvent | undefined;
  readonly quota: Quota | undefined;
  readonly route: Route | undefined;
  /** Filters, orders and searches that were left out, for the list does not have them. */
  readonly ignored: Ignored;
  readonly refusal: { readonly because: CauseName; readonly particulars: Particulars } | undefined;
  /** What was thrown, when it was no refusal. */
  readonly thrown: unknown;
  /** What was to befall it on purpose, in a sandbox. */
  readonly fault: Fault | undefined;
}

const bits = Object.freeze(
  Object.fromEntries(stages.map((stage, i) => [stage, 1 << i])) as Record<Stage, number>,
);

/** `entered` with one stage more. */
export const entering = (entered: number, stage: Stage): number => entered | bits[stage];

/** The same trail, one stage further. */
export const enterStage = (trail: Trail, stage: Stage, known: Partial<Trail> = {}): Trail => ({
  ...trail,
  ...known,
  stage,
  entered: entering(trail.entered, stage),
});

/** The stages that were entered; `undefined` where they are all up to the last, as of a request for a resource. */
export function oddStages({ entered }: Trail): readonly Stage[] | undefined {
  if ((entered & (entered + 1)) === 0) return undefined;
  return stages.filter((stage) => (entered & bits[stage]) !== 0);
}

export const trailOf = (received: Received, stage: 'transport' | 'deployment' = 'deployment'): Trail => ({
  received,
  stage,
  entered: stage === 'transport' ? bits.transport : bits.transport | bits.deployment,
  deployment: undefined,
  caller: undefined,
  application: undefined,
  origin: undefined,
  quota: undefined,
  route: undefined,
  ignored: [],
  refusal: undefined,
  thrown: undefined,
  fault: undefined,
});
