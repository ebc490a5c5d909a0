import { choice, link, moment, reference, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';
import { own } from '../source.ts';

const kinds = ['company', 'contact', 'contract', 'issue', 'job', 'prospect', 'quote', 'task'] as const;

/** Which object came of which: a job of the sale that was won. They come about in the deployment: the reference has no request that writes one. */
export default resource({
  singular: 'referral',
  plural: 'referrals',
  fields: {
    id: unsigned({ shown: 'default' }),
    referrer_type: choice(kinds),
    referrer_id: unsigned(),
    referrer: reference('referrer', { shown: 'hidden' }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    created_by: link('staff', { initial: 'caller' }),
    updated_by: link('staff', { initial: 'caller', stamped: 'caller' }),
    date_created: moment({ initial: 'now' }),
    date_updated: moment({ initial: 'now', stamped: 'now' }),
  },
  titled: 'against_type',
  parent: 'against',
  references: { referrer: kinds, against: kinds },
  sources: { created: own('date_created'), updated: own('date_updated') },
  create: {
    required: ['referrer_type', 'referrer_id', 'against_type', 'against_id'],
    optional: ['created_by', 'updated_by', 'date_created', 'date_updated'],
  },
  filters: {
    basic: ['id', 'against_type', 'against_id', 'referrer_type', 'referrer_id', 'created_by', 'updated_by'],
    date: ['created', 'updated'],
    order: ['id', 'date_created', 'date_updated'],
    range: ['id'],
  },
  requests: [list('referrals'), count('referrals/count'), read('referrals/{id}')],
});
