import { alias, choice, link, moment, money, reference, text, unsigned, yesno } from '../fields.ts';
import { count, list, read, remove, update, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { own, same, total } from '../source.ts';
import { progressions } from '../traits/progressions.ts';
import { statuses } from '../traits/statuses.ts';

const kinds = ['job', 'issue', 'task', 'milestone', 'contract', 'company', 'contact', 'affiliation'] as const;
const required = ['title', 'against_id', 'against_type', 'unit_cost', 'quantity', 'type_id'] as const;
const optional = ['price', 'date_incurred', 'billable', 'reimbursable', 'resource_id'] as const;
const type = link('expense_types');
/** The unit cost times the quantity, both with four digits after the point. */
const cost = { times: [own('unit_cost'), own('quantity')], per: 10_000 } as const;

const types = resource({
  name: 'expense_types',
  singular: 'expense_type',
  plural: 'expense_types',
  scope: 'expenses',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    standing: text({ initial: { value: 'active' } }),
    expense_type_ledger: link('ledgers'),
    ledger_id: alias('expense_type_ledger', unsigned()),
    tax: link('taxes', { shown: 'hidden', id: true }),
  },
  titled: 'title',
  search: ['title'],
  create: { required: ['title'], optional: ['standing', 'ledger_id', 'tax_id'] },
  filters: {
    basic: ['id', 'standing', 'ledger_id', 'tax_id'],
    order: ['id', 'title', 'standing'],
    range: ['id'],
  },
  requests: [list('expenses/types'), count('expenses/types/count'), read('expenses/types/{type_id}')],
});

/** What work has cost beside time. `standing` is that of its status, `submitted` until it has one. */
export default resource({
  singular: 'expense',
  plural: 'expenses',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    unit_cost: money({ shown: 'default', scale: 4 }),
    quantity: money({ shown: 'default', scale: 4 }),
    standing: text({ shown: 'default', initial: { value: 'submitted' } }),
    status: link('expense_statuses', { shown: 'hidden', initial: 'first' }),
    cost: money({ shown: 'hidden', scale: 4, source: total('expenses', [same('id', 'id')], cost) }),
    price: money({ scale: 4, initial: { of: 'unit_cost' } }),
    date_incurred: moment({ initial: 'now' }),
    activity: link('activities', { id: true }),
    expense_type: type,
    type: alias('expense_type', type, { deprecated: true }),
    type_id: alias('expense_type', unsigned()),
    approver: link('staff', { id: true }),
    submitter: link('staff', { initial: 'caller', id: true }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    billable: yesno({ initial: { value: 1 } }),
    reimbursable: yesno({ initial: { value: 0 } }),
    resource: link('resources'),
    resource_id: alias('resource', link('resources'), { shown: 'hidden' }),
  },
  personal: { text: ['title'] },
  titled: 'title',
  parent: 'against',
  references: { against: kinds },
  search: ['title'],
  follows: { standing: ['status', 'standing'] },
  parameters: {
    activity_id: 'activity',
    type_id: 'expense_type',
    approver_id: 'approver',
    status_id: 'status',
  },
  create: { required, optional },
  update: [
    'title',
    'quantity',
    'billable',
    'reimbursable',
    'type_id',
    'unit_cost',
    'date_incurred',
    'resource_id',
  ],
  filters: {
    basic: ['id', 'standing', 'type', 'expense_type', 'submitter', 'approver', 'against_type', 'against_id'],
    date: ['date_incurred'],
    order: ['id', 'date_incurred', 'title', 'standing'],
    range: ['id', 'type', 'expense_type', 'submitter', 'approver', 'quantity', 'unit_cost', 'cost'],
    object: ['against'],
  },
  requests: [
    list('expenses'),
    count('expenses/count'),
    read('expenses/{expense_id}'),
    verb('POST', 'expenses', 'expenses.create', {
      uploads: ['file'],
      parameters: [...required.map((name) => `${name}!`), ...optional, 'file'],
    }),
    update('expenses/{expense_id}'),
    remove('expenses/{expense_id}'),
  ],
  traits: [statuses('expense', 'expenses', []), progressions('expense', 'expenses', 'status')],
  parts: [types],
});
