import { created } from '../event.ts';
import { alias, choice, flag, integer, link, moment, money, reference, text, unsigned } from '../fields.ts';
import { count, create, list, read, update } from '../request.ts';
import { resource } from '../resource.ts';
import { is, own, same, total, via } from '../source.ts';
import { collections } from '../traits/collections.ts';
import { statuses } from '../traits/statuses.ts';

const kinds = [
  'company',
  'contact',
  'affiliation',
  'job',
  'milestone',
  'issue',
  'contract',
  'prospect',
] as const;
const written = [
  'affiliation_id',
  'manager_id',
  'date_expiry',
  'notes',
  'introduction',
  'conclusion',
  'terms_and_conditions',
  'client_portal_access',
  'terms',
  'portal_access',
  'affiliation',
  'manager',
] as const;
const author = link('staff', { initial: 'caller' });
const toThis = [is('against_type', 'quote'), same('against_id', 'id')];

/** What is offered to a client, and at which price: the sum of the services and materials that are against the quote. */
export default resource({
  singular: 'quote',
  plural: 'quotes',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against'),
    notes: text({ limit: 65_535 }),
    portal_access: flag({ initial: { value: 0 } }),
    affiliation: link('affiliations', { initial: 'inherited', id: true }),
    contact: link('contacts', { source: via('affiliation', 'contact') }),
    date_created: moment({ initial: 'now' }),
    date_expiry: moment(),
    manager: link('staff', { initial: 'caller', id: true }),
    status: link('quote_statuses', { initial: 'first', id: true }),
    standing: text(),
    created_by: author,
    created_by_staff_id: alias('created_by', unsigned()),
    introduction: text({ limit: 65_535 }),
    conclusion: text({ limit: 65_535 }),
    terms: text({ limit: 65_535 }),
    service_price_total: money({ source: total('services', toThis, 'price') }),
    service_time_total: integer({ source: total('services', toThis, 'time') }),
    material_price_total: money({
      source: total('materials', toThis, { times: [own('quantity'), own('price')], per: 1_000_000 }),
    }),
    total_price: money({ source: { plus: [own('service_price_total'), own('material_price_total')] } }),
  },
  personal: { text: ['title', 'introduction', 'conclusion', 'terms', 'notes'] },
  titled: 'title',
  parent: 'against',
  references: { against: kinds },
  search: ['title'],
  follows: { standing: ['status', 'standing'] },
  // Read and write names differ in the reference.
  parameters: { terms_and_conditions: 'terms', client_portal_access: 'portal_access' },
  create: { required: ['title', 'against_id', 'against_type'], optional: written },
  update: ['title', ...written],
  filters: {
    basic: ['id', 'standing', 'affiliation', 'manager', 'status', 'against_type', 'against_id', 'created_by'],
    date: ['date_created', 'date_expiry'],
    order: [
      'id',
      'date_created',
      'date_expiry',
      'service_price_total',
      'service_time_total',
      'material_price_total',
      'total_price',
    ],
    range: [
      'id',
      'against_id',
      'manager',
      'affiliation',
      'status',
      'created_by',
      'service_price_total',
      'service_time_total',
      'material_price_total',
      'total_price',
    ],
    object: ['against'],
  },
  requests: [
    list('quotes'),
    count('quotes/count'),
    read('quotes/{quote_id}'),
    update('quotes/{quote_id}'),
    create('quotes'),
  ],
  events: [created('create_quote', 'Quote created')],
  traits: [collections('quote', 'quotes'), statuses('quote', 'quotes')],
});
