import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answer } from '../contract/answer.ts';
import type { Received } from '../request/01-transport/received.ts';
import type { Concluded } from '../request/pipeline.ts';
import type { Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { type Clocks, clockRoutes } from './clock.ts';
import { asksForControl, createControl } from './control.ts';
import type { ControlRoute } from './control-route.ts';
import type { FaultRules } from './faults/faults.ts';
import { faultRoutes } from './faults/routes.ts';
import { createRuns } from './recording/runs.ts';
import { runRoutes } from './run-routes.ts';

/** What a sandbox can do that no other server can. Loaded only with `--sandbox`. */
export interface Sandbox {
  /** The requests of its control API, for its documentation too. */
  readonly routes: readonly ControlRoute[];
  /** Whether a request is for the control API. */
  owns(received: Received): boolean;
  control(received: Received): Promise<Concluded>;
  /** Told of every request that is over, for the run that is on. */
  witness(trail: Trail, answer: Answer): void;
  /** Tells the command line where the sandbox is reached. */
  announce(url: string): Promise<void>;
  close(): Promise<void>;
}

export interface SandboxParts {
  readonly world: World;
  readonly clocks: Clocks;
  readonly faults: FaultRules;
  /** Whoever has it may do everything to this sandbox. */
  readonly token: string;
  /** Where the command line looks for it; `undefined`: nowhere. */
  readonly data: string | undefined;
}

/** The file that tells the command line of the same data folder where the sandbox is, and its token: `{"url", "token"}`. */
export const announcement = (data: string): string => join(data, 'sandbox.json');

/** Puts the powers of a sandbox together. */
export function createSandbox({ world, clocks, faults, token, data }: SandboxParts): Sandbox {
  const runs = createRuns(clocks.milliseconds);
  const routes = [
    ...clockRoutes(clocks, (deployment) => world.deliveries.wake(deployment)),
    ...faultRoutes(faults, world),
    ...runRoutes(runs),
  ];
  return Object.freeze<Sandbox>({
    routes,
    owns: asksForControl,
    control: createControl(routes, token, world),
    witness: runs.witness,
    announce: async (url) => {
      if (data === undefined) return;
      await mkdir(data, { recursive: true });
      const file = announcement(data);
      await writeFile(file, `${JSON.stringify({ url, token })}\n`, { mode: 0o600 });
      await chmod(file, 0o600);
    },
    close: async () => {
      if (data !== undefined) await rm(announcement(data), { force: true });
    },
  });
}
