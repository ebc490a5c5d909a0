import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Sink } from '../incidents/incidents.ts';
import { smtpSink } from '../incidents/sinks/smtp.ts';
import { webhookSink } from '../incidents/sinks/webhook.ts';
import { memoryTallies } from '../limits/memory.ts';
import type { Tallies } from '../limits/tallies.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { World } from '../request/world.ts';
import type { Store } from '../store/store.ts';
import { createDeliveries, type Running } from '../webhooks/deliveries.ts';
import { createSender } from '../webhooks/sender.ts';
import type { Config } from './config.ts';

/** Counters in memory, or on Redis where several processes share them. */
export async function talliesFor({ redisUrl }: Config, log: Log): Promise<Tallies> {
  if (redisUrl === undefined) return memoryTallies();
  const { redisTallies } = await import('../limits/redis.ts');
  return redisTallies(redisUrl, (message) => log.note('warn', message));
}

/** Where incidents are sent. */
export function sinksFor({ incidentWebhook, incidentSmtp, incidentMailTo }: Config): readonly Sink[] {
  const sinks: Sink[] = [];
  if (incidentWebhook !== undefined) sinks.push(webhookSink(incidentWebhook));
  if (incidentSmtp !== undefined && incidentMailTo !== undefined)
    sinks.push(smtpSink(incidentSmtp, incidentMailTo));
  return sinks;
}

export interface DeliverySurroundings {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly clock: World['clock'];
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Delivers webhooks as the settings say. */
export function deliveriesFor(config: Config, { metrics, ...surroundings }: DeliverySurroundings): Running {
  return createDeliveries({
    ...surroundings,
    sender: createSender({
      timeout: config.webhookTimeoutMs,
      allowPrivate: config.webhookAllowPrivate,
      allowLoopback: config.sandbox,
    }),
    timeout: config.webhookTimeoutMs,
    retry: config.webhookRetrySeconds,
    onResult: metrics.delivery,
    onBacklog: metrics.backlog,
  });
}

/** The settings that requests need. */
export const worldSettings = (
  config: Config,
  bareDeployment: World['settings']['bareDeployment'],
): World['settings'] => ({
  rateLimit: config.rateLimit,
  domain: config.domain,
  bareDeployment,
  authorizationLifetime: config.authorizationDays * 86_400,
  requireSecondFactor: config.requireSecondFactor,
  tellCauses: config.sandbox,
  unknownFilters: config.unknownFilters,
  webhookAllowPrivate: config.webhookAllowPrivate,
  webhookAllowLoopback: config.sandbox,
});
