import type { LogEntry } from './entry.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RequestLog } from './request-log.ts';

/** One request that is over: what is kept of it, and whose it was. */
export interface Finished {
  readonly entry: LogEntry;
  readonly deploymentId: number | undefined;
  /** Requests of this hour so far. */
  readonly used: number | undefined;
  /** A server error that nobody has to be woken for. */
  readonly quiet: boolean;
}

/**
 * Tells the log, the metrics and the request log of a finished request. This runs at every request, so one text serves both logs.
 */
export function createObserver(
  log: Log,
  metrics: Metrics,
  requests: RequestLog,
): (finished: Finished) => void {
  return ({ entry, deploymentId, used, quiet }) => {
    metrics.observe(entry.status, entry.cause, entry.method, entry.ms / 1_000);
    if (entry.deployment !== undefined && used !== undefined) metrics.quota(entry.deployment, used);
    if (entry.cause === 'client.locked') metrics.lockout('client');
    else if (entry.cause === 'user.locked') metrics.lockout('user');
    const json = JSON.stringify(entry);
    log.request(entry.status === 'server_error' && !quiet, json);
    requests.note(deploymentId, entry.at, json);
  };
}
