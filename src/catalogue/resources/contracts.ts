import {
  alias,
  choice,
  flag,
  link,
  moment,
  money,
  reference,
  text,
  unsigned,
  uri,
  yesno,
} from '../fields.ts';
import { children, count, list, read, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { firstTied, having, is, own, type Source, same, total, via } from '../source.ts';
import { collections } from '../traits/collections.ts';
import { extensions, profiles } from '../traits/custom.ts';
import { progressions } from '../traits/progressions.ts';
import { statuses } from '../traits/statuses.ts';

const kinds = ['company', 'contact', 'affiliation', 'job'] as const;
const invoicing = ['none', 'email', 'fax', 'postal'] as const;
const type = link('contract_types', { initial: 'first' });

/** Templates of contracts. A contract takes from its type what it does not say itself. */
const types = resource({
  name: 'contract_types',
  singular: 'contract_type',
  plural: 'contract_types',
  scope: 'contracts',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    parent: unsigned({ initial: { value: 0 } }),
    standing: text(),
    ordering: unsigned({ initial: { value: 0 } }),
    auto_renew: yesno({ initial: { value: 0 } }),
    renew_days: unsigned({ initial: { value: 0 } }),
    send_invoice: choice(invoicing, { initial: { value: 'none' } }),
    period_template_id: unsigned(),
    invoice_template_id: unsigned(),
    service_tax: link('taxes', { shown: 'hidden', id: true }),
    service_tax_ledger: link('ledgers', { shown: 'hidden', id: true }),
    auto_complete_task: flag({ initial: { value: 0 } }),
  },
  titled: 'title',
  search: ['title'],
  // "This object does not support the `_ALL` argument" — reference, The Contract Type.
  all: false,
  sources: { service_ledger_id: own('service_tax_ledger_id') },
  create: {
    required: ['title'],
    optional: [
      'parent',
      'standing',
      'ordering',
      'auto_renew',
      'renew_days',
      'send_invoice',
      'period_template_id',
      'invoice_template_id',
      'service_tax_id',
      'service_tax_ledger_id',
      'auto_complete_task',
    ],
  },
  filters: {
    basic: [
      'id',
      'standing',
      'auto_renew',
      'parent',
      'send_invoice',
      'period_template_id',
      'invoice_template_id',
      'service_tax_id',
      'service_ledger_id',
    ],
    order: ['id', 'title', 'standing', 'ordering'],
    range: ['id', 'renew_days'],
  },
  requests: [
    list('contracts/types', { wrapped: 'types' }),
    count('contracts/types/count'),
    read('contracts/types/{type_id}'),
  ],
});

const period = 'contracts/periods/{period_id}';

/** What a contract covers from one day to another, and how it is charged. */
const periods = resource({
  name: 'contract_periods',
  singular: 'contract_period',
  plural: 'contract_periods',
  scope: 'contracts',
  fields: {
    id: unsigned({ shown: 'default' }),
    date_created: moment({ initial: 'now' }),
    date_commenced: moment({ initial: 'now' }),
    date_expires: moment(),
    date_closed: moment(),
    budget_type: choice(['pre-paid', 'post-paid'], { initial: { value: 'post-paid' } }),
    // With spaces in the table of the reference, with an underscore in its sample.
    allowance_type: choice(['unlimited_hours', 'fixed_hours', 'fixed_value'], {
      initial: { value: 'unlimited_hours' },
    }),
    rate_type: choice(['contract', 'object'], { initial: { value: 'object' } }),
    rate: link('rates', { shown: 'hidden', id: true }),
    rate_charged: money({ shown: 'hidden', initial: { value: 0 } }),
    service_item: link('item_templates', { shown: 'hidden', id: true }),
    duration_type: choice(['fixed', 'unlimited'], { initial: { value: 'fixed' } }),
    rollover: yesno({ initial: { value: 0 } }),
    standing: text({ initial: { value: 'opened' } }),
    contract: uri('contracts', { id: true }),
    contract_budget: link('contract_budgets', {
      source: firstTied('contract_budgets', [
        is('against_type', 'contract_period'),
        same('against_id', 'id'),
      ]),
    }),
  },
  titled: 'id',
  parent: 'contract',
  sources: { budget: own('contract_budget') },
  takes: { rate_charged: ['rate', 'charged'] },
  create: {
    required: ['contract_id'],
    optional: [
      'date_commenced',
      'date_expires',
      'date_closed',
      'budget_type',
      'allowance_type',
      'rate_type',
      'rate_id',
      'rate_charged',
      'service_item_id',
      'duration_type',
      'rollover',
      'standing',
    ],
  },
  filters: {
    basic: [
      'id',
      'budget_type',
      'allowance_type',
      'rate_type',
      'rate',
      'service_item',
      'duration_type',
      'rollover',
      'standing',
      'contract',
      'contract_budget',
    ],
    date: ['date_created', 'date_commenced', 'date_expires', 'date_closed'],
    range: ['id', 'contract', 'rate', 'rate_charged', 'budget', 'service_item'],
    order: ['id', 'date_created', 'date_commenced', 'date_expires', 'date_closed'],
  },
  requests: [
    list('contracts/periods'),
    read(period),
    verb('PUT', `${period}/close`, 'contract_periods.close'),
    verb('POST', `${period}/close`, 'contract_periods.close'),
    verb('PUT', `${period}/open`, 'contract_periods.open'),
    verb('POST', `${period}/open`, 'contract_periods.open'),
  ],
});

/** What is against a period: a budget has totals for nothing else. */
const ofPeriod = (source: Source): Source => ({
  choose: 'against_type',
  cases: { contract_period: source },
});

