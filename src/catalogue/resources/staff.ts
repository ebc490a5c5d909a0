import { choice, money, text, unsigned } from '../fields.ts';
import { count, list, read, update } from '../request.ts';
import { resource } from '../resource.ts';
export default resource({
  singular: 'staff', plural: 'staff',
  fields: {
    id: unsigned({ shown: 'default' }), firstname: text({ shown: 'default' }), surname: text({ shown: 'default' }),
    standing: choice(['active', 'inactive', 'lockout'], { initial: { value: 'active' } }), financial_level: choice(['none', 'time', 'all']),
    title: text(), email: text(), mobile: text(), phone: text(), fax: text(), position: text(), username: text(), timezone: text(), staff_rate: money(),
    password: text({ shown: 'hidden' }), access: text({ shown: 'hidden', limit: 10000 }),
  },
  unique: [['username']], titled: 'firstname',
  create: { required: ['username', 'firstname', 'surname', 'email'] }, update: ['firstname', 'surname', 'title', 'email'],
  filters: { basic: ['id', 'email', 'standing', 'username'], range: ['id'] }, access: { create: 'admin', update: 'admin' },
  requests: [list('staff'), count('staff/count'), read('staff/{staff_id}'), update('staff/{staff_id}')],
});
