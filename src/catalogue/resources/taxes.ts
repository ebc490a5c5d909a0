import { choice, money, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';

/** The taxes that lines of invoices and types of expense are charged with. */
export default resource({
  singular: 'tax',
  plural: 'taxes',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    /** Per cent. */
    rate: money({ scale: 4 }),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['standing', 'rate'] },
  filters: { basic: ['id', 'standing'], order: ['id', 'standing', 'title'], range: ['id'] },
  requests: [list('taxes'), count('taxes/count'), read('taxes/{tax_id}')],
});
