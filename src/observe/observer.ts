import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RequestLog } from './request-log.ts';

/** One request that is over, as observation sees it: what the pipeline knows, without its types. */
export interface Finished {
  readonly id: string;
  readonly at: number;
  readonly started: number;
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly http: number;
  readonly status: string;
  readonly stage: string;
  readonly cause: string | undefined;
  readonly particulars:
    | { readonly field?: string; readonly detail?: string; readonly exact?: string }
    | undefined;
  readonly route: string | undefined;
  readonly deployment: { readonly id: number; readonly name: string } | undefined;
  readonly application: string | undefined;
  readonly staff: number | undefined;
  /** Requests of this hour so far. */
  readonly used: number | undefined;
}

/** Tells the log, the metrics and the request log of a finished request; the caller has its answer already. */
export function createObserver(
  log: Log,
  metrics: Metrics,
  requests: RequestLog,
): (finished: Finished) => void {
  return (finished) => {
    const {
      id,
      at,
      method,
      path,
      http,
      status,
      cause,
      deployment,
      application,
      staff,
      address,
      stage,
      route,
      particulars,
    } = finished;
    const ms = performance.now() - finished.started;
    metrics.observe(status, cause, method, ms / 1_000);
    if (deployment && finished.used !== undefined) metrics.quota(deployment.name, finished.used);
    if (cause === 'client.locked' || cause === 'user.locked')
      metrics.lockout(cause === 'client.locked' ? 'client' : 'user');
    log.request({
      id,
      method,
      path,
      http,
      status,
      cause,
      ms,
      deployment: deployment?.name,
      application,
      staff,
      address,
    });
    requests.note(deployment?.id, {
      id,
      at,
      method,
      path: path.slice(0, 300),
      http,
      status,
      stage,
      cause,
      field: particulars?.field,
      detail: particulars?.detail,
      exact: particulars?.exact,
      route,
      application,
      staff,
      address,
      ms: Math.round(ms * 100) / 100,
    });
  };
}
