import { keepNames } from '../identity/past-names.ts';
import { sweepExpired } from '../identity/sweep.ts';
import { expiring } from '../identity/tables.ts';
import type { Log } from '../observe/log.ts';
import { expiringKeys } from '../request/08-operation/idempotency.ts';
import type { World } from '../request/world.ts';
import { pruneDeliveries } from '../webhooks/prune.ts';
import type { Composition } from './compose.ts';

const sweepIntervalMs = 60_000;
const incidentDrainMs = 2_000;

/** Removes what has expired, once a minute. `stop` ends it. */
export function startUpkeep(composition: Composition): { stop(): void } {
  const { config, world, log } = composition;
  // Deployments of a sandbox come and go. Nobody needs their former names.
  if (!config.sandbox)
    void world.store.ready
      .then(() => keepNames(world.store, world.clock(0)))
      .catch((error: unknown) =>
        log.note('warn', 'the names of deployments could not be kept', { reason: String(error) }),
      );
  const timer = setInterval(() => void sweep(composition).catch(() => {}), sweepIntervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

async function sweep({ world, log, requests, config }: Composition): Promise<void> {
  const { store, clock, files } = world;
  await sweepFiles(files, log);
  if (!store.isReady()) return;
  await sweepExpired(store, [...expiring, expiringKeys], clock);
  await requests.prune(config.logDays, clock(0));
  await pruneDeliveries(store, config.logDays, clock);
}

/** Removes uploads that were interrupted. */
export async function sweepFiles(files: World['files'], log: Log): Promise<void> {
  const removed = await files.sweep().catch((error: unknown) => {
    log.note('warn', 'interrupted uploads could not be removed', { reason: String(error) });
    return 0;
  });
  if (removed > 0) log.note('info', 'interrupted uploads were removed', { removed });
}

/** Writes what waits, then closes every part after those that use it. Returns whether the log was written to its end. */
export async function drain(composition: Composition): Promise<boolean> {
  const { sandbox, deliveries, incidents, requests, world, releaseFiles, log } = composition;
  await sandbox?.close();
  await deliveries.close();
  await incidents.drain(incidentDrainMs);
  await requests.close();
  await world.tallies.close();
  await world.store.close();
  await releaseFiles();
  return log.close();
}
