import { Refusal } from '../contract/refuse.ts';
import { FilesAway } from '../files/files.ts';
import { Busy, Unreachable } from '../store/store.ts';
import type { Trail } from './trail.ts';

/** The trail of a request that ended early: whatever is no refusal is the server's fault. */
export function fallen(trail: Trail, error: unknown): Trail {
  const { because, particulars } = refusalOf(error);
  return {
    ...trail,
    refusal: { because, particulars },
    thrown: error instanceof Refusal ? undefined : error,
  };
}

/** Seconds: a queue that was full a moment ago is shorter then. */
const busyRetryAfter = 2;

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const exact = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (error instanceof Busy) return new Refusal('store.busy', { exact, retryAfter: busyRetryAfter });
  return error instanceof Unreachable || error instanceof FilesAway
    ? new Refusal('store.unreachable', { exact })
    : new Refusal('routine.threw', { exact });
}
