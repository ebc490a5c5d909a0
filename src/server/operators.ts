import type { AdminRoute } from '../console/admin.ts';
import { type AdminListener, listenForOperators } from '../console/admin-listener.ts';
import { answerLockouts } from '../console/lockouts.ts';
import { isLoopback } from '../identity/address.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { readinessOf } from '../observe/readiness.ts';
import type { TransportOptions } from '../request/01-transport/http.ts';
import type { World } from '../request/world.ts';
import type { Config } from './config.ts';
import { BadSetting } from './setting.ts';

export interface ForOperators {
  readonly config: Pick<Config, 'admin' | 'adminToken'>;
  /** Spoken where others than this machine can ask. */
  readonly tls: TransportOptions['tls'];
  readonly world: World;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** What operators may ask: see docs/guides/operations.md. */
const routesOf = ({ world, metrics }: ForOperators): readonly AdminRoute[] => [
  { method: 'GET', path: 'healthz', run: async () => ({ http: 200, body: 'ok\n' }) },
  {
    method: 'GET',
    path: 'readyz',
    run: async () => {
      const { ready, lines } = await readinessOf(world.store, world.tallies);
      return { http: ready ? 200 : 503, body: lines };
    },
  },
  { method: 'GET', path: 'metrics', run: async () => ({ http: 200, ...(await metrics.render()) }) },
  { method: 'GET', path: 'lockouts', run: (received) => answerLockouts(received, world) },
  { method: 'DELETE', path: 'lockouts', run: (received) => answerLockouts(received, world) },
];

/**
 * Listens for operators, beside the public listener. The default port may be taken by another server of this machine: then there is a warning
 * and no listener. Throws `BadSetting` where one that was asked for is taken.
 */
export async function listenBeside(given: ForOperators): Promise<AdminListener | undefined> {
  const { config, tls, log } = given;
  if (!config.admin) return undefined;
  const { host, port, required } = config.admin;
  try {
    return await listenForOperators({
      host,
      port,
      token: config.adminToken,
      tls: isLoopback(host) ? undefined : tls,
      routes: routesOf(given),
      trouble: (message, error) => log.note('error', message, { reason: String(error).slice(0, 300) }),
      note: (level, message, fields) => log.note(level, message, fields),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (required)
      throw new BadSetting(
        `--admin-listen (ACCORD_ADMIN_LISTEN): ${host}:${port} cannot be listened on (${reason}); choose another, or none`,
      );
    const message = 'there is no listener for operators (/metrics): choose a port with --admin-listen';
    log.note('warn', message, { reason });
    return undefined;
  }
}
