import type { Answer } from '../contract/answer.ts';
import type { Refusal } from '../contract/refuse.ts';
import { type Stage, stages } from '../contract/stages.ts';
import type { Deployment } from '../identity/deployments.ts';
import type { Received } from './01-transport/received.ts';
import type { Caller } from './03-authentication/caller.ts';
import type { Quota } from './04-rate-limit/meter.ts';
import type { Route } from './05-route/table.ts';
import type { Ignored } from './06-parameters/ignored.ts';
import type { Fault } from './fault.ts';
import type { World } from './world.ts';

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

/** How far a request came, and what was known by then: what the log, `accord explain` and the headers of a refusal are made from. */
export interface Trail {
  readonly received: Received;
  /** The last stage that was entered. */
  readonly stage: Stage;
  /** All that were entered, a bit each: not every request enters all of them, nor in this order. */
  readonly entered: number;
  readonly deployment: Deployment | undefined;
  readonly caller: Caller | undefined;
  readonly application: { readonly id: number; readonly clientId: string } | undefined;
  readonly origin: string | undefined;
  /** What was authenticated or ended, and for whom. Requests with a token have none. */
  readonly event: SecurityEvent | undefined;
  readonly quota: Quota | undefined;
  readonly route: Route | undefined;
  /** Filters, orders and searches that were left out because the list does not have them. */
  readonly ignored: Ignored;
  readonly refusal: Refusal | undefined;
  /** What was thrown, when it was not a refusal. */
  readonly thrown: unknown;
  /** The fault that a sandbox chose for this request. */
  readonly fault: Fault | undefined;
}

/** The trail of a request that is not over: one object, filled in stage by stage. */
export type OpenTrail = { -readonly [Key in keyof Trail]: Trail[Key] } & {
  /** How a refusal is answered from here on; `undefined`, or no answer: as the surface answers all others. */
  onRefusal: AnswerToRefusal<Answer | undefined> | undefined;
};

/** Answers a request that was refused. The refusal is in the trail too. */
export type AnswerToRefusal<Result = Answer> = (
  refusal: Refusal,
  trail: OpenTrail,
  world: World,
) => Result | Promise<Result>;

const bits = Object.freeze(
  Object.fromEntries(stages.map((stage, i) => [stage, 1 << i])) as Record<Stage, number>,
);

/** `entered` with one stage more. */
export const entering = (entered: number, stage: Stage): number => entered | bits[stage];

/** The stages that were entered; `undefined` where they are all up to the last, as of a request for a resource. */
export function oddStages({ entered }: Trail): readonly Stage[] | undefined {
  if ((entered & (entered + 1)) === 0) return undefined;
  return stages.filter((stage) => (entered & bits[stage]) !== 0);
}

export const trailOf = (received: Received, stage: 'transport' | 'deployment' = 'deployment'): OpenTrail => ({
  received,
  stage,
  entered: stage === 'transport' ? bits.transport : bits.transport | bits.deployment,
  deployment: undefined,
  caller: undefined,
  application: undefined,
  origin: undefined,
  event: undefined,
  quota: undefined,
  route: undefined,
  ignored: [],
  refusal: undefined,
  thrown: undefined,
  fault: undefined,
  onRefusal: undefined,
});
