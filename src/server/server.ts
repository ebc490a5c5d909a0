import { type Catalogue, loadCatalogue } from '../catalogue/catalogue.ts';
import type { Answer } from '../contract/answer.ts';
import { createDirectory } from '../identity/deployments.ts';
import { createKeys } from '../identity/keys.ts';
import { lockout } from '../identity/lockout.ts';
import { keepNames } from '../identity/past-names.ts';
import { accessToken } from '../identity/secrets.ts';
import { sweepExpired } from '../identity/sweep.ts';
import { expiring } from '../identity/tables.ts';
import { createIncidents, type Sink } from '../incidents/incidents.ts';
import { keepIncident } from '../incidents/keep-incident.ts';
import { smtpSink } from '../incidents/sinks/smtp.ts';
import { webhookSink } from '../incidents/sinks/webhook.ts';
import { memoryTallies } from '../limits/memory.ts';
import type { Tallies } from '../limits/tallies.ts';
import { lockNote } from '../observe/lock-note.ts';
import { createLog, type Log } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { createObserver } from '../observe/observer.ts';
import { readinessOf } from '../observe/readiness.ts';
import { createRequestLog } from '../observe/request-log.ts';
import { serve } from '../request/01-transport/http.ts';
import { buildRoutes } from '../request/05-route/table.ts';
import { createSelections } from '../request/06-parameters/fields.ts';
import { expiringKeys } from '../request/08-operation/idempotency.ts';
import { checkVerbs, loadVerbs, type Verbs } from '../request/08-operation/verbs.ts';
import type { Trail } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { Busy, Unreachable } from '../store/store.ts';
import { createDeliveries } from '../webhooks/deliveries.ts';
import { pruneDeliveries } from '../webhooks/prune.ts';
import { createSender } from '../webhooks/sender.ts';
import { readCertificate } from './certificate.ts';
import type { Config } from './config.ts';
import { openDatabase, tablesOf } from './database.ts';
import { openFiles } from './file-place.ts';
import { listenBeside } from './operators.ts';
import { createSurfaces } from './surfaces.ts';

export interface Server {
  readonly port: number;
  readonly url: string;
  /** Where operators are answered; `undefined`: nowhere. */
  readonly adminUrl: string | undefined;
  readonly world: World;
  /** Only with `--sandbox`. */
  readonly sandbox: Sandbox | undefined;
  /** Writes what the request log holds back, so that it can be looked up. */
  flush(): Promise<void>;
  /** Finishes what is in flight, writes what waits, and lets go of everything. Whether the log could be written to its end. */
  close(): Promise<boolean>;
}

export interface Parts {
  /** Unix seconds; the system's clock unless told. */
  readonly clock?: (deployment: number) => number;
  readonly catalogue?: Catalogue;
  readonly verbs?: Verbs;
  /** Told of every request that is over. */
  readonly witness?: (trail: Trail, answer: Answer) => void;
  /** Commands that the start page of a sandbox shows, of the server as it is reached at an origin. */
  readonly lines?: (origin: string) => readonly string[];
}

