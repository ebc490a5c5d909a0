import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Answer } from '../contract/answer.ts';
import type { MemoryTallies } from '../limits/memory.ts';
import type { Received } from '../request/01-transport/received.ts';
import { nameIn } from '../request/02-deployment/locate.ts';
import type { Trail } from '../request/trail.ts';
import type { PublicHandler } from '../request/walk.ts';
import type { World } from '../request/world.ts';
import { createRuns } from '../runs/recording/runs.ts';
import { announcement } from './announcement.ts';
import { type Clocks, clockRoutes } from './clock.ts';
import { asksForControl, createControl } from './control.ts';
import type { ControlRoute } from './control-route.ts';
import { copiedOf } from './copied.ts';
import { copyRoutes } from './copy-routes.ts';
import { createDoors, type Door } from './doors.ts';
import type { FaultRules } from './faults/faults.ts';
import { faultRoutes } from './faults/routes.ts';
import { createForks } from './forks.ts';
import { runRoutes } from './run-routes.ts';
import { createSnapshots, type Snapshots } from './snapshots.ts';
import { createUnderway } from './underway.ts';

/** What a sandbox can do that no other server can. Loaded only with `--sandbox`. */
export interface Sandbox {
  /** The requests of its control API, for its documentation too. */
  readonly routes: readonly ControlRoute[];
  /** Whether a request is for the control API. */
  owns(received: Received): boolean;
  readonly control: PublicHandler;
  /** Told of every request that is over, for the run that is on. */
  witness(trail: Trail, answer: Answer): void;
  /** Answers any other request, and knows of it meanwhile. */
  attend<T>(received: Received, answer: () => Promise<T>): Promise<T>;
  /** The deployment that a bare address means by its port. */
  behind(host: string): string | undefined;
  readonly snapshots: Snapshots;
  /** Removes forks whose time is over, as it does by itself every few seconds. */
  sweep(): Promise<void>;
  /** Tells the command line where the sandbox is reached. */
  announce(url: string): Promise<void>;
  close(): Promise<void>;
}

export interface SandboxParts {
  readonly world: World;
  readonly clocks: Clocks;
  readonly faults: FaultRules;
  /** A caller with this token may do everything to this sandbox. */
  readonly token: string;
  /** Where the command line looks for it; `undefined`: nowhere. */
  readonly data: string | undefined;
  /** The names of all tables. */
  readonly tables: readonly string[];
  readonly counts: MemoryTallies;
  readonly deliveries: { forget(deployment: number): Promise<void> };
  /** Drops what is measured of a deployment. */
  readonly forget: (name: string) => void;
  /** Writes what the request log holds back. */
  readonly flush: () => Promise<void>;
  /** On a free port, beside the one there is. */
  readonly listen: () => Promise<Door>;
  readonly trouble: (message: string, error: unknown) => void;
}

/** Milliseconds between looks at forks whose time is over. */
const sweeping = 5_000;

/** Puts the powers of a sandbox together. */
export function createSandbox({ world, clocks, faults, token, data, ...parts }: SandboxParts): Sandbox {
  const doors = createDoors(parts.listen);
  const underway = createUnderway();
  const runs = createRuns(clocks.milliseconds);
  const place = {
    world,
    clocks,
    tables: copiedOf(parts.tables, world.catalogue),
    counts: parts.counts,
    doors,
    underway,
    endDeliveries: (deployment: number) => parts.deliveries.forget(deployment),
    unburden: (deployment: number) => {
      faults.clear(deployment);
      runs.forget(deployment);
    },
    unmeasure: parts.forget,
    flush: parts.flush,
  };
  const snapshots = createSnapshots(place);
  const forks = createForks(place, snapshots);
  const routes = [
    ...clockRoutes(clocks, (deployment) => world.deliveries.wake(deployment)),
    ...faultRoutes(faults, world),
    ...runRoutes(runs),
    ...copyRoutes({
      snapshots,
      forks,
      doors,
      now: () => world.clock(0),
      domain: world.settings.domain,
    }),
  ];
  let announced: string | undefined;
  let sweep: Promise<unknown> = Promise.resolve();
  const look = async (): Promise<void> => {
    sweep = sweep
      .then(() => (world.store.isReady() ? forks.sweep() : 0))
      .catch((error: unknown) => parts.trouble('expired forks could not be removed; trying again', error));
    await sweep;
  };
  void world.store.ready.then(look, () => {});
  const timer = setInterval(() => void look(), sweeping);
  timer.unref();
  return Object.freeze<Sandbox>({
    routes,
    owns: asksForControl,
    control: createControl(routes, token),
    witness: runs.witness,
    attend: (received, answer) => underway.attend(nameIn(received.host, world.settings), answer),
    behind: doors.behind,
    snapshots,
    sweep: look,
    announce: async (url) => {
      if (data === undefined) return;
      await mkdir(data, { recursive: true });
      const file = announcement(data);
      announced = `${JSON.stringify({ url, token })}\n`;
      await writeFile(file, announced, { mode: 0o600 });
      await chmod(file, 0o600);
    },
    close: async () => {
      clearInterval(timer);
      await sweep;
      if (data === undefined || announced === undefined) return;
      // Another one may have been started on the same folder since.
      const told = await readFile(announcement(data), 'utf8').catch(() => undefined);
      if (told === announced) await rm(announcement(data), { force: true });
    },
  });
}
