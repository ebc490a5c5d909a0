import { type Catalogue, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { createDeployment } from '../../src/identity/deployments.ts';
import { openDatabase } from '../../src/server/database.ts';
import type { Store, Values } from '../../src/store/store.ts';
import { createDeliveries, type DeliveryOptions, type Running } from '../../src/webhooks/deliveries.ts';
import { tell } from '../../src/webhooks/outbox.ts';
import { createSender } from '../../src/webhooks/sender.ts';
import { newLane } from '../../src/webhooks/subscriptions.ts';
import type { Database, TestEngine } from '../harness/engines.ts';

export type Note = readonly [string, string, Readonly<Record<string, string | number>> | undefined];

/** One process that delivers, and what it said. */
export interface Process extends Running {
  readonly results: string[];
  readonly notes: Note[];
  readonly backlogs: Map<string, number>;
}

/** A database with deployments, and processes that deliver what happens in them. */
export interface Hooks {
  readonly store: Store;
  readonly catalogue: Catalogue;
  /** Unix seconds; may be set. */
  now: number;
  tenant(): Promise<Tenant>;
  process(more?: Partial<DeliveryOptions>): Process;
  /** Disables the deployments there are, so that later processes do not look at them. */
  retire(): Promise<void>;
  close(): Promise<void>;
}

export interface Tenant {
  readonly id: number;
  readonly name: string;
  person(id: number, more?: Values): Promise<void>;
  /** Answers the subscription's id. */
  subscribe(url: string, more?: Values): Promise<number>;
  /** As many, at once. */
  subscribeAll(urls: readonly string[], more?: Values): Promise<readonly number[]>;
  /** Something happens, as the write path tells it; wakes `process` after the commit. */
  happen(objectIds: readonly number[], process?: Running, more?: Partial<Happens>): Promise<void>;
  change(table: string, where: Values, values: Values): Promise<void>;
  rows(table: string, ...columns: string[]): Promise<readonly Values[]>;
  deliveries(): Promise<readonly Values[]>;
  lane(id: number): Promise<Values | undefined>;
}

interface Happens {
  readonly event: string;
  readonly onlyStaffId: number | null;
}

export const timeoutMs = 400;
export const everything = '{"everything":"standard"}';

export async function openHooks(engine: TestEngine): Promise<Hooks> {
  const database: Database = await engine.create('full');
  const catalogue = await loadCatalogue();
  const store = await openDatabase(database, catalogue);
  await store.ready;
  const running = new Set<Running>();
  let named = 0;
  const hooks: Hooks = {
    store,
    catalogue,
    now: 1_800_000_000,
    tenant: async () => {
      const name = `t${++named}`;
      const { id } = await createDeployment(store, { name }, 1);
      const tenant = tenantOf(hooks, id, name);
      await tenant.person(1);
      return tenant;
    },
    process: (more = {}) => {
      const [results, notes, backlogs] = [[] as string[], [] as Note[], new Map<string, number>()];
      const process = createDeliveries({
        store,
        catalogue,
        sender: createSender({ timeout: more.timeout ?? timeoutMs, allowPrivate: true }),
        clock: () => hooks.now,
        timeout: timeoutMs,
        retry: 10,
        log: { note: (...note) => void notes.push(note as unknown as Note) },
        onResult: (result) => results.push(result),
        onBacklog: (deployment, waiting) => void backlogs.set(deployment, waiting),
        ...more,
      });
      running.add(process);
      return { ...process, results, notes, backlogs };
    },
    retire: async () => {
      await store.within((writing) => writing.update(0, 'deployments', {}, { disabled: 1 }));
    },
    close: async () => {
      for (const each of running) await each.close();
      await store.close();
      await database.release();
    },
  };
  return hooks;
}

function tenantOf(hooks: Hooks, deployment: number, name: string): Tenant {
  const { store, catalogue } = hooks;
  const put = (table: string, values: Values) =>
    store.within((writing) => writing.insert(deployment, table, values));
  const subscribeAll: Tenant['subscribeAll'] = (urls, { after = 0, ...more } = {}) =>
    store.within(async (writing) => {
      const event = String(more.event_id ?? 'create_task');
      const found = catalogue.events.get(event);
      const ids: number[] = [];
      for (const url of urls) {
        const id = await writing.nextId(deployment, 'webhook_subscriptions');
        await writing.insert(deployment, 'webhook_subscriptions', {
          id,
          event_id: event,
          trigger_table: found?.resource.singular ?? 'x',
          trigger_type: found?.event.on ?? 'x',
          trigger_url: url,
          content_type: 'application/x-www-form-urlencoded',
          base_url: 'http://x.test',
          user_id: 1,
          ...more,
        });
        await writing.insert(deployment, 'webhook_lanes', newLane(id, after as number, hooks.now));
        ids.push(id);
      }
      return ids;
    });
  const rows = (table: string, ...columns: string[]) =>
    store.list(deployment, { table, columns, limit: 10_000 });
  return {
    id: deployment,
    name,
    rows,
    person: (id, more = {}) =>
      put('staff', { id, username: `p${id}`, standing: 'active', access: everything, ...more }),
    subscribe: async (url, more = {}) => (await subscribeAll([url], more))[0] as number,
    subscribeAll,
    happen: async (objectIds, process, { event = 'create_task', onlyStaffId = null } = {}) => {
      await store.within((writing) =>
        tell(
          { store: writing, deployment, now: hooks.now },
          objectIds.map((objectId) => ({ event, objectId, onlyStaffId })),
        ),
      );
      process?.wake(deployment);
    },
    change: async (table, where, values) => {
      await store.within((writing) => writing.update(deployment, table, where, values));
    },
    deliveries: () =>
      rows(
        'webhook_deliveries',
        ...['id', 'subscription_id', 'object_id', 'state', 'attempts', 'http', 'problem', 'date_due'],
        'date_finished',
      ),
    lane: (id) =>
      store.find(deployment, 'webhook_lanes', ['owner', 'date_lease', 'date_due', 'failures'], { id }),
  };
}

/** Waits until something holds; fails after a while. */
export async function until(what: string, holds: () => unknown, patienceMs = 15_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${patienceMs} ms`);
    await new Promise((resume) => setTimeout(resume, 5));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));

/** The id in a form that was posted. */
export const objectIn = ({ body }: { readonly body: Buffer }): number =>
  Number(new URLSearchParams(String(body)).get('id'));
