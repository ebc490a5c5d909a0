import { link, moment, money, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';
import { own } from '../source.ts';
import { profiles } from '../traits/custom.ts';

const numbers = ['amount', 'tax', 'total', 'id', 'owner_id', 'creator_id', 'affiliation_id'] as const;

/** What a deployment has bought, for its clients or itself. Entered in the deployment: the reference has no request that creates one. */
export default resource({
  singular: 'purchase',
  plural: 'purchases',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    owner: link('staff', { shown: 'hidden', initial: 'caller', id: true }),
    creator: link('staff', { shown: 'hidden', initial: 'caller', id: true }),
    affiliation: link('affiliations', { shown: 'hidden', id: true }),
    amount: money({ initial: { value: 0 } }),
    tax: money({ initial: { value: 0 } }),
    total: money({ source: { plus: [own('amount'), own('tax')] } }),
    date_purchased: moment({ initial: 'now' }),
  },
  personal: { text: ['title'] },
  titled: 'title',
  search: ['title'],
  create: {
    required: ['title'],
    optional: ['owner_id', 'creator_id', 'affiliation_id', 'amount', 'tax', 'date_purchased'],
  },
  filters: {
    basic: ['id', 'owner_id', 'creator_id', 'affiliation_id'],
    date: ['date_purchased'],
    order: numbers,
    range: numbers,
  },
  requests: [list('purchases'), count('purchases/count'), read('purchases/{purchase_id}')],
  traits: [profiles('purchase', 'purchases', { written: false })],
});
