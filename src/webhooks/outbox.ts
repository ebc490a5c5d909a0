import type { Event } from '../catalogue/event.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import { defineTable } from '../store/schema.ts';
import type { Reading, Values } from '../store/store.ts';
import type { WriteContext } from '../store/write-context.ts';

export const subscriptions = 'webhook_subscriptions';

/**
 * Events and their deliveries. `webhook_events`: written in the transaction of the write that caused it, and gone once it was
 * spread to its subscribers. `webhook_deliveries`: one event for one subscriber; the waiting ones are the queue, the others the log.
 * `webhook_lanes`: the state of one subscription's queue; the process that holds the lease delivers its rows, one after the other.
 */
export const webhookTables = Object.freeze([
  defineTable(
    'webhook_events',
    ['id'],
    // `only_staff_id`: the one person who may see the object; absent: everybody; 0: nobody.
    ['id#!', 'event_id!', 'object_id#!', 'only_staff_id#', 'date_created#!'],
  ),
  defineTable(
    'webhook_deliveries',
    ['id'],
    [
      'id#!',
      'subscription_id#!',
      'event_id!',
      'object_id#!',
      'state!',
      'attempts#!',
      'http#',
      'problem',
      'ms#',
      'date_created#!',
      'date_due#!',
      'date_finished#',
    ],
    { indices: [['subscription_id', 'state'], ['state'], ['date_finished']] },
  ),
  defineTable(
    'webhook_lanes',
    ['id'],
    // `id` is the subscription's; `after_event_id` the last event there was before it.
    ['id#!', 'owner', 'date_lease#!', 'date_due#', 'failures#!', 'after_event_id#!', 'date_touched#!'],
    { indices: [['date_due']] },
  ),
  // One row: a process that spreads events changes it first, so that nobody else in the deployment does at the same time.
  defineTable('webhook_turns', ['id'], ['id#!', 'date_taken#!']),
]);

/** An event of an object, and who may know of it. */
export interface ObjectEvent {
  readonly event: string;
  readonly objectId: number;
  readonly onlyStaffId: number | null;
}

export interface ObjectChange {
  readonly on: Event['on'];
  /** What an update will write. */
  readonly columns?: Readonly<Record<string, Stored>>;
}

const none: readonly ObjectEvent[] = Object.freeze([]);

/**
 * The events that a write of an object causes and that somebody has subscribed to. Called before an update changes the row and before a
 * deletion removes it: the values before decide. It costs nothing for a resource without events, otherwise one lookup by an index for each
 * event.
 */
export async function eventsOf(
  inside: WriteContext,
  resource: Resource,
  id: number,
  { on, columns = {} }: ObjectChange,
): Promise<readonly ObjectEvent[]> {
  if (!inside.onEvent || resource.events.length === 0) return none;
  const wanted: Event[] = [];
  for (const event of resource.events) {
    if (event.on !== on || !mayConcern(event, resource, columns)) continue;
    if (await isWanted(inside, event.id)) wanted.push(event);
  }
  if (wanted.length === 0) return none;
  const about = [...new Set(wanted.flatMap((event) => columnOf(event, resource) ?? []))];
  const { store, deployment } = inside;
  // Of two changes to the same value at one time only the first is one.
  if (on === 'update' && about.length > 0) await store.claim(deployment, resource.name, { id });
  const before = about.length > 0 ? await store.find(deployment, resource.name, about, { id }) : undefined;
  const onlyStaffId = await onlyReader(store, deployment, resource, id);
  return wanted
    .filter((event) => concerns(event, columnOf(event, resource), before, columns))
    .map((event) => ({ event: event.id, objectId: id, onlyStaffId }));
}

/** Keeps events for their subscribers, in the transaction of the write and after it, so that ids are in the order of the writes. */
export async function recordEvents(
  { store, deployment, now, onEvent }: Pick<WriteContext, 'store' | 'deployment' | 'now' | 'onEvent'>,
  events: readonly ObjectEvent[],
): Promise<void> {
  for (const { event, objectId, onlyStaffId } of events) {
    await store.insert(deployment, 'webhook_events', {
      id: await store.nextId(deployment, 'webhook_events'),
      event_id: event,
      object_id: objectId,
      only_staff_id: onlyStaffId,
      date_created: now,
    });
    onEvent?.();
  }
}

/** Read inside the transaction: a subscription that was answered before the write began is always found. */
const isWanted = async ({ store, deployment }: WriteContext, event: string): Promise<boolean> =>
  (await store.find(deployment, subscriptions, ['id'], { event_id: event, date_disabled: null })) !==
  undefined;

const columnOf = ({ field }: Event, { fields }: Resource): string | undefined =>
  field === undefined ? undefined : fields[field]?.column;

function mayConcern(event: Event, resource: Resource, columns: Readonly<Record<string, Stored>>): boolean {
  const column = columnOf(event, resource);
  if (column === undefined) return true;
  return Object.hasOwn(columns, column) && !(event.emptied && columns[column] !== null);
}

function concerns(
  { emptied }: Event,
  column: string | undefined,
  before: Values | undefined,
  columns: Readonly<Record<string, Stored>>,
): boolean {
  if (column === undefined) return true;
  const [old, next] = [before?.[column] ?? null, columns[column] ?? null];
  return old !== next && !(emptied && next !== null);
}

/** The one person who may see an object: `null` when everybody may, 0 when nobody does. */
export async function onlyReader(
  store: Reading,
  deployment: number,
  { secrecy, fields, name }: Resource,
  id: number,
): Promise<number | null> {
  if (!secrecy) return null;
  const reference = fields[secrecy.owner]?.reference;
  const columns = [secrecy.visibility, reference?.type ?? '', reference?.id ?? ''].map(
    (field) => fields[field]?.column ?? '',
  );
  const row = await store.find(deployment, name, columns, { id });
  const [visibility, type, owner] = columns.map((column) => row?.[column]);
  if (visibility !== (secrecy.word ?? 'private')) return null;
  return type === 'staff' && typeof owner === 'number' ? owner : 0;
}
