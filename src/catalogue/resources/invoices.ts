import { alias, choice, integer, link, moment, money, reference, text, unsigned } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource } from '../resource.ts';
import { is, own, same, total, via } from '../source.ts';
import { profiles } from '../traits/custom.ts';

const kinds = ['company', 'affiliation', 'job', 'issue', 'milestone', 'task', 'contract'] as const;
/** Both factors have six digits after the point, the product two. */
const price = { times: [own('quantity'), own('rate')], per: 10_000_000_000 } as const;
const lines = [same('invoice', 'id')];
const paid = (direction: 'credit' | 'debit') =>
  total(
    'payments',
    [is('against_type', 'account_invoice'), same('against_id', 'id'), is('direction', direction)],
    'amount',
  );

const items = resource({
  name: 'invoice_line_items',
  singular: 'line_item',
  plural: 'line_items',
  scope: 'invoices',
  fields: {
    id: unsigned({ shown: 'default' }),
    type: choice(['material', 'service', 'expense'], { shown: 'default', initial: { value: 'service' } }),
    quantity: money({ shown: 'default', scale: 6, initial: { value: 1_000_000 } }),
    rate: money({ shown: 'default', scale: 6, initial: { value: 0 } }),
    total: money({
      shown: 'default',
      source: { plus: [total('invoice_line_items', [same('id', 'id')], price), own('tax')] },
    }),
    tax: money({ initial: { value: 0 } }),
    invoice: link('invoices', { shown: 'hidden', id: true }),
    line_item_ledger: link('ledgers'),
    ledger_id: alias('line_item_ledger', unsigned()),
    line_item_tax: link('taxes'),
    tax_id: alias('line_item_tax', unsigned()),
    description: text({ limit: 65_535 }),
    ordering: unsigned({ initial: { value: 0 } }),
    // The samples have these names beside the table's.
    invoice_line_item_ledger: alias('line_item_ledger', link('ledgers')),
    invoice_line_item_tax: alias('line_item_tax', link('taxes')),
  },
  personal: { text: ['description'] },
  titled: 'description',
  parent: 'invoice',
  search: ['description'],
  create: {
    required: ['invoice_id'],
    optional: ['type', 'quantity', 'rate', 'tax', 'ledger_id', 'tax_id', 'description', 'ordering'],
  },
  filters: {
    basic: ['id', 'invoice_id', 'ledger_id', 'tax_id'],
    order: ['id', 'invoice_id', 'ledger_id', 'tax_id', 'quantity', 'rate', 'total', 'ordering'],
    range: ['id', 'invoice_id', 'ledger_id', 'tax_id', 'quantity', 'rate', 'total'],
  },
  requests: [
    list('invoices/line_items'),
    count('invoices/line_items/count'),
    read('invoices/line_items/{line_item_id}'),
  ],
});

/**
 * What clients owe. Raised in the deployment: the reference has no request that creates one. The amounts follow from the lines and the payments, so
 * that they always add up. Payments call an invoice an `account_invoice`.
 */
export default resource({
  singular: 'account_invoice',
  plural: 'invoices',
  title: 'Invoice',
  fields: {
    id: unsigned({ shown: 'default' }),
    amount: money({ shown: 'default', source: total('invoice_line_items', lines, price) }),
    subject: text(),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    notes: text({ limit: 65_535 }),
    invoice_number: integer(),
    currency: link('currencies', { shown: 'hidden', id: true }),
    owner: link('staff', { shown: 'hidden', initial: 'caller', id: true }),
    tax: money({ source: total('invoice_line_items', lines, 'tax') }),
    outstanding: money({
      source: { plus: [own('amount'), own('tax'), paid('debit'), { minus: paid('credit') }] },
    }),
    modifier: link('staff', { shown: 'hidden', stamped: 'caller' }),
    modified_by: alias('modifier', unsigned()),
    date_raised: moment({ initial: 'now' }),
    date_due: moment(),
    date_modified: moment({ initial: 'now', stamped: 'now' }),
    affiliation: link('affiliations', { initial: 'inherited', id: true }),
    contact: link('contacts', { source: via('affiliation', 'contact') }),
    created_by: link('staff', { initial: 'caller' }),
    creator_id: alias('created_by', unsigned()),
  },
  personal: { text: ['subject', 'notes'] },
  titled: 'subject',
  parent: 'against',
  references: { against: kinds },
  search: ['subject', 'invoice_number'],
  create: {
    required: ['subject'],
    optional: [
      'against_type',
      'against_id',
      'notes',
      'invoice_number',
      'currency_id',
      'owner_id',
      'date_raised',
      'date_due',
      'affiliation_id',
      'creator_id',
    ],
  },
  filters: {
    basic: ['id', 'invoice_number'],
    date: ['date_raised', 'date_due', 'date_modified'],
    order: ['id', 'date_raised', 'date_due', 'date_modified'],
    range: ['id', 'amount', 'tax', 'outstanding', 'created_by', 'affiliation', 'modified_by'],
  },
  requests: [list('invoices'), count('invoices/count'), read('invoices/{invoice_id}')],
  traits: [profiles('account_invoice', 'invoices')],
  parts: [items],
});
