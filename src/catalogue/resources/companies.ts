import { flag, link, moment, text, unsigned } from '../fields.ts';
import { count, create, linked, list, newest, read, recent, remove, update } from '../request.ts';
import { resource } from '../resource.ts';
import { progressions } from '../traits/progressions.ts';
import { statuses } from '../traits/statuses.ts';
export default resource({
  singular: 'company', plural: 'companies',
  fields: {
    id: unsigned({ shown: 'default' }), name: text({ shown: 'default' }), custom_id: text(), website: text(), phone: text(), fax: text(),
    date_created: moment({ initial: 'now' }), date_modified: moment({ initial: 'now', stamped: 'now' }), date_last_interacted: moment(), comments: text({ limit: 65535 }),
    standing: text(), status: link('company_statuses', { initial: 'first' }), staff_bookmarked: flag({ initial: { value: 0 } }),
  },
  unique: [['name'], ['custom_id']], titled: 'name', search: ['website', 'name', 'phone', 'fax'],
  follows: { standing: ['status', 'standing'] }, parameters: { status_id: 'status' },
  create: { required: ['name'], optional: ['status_id', 'standing', 'website', 'phone', 'fax', 'comments', 'custom_id'] }, update: ['website', 'phone', 'fax', 'comments', 'name', 'standing'],
  filters: { basic: ['id', 'status', 'standing', 'custom_id', 'website'], date: ['date_created', 'date_modified'], range: ['id', 'standing', 'status', 'custom_id'], order: ['id', 'date_created', 'date_modified', 'name', 'standing', 'status'] },
  requests: [list('companies'), count('companies/count'), recent('companies/recent'), newest('companies/newest'), read('companies/{company_id}'), create('companies'), update('companies/{company_id}'), remove('companies/{company_id}'), linked('companies/{company_id}/status', 'company_statuses', 'status')],
  traits: [statuses('company', 'companies'), progressions('company', 'companies', 'status')],
});
