import { Refusal } from '../contract/refuse.ts';
import { FilesAway } from '../files/files.ts';
import { Busy, Unreachable } from '../store/store.ts';

/** Seconds. A queue that is full now is shorter by then. */
const busyRetryAfter = 2;

/** The refusal that a thrown error stands for. What is not a refusal is a failure of the server. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const exact = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (error instanceof Busy) return new Refusal('store.busy', { exact, retryAfter: busyRetryAfter });
  return error instanceof Unreachable || error instanceof FilesAway
    ? new Refusal('store.unreachable', { exact })
    : new Refusal('routine.threw', { exact });
}
