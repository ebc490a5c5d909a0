import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Event } from '../../catalogue/event.ts';
import { wholeNumber } from '../../catalogue/kinds/kind.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import { isSeen } from '../../objects/seen.ts';
import { parameterText } from '../../request/06-parameters/single.ts';
import { may, type Permitted } from '../../request/07-permission/permit.ts';
import { idempotencyKey, isRemembered } from '../../request/08-operation/idempotency.ts';
import { writeVerb } from '../../request/08-operation/verb.ts';
import { viewerOf } from '../../request/08-operation/viewer.ts';
import type { Reading } from '../../store/store.ts';
import type { DeliveryAnswer } from '../../webhooks/message.ts';
import { onlyReader, recordEvents } from '../../webhooks/outbox.ts';
import { attempted, isDelivered, resourceUrl, unsubscribe } from '../../webhooks/subscriptions.ts';
import { ownSubscription } from './own-subscription.ts';

/** `POST /webhooks/subscription/{id}/trigger`: queues the event for all who have subscribed to it. Refuses as `objectIn`. */
export const triggerSubscription = writeVerb({
  run: async (request, context) => {
    const { store, deployment } = context;
    const { event_id } = await ownSubscription(store, request, ['event_id']);
    const { event, resource, objectId } = await objectIn(request, context, String(event_id));
    const onlyStaffId = await onlyReader(store, deployment, resource, objectId);
    await recordEvents(context, [{ event: event.id, objectId, onlyStaffId }]);
    return { as: 'nothing' };
  },
});

export interface Dispatched {
  readonly sent: DeliveryAnswer;
  readonly event: string;
  readonly objectId: number;
}

/**
 * `POST /webhooks/subscriptions/{id}/dispatch`: posts the event to this subscriber alone and returns `{status}`, the receiver's HTTP status
 * (absent when the receiver did not answer). A 410 ends the subscription here too. Refuses as `objectIn`.
 */
export const dispatchSubscription = writeVerb({
  prepare: async (request, world): Promise<Dispatched | undefined> => {
    const key = idempotencyKey(request);
    // A request that is replayed under its key is not posted again.
    if (
      key !== undefined &&
      (await isRemembered(world.store, request, key, world.clock(request.deployment.id)))
    )
      return undefined;
    const columns = ['event_id', 'trigger_url', 'content_type', 'secret', 'base_url'];
    const subscription = await ownSubscription(world.store, request, columns);
    const { event, resource, objectId } = await objectIn(request, world, String(subscription.event_id));
    const sent = await world.deliveries.send({
      url: String(subscription.trigger_url),
      contentType: String(subscription.content_type),
      secret: subscription.secret as string | null,
      event: event.id,
      delivery: request.received.id,
      objectId,
      resourceUrl: resourceUrl((subscription.base_url as string | null) ?? '', resource, objectId),
    });
    return { sent, event: event.id, objectId };
  },
  run: async (request, { store, deployment, now }, prepared) => {
    if (!prepared) return { as: 'nothing' };
    const { sent, event, objectId } = prepared;
    const [id = 0] = request.ids;
    const undelivered = sent.http === 410 ? 'gone' : 'failed';
    const state = isDelivered(sent) ? 'delivered' : undelivered;
    await store.insert(deployment, 'webhook_deliveries', {
      id: await store.nextId(deployment, 'webhook_deliveries'),
      subscription_id: id,
      event_id: event,
      object_id: objectId,
      attempts: 1,
      date_created: now,
      date_due: now,
      ...attempted(sent, state, now),
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
  request: Permitted,
  { catalogue, store }: { readonly catalogue: Catalogue; readonly store: Reading },
  eventId: string,
): Promise<{ event: Event; resource: Resource; objectId: number }> {
  const invalid = (detail: string): never => refuse('parameter.invalid', { field: 'object_id', detail });
  const { parameters, caller } = request;
  const sent = parameterText(parameters, 'object_id');
  if (sent === undefined || sent === '') refuse('parameter.missing', { field: 'object_id' });
  const objectId = wholeNumber(sent) ?? invalid('a whole number is wanted');
  const found = catalogue.events.get(eventId);
  if (!found) refuse('object.missing', { detail: `event ${eventId}` });
  const { event, resource } = found;
  may(caller, 'read', resource);
  if (event.on !== 'delete' && !(await isSeen(viewerOf(request, { store }), resource, objectId)))
    invalid(`${resource.title} ${objectId} does not exist`);
  return { event, resource, objectId };
}
