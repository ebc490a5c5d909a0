import { listDeployments } from '../identity/deployments.ts';
import type { DeliveryStore } from './gate.ts';
import { subscriptions } from './outbox.ts';
import { inSlices } from './slices.ts';

/** The backlog is counted no further: counting must not take longer than delivering. */
const backlogMax = 100_000;

export interface SurveyOptions {
  readonly store: DeliveryStore;
  readonly isClosing: () => boolean;
  /** A deployment that has subscriptions: another process may have left something there. */
  readonly visit: (deployment: number) => void;
  readonly isDisabled: (deployment: number) => void;
  readonly onBacklog: (deployment: string, waiting: number) => void;
}

export interface Survey {
  /** Finds out which deployments have subscriptions, and visits the new ones. */
  explore(): Promise<void>;
  /** Visits every deployment that is known to have subscriptions, and counts how much waits there. */
  scan(): Promise<void>;
  forget(deployment: number): void;
}

/** Looks for deliveries that other processes left behind, or have no time for. */
export function createSurvey({ store, isClosing, visit, isDisabled, onBacklog }: SurveyOptions): Survey {
  /** Deployments that have subscriptions, by name. */
  const subscribed = new Map<number, string>();

  async function backlog(deployment: number): Promise<number> {
    const query = { select: 'count', order: [], limit: backlogMax, offset: 0 } as const;
    const waiting = { test: '=', on: { column: 'state' }, value: 'waiting' } as const;
    const [queued, fresh] = await Promise.all([
      store.count(deployment, { ...query, table: 'webhook_deliveries', where: waiting }),
      store.count(deployment, { ...query, table: 'webhook_events', where: { all: [] } }),
    ]);
    return queued + fresh;
  }

  return {
    explore: async () => {
      for await (const { id, name, disabled } of inSlices(await listDeployments(store))) {
        if (isClosing()) return;
        if (disabled) isDisabled(id);
        const has = !disabled && (await store.find(id, subscriptions, ['id'], {})) !== undefined;
        if (!has) {
          if (subscribed.delete(id)) onBacklog(name, 0);
        } else if (!subscribed.has(id)) {
          subscribed.set(id, name);
          visit(id);
        }
      }
    },
    scan: async () => {
      for await (const [id, name] of inSlices([...subscribed])) {
        if (isClosing()) return;
        if (!subscribed.has(id)) continue;
        visit(id);
        const waiting = await backlog(id);
        if (subscribed.has(id)) onBacklog(name, waiting);
      }
    },
    forget: (deployment) => void subscribed.delete(deployment),
  };
}
