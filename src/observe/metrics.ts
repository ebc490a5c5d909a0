import type { Registry } from 'prom-client';

export interface Metrics {
  /** Costs a request two additions; the registry is filled when it is asked for. */
  observe(status: string, cause: string | undefined, method: string, seconds: number): void;
  quota(deployment: string, used: number): void;
  lockout(kind: 'client' | 'user'): void;
  incident(cause: string): void;
  /** A request for a host that is not served, by why that wakes nobody. */
  misdirected(why: string): void;
  /** One try to deliver a webhook, by what came of it. */
  delivery(result: string): void;
  /** Webhooks that wait in a deployment. */
  backlog(deployment: string, waiting: number): void;
  /** Tells nothing more of a deployment that is gone. */
  forget(deployment: string): void;
  render(): Promise<{ readonly type: string; readonly body: string }>;
}

/** Upper bounds of the latency histogram, seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** Labels come from tenants and callers: bounded. */
const most = 1_000;

/** Counts in plain numbers; `prom-client` is loaded, and told, at the first scrape. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const buckets = new Array<number>(bounds.length + 1).fill(0);
  const quotas = new Map<string, number>();
  const lockouts = new Map<string, number>();
  const incidents = new Map<string, number>();
  const misdirections = new Map<string, number>();
  const deliveries = new Map<string, number>();
  const backlogs = new Map<string, number>();
  let total = 0;
  let process: Registry | undefined;

  const count = (map: Map<string, number>, key: string) => {
    if (map.size < most || map.has(key)) map.set(key, (map.get(key) ?? 0) + 1);
  };

  return Object.freeze<Metrics>({
    observe: (status, cause, method, seconds) => {
      count(requests, `${status} ${cause ?? ''} ${known.has(method) ? method : 'other'}`);
      let at = 0;
      while (at < bounds.length && seconds > (bounds[at] as number)) at++;
      buckets[at] = (buckets[at] ?? 0) + 1;
      total += seconds;
    },
    quota: (deployment, used) => {
      if (quotas.size < most || quotas.has(deployment)) quotas.set(deployment, used);
    },
    lockout: (kind) => count(lockouts, kind),
    incident: (cause) => count(incidents, cause),
    misdirected: (why) => count(misdirections, why),
    delivery: (result) => count(deliveries, result),
    backlog: (deployment, waiting) => {
      if (backlogs.size < most || backlogs.has(deployment)) backlogs.set(deployment, waiting);
    },
    forget: (deployment) => {
      quotas.delete(deployment);
      backlogs.delete(deployment);
    },
    render: async () => {
      const { Counter, Gauge, Registry, collectDefaultMetrics } = await import('prom-client');
      if (!process) {
        process = new Registry();
        collectDefaultMetrics({ register: process });
      }
      const registry = new Registry();
      const counter = (
        name: string,
        help: string,
        labelNames: string[],
        map: ReadonlyMap<string, number>,
      ) => {
        const metric = new Counter({ name, help, labelNames, registers: [registry] });
        for (const [key, value] of map) {
          const values = key.split(' ');
          metric.inc(Object.fromEntries(labelNames.map((label, i) => [label, values[i] ?? ''])), value);
        }
      };
      counter(
        'accord_requests_total',
        'Requests by status, cause and method',
        ['status', 'cause', 'method'],
        requests,
      );
      counter('accord_lockouts_total', 'Requests refused because of a lockout', ['kind'], lockouts);
      counter('accord_incidents_total', 'Server errors by cause', ['cause'], incidents);
      counter(
        'accord_misdirected_requests_total',
        'Requests for hosts of strangers and of disabled deployments',
        ['host'],
        misdirections,
      );
      counter(
        'accord_webhook_deliveries_total',
        'Tries to deliver a webhook by what came of them',
        ['result'],
        deliveries,
      );
      const gauge = (name: string, help: string, map: ReadonlyMap<string, number>) => {
        const metric = new Gauge({ name, help, labelNames: ['deployment'], registers: [registry] });
        for (const [deployment, value] of map) metric.set({ deployment }, value);
      };
      gauge('accord_quota_used', 'Requests of this hour', quotas);
      gauge('accord_webhook_backlog', 'Webhooks that wait, as this process last saw', backlogs);
      const text = `${await process.metrics()}${await registry.metrics()}`;
      return { type: registry.contentType, body: text + histogram(buckets, total) };
    },
  });
}

const known = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']);

/** In the exposition format; `prom-client` has no way to set a histogram's buckets, only to observe one value at a time. */
function histogram(buckets: readonly number[], sum: number): string {
  const name = 'accord_request_seconds';
  let seen = 0;
  const lines = buckets.map((count, i) => {
    seen += count;
    return `${name}_bucket{le="${bounds[i] ?? '+Inf'}"} ${seen}`;
  });
  return [
    '',
    `# HELP ${name} Time from the first byte read to the answer`,
    `# TYPE ${name} histogram`,
    ...lines,
    `${name}_sum ${sum}`,
    `${name}_count ${seen}`,
    '',
  ].join('\n');
}
