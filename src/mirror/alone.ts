import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Failure } from '../contract/failure.ts';
import { mirrorTable } from '../store/mirror-table.ts';
import { Clash, type Store } from '../store/store.ts';

const { name: table } = mirrorTable;
const part = ' holder';
/** Seconds that a copy counts as under way after it was heard of last. */
const lease = 60;

/** A deployment that nobody else copies into. */
export interface Held {
  /** Throws a `Failure` once another has taken it over, as after a machine that slept. */
  check(): void;
  release(): Promise<void>;
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

/** Holds a deployment while it is copied into, and goes on holding it. Throws a `Failure` while another process does. */
export async function holdAlone(store: Store, deployment: number): Promise<Held> {
  const own = `${hostname()} ${process.pid} ${randomUUID()}`;
  const taken = await store
    .within(async (writing) => {
      const row = { source: own, run: 0, last: 0, full: 0, began: seconds() + lease };
      const found = await writing.find(deployment, table, ['source', 'began'], { part });
      if (!found) await writing.insert(deployment, table, { part, ...row });
      else if (Number(found.began) > seconds() && !hasEnded(String(found.source))) return false;
      else return (await writing.update(deployment, table, { part, source: found.source ?? null }, row)) > 0;
      return true;
    })
    .catch((error: unknown) => {
      if (error instanceof Clash) return false;
      throw error;
    });
  if (!taken)
    throw new Failure(
      `another accord mirror is copying into this deployment: let it end (one that was killed on another machine counts for ${lease} s more), or name another with --deployment`,
    );
  let lost = false;
  const renew = async (): Promise<void> => {
    const changed = await store.within((writing) =>
      writing.update(deployment, table, { part, source: own }, { began: seconds() + lease }),
    );
    lost ||= changed === 0;
  };
  // A database that is away for a moment is told by what is written next.
  const timer = setInterval(() => void renew().catch(() => {}), (lease / 4) * 1_000).unref();
  return {
    check: () => {
      if (lost)
        throw new Failure(
          'another accord mirror has taken over this deployment: let it end, or stop it and run the same command again',
        );
    },
    release: async () => {
      clearInterval(timer);
      await store
        .within((writing) => writing.remove(deployment, table, { part, source: own }))
        .catch(() => {});
    },
  };
}

/** Whether a holder was a process of this machine that is no more. */
function hasEnded(holder: string): boolean {
  const [host, pid] = holder.split(' ');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
