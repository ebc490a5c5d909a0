import type { Answer } from '../../src/contract/answer.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import type { Trail } from '../../src/request/trail.ts';
import { type SurfaceHandler, walk } from '../../src/request/walk.ts';
import type { World } from '../../src/request/world.ts';

/** What a surface answers to one request, and the trail of it. */
export const walked = (
  handler: SurfaceHandler,
  received: Received,
  world: World,
): Promise<{ readonly answer: Answer; readonly trail: Trail }> =>
  walk(handler, received, world, (answer, trail) => ({ answer, trail }));
