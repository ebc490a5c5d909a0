import { loadCatalogue } from '../catalogue/catalogue.ts';
import { createDirectory } from '../identity/deployments.ts';
import { createKeys } from '../identity/keys.ts';
import { lockout } from '../identity/lockout.ts';
import { createIncidents, type Incidents } from '../incidents/incidents.ts';
import { keepIncident } from '../incidents/keep-incident.ts';
import { lockNote } from '../observe/lock-note.ts';
import { createLog, type Log } from '../observe/log.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { createObserver } from '../observe/observer.ts';
import { readinessOf } from '../observe/readiness.ts';
import { createRequestLog, type RequestLog } from '../observe/request-log.ts';
import { serve, type Transport } from '../request/01-transport/http.ts';
import { buildRoutes } from '../request/05-route/table.ts';
import { createSelections } from '../request/06-parameters/fields.ts';
import { checkVerbs, loadVerbs } from '../request/08-operation/verbs.ts';
import type { World } from '../request/world.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Running as RunningDeliveries } from '../webhooks/deliveries.ts';
import { readCertificate } from './certificate.ts';
import type { Config } from './config.ts';
import { deliveriesFor, sinksFor, talliesFor, worldSettings } from './configured.ts';
import { openServerDatabase } from './database.ts';
import { openFiles } from './file-place.ts';
import { replacedParts, sandboxFor } from './sandbox-parts.ts';
import type { ServerParts } from './server.ts';
import { createSurfaces } from './surfaces.ts';
import { sweepFiles } from './upkeep.ts';

/** Everything that a running server consists of. */
export interface Composition {
  readonly config: Config;
  /** PEM; `undefined`: the server speaks plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly incidents: Incidents;
  readonly requests: RequestLog;
  readonly deliveries: RunningDeliveries;
  readonly world: World;
  /** Only with `--sandbox`. */
  readonly sandbox: Sandbox | undefined;
  readonly transport: Transport;
  readonly releaseFiles: () => Promise<void>;
}

/** Makes every part of a server and connects them. Nothing listens yet; the database may be unreachable. */
export async function compose(config: Config, given: ServerParts): Promise<Composition> {
  const tls = config.tls && (await readCertificate(config.tls));
  const systemClock = given.clock ?? (() => Math.floor(Date.now() / 1_000));
  const replaced = await replacedParts(config, given.clock);
  const clock = replaced?.clocks.now ?? systemClock;
  const log = createLog({ level: config.logLevel });
  const metrics = createMetrics();
  const catalogue = given.catalogue ?? (await loadCatalogue());
  const verbs = given.verbs ?? (await loadVerbs(new URL('../verbs/', import.meta.url)));
  checkVerbs(catalogue, verbs);
  const store = await openServerDatabase(config, catalogue, log);
  const { files, release: releaseFiles } = await openFiles(config);
  await sweepFiles(files, log);
  const tallies = replaced?.counts ?? (await talliesFor(config, log));
  const now = (): number => clock(0);
  const incidents = createIncidents({
    keep: keepIncident(store, now),
    sinks: sinksFor(config),
    log,
    clock: now,
  });
  const requests = createRequestLog(store, (error) =>
    log.note('debug', 'the request log waits for the database', { reason: String(error) }),
  );
  const deliveries = deliveriesFor(config, { store, catalogue, clock, log, metrics });
  const { lockoutAttempts: attempts, lockoutWindowSeconds: window } = config;
  const world: World = Object.freeze<World>({
    catalogue,
    store,
    files,
    directory: createDirectory(store),
    tallies,
    lockout: lockout(tallies, { attempts, window, onLock: lockNote(log, store) }),
    keys: createKeys(store, now),
    clock,
    settings: worldSettings(config, (host) => sandbox?.behind(host) ?? config.defaultDeployment),
    deliveries,
    routes: buildRoutes(catalogue),
    selections: createSelections(catalogue),
    verbs,
    ...(replaced ? { faults: replaced.faults } : {}),
  });
  // The key is created now where there is none, so that it is not written during a stranger's request.
  store.ready.then(() => world.keys.of('start', 0)).catch(() => {});
  const sandbox: Sandbox | undefined =
    replaced && (await sandboxFor(replaced, { config, world, log, metrics, requests, deliveries, listen }));
  const surfaces = createSurfaces({
    ...{ world, sandbox, log, metrics, incidents, observe: createObserver(log, metrics, requests) },
    ...{ witness: given.witness, lines: given.lines },
    ready: async () => (await readinessOf(store, tallies)).ready,
  });
  const transport = serve(
    { tls, trustedProxies: config.trustedProxies, uploadLimit: config.uploadBytesMax, files },
    surfaces.respond,
    surfaces.unreadable,
  );
  function listen() {
    return transport.listen(0, config.host);
  }
  return {
    config,
    tls,
    log,
    metrics,
    incidents,
    requests,
    deliveries,
    world,
    sandbox,
    transport,
    releaseFiles,
  };
}
