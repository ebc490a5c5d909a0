import type { Registry } from 'prom-client';

export interface Metrics {
  /** Costs a request two additions; the registry is filled when it is scraped. */
  observe(status: string, cause: string | undefined, method: string, seconds: number): void;
  quota(deployment: string, used: number): void;
  lockout(kind: 'client' | 'user'): void;
  incident(cause: string): void;
  /** A request for a host that is not served, by the reason why nobody is notified. */
  misdirected(why: string): void;
  /** One attempt to deliver a webhook, by its result. */
  delivery(result: string): void;
  /** Webhooks that wait in a deployment. */
  backlog(deployment: string, waiting: number): void;
  /** Drops what is measured of a deployment that is gone. */
  forget(deployment: string): void;
  render(): Promise<{ readonly type: string; readonly body: string }>;
}

/** Upper bounds of the latency histogram, seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** Labels come from tenants and callers, so their number is bounded. */
const labelsMax = 1_000;

interface Counts {
  readonly requests: Map<string, number>;
  readonly lockouts: Map<string, number>;
  readonly incidents: Map<string, number>;
  readonly misdirections: Map<string, number>;
  readonly deliveries: Map<string, number>;
  readonly quotas: Map<string, number>;
  readonly backlogs: Map<string, number>;
}

/** Counts in plain numbers; `prom-client` is loaded and filled at the first scrape. */
export function createMetrics(): Metrics {
  const counts: Counts = {
    requests: new Map(),
    lockouts: new Map(),
    incidents: new Map(),
    misdirections: new Map(),
    deliveries: new Map(),
    quotas: new Map(),
    backlogs: new Map(),
  };
  const { requests, quotas, backlogs } = counts;
  const buckets = new Array<number>(bounds.length + 1).fill(0);
  let total = 0;
  let process: Registry | undefined;
  return Object.freeze<Metrics>({
    observe: (status, cause, method, seconds) => {
      count(requests, `${status} ${cause ?? ''} ${known.has(method) ? method : 'other'}`);
      let at = 0;
      while (at < bounds.length && seconds > (bounds[at] as number)) at++;
      buckets[at] = (buckets[at] ?? 0) + 1;
      total += seconds;
    },
    quota: (deployment, used) => set(quotas, deployment, used),
    lockout: (kind) => count(counts.lockouts, kind),
    incident: (cause) => count(counts.incidents, cause),
    misdirected: (why) => count(counts.misdirections, why),
    delivery: (result) => count(counts.deliveries, result),
    backlog: (deployment, waiting) => set(backlogs, deployment, waiting),
    forget: (deployment) => {
      quotas.delete(deployment);
      backlogs.delete(deployment);
    },
    render: async () => {
      const { Registry, collectDefaultMetrics } = await import('prom-client');
      if (!process) {
        process = new Registry();
        collectDefaultMetrics({ register: process });
      }
      const registry = await registryOf(counts);
      const text = `${await process.metrics()}${await registry.metrics()}`;
      return { type: registry.contentType, body: text + histogram(buckets, total) };
    },
  });
}

function count(map: Map<string, number>, key: string): void {
  if (map.size < labelsMax || map.has(key)) map.set(key, (map.get(key) ?? 0) + 1);
}

function set(map: Map<string, number>, key: string, value: number): void {
  if (map.size < labelsMax || map.has(key)) map.set(key, value);
}

interface Shown {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly values: ReadonlyMap<string, number>;
}

async function registryOf(counts: Counts): Promise<Registry> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  for (const { values, ...shown } of countersOf(counts)) {
    const metric = new Counter({ ...shown, registers: [registry] });
    for (const [key, value] of values) {
      const labels = key.split(' ');
      metric.inc(Object.fromEntries(shown.labelNames.map((label, i) => [label, labels[i] ?? ''])), value);
    }
  }
  for (const { values, ...shown } of gaugesOf(counts)) {
    const metric = new Gauge({ ...shown, registers: [registry] });
    for (const [deployment, value] of values) metric.set({ deployment }, value);
  }
  return registry;
}

const countersOf = ({
  requests,
  lockouts,
  incidents,
  misdirections,
  deliveries,
}: Counts): readonly Shown[] => [
  {
    name: 'accord_requests_total',
    help: 'Requests by status, cause and method',
    labelNames: ['status', 'cause', 'method'],
    values: requests,
  },
  {
    name: 'accord_lockouts_total',
    help: 'Requests refused because of a lockout',
    labelNames: ['kind'],
    values: lockouts,
  },
  {
    name: 'accord_incidents_total',
    help: 'Server errors by cause',
    labelNames: ['cause'],
    values: incidents,
  },
  {
    name: 'accord_misdirected_requests_total',
    help: 'Requests for hosts of strangers and of disabled deployments',
    labelNames: ['host'],
    values: misdirections,
  },
  {
    name: 'accord_webhook_deliveries_total',
    help: 'Attempts to deliver a webhook, by result',
    labelNames: ['result'],
    values: deliveries,
  },
];

const gaugesOf = ({ quotas, backlogs }: Counts): readonly Shown[] => [
  {
    name: 'accord_quota_used',
    help: 'Requests of this hour',
    labelNames: ['deployment'],
    values: quotas,
  },
  {
    name: 'accord_webhook_backlog',
    help: 'Webhooks that wait, as this process last saw',
    labelNames: ['deployment'],
    values: backlogs,
  },
];

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
