import { alias, choice, link, moment, text, unsigned } from '../fields.ts';
import { verb } from '../request.ts';
import { resource } from '../resource.ts';

const path = 'webhooks/subscriptions';
const body = ['object_id!'] as const;

/** Who wants to be told of which event, and where. Subscriptions are their user's own: for others they do not exist. */
export default resource({
  name: 'webhook_subscriptions',
  singular: 'webhook_subscription',
  plural: 'webhook_subscriptions',
  scope: 'webhooks',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    subscription_id: alias('id', unsigned(), { shown: 'default' }),
    event_id: text({ shown: 'default' }),
    trigger_table: text({ shown: 'default' }),
    trigger_type: text({ shown: 'default' }),
    trigger_url: text({ shown: 'default', limit: 2_048 }),
    content_type: choice(['application/x-www-form-urlencoded', 'application/json'], {
      shown: 'default',
      initial: { value: 'application/x-www-form-urlencoded' },
    }),
    user: link('staff', { shown: 'hidden', initial: 'caller', id: 'default' }),
    secret: text({ shown: 'hidden' }),
    // Where the subscriber reached the API: what it is sent leads back there.
    base_url: text({ shown: 'hidden', limit: 300 }),
    date_created: moment({ shown: 'hidden', initial: 'now' }),
    date_disabled: moment({ shown: 'default' }),
    disabled_because: text({ shown: 'default' }),
  },
  indexed: ['event_id'],
  titled: 'event_id',
  origin: 'base_url',
  create: { required: ['trigger_url', 'event_id'], optional: ['content_type', 'secret'] },
  access: { remove: 'standard' },
  all: false,
  requests: [
    verb('GET', path, 'webhooks.list'),
    verb('GET', `${path}/types`, 'webhooks.types'),
    verb('POST', path, 'webhooks.create', {
      parameters: ['trigger_url!', 'event_id!', 'content_type', 'secret'],
      shaped: true,
    }),
    verb('DELETE', `${path}/{subscription_id}`, 'webhooks.remove'),
    // The line of the documentation has the singular, its sample the plural.
    verb('POST', `webhooks/subscription/{subscription_id}/trigger`, 'webhooks.trigger', {
      parameters: body,
    }),
    verb('POST', `${path}/{subscription_id}/trigger`, 'webhooks.trigger', { parameters: body }),
    verb('POST', `${path}/{subscription_id}/dispatch`, 'webhooks.dispatch', { parameters: body }),
  ],
});
