import { alias, choice, link, moment, money, reference, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';
import { same, total } from '../source.ts';

const kinds = ['account_invoice', 'purchase'] as const;
const ids = ['id', 'currency_id', 'method_id', 'receipt_id', 'created_by_staff_id'] as const;

const currencies = resource({
  singular: 'currency',
  plural: 'currencies',
  scope: 'payments',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    code: text({ limit: 8 }),
    symbol: text({ limit: 8 }),
    rate: money({ scale: 6, initial: { value: 1_000_000 } }),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['code', 'symbol', 'rate'] },
  requests: [],
});

const methods = resource({
  name: 'payment_methods',
  singular: 'payment_method',
  plural: 'payment_methods',
  scope: 'payments',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
  },
  titled: 'title',
  create: { required: ['title'], optional: ['standing'] },
  requests: [],
});

const owners = ['staff', 'contact'] as const;

/** Issued for one payment or several: its amount is theirs together. */
const receipts = resource({
  name: 'payment_receipts',
  singular: 'payment_receipt',
  plural: 'payment_receipts',
  scope: 'payments',
  fields: {
    id: unsigned({ shown: 'default' }),
    amount: money({ shown: 'default', source: total('payments', [same('payment_receipt', 'id')], 'amount') }),
    affiliation: link('affiliations', { shown: 'hidden', id: true }),
    owner_type: choice(owners),
    owner_id: unsigned(),
    owner: reference('owner', { shown: 'hidden' }),
    date_received: moment({ initial: 'now' }),
  },
  titled: 'owner_type',
  references: { owner: owners },
  create: { required: [], optional: ['affiliation_id', 'owner_type', 'owner_id', 'date_received'] },
  requests: [],
});

/** What was paid, against an invoice for example: `credit` lessens what is outstanding there, `debit` adds to it. */
export default resource({
  singular: 'payment',
  plural: 'payments',
  fields: {
    id: unsigned({ shown: 'default' }),
    payment_receipt: link('payment_receipts'),
    receipt_id: alias('payment_receipt', unsigned({ shown: 'default' }), { shown: 'default' }),
    amount: money({ shown: 'default' }),
    payment_currency: link('currencies'),
    currency_id: alias('payment_currency', unsigned()),
    payment_method: link('payment_methods'),
    method_id: alias('payment_method', unsigned()),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    date_created: moment({ initial: 'now' }),
    created_by: link('staff', { shown: 'hidden', initial: 'caller' }),
    created_by_staff_id: alias('created_by', unsigned()),
    direction: choice(['debit', 'credit'], { initial: { value: 'credit' } }),
  },
  titled: 'direction',
  parent: 'against',
  references: { against: kinds },
  create: {
    required: ['amount', 'against_type', 'against_id'],
    optional: ['receipt_id', 'currency_id', 'method_id', 'date_created', 'created_by_staff_id', 'direction'],
  },
  filters: {
    basic: [...ids, 'against_id', 'against_type'],
    date: ['date_created'],
    order: [...ids, 'amount', 'date_created', 'direction', 'against_id'],
    range: [...ids, 'amount', 'against_id'],
    object: ['against'],
  },
  requests: [list('payments'), count('payments/count'), read('payments/{payment_id}')],
  parts: [receipts, methods, currencies],
});
