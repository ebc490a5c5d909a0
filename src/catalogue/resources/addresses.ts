import { alias, choice, flag, link, reference, text, unsigned, yesno } from '../fields.ts';
import { count, list, read, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { via } from '../source.ts';

const kinds = ['company', 'contact'] as const;
const lines = ['title', 'street1', 'street2', 'city', 'zipcode', 'postcode', 'postal', 'physical'] as const;
// The place is found by id or by name, which only the verbs can do.
const written = ['state', 'state_id', 'country', 'country_id', ...lines] as const;

/** The countries an address can be in. The reference has no request for them: they are read through addresses. */
const countries = resource({
  singular: 'country',
  plural: 'countries',
  scope: 'addresses',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    prefix: text(),
    suffix: text(),
    postcode_name: text(),
    state_name: text(),
    state_required: flag({ initial: { value: 0 } }),
    postcode_required: flag({ initial: { value: 0 } }),
  },
  titled: 'title',
  create: {
    required: ['title'],
    optional: ['prefix', 'suffix', 'postcode_name', 'state_name', 'state_required', 'postcode_required'],
  },
  requests: [],
});

/** The states of a country; read through addresses, as countries are. */
const states = resource({
  singular: 'state',
  plural: 'states',
  scope: 'addresses',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    abbreviation: text({ shown: 'default' }),
    country_id: alias('country', unsigned()),
    country: link('countries', { shown: 'hidden' }),
    ordering: unsigned({ initial: { value: 0 } }),
    timezone: text(),
  },
  titled: 'title',
  parent: 'country',
  create: { required: ['title', 'country'], optional: ['abbreviation', 'ordering', 'timezone'] },
  requests: [],
});

/** Where companies and contacts are. `full` and `short` are made of the other parts whenever one is written. */
export default resource({
  singular: 'address',
  plural: 'addresses',
  fields: {
    id: unsigned({ shown: 'default' }),
    full: text({ shown: 'default', limit: 2_000 }),
    title: text(),
    street1: text(),
    street2: text(),
    city: text(),
    zipcode: text(),
    state: link('states'),
    country: link('countries'),
    postal: yesno({ initial: { value: 0 } }),
    physical: yesno({ initial: { value: 0 } }),
    // In every sample of the reference, though not in its table.
    short: text({ limit: 2_000 }),
    // Sent and filtered by, never read back.
    against_type: choice(kinds, { shown: 'hidden' }),
    against_id: unsigned({ shown: 'hidden' }),
    against: reference('against', { shown: 'hidden' }),
  },
  personal: { address: ['full', 'short', 'title', 'street1', 'street2', 'city', 'zipcode'] },
  titled: 'full',
  parent: 'against',
  references: { against: kinds },
  sources: { suffix: via('country', 'suffix'), prefix: via('country', 'prefix') },
  filters: {
    basic: ['id', 'against_type', 'against_id', 'physical', 'postal', 'country_id', 'state_id', 'zipcode'],
    range: ['id', 'against_id'],
    order: ['id', 'title', 'suffix', 'prefix'],
  },
  create: { required: ['against_type', 'against_id'], optional: lines },
  update: lines,
  parameters: { postcode: 'zipcode', state_id: 'state', country_id: 'country' },
  requests: [
    list('addresses'),
    count('addresses/count'),
    read('addresses/{address_id}'),
    verb('POST', 'addresses', 'addresses.create', {
      parameters: ['against_type!', 'against_id!', ...written, 'overwrite'],
    }),
    verb('POST', 'companies/{company_id}/addresses', 'addresses.create', {
      parameters: [...written, 'overwrite'],
    }),
    verb('POST', 'contacts/{contact_id}/addresses', 'addresses.create', {
      parameters: [...written, 'overwrite'],
    }),
    verb('PUT', 'addresses/{address_id}', 'addresses.update', { parameters: written }),
  ],
  parts: [countries, states],
});
