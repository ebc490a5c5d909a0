import { alias, choice, link, money, text, unsigned } from '../fields.ts';
import { count, list, read, update, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { joined, own } from '../source.ts';
import { profiles } from '../traits/custom.ts';

const profile = ['firstname', 'surname', 'title', 'email', 'fax', 'phone', 'mobile', 'position'] as const;

/** Which groups a member of staff belongs to. */
const memberships = resource({
  name: 'staff_memberships',
  singular: 'staff_membership',
  plural: 'staff_memberships',
  scope: 'staff',
  fields: {
    id: unsigned({ shown: 'default' }),
    group_id: unsigned(),
    staff_id: alias('staff', unsigned()),
    staff: link('staff'),
  },
  titled: 'id',
  parent: 'staff',
  create: { required: ['group_id', 'staff_id'] },
  parameters: { staff_id: 'staff' },
  filters: { basic: ['id', 'staff_id', 'group_id'], range: ['id'], order: ['id'] },
  requests: [list('staff/memberships')],
});

/** The people who use a deployment: they sign in, own what they write, and act through applications. */
export default resource({
  singular: 'staff',
  plural: 'staff',
  fields: {
    id: unsigned({ shown: 'default' }),
    firstname: text({ shown: 'default' }),
    surname: text({ shown: 'default' }),
    standing: choice(['active', 'inactive', 'lockout'], { initial: { value: 'active' } }),
    financial_level: choice(['none', 'time', 'all']),
    title: text(),
    email: text(),
    mobile: text(),
    phone: text(),
    fax: text(),
    position: text(),
    username: text(),
    timezone: text(),
    staff_rate: money({ shown: 'explicit' }),
    staff_cost_rate: money({ shown: 'explicit' }),
    // An argon2id hash, and the levels of access as JSON.
    password: text({ shown: 'hidden' }),
    access: text({ shown: 'hidden', limit: 10_000 }),
  },
  unique: [['username']],
  personal: {
    name: ['firstname', 'surname', 'username'],
    email: ['email'],
    phone: ['mobile', 'phone', 'fax'],
    text: ['title', 'position'],
  },
  titled: joined('firstname', 'surname'),
  sources: { rate: own('staff_rate') },
  filters: { basic: ['id', 'email', 'standing', 'username'], range: ['id', 'rate'] },
  // The password is a parameter of the verb alone: it is hashed before it comes near a row.
  create: {
    required: ['username', 'firstname', 'surname', 'email'],
    optional: ['title', 'fax', 'phone', 'mobile', 'position'],
  },
  update: profile,
  access: { create: 'admin', update: 'admin' },
  requests: [
    list('staff'),
    count('staff/count'),
    read('staff/{staff_id}'),
    verb('GET', 'staff/whoami', 'staff.whoami', { unscoped: true }),
    verb('GET', 'users/whoami', 'staff.whoami', { unscoped: true }),
    verb('GET', 'user', 'user', { unscoped: true, shaped: true }),
    verb('GET', 'tokeninfo', 'tokeninfo', { unscoped: true }),
    verb('POST', 'staff', 'staff.create', {
      parameters: [
        'username!',
        'password!',
        'firstname!',
        'surname!',
        'email!',
        'title',
        'fax',
        'phone',
        'mobile',
        'position',
      ],
    }),
    update('staff/{staff_id}'),
  ],
  traits: [profiles('staff', 'staff', { set: [['PUT', 'profiles/fields/{profile_field_id}']] })],
  parts: [memberships],
});
