import { choice, money, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';

/** What an hour costs. Rates are set up in the deployment: the reference has no request that writes them. */
export default resource({
  singular: 'rate',
  plural: 'rates',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    charged: money({ initial: { value: 0 } }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    // "A list of objects this rate is applicable to", such as `staff,issue,job`.
    object: text(),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['charged', 'standing', 'object'] },
  requests: [list('rates'), count('rates/count'), read('rates/{rate_id}')],
});
