import { Refusal } from '../contract/refuse.ts';
import { FilesAway } from '../files/files.ts';
import { Unreachable } from '../store/store.ts';
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

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const exact = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return error instanceof Unreachable || error instanceof FilesAway
    ? new Refusal('store.unreachable', { exact })
    : new Refusal('routine.threw', { exact });
}
