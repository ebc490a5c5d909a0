import { created, updated } from '../event.ts';
import { alias, link, moment, text, unsigned } from '../fields.ts';
import { children, count, linked, list, newest, read, recent, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { any, having, joined, own, via } from '../source.ts';
import { collections } from '../traits/collections.ts';
import { profiles } from '../traits/custom.ts';
import { progressions } from '../traits/progressions.ts';
import { segmentations } from '../traits/segmentations.ts';
import { objectStatuses } from '../traits/statuses.ts';

const status = link('contact_statuses', { initial: 'first' });
const written = [
  'firstname',
  'middlename',
  'surname',
  'username',
  'password',
  'title',
  'comments',
  'status',
  'standing',
] as const;

/** People outside the deployment; what they are to a company, and how they are reached there, is an affiliation. */
export default resource({
  singular: 'contact',
  plural: 'contacts',
  fields: {
    id: unsigned({ shown: 'default' }),
    firstname: text({ shown: 'default' }),
    surname: text({ shown: 'default' }),
    // "Deprecated please use the affiliation object to store and lookup contact information" — reference, The Contact Object.
    mobile: text({ shown: 'default', deprecated: true, source: via('default_affiliation', 'mobile') }),
    email: text({ shown: 'default', deprecated: true, source: via('default_affiliation', 'email') }),
    username: text(),
    middlename: text(),
    title: text(),
    timezone: text(),
    date_created: moment({ initial: 'now' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    date_last_interacted: moment(),
    comments: text({ limit: 65_535 }),
    default_affiliation: link('affiliations'),
    // No page lists it; a client asks for it by name.
    physical_address: link('addresses', {
      shown: 'explicit',
      source: via('default_affiliation', 'physical_address'),
    }),
    // Written and filtered as `status`, and read so too in the older reference; the current one reads `contact_status`.
    status,
    contact_status: alias('status', status),
    standing: text(),
    // An argon2id hash: "This field is write only".
    password: text({ shown: 'hidden' }),
  },
  unique: [['username']],
  personal: { name: ['firstname', 'middlename', 'surname', 'username'], text: ['title', 'comments'] },
  titled: joined('firstname', 'surname'),
  search: ['firstname', 'surname', 'email'],
  follows: { standing: ['status', 'standing'] },
  sources: {
    affiliation: own('default_affiliation'),
    contact_number: having('affiliations', 'contact', any(own('phone'), own('fax'), own('mobile'))),
    country: via('default_affiliation', 'country'),
    fullname: joined('firstname', 'surname'),
  },
  filters: {
    basic: ['id', 'email', 'title', 'standing', 'affiliation', 'status', 'username', 'contact_number'],
    date: ['date_created', 'date_modified', 'date_last_interacted'],
    order: [
      'id',
      'fullname',
      'firstname',
      'username',
      'surname',
      'title',
      'contact_status_id',
      'standing',
      'date_modified',
      'date_created',
      'date_last_interacted',
    ],
    range: ['id', 'status', 'country'],
  },
  // What the verbs read beside the affiliation's own parameters; the password is theirs alone, to be hashed.
  create: {
    required: ['firstname', 'surname'],
    optional: ['middlename', 'username', 'title', 'comments', 'status', 'standing'],
  },
  update: ['firstname', 'middlename', 'surname', 'username', 'title', 'comments', 'status', 'standing'],
  // A contact is never removed: DELETE is "equivalent" to PUT with `standing=inactive`, so the same access is enough.
  access: { remove: 'standard' },
  requests: [
    list('contacts'),
    count('contacts/count'),
    recent('contacts/recent'),
    newest('contacts/newest'),
    read('contacts/{contact_id}'),
    verb('POST', 'contacts', 'contacts.create', {
      parameters: [
        'firstname!',
        'surname!',
        'company_id!',
        ...written.filter((name) => name !== 'firstname' && name !== 'surname'),
        'country_id',
        'physical_address_id',
        'postal_address_id',
        'phone',
        'fax',
        'email',
        'position',
        'communication',
        'invoice_method',
      ],
    }),
    verb('PUT', 'contacts/{contact_id}', 'contacts.update', { parameters: written }),
    verb('PUT', 'contact/{contact_id}', 'contacts.update', { parameters: written }),
    verb('DELETE', 'contacts/{contact_id}', 'contacts.deactivate'),
    linked('contacts/{contact_id}/status', 'contact_statuses', 'status'),
    children('contacts/{contact_id}/addresses', 'addresses', own('against_id'), 'against_type'),
  ],
  events: [created('create_contact', 'Contact created'), updated('update_contact', 'Contact updated')],
  traits: [
    profiles('contact', 'contacts'),
    collections('contact', 'contacts'),
    segmentations('contact', 'contacts'),
    objectStatuses('contact', 'contacts'),
    progressions('contact', 'contacts', 'status'),
  ],
});
