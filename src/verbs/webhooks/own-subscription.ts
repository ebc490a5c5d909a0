import { missing } from '../../objects/missing.ts';
import type { Permitted } from '../../request/07-permission/permit.ts';
import type { Reading, Values } from '../../store/store.ts';
import { subscriptions } from '../../webhooks/outbox.ts';

/** The caller's own subscription that the path names. Refuses `object.missing`. */
export async function ownSubscription(
  store: Reading,
  { deployment, caller, route, ids: [id = 0] }: Permitted,
  wanted: readonly string[],
): Promise<Values> {
  const where = { id, user_id: caller.person.id };
  return (await store.find(deployment.id, subscriptions, wanted, where)) ?? missing(route.owner, id);
}