/** Puts the parts together and listens. The database may be away: requests are answered 500 until it is back. */
export async function startServer(config: Config, parts: Parts = {}): Promise<Server> {
  const tls = config.tls && (await readCertificate(config.tls));
  const base = parts.clock ?? (() => Math.floor(Date.now() / 1_000));
  const clocks = config.sandbox
    ? (await import('../sandbox/clock.ts')).createClocks(parts.clock ? () => base(0) * 1_000 : Date.now)
    : undefined;
  const clock = clocks?.now ?? base;
  const faults = config.sandbox ? (await import('../sandbox/faults/faults.ts')).createFaults() : undefined;
  const log = createLog({ level: config.logLevel });
  const metrics = createMetrics();
  const catalogue = parts.catalogue ?? (await loadCatalogue());
  const verbs = parts.verbs ?? (await loadVerbs(new URL('../verbs/', import.meta.url)));
  checkVerbs(catalogue, verbs);
  let waits = 0;
  const schema = config.sandbox ? 'lean' : 'full';
  const store = await openDatabase({ ...config, schema }, catalogue, {
    onWait: (error) => {
      if (waits++ % 10 > 0) return;
      const what = error instanceof Busy ? 'the schema is locked' : 'the database cannot be reached';
      log.note('warn', `${what}; trying again`, { reason: reasonOf(error) });
    },
    onWritable: (reason) => {
      if (reason === undefined) log.note('info', 'the database can be written again');
      else log.note('error', 'the database cannot be written', { reason });
    },
    onIndex: (index) => log.note('info', 'an index is being built', { index }),
    onIndexTrouble: (error) =>
      log.note('error', 'an index could not be built; what it makes fast is slow until the next start', {
        reason: String(error),
      }),
  });
  const settled = store.ready.then(() => true);
  // A schema that cannot be brought up to date is fatal; a database that is away is not.
  // The timer has to hold the process: nothing else does while the database is away, and nothing listens yet.
  let waiting: NodeJS.Timeout | undefined;
  const enough = new Promise((resume) => {
    waiting = setTimeout(resume, 250);
  });
  await Promise.race([settled, enough]).finally(() => clearTimeout(waiting));
  settled.catch((error: unknown) =>
    log.note('error', 'the schema could not be brought up to date', { reason: String(error) }),
  );

  const { files, release } = await openFiles(config);
  await sweepFiles();
  const counts = clocks && memoryTallies(undefined, clocks.milliseconds);
  const tallies = counts ?? (await talliesFor(config, log));
  const incidents = createIncidents({
    keep: keepIncident(store, () => clock(0)),
    sinks: sinksFor(config),
    log,
    clock: () => clock(0),
  });
  const requests = createRequestLog(store, (error) =>
    log.note('debug', 'the request log waits for the database', { reason: String(error) }),
  );
  const observe = createObserver(log, metrics, requests);
  const deliveries = createDeliveries({
    store,
    catalogue,
    sender: createSender({
      timeout: config.webhookTimeoutMs,
      allowPrivate: config.webhookAllowPrivate,
      allowLoopback: config.sandbox,
    }),
    clock,
    timeout: config.webhookTimeoutMs,
    retry: config.webhookRetrySeconds,
    log,
    onResult: metrics.delivery,
    onBacklog: metrics.backlog,
  });
  const world: World = Object.freeze<World>({
    catalogue,
    store,
    files,
    directory: createDirectory(store),
    tallies,
    lockout: lockout(tallies, {
      attempts: config.lockoutAttempts,
      window: config.lockoutWindowSeconds,
      onLock: lockNote(log, store),
    }),
    keys: createKeys(store, () => clock(0)),
    clock,
    settings: {
      rateLimit: config.rateLimit,
      domain: config.domain,
      bareDeployment: (host) => sandbox?.behind(host) ?? config.defaultDeployment,
      authorizationLifetime: config.authorizationDays * 86_400,
      requireSecondFactor: config.requireSecondFactor,
      tellCauses: config.sandbox,
      unknownFilters: config.unknownFilters,
      webhookAllowPrivate: config.webhookAllowPrivate,
      webhookAllowLoopback: config.sandbox,
    },
    deliveries,
    routes: buildRoutes(catalogue),
    selections: createSelections(catalogue),
    verbs,
    ...(faults ? { faults } : {}),
  });
  // Made now where there is none, so that no request of a stranger is the first to write it.
  store.ready.then(() => world.keys.of('start', 0)).catch(() => {});

  const sandbox =
    clocks &&
    faults &&
    counts &&
    (await import('../sandbox/sandbox.ts')).createSandbox({
      world,
      clocks,
      faults,
      token: config.sandboxToken ?? accessToken(),
      data: config.data === ':memory:' ? undefined : config.data,
      tables: tablesOf(catalogue).map(({ name }) => name),
      counts,
      deliveries,
      forget: metrics.forget,
      // What came while a flush was under way is written by the next.
      flush: () => requests.flush().then(() => requests.flush()),
      listen: () => transport.listen(0, config.host),
      trouble: (message, error) => log.note('warn', message, { reason: String(error).slice(0, 300) }),
    });

  const surfaces = createSurfaces({
    world,
    sandbox,
    log,
    metrics,
    observe,
    incidents,
    witness: parts.witness,
    lines: parts.lines,
    ready: async () => (await readinessOf(store, tallies)).ready,
  });
  const transport = serve(
    {
      ...(tls ? { tls } : {}),
      trustedProxies: config.trustedProxies,
      uploadLimit: config.uploadBytesMax,
      files,
    },
    surfaces.respond,
    surfaces.unreadable,
  );
  const stopped = async (error: unknown): Promise<never> => {
    await transport.close();
    await letGo();
    throw error;
  };
  const { port } = await transport.listen(config.port, config.host).catch(stopped);
  const admin = await listenBeside({ config, tls, world, metrics, log }).catch(stopped);
  // What is made in a sandbox comes and goes: nobody misses it.
  if (!config.sandbox)
    void store.ready
      .then(() => keepNames(store, clock(0)))
      .catch((error: unknown) =>
        log.note('warn', 'the names of deployments could not be kept', { reason: String(error) }),
      );
  const sweeping = setInterval(() => void sweep().catch(() => {}), 60_000);
  sweeping.unref();

  async function sweepFiles(): Promise<void> {
    const removed = await files.sweep().catch((error: unknown) => {
      log.note('warn', 'interrupted uploads could not be removed', { reason: String(error) });
      return 0;
    });
    if (removed > 0) log.note('info', 'interrupted uploads were removed', { removed });
  }

  async function sweep(): Promise<void> {
    await sweepFiles();
    if (!store.isReady()) return;
    await sweepExpired(store, [...expiring, expiringKeys], clock);
    await requests.prune(config.logDays, clock(0));
    await pruneDeliveries(store, config.logDays, clock);
  }

  const host =
    config.host === '0.0.0.0' || config.host === '::' || config.host === '127.0.0.1'
      ? 'localhost'
      : config.host;
  const url = `${tls ? 'https' : 'http'}://${host}:${port}`;
  await sandbox?.announce(url);
  return Object.freeze<Server>({
    port,
    url,
    adminUrl: admin?.url,
    world,
    sandbox,
    flush: () => requests.flush(),
    close: async () => {
      clearInterval(sweeping);
      await Promise.all([transport.close(), admin?.close()]);
      return letGo();
    },
  });

  async function letGo(): Promise<boolean> {
    await sandbox?.close();
    await deliveries.close();
    await incidents.drain(2_000);
    await requests.close();
    await tallies.close();
    await store.close();
    await release();
    return log.close();
  }
}

/** What the database said, where it said something. */
const reasonOf = (error: unknown): string => String((error instanceof Unreachable && error.cause) || error);

async function talliesFor({ redisUrl }: Config, log: Log): Promise<Tallies> {
  if (redisUrl === undefined) return memoryTallies();
  const { redisTallies } = await import('../limits/redis.ts');
  return redisTallies(redisUrl, (message) => log.note('warn', message));
}

function sinksFor(config: Config): readonly Sink[] {
  return [
    ...(config.incidentWebhook === undefined ? [] : [webhookSink(config.incidentWebhook)]),
    ...(config.incidentSmtp === undefined || config.incidentMailTo === undefined
      ? []
      : [smtpSink(config.incidentSmtp, config.incidentMailTo)]),
  ];
}
