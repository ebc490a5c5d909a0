import { choice, link, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';

/** The accounts of the books that amounts are charged to. */
export default resource({
  singular: 'ledger',
  plural: 'ledgers',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    code: text({ shown: 'default' }),
    parent: link('ledgers', { shown: 'hidden', id: true }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    comment: text({ limit: 65_535 }),
  },
  personal: { text: ['comment'] },
  titled: 'title',
  search: ['title', 'code'],
  create: { required: ['title'], optional: ['code', 'parent_id', 'standing', 'comment'] },
  filters: {
    basic: ['id', 'code', 'parent_id', 'standing'],
    order: ['id', 'code', 'parent_id', 'standing', 'title'],
    range: ['id', 'parent_id'],
  },
  requests: [list('ledgers'), count('ledgers/count'), read('ledgers/{ledger_id}')],
});
