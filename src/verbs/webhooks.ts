import { isIP } from 'node:net';
import type { Tree } from '../contract/answer.ts';
import { refuse } from '../contract/refuse.ts';
import { isLoopback, isPublic } from '../identity/address.ts';
import type { Person } from '../identity/people.ts';
import { missing } from '../objects/missing.ts';
import { insertObject } from '../objects/write.ts';
import type { Written } from '../objects/written.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { Permitted } from '../request/07-permission/permit.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';
import type { Settings } from '../request/world.ts';
import type { Values } from '../store/store.ts';
import { subscriptions } from '../webhooks/outbox.ts';
import { newLane, unsubscribe } from '../webhooks/subscriptions.ts';
import { ownSubscription } from './webhooks/own-subscription.ts';
import { dispatchSubscription, triggerSubscription } from './webhooks/trigger.ts';

/** Subscriptions of one person; lists are not paged. */
const most = 1_000;
const longestBase = 300;
const columns = [
  'id',
  'event_id',
  'trigger_table',
  'trigger_type',
  'trigger_url',
  'content_type',
  'user_id',
  'date_disabled',
  'disabled_because',
] as const;

/** `GET /webhooks/subscriptions`: those of the current user, `{subscriptions: […], subscriptions_users: […]}`. */
const list = readVerb({
  run: async (asked, { store }) => {
    const { deployment, caller } = asked;
    const rows = await store.list(deployment.id, {
      table: subscriptions,
      columns,
      where: { user_id: caller.person.id },
      limit: most,
    });
    return {
      as: 'tree',
      tree: {
        subscriptions: rows.map((row) => shown(row, deployment.name)),
        subscriptions_users: rows.length > 0 ? [named(caller.person)] : [],
      },
    };
  },
});

/** `GET /webhooks/subscriptions/types`: what can be subscribed to, `{types: […]}`. */
const types = readVerb({
  run: async (_, { catalogue }) => ({
    as: 'tree',
    tree: {
      types: [...catalogue.events.values()].map(({ event, resource }) => ({
        event_id: event.id,
        event_title: event.title,
        trigger_table: resource.singular,
        trigger_type: event.on,
      })),
    },
  }),
});

/**
 * `POST /webhooks/subscriptions`: `{subscription: {…}}`. Refuses `parameter.invalid` (an event that does not exist, a URL that is none, is
 * not http(s), carries credentials or names an address that is not public), `scope.exceeded` for objects the token may not read.
 */
const create = writeVerb({
  prepare: async (asked, { catalogue, settings }): Promise<Written> => {
    const { values, names } = parseValues(asked.parameters, asked.route.owner, asked.route.owner.create);
    const found = catalogue.events.get(String(values.event_id));
    if (!found) {
      const valid = [...catalogue.events.keys()].join(', ');
      refuse('parameter.invalid', { field: 'event_id', detail: `one of ${valid} is wanted` });
    }
    const { event, resource } = found;
    if (!asked.caller.scope.allows('read', resource.scope))
      refuse('scope.exceeded', { detail: `read(${resource.scope})` });
    return {
      names,
      values: {
        ...values,
        trigger_url: receiverIn(String(values.trigger_url), settings),
        secret: values.secret === '' ? null : (values.secret ?? null),
        trigger_table: resource.singular,
        trigger_type: event.on,
        base_url: baseOf(asked),
      },
    };
  },
  run: async (asked, context, prepared) => {
    const { deployment, caller, route } = asked;
    const { store } = context;
    const own = await store.list(deployment.id, {
      table: subscriptions,
      columns: ['id'],
      where: { user_id: caller.person.id },
      limit: most,
    });
    if (own.length === most)
      refuse('parameter.invalid', { field: 'event_id', detail: `you have ${most} subscriptions already` });
    const { values, names } = prepared;
    // Taken from the events' own counter: those with smaller ids happened before.
    const after = await store.nextId(deployment.id, 'webhook_events');
    const id = await insertObject(context, route.owner, { values, names });
    await store.insert(deployment.id, 'webhook_lanes', newLane(id, after, context.now));
    const row = await store.find(deployment.id, subscriptions, columns, { id });
    if (!row) missing(route.owner, id);
    return {
      as: 'tree',
      tree: { subscription: { ...shown(row, deployment.name), user: named(caller.person) } },
    };
  },
});

/** `DELETE /webhooks/subscriptions/{id}`. Refuses `object.missing`, also for another person's. */
const remove = writeVerb({
  run: async (asked, context) => {
    const { id } = await ownSubscription(context.store, asked, ['id']);
    await unsubscribe(context.store, asked.deployment.id, id as number);
    return { as: 'nothing' };
  },
});

function shown(row: Values, deployment: string): Readonly<Record<string, Tree>> {
  const disabled = row.date_disabled === null ? null : String(row.date_disabled);
  return {
    subscription_id: String(row.id),
    event_id: row.event_id ?? null,
    trigger_table: row.trigger_table ?? null,
    trigger_type: row.trigger_type ?? null,
    trigger_url: row.trigger_url ?? null,
    content_type: row.content_type ?? null,
    user_deployment: deployment,
    user_id: String(row.user_id),
    date_disabled: disabled,
    disabled_because: row.disabled_because ?? null,
  };
}

const named = ({ id, firstname, surname, email }: Person): Tree => ({
  id: String(id),
  name: [firstname, surname].filter((part) => part).join(' '),
  email,
});

function receiverIn(
  written: string,
  {
    webhookAllowPrivate,
    webhookAllowLoopback,
  }: Pick<Settings, 'webhookAllowPrivate' | 'webhookAllowLoopback'>,
): string {
  const bad = (detail: string): never => refuse('parameter.invalid', { field: 'trigger_url', detail });
  // A parser drops line ends and tabs, and takes `http:host` for `http://host`; whoever reads it in a list would not.
  if (!/^https?:\/\/[^\s\p{Cc}]+$/iu.test(written) || !URL.canParse(written))
    bad('a URL that begins with https:// or http:// is wanted');
  const url = new URL(written);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    bad('a URL that begins with https:// or http:// is wanted');
  if (url.username !== '' || url.password !== '') bad('a URL without a username and a password is wanted');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const named = isIP(host) === 0 && /(^|\.)localhost\.?$/.test(host);
  const local = named || (isIP(host) !== 0 && !isPublic(host));
  const allowed = webhookAllowPrivate || (webhookAllowLoopback && (named || isLoopback(host)));
  if (local && !allowed) bad('its host is not a public one');
  return written;
}

/** Where the caller reached the API: what is delivered leads back there. Told by the subscriber alone, so that nobody else can bend it. */
function baseOf({ received: { https, host } }: Permitted): string {
  const base = `${https ? 'https' : 'http'}://${host}`;
  if (base.length > longestBase || !URL.canParse(base) || new URL(base).origin === 'null')
    refuse('parameter.invalid', { field: 'Host', detail: 'the name of a host is wanted' });
  return new URL(base).origin;
}

export default {
  create,
  dispatch: dispatchSubscription,
  list,
  remove,
  trigger: triggerSubscription,
  types,
};
