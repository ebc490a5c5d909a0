import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Event } from '../../catalogue/event.ts';
import { wholeNumber } from '../../catalogue/kinds/kind.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import { isSeen } from '../../objects/seen.ts';
import { textOf } from '../../request/06-parameters/single.ts';
import { may, type Permitted } from '../../request/07-permission/permit.ts';
import { idempotencyKey, isRemembered } from '../../request/08-operation/idempotency.ts';
import { writeVerb } from '../../request/08-operation/verb.ts';
import { viewerOf } from '../../request/08-operation/viewer.ts';
import type { Reading } from '../../store/store.ts';
import type { DeliveryAnswer } from '../../webhooks/message.ts';
import { onlyReader, tell } from '../../webhooks/outbox.ts';
import { isDelivered, resourceUrl, tried, unsubscribe } from '../../webhooks/subscriptions.ts';
import { ownSubscription } from './own-subscription.ts';

/** `POST /webhooks/subscription/{id}/trigger`: queues the event for all who have subscribed to it. Refuses as `objectIn`. */
export const triggerSubscription = writeVerb({
  run: async (asked, context) => {
    const { store, deployment } = context;
    const { event_id } = await ownSubscription(store, asked, ['event_id']);
    const { event, resource, objectId } = await objectIn(asked, context, String(event_id));
    const onlyStaffId = await onlyReader(store, deployment, resource, objectId);
    await tell(context, [{ event: event.id, objectId, onlyStaffId }]);
    return { as: 'nothing' };
  },
});

export interface Dispatched {
  readonly sent: DeliveryAnswer;
  readonly event: string;
  readonly objectId: number;
}

/**
 * `POST /webhooks/subscriptions/{id}/dispatch`: posts the event to this subscriber alone and answers `{status}`, the receiver's HTTP status
 * (absent when it gave none). A 410 ends the subscription here too. Refuses as `objectIn`.
 */
export const dispatchSubscription = writeVerb({
  prepare: async (asked, world): Promise<Dispatched | undefined> => {
    const key = idempotencyKey(asked);
    // What was answered before under this key is answered again, and not posted again.
    if (key !== undefined && (await isRemembered(world.store, asked, key, world.clock(asked.deployment.id))))
      return undefined;
    const columns = ['event_id', 'trigger_url', 'content_type', 'secret', 'base_url'];
    const subscription = await ownSubscription(world.store, asked, columns);
    const { event, resource, objectId } = await objectIn(asked, world, String(subscription.event_id));
    const sent = await world.deliveries.send({
      url: String(subscription.trigger_url),
      contentType: String(subscription.content_type),
      secret: subscription.secret as string | null,
      event: event.id,
      delivery: asked.received.id,
      objectId,
      resourceUrl: resourceUrl((subscription.base_url as string | null) ?? '', resource, objectId),
    });
    return { sent, event: event.id, objectId };
  },
  run: async (asked, { store, deployment, now }, prepared) => {
    if (!prepared) return { as: 'nothing' };
    const { sent, event, objectId } = prepared;
    const [id = 0] = asked.ids;
    const state = isDelivered(sent) ? 'delivered' : sent.http === 410 ? 'gone' : 'failed';
    await store.insert(deployment, 'webhook_deliveries', {
      id: await store.nextId(deployment, 'webhook_deliveries'),
      subscription_id: id,
      event_id: event,
      object_id: objectId,
      attempts: 1,
      date_created: now,
      date_due: now,
      ...tried(sent, state, now),
    });
    if (state === 'gone') await unsubscribe(store, deployment, id);
    return { as: 'tree', tree: { status: sent.http } };
  },
});

/**
 * The object that `object_id` names, of the kind the event is about. Refuses `parameter.missing`, `parameter.invalid` when it does not exist
 * for the caller (after a deletion it cannot), and what reading it refuses.
 */
async function objectIn(
  asked: Permitted,
  { catalogue, store }: { readonly catalogue: Catalogue; readonly store: Reading },
  eventId: string,
): Promise<{ event: Event; resource: Resource; objectId: number }> {
  const invalid = (detail: string): never => refuse('parameter.invalid', { field: 'object_id', detail });
  const { parameters, caller } = asked;
  const sent = textOf(parameters, 'object_id');
  if (sent === undefined || sent === '') refuse('parameter.missing', { field: 'object_id' });
  const objectId = wholeNumber(sent) ?? invalid('a whole number is wanted');
  const found = catalogue.events.get(eventId);
  if (!found) refuse('object.missing', { detail: `event ${eventId}` });
  const { event, resource } = found;
  may(caller, 'read', resource);
  if (event.on !== 'delete' && !(await isSeen(viewerOf(asked, { store }), resource, objectId)))
    invalid(`${resource.title} ${objectId} does not exist`);
  return { event, resource, objectId };
}
