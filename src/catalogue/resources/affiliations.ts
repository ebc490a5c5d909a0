import { flag, link, moment, text, unsigned } from '../fields.ts';
import { count, create, linked, list, read, remove, update } from '../request.ts';
import { resource } from '../resource.ts';
import { any, joined, own, via } from '../source.ts';
import { profiles } from '../traits/custom.ts';
import { progressions } from '../traits/progressions.ts';
import { objectStatuses } from '../traits/statuses.ts';

const written = [
  'country_id',
  'physical_address_id',
  'physical_address',
  'postal_address_id',
  'postal_address',
  'phone',
  'fax',
  'mobile',
  'email',
  'position',
  'status_id',
  'affiliation_status',
  'standing',
  'communication',
  'invoice_method',
] as const;

/** What a contact is to a company, and how to reach the contact there; a contact may have several. */
export default resource({
  singular: 'affiliation',
  plural: 'affiliations',
  fields: {
    id: unsigned({ shown: 'default' }),
    mobile: text({ shown: 'default' }),
    email: text({ shown: 'default' }),
    fax: text(),
    position: text(),
    phone: text(),
    postal_address: link('addresses'),
    physical_address: link('addresses'),
    company: link('companies'),
    contact: link('contacts'),
    affiliation_status: link('affiliation_statuses', { initial: 'first' }),
    standing: text(),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    date_last_interacted: moment(),
    staff_bookmarked: flag({ initial: { value: 0 } }),
    portal_access: flag({ initial: { value: 0 } }),
    // "default "no"" — reference, Create an Affiliation.
    communication: flag({ initial: { value: 0 } }),
    invoice_method: text(),
    // `country_id` may be sent and `country` filtered by, but no documented field reads it back.
    country: link('countries', { shown: 'hidden' }),
  },
  personal: { email: ['email'], phone: ['mobile', 'phone', 'fax'], text: ['position'] },
  titled: via('contact', joined('firstname', 'surname')),
  parent: 'company',
  search: [via('contact', 'firstname'), via('contact', 'surname'), 'fax', 'phone', 'mobile', 'email'],
  follows: { standing: ['affiliation_status', 'standing'] },
  sources: {
    status: own('affiliation_status'),
    contact_number: any(own('phone'), own('fax'), own('mobile')),
    // "The date that the affiliated contact was created."
    date_created: via('contact', 'date_created'),
    fullname: via('contact', joined('firstname', 'surname')),
  },
  filters: {
    basic: [
      'id',
      'email',
      'standing',
      'status',
      'postal_address',
      'physical_address',
      'company',
      'contact',
      'contact_number',
      'invoice_method',
      'portal_access',
      'communication',
    ],
    date: ['date_created', 'date_last_interacted', 'date_modified'],
    order: ['status', 'standing', 'date_modified', 'date_created', 'date_last_interacted', 'fullname'],
    range: ['id', 'country', 'physical_address', 'postal_address', 'contact', 'status'],
  },
  create: { required: ['company_id', 'contact_id'], optional: ['company', 'contact', ...written] },
  update: written,
  parameters: {
    company_id: 'company',
    contact_id: 'contact',
    country_id: 'country',
    physical_address_id: 'physical_address',
    postal_address_id: 'postal_address',
    status_id: 'affiliation_status',
  },
  // The reference writes several of these paths in the singular: both forms are served.
  requests: [
    list('affiliations'),
    list('affiliation'),
    count('affiliations/count'),
    read('affiliations/{affiliation_id}'),
    read('affiliation/{affiliation_id}'),
    create('affiliations'),
    update('affiliations/{affiliation_id}'),
    update('affiliation/{affiliation_id}'),
    remove('affiliations/{affiliation_id}'),
    remove('affiliation/{affiliation_id}'),
    linked('affiliations/{affiliation_id}/status', 'affiliation_statuses', 'affiliation_status'),
  ],
  traits: [
    profiles('affiliation', 'affiliations'),
    objectStatuses('affiliation', 'affiliations'),
    progressions('affiliation', 'affiliations', 'affiliation_status'),
  ],
});
