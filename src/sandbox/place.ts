import type { MemoryTallies } from '../limits/memory.ts';
import type { World } from '../request/world.ts';
import type { Clocks } from './clock.ts';
import type { CopiedTables } from './copied.ts';
import type { Doors } from './doors.ts';
import type { Underway } from './underway.ts';

/** What copies of deployments are made in, and have to be taken out of again. */
export interface CopyPlace {
  readonly world: World;
  readonly clocks: Clocks;
  readonly tables: CopiedTables;
  readonly counts: MemoryTallies;
  readonly doors: Doors;
  readonly underway: Underway;
  /** Resolves when no webhook of the deployment is on its way, and none will be. */
  readonly endDeliveries: (deployment: number) => Promise<void>;
  /** Drops the faults and the runs of a deployment. */
  readonly unburden: (deployment: number) => void;
  /** Drops what is measured of a deployment. */
  readonly unmeasure: (name: string) => void;
  /** Writes what the request log holds back. */
  readonly flush: () => Promise<void>;
}
