import type { Answer } from '../contract/answer.ts';
import { Refusal } from '../contract/refuse.ts';
import type { Stage, Surface } from '../contract/stages.ts';
import type { Received } from './01-transport/received.ts';
import { unreadableRequest } from './01-transport/unreadable.ts';
import { type Located, locate } from './02-deployment/locate.ts';
import { originOfRefused } from './03-authentication/preflight.ts';
import { concludeApi } from './10-status/api.ts';
import { refusalOf } from './failure.ts';
import { type Claimed, inject } from './fault.ts';
import { type AnswerToRefusal, entering, type OpenTrail, type Trail, trailOf } from './trail.ts';
import type { World } from './world.ts';

/** What one surface does with a request. `walk` does the rest: it finds the deployment, injects faults, catches, and keeps the trail. */
export type SurfaceHandler = DeploymentHandler | PublicHandler;

/** A surface of one deployment, the one that the host names. */
export interface DeploymentHandler {
  readonly public?: undefined;
  /** Which faults of a sandbox can be injected; `undefined`: none. */
  readonly faults?: FaultTarget;
  /** Pages of other origins call it, and may read its refusals. */
  readonly crossOrigin?: boolean;
  answer(located: Located, trail: OpenTrail, world: World): Answer | Promise<Answer>;
  readonly refused: AnswerToRefusal;
}

/** A surface of the server itself, on any host. */
export interface PublicHandler {
  readonly public: true;
  answer(received: Received, trail: OpenTrail, world: World): Answer | Promise<Answer>;
  readonly refused: AnswerToRefusal;
  /** The answer to an error that this surface throws for a bad request, and that is neither a refusal nor a failure. */
  readonly problem?: (error: unknown) => Answer | undefined;
}

export interface FaultTarget {
  readonly surface: Surface;
  readonly claimed: (located: Located, world: World) => Promise<Claimed> | Claimed;
}

/** Called once when a request is over. Returns the answer to be sent. */
export type Finish<Result> = (answer: Answer, trail: Trail) => Result;

/** The way of one request on any surface. `finish` is an argument, and not a step of the caller, so that a request costs one promise less. */
export async function walk<Result>(
  handler: SurfaceHandler,
  received: Received,
  world: World,
  finish: Finish<Result>,
): Promise<Result> {
  const trail = trailOf(received, handler.public ? 'transport' : 'deployment');
  let answer: Answer;
  try {
    if (handler.public) {
      enter(trail, 'route');
      answer = await handler.answer(received, trail, world);
    } else {
      const located = await locate(received, world);
      if (world.faults && handler.faults) {
        const { surface, claimed } = handler.faults;
        trail.fault = await world.faults.faultFor(located, surface, () => claimed(located, world), world);
        inject(trail.fault, 'deployment');
      }
      // Only now: the answer to an injected `deployment.unknown` must not show that there is one.
      trail.deployment = located.deployment;
      answer = await handler.answer(located, trail, world);
    }
  } catch (error) {
    answer = await answerTo(error, handler, trail, world);
  }
  return finish(answer, trail);
}

/** The next stage. A fault for this stage ends the request here; the stage that counts requests injects its own, since it has to count first. */
export function enter(trail: OpenTrail, stage: Stage): void {
  trail.stage = stage;
  trail.entered = entering(trail.entered, stage);
  if (trail.fault && stage !== 'rate-limit') inject(trail.fault, stage);
}

async function answerTo(
  error: unknown,
  handler: SurfaceHandler,
  trail: OpenTrail,
  world: World,
): Promise<Answer> {
  const problem = handler.public && handler.problem?.(error);
  if (problem) return problem;
  const refusal = end(trail, error);
  const { fault } = trail;
  if (fault?.recordAttempt && error === fault.raise?.error) await fault.recordAttempt();
  const origin = !handler.public && handler.crossOrigin && originOfRefused(trail, world);
  if (origin) trail.origin = await origin;
  if (trail.onRefusal) {
    try {
      const own = await trail.onRefusal(refusal, trail, world);
      if (own) return own;
    } catch (failure) {
      // The page that would have shown the refusal could not be made.
      return handler.refused(end(trail, failure), trail, world);
    }
  }
  return handler.refused(refusal, trail, world);
}

function end(trail: OpenTrail, error: unknown): Refusal {
  const refusal = refusalOf(error);
  trail.refusal = refusal;
  trail.thrown = refusal === error ? undefined : error;
  return refusal;
}

interface Unreadable {
  readonly reason: string;
  readonly id: string;
  readonly reached: { readonly host: string; readonly https: boolean };
}

/** The answer to bytes that are not an HTTP request. */
export function answerUnreadable<Result>(
  { reason, id, reached }: Unreadable,
  { clock }: Pick<World, 'clock'>,
  finish: Finish<Result>,
): Result {
  const trail = trailOf(unreadableRequest(reason, id, clock(0) * 1_000, reached), 'transport');
  end(trail, new Refusal('body.malformed', { detail: reason }));
  return finish(concludeApi(trail, undefined, false), trail);
}
