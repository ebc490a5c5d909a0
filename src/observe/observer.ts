import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Entry, RequestLog } from './request-log.ts';

/** One request that is over: what is kept of it, and whose it was. */
export interface Finished {
  readonly entry: Entry;
  readonly deploymentId: number | undefined;
  /** Requests of this hour so far. */
  readonly used: number | undefined;
}

/**
 * Tells the log, the metrics and the request log of a finished request; the caller has its answer already. One object serves all three:
 * this runs at every request.
 */
export function createObserver(
  log: Log,
  metrics: Metrics,
  requests: RequestLog,
): (finished: Finished) => void {
  return ({ entry, deploymentId, used }) => {
    metrics.observe(entry.status, entry.cause, entry.method, entry.ms / 1_000);
    if (entry.deployment !== undefined && used !== undefined) metrics.quota(entry.deployment, used);
    if (entry.cause === 'client.locked') metrics.lockout('client');
    else if (entry.cause === 'user.locked') metrics.lockout('user');
    log.request(entry);
    requests.note(deploymentId, entry);
  };
}
