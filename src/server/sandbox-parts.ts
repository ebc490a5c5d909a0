import { accessToken } from '../identity/secrets.ts';
import { type MemoryTallies, memoryTallies } from '../limits/memory.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RequestLog } from '../observe/request-log.ts';
import type { World } from '../request/world.ts';
import type { Clocks } from '../sandbox/clock.ts';
import type { Door } from '../sandbox/doors.ts';
import type { FaultRules } from '../sandbox/faults/faults.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Running } from '../webhooks/deliveries.ts';
import type { Config } from './config.ts';
import { tablesOf } from './database.ts';

/** What a sandbox has in place of a server's own parts. Counters are in memory, so that they follow its clocks. */
export interface ReplacedParts {
  readonly clocks: Clocks;
  readonly faults: FaultRules;
  readonly counts: MemoryTallies;
}

/** `undefined` unless the server is a sandbox: its code is loaded only then. */
export async function replacedParts(
  { sandbox }: Config,
  clock: World['clock'] | undefined,
): Promise<ReplacedParts | undefined> {
  if (!sandbox) return undefined;
  const { createClocks } = await import('../sandbox/clock.ts');
  const { createFaults } = await import('../sandbox/faults/faults.ts');
  const clocks = createClocks(clock ? () => clock(0) * 1_000 : Date.now);
  return { clocks, faults: createFaults(), counts: memoryTallies(undefined, clocks.milliseconds) };
}

export interface SandboxSurroundings {
  readonly config: Config;
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly requests: RequestLog;
  readonly deliveries: Running;
  /** Listens on a free port, beside the server's own. */
  readonly listen: () => Promise<Door>;
}

export async function sandboxFor(parts: ReplacedParts, surroundings: SandboxSurroundings): Promise<Sandbox> {
  const { config, world, log, metrics, requests, deliveries, listen } = surroundings;
  const { createSandbox } = await import('../sandbox/sandbox.ts');
  return createSandbox({
    ...{ ...parts, world, deliveries, listen },
    token: config.sandboxToken ?? accessToken(),
    data: config.data === ':memory:' ? undefined : config.data,
    tables: tablesOf(world.catalogue).map(({ name }) => name),
    forget: metrics.forget,
    // Requests that end during a flush are written by the next one.
    flush: () => requests.flush().then(() => requests.flush()),
    trouble: (message, error) => log.note('warn', message, { reason: String(error).slice(0, 300) }),
  });
}