/** What may be spent in a period, and what was. Read through periods: the reference has the object, and no request for it. */
const budgets = resource({
  name: 'contract_budgets',
  singular: 'contract_budget',
  plural: 'contract_budgets',
  scope: 'contracts',
  fields: {
    id: unsigned({ shown: 'default' }),
    value: money({ initial: { value: 0 }, financial: true }),
    product_charged: money({
      source: ofPeriod(
        total('materials', [same('contract_period', 'against_id')], {
          times: [own('quantity'), own('price')],
          per: 1_000_000,
        }),
      ),
      financial: true,
    }),
    time_charged: money({
      source: ofPeriod(
        total('activities', [same('contract_period', 'against_id')], via('time_allocation', 'charged')),
      ),
      financial: true,
    }),
    time: unsigned({
      source: ofPeriod(
        total('activities', [same('contract_period', 'against_id')], {
          plus: [own('billable'), own('nonbillable')],
        }),
      ),
    }),
    against_type: choice(['contract_period']),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
  },
  titled: 'id',
  parent: 'against',
  references: { against: ['contract_period'] },
  create: { required: ['against_type', 'against_id'], optional: ['value'] },
  requests: [],
});

/** Retainers: work that comes again, in periods. They are made in the deployment: the reference has no request that creates or changes one. */
export default resource({
  singular: 'contract',
  plural: 'contracts',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    period_template_id: unsigned({ shown: 'default' }),
    date_created: moment({ initial: 'now' }),
    date_started: moment({ initial: 'now' }),
    date_expires: moment(),
    // The end of the current period: of those that are open, the one that ends first.
    date_period_expires: moment({
      source: {
        lowest: 'contract_periods',
        tie: [same('contract', 'id'), is('standing', 'opened')],
        source: own('date_expires'),
      },
    }),
    date_last_interacted: moment(),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against'),
    value: money({ initial: { value: 0 } }),
    auto_renew: yesno({ initial: { value: 0 } }),
    renew_days: unsigned({ initial: { value: 0 } }),
    send_invoice: choice(invoicing, { initial: { value: 'none' } }),
    notes: text({ limit: 65_535 }),
    staff_bookmarked: flag({ initial: { value: 0 } }),
    owner_affiliation: link('affiliations', { initial: 'inherited' }),
    affiliation: alias('owner_affiliation', link('affiliations'), { deprecated: true }),
    billable_affiliation: link('affiliations', { initial: { of: 'owner_affiliation' } }),
    billable: alias('billable_affiliation', unsigned()),
    contract_type: type,
    type: alias('contract_type', type, { deprecated: true }),
    manager: link('staff', { initial: 'caller' }),
    status: link('contract_statuses', { initial: 'first' }),
    standing: text(),
    job: link('jobs', { initial: 'inherited' }),
    company: link('companies', { initial: 'inherited' }),
  },
  personal: { text: ['title', 'notes'] },
  titled: 'title',
  parent: 'against',
  references: { against: kinds },
  search: ['title'],
  follows: { standing: ['status', 'standing'] },
  takes: {
    period_template_id: ['contract_type', 'period_template_id'],
    auto_renew: ['contract_type', 'auto_renew'],
    renew_days: ['contract_type', 'renew_days'],
    send_invoice: ['contract_type', 'send_invoice'],
  },
  parameters: { type_id: 'contract_type', manager_id: 'manager', status_id: 'status' },
  sources: {
    // The reference filters by `date_expired`, and clients by the field's own name.
    date_expired: own('date_expires'),
    is_related_to_issue: having('issues', 'contract', 'id'),
    // "Range by the `company_id` of the billable company."
    billable: via('billable_affiliation', 'company'),
    period_template: own('period_template_id'),
    service_tax: { having: 'services', by: 'against_id', type: 'against_type', source: own('tax_id') },
    service_ledger: {
      having: 'services',
      by: 'against_id',
      type: 'against_type',
      source: own('service_ledger_id'),
    },
  },
  create: {
    required: ['title', 'against_type', 'against_id'],
    optional: [
      'type_id',
      'manager_id',
      'status_id',
      'period_template_id',
      'date_started',
      'date_expires',
      'value',
      'auto_renew',
      'renew_days',
      'send_invoice',
      'notes',
      'owner_affiliation',
      'billable_affiliation',
    ],
  },
  filters: {
    basic: [
      'id',
      'standing',
      'type',
      'contract_type',
      'manager',
      'billable_affiliation',
      'owner_affiliation',
      'status',
      'against_id',
      'against_type',
      'is_related_to_issue',
    ],
    date: ['date_created', 'date_started', 'date_expired', 'date_expires', 'date_period_expires'],
    order: [
      'id',
      'date_created',
      'date_started',
      'date_expires',
      'date_period_expires',
      'standing',
      'status',
      'title',
      'date_last_interacted',
    ],
    range: [
      'id',
      'type',
      'contract_type',
      'billable',
      'affiliation',
      'manager',
      'against_id',
      'status',
      'value',
      'renew_days',
      'period_template',
      'service_tax',
      'service_ledger',
    ],
    object: ['against'],
  },
  requests: [
    list('contracts'),
    count('contracts/count'),
    read('contracts/{contract_id}'),
    {
      ...children('contracts/{contract_id}/periods', 'contract_periods', own('contract')),
      wrapped: 'periods',
    },
    read('contracts/{contract_id}/periods/{period_id}', {
      of: 'contract_periods',
      within: { source: own('contract') },
    }),
  ],
  parts: [types, periods, budgets],
  traits: [
    profiles('contract', 'contracts'),
    extensions('contract', 'contracts', 'contract_type'),
    collections('contract', 'contracts'),
    statuses('contract', 'contracts'),
    progressions('contract', 'contracts', 'status'),
  ],
});
