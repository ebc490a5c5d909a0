import { alias, choice, flag, link, moment, text, unsigned } from '../fields.ts';
import {
  children,
  count,
  countChildren,
  create,
  linked,
  list,
  newest,
  read,
  recent,
  remove,
  update,
  verb,
} from '../request.ts';
import { resource } from '../resource.ts';
import { any, having, joined, own, via } from '../source.ts';
import { collections } from '../traits/collections.ts';
import { profiles } from '../traits/custom.ts';
import { progressions } from '../traits/progressions.ts';
import { segmentations } from '../traits/segmentations.ts';
import { statuses } from '../traits/statuses.ts';

const natures = ['professional', 'confidential', 'private'] as const;

/**
 * Which members of staff manage a company. A manager on the wire is a staff object with a `relationship_id`, which is the
 * id of the row: "a manager can have multiple relationships with the same company" (reference, Remove a Manager). The rest of
 * the row stays hidden: lists answer staff.
 */
const managers = resource({
  name: 'company_managers',
  singular: 'company_manager',
  plural: 'company_managers',
  scope: 'companies',
  fields: {
    id: unsigned({ shown: 'hidden' }),
    relationship_id: alias('id', unsigned()),
    company: link('companies', { shown: 'hidden' }),
    staff: link('staff', { shown: 'hidden' }),
    nature: choice(natures, { shown: 'hidden', initial: { value: 'professional' } }),
  },
  titled: via('staff', joined('firstname', 'surname')),
  parent: 'company',
  create: { required: ['company_id', 'staff_id'], optional: ['nature'] },
  parameters: { company_id: 'company', staff_id: 'staff' },
  requests: [
    verb('GET', 'companies/{company_id}/managers', 'company_managers.list', {
      of: 'staff',
      tells: { ties: { of: 'company_managers', path: 'company', object: 'staff' } },
    }),
    verb('POST', 'companies/{company_id}/managers/add', 'company_managers.add', {
      of: 'staff',
      parameters: ['manager_id!', 'nature'],
    }),
    verb('DELETE', 'companies/{company_id}/managers/delete', 'company_managers.remove', {
      of: 'staff',
      parameters: ['relationship_id!'],
    }),
  ],
});

/** The clients, partners and vendors a deployment has dealings with; the root of most chains of `against`. */
export default resource({
  singular: 'company',
  plural: 'companies',
  fields: {
    id: unsigned({ shown: 'default' }),
    name: text({ shown: 'default' }),
    custom_id: text(),
    website: text(),
    phone: text(),
    fax: text(),
    date_created: moment({ initial: 'now' }),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    date_last_interacted: moment(),
    comments: text({ limit: 65_535 }),
    standing: text(),
    status: link('company_statuses', { initial: 'first' }),
    postal_address: link('addresses'),
    staff_bookmarked: flag({ initial: { value: 0 } }),
    default_affiliation: link('affiliations'),
    // `parent_id` may be sent, but no documented field reads it back.
    parent: link('companies', { shown: 'hidden' }),
  },
  unique: [['name'], ['custom_id']],
  personal: { name: ['name'], phone: ['phone', 'fax'], address: ['website'], text: ['comments'] },
  titled: 'name',
  search: ['website', 'name', 'phone', 'fax'],
  follows: { standing: ['status', 'standing'] },
  sources: {
    manager_id: having('company_managers', 'company', 'staff'),
    contact_number: any(own('phone'), own('fax')),
    // As on contacts, where the reference says so: the default affiliation.
    affiliation: own('default_affiliation'),
    country: via('postal_address', 'country'),
  },
  filters: {
    basic: [
      'id',
      'status',
      'standing',
      'default_affiliation',
      'postal_address',
      'manager_id',
      'contact_number',
      'custom_id',
      'website',
    ],
    date: ['date_created', 'date_modified'],
    order: [
      'id',
      'date_created',
      'date_modified',
      'date_last_interacted',
      'name',
      'standing',
      'status',
      'custom_id',
    ],
    range: ['id', 'affiliation', 'standing', 'status', 'custom_id', 'country'],
  },
  create: {
    required: ['name'],
    optional: [
      'parent_id',
      'status_id',
      'status',
      'standing',
      'website',
      'phone',
      'fax',
      'comments',
      'custom_id',
    ],
  },
  update: ['website', 'phone', 'fax', 'comments', 'name', 'standing'],
  parameters: { parent_id: 'parent', status_id: 'status' },
  requests: [
    list('companies'),
    count('companies/count'),
    recent('companies/recent'),
    newest('companies/newest'),
    read('companies/{company_id}'),
    create('companies'),
    update('companies/{company_id}'),
    remove('companies/{company_id}'),
    linked('companies/{company_id}/status', 'company_statuses', 'status'),
    linked('companies/{company_id}/contact', 'contacts', 'default_affiliation', 'contact'),
    children('companies/{company_id}/contacts', 'contacts', having('affiliations', 'contact', 'company')),
    countChildren(
      'companies/{company_id}/contacts/count',
      'contacts',
      having('affiliations', 'contact', 'company'),
    ),
    children('companies/{company_id}/addresses', 'addresses', own('against_id'), 'against_type'),
  ],
  traits: [
    profiles('company', 'companies', { set: [['POST', 'profiles/{profile_field_id}']] }),
    collections('company', 'companies'),
    segmentations('company', 'companies'),
    statuses('company', 'companies'),
    progressions('company', 'companies', 'status'),
  ],
  parts: [managers],
});
