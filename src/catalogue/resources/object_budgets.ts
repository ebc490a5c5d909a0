import { alias, choice, integer, link, moment, money, reference, text, unsigned, yesno } from '../fields.ts';
import { count, create, list, read, update } from '../request.ts';
import { resource } from '../resource.ts';
import { is, own, type Source, same, type Tie, total } from '../source.ts';

const kinds = ['job', 'milestone', 'issue', 'task'] as const;
const items = [
  ...kinds,
  'quote',
  'contract',
  'contract_period',
  'company',
  'contact',
  'affiliation',
] as const;
const states = ['active', 'inactive'] as const;

/** A line's value in hundredths: its quantity and its price have four digits after the point. */
const line = (price: string): Source => ({ times: [own('quantity'), own(price)], per: 1_000_000 });

/** The milestone of a budget, with all that are below it. */
const milestones = { tree: 'milestones', by: 'parent', same: 'against_id' } as const;

/** The tasks below the object of a budget. A milestone's are its own and those of the milestones below it. */
const tasks: Readonly<Record<string, Tie>> = {
  job: [same('task_job', 'against_id')],
  milestone: [{ field: 'milestone', ...milestones }],
  issue: [same('issue', 'against_id')],
};

/** Over the objects of `resource` that are against the same object as the budget. */
const against = (resource: string, source: Source | string): Source =>
  total(resource, [same('against_type', 'against_type'), same('against_id', 'against_id')], source);

/** Over those that are against the object and its children: milestones and tasks of a job, tasks of an issue. */
function withChildren(resource: string, source: Source | string): Source {
  const itself = against(resource, source);
  const below = (kind: string): Source =>
    total(
      resource,
      [is('against_type', 'task'), { field: 'against_id', among: 'tasks', tie: tasks[kind] as Tie }],
      source,
    );
  const ofMilestones = (ids: Tie): Source =>
    total(resource, [is('against_type', 'milestone'), ...ids], source);
  return {
    choose: 'against_type',
    cases: {
      task: itself,
      issue: { plus: [itself, below('issue')] },
      milestone: { plus: [ofMilestones([{ field: 'against_id', ...milestones }]), below('milestone')] },
      job: {
        plus: [
          itself,
          ofMilestones([{ field: 'against_id', among: 'milestones', tie: [same('job', 'against_id')] }]),
          below('job'),
        ],
      },
    },
  };
}

const remaining = (tie: Tie): Source => total('tasks', tie, 'remaining');

/** What expenses, materials and services are made from. */
const templates = resource({
  name: 'item_templates',
  singular: 'item_template',
  plural: 'item_templates',
  scope: 'object_budgets',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    description: text({ limit: 65_535 }),
    type: choice(['expense', 'material', 'service'], { initial: { value: 'service' } }),
    code: text(),
    standing: choice(states, { initial: { value: 'active' } }),
    quantity: money({ scale: 4, initial: { value: 10_000 } }),
    cost: money({ scale: 4, initial: { value: 0 } }),
    cost_rate: link('rates', { shown: 'hidden', id: true }),
    cost_tax: link('taxes', { id: true }),
    cost_ledger: link('ledgers', { id: true }),
    price: money({ scale: 4, initial: { value: 0 } }),
    price_rate: link('rates', { shown: 'hidden', id: true }),
    tax: link('taxes', { shown: 'hidden', id: true }),
    ledger: link('ledgers', { shown: 'hidden', id: true }),
    line_item_ledger: alias('ledger', link('ledgers')),
    expense_type_ledger: alias('ledger', link('ledgers')),
  },
  personal: { text: ['description'] },
  titled: 'title',
  search: ['title', 'description', 'code'],
  create: {
    required: ['title', 'type'],
    optional: [
      'description',
      'code',
      'standing',
      'quantity',
      'cost',
      'cost_rate_id',
      'cost_tax_id',
      'cost_ledger_id',
      'price',
      'price_rate_id',
      'tax_id',
      'ledger_id',
    ],
  },
  filters: {
    basic: ['id', 'type', 'standing', 'ledger_id', 'cost_ledger_id', 'cost_tax_id', 'tax_id'],
    range: ['id', 'price', 'cost'],
    order: ['id', 'cost', 'title', 'price', 'standing'],
  },
  requests: [list('object_budgets/templates')],
});

const template = link('item_templates');

/** Things that an object needs, each a line of its budget. What a line does not say it takes from its template. */
const materials = resource({
  singular: 'material',
  plural: 'materials',
  scope: 'object_budgets',
  fields: {
    id: unsigned({ shown: 'default' }),
    title: text({ shown: 'default' }),
    against_type: choice(items),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    quantity: money({ scale: 4, initial: { value: 10_000 } }),
    cost: money({ scale: 4, initial: { value: 0 } }),
    price: money({ scale: 4, initial: { value: 0 } }),
    date_created: moment({ initial: 'now' }),
    material_ledger: link('ledgers', { id: true }),
    material_template: link('item_templates', { id: true }),
    tax: link('taxes', { shown: 'hidden', id: true }),
    ordering: unsigned({ initial: { value: 0 } }),
    contract_period: link('contract_periods', { shown: 'hidden', initial: 'inherited', id: true }),
    // The table of the reference has the names above, its samples these.
    material_item_ledger: alias('material_ledger', link('ledgers')),
    material_item_ledger_id: alias('material_ledger', unsigned()),
    budget_item_template: alias('material_template', template),
    budget_item_template_id: alias('material_template', unsigned()),
  },
  personal: { text: ['title'] },
  titled: 'title',
  parent: 'against',
  references: { against: items },
  search: ['title'],
  takes: {
    quantity: ['material_template', 'quantity'],
    cost: ['material_template', 'cost'],
    price: ['material_template', 'price'],
    tax: ['material_template', 'tax'],
    material_ledger: ['material_template', 'ledger'],
  },
  parameters: { template_id: 'material_template' },
  create: {
    required: ['against_type', 'against_id', 'title'],
    optional: ['quantity', 'price', 'cost', 'template_id'],
  },
  update: ['title', 'quantity', 'price', 'cost', 'template_id'],
  filters: {
    basic: [
      'id',
      'against_id',
      'against_type',
      'material_ledger_id',
      'material_template_id',
      'quantity',
      'cost',
      'price',
      'tax_id',
      'contract_period_id',
    ],
    date: ['date_created'],
    range: ['id', 'cost', 'price', 'quantity'],
    order: ['id', 'quantity', 'price', 'cost', 'date_created'],
  },
  requests: [
    list('object_budgets/materials'),
    create('object_budgets/materials'),
    update('object_budgets/materials/{material_id}'),
  ],
});

/** Work that an object needs, each a line of its budget. */
const services = resource({
  singular: 'service',
  plural: 'services',
  scope: 'object_budgets',
  fields: {
    id: unsigned({ shown: 'default' }),
    against_type: choice(items),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    service_ledger: link('ledgers', { id: true }),
    service_template: link('item_templates', { id: true }),
    tax: link('taxes', { shown: 'hidden', id: true }),
    // The table of the reference has the names above, its samples these.
    service_item_ledger: alias('service_ledger', link('ledgers')),
    service_item_ledger_id: alias('service_ledger', unsigned()),
    budget_item_template: alias('service_template', template),
    budget_item_template_id: alias('service_template', unsigned()),
    // No documented field reads them, but the totals of budgets and quotes are made of them. Seconds, and the price of the line.
    time: integer({ shown: 'hidden', initial: { value: 0 } }),
    time_estimate: integer({ shown: 'hidden', initial: { value: 0 } }),
    price: money({ shown: 'hidden', initial: { value: 0 } }),
    price_estimate: money({ shown: 'hidden', initial: { value: 0 } }),
  },
  titled: 'id',
  parent: 'against',
  references: { against: items },
  takes: {
    tax: ['service_template', 'tax'],
    service_ledger: ['service_template', 'ledger'],
  },
  create: {
    required: ['against_type', 'against_id'],
    optional: [
      'service_template_id',
      'service_ledger_id',
      'tax_id',
      'time',
      'time_estimate',
      'price',
      'price_estimate',
    ],
  },
  filters: {
    basic: ['id', 'against_id', 'against_type', 'service_template_id', 'service_ledger_id', 'tax_id'],
    range: ['id'],
    order: ['id'],
    object: ['against'],
  },
  requests: [list('object_budgets/services')],
});

/**
 * What an object costs in time and money, added up when it is asked for. `…_subtotal`: with what is below the object. A job, an issue and
 * a task that the API creates have one from the start.
 */
export default resource({
  singular: 'object_budget',
  plural: 'object_budgets',
  fields: {
    id: unsigned({ shown: 'default' }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against', { shown: 'hidden' }),
    object_table: alias('against_type', choice(kinds), { deprecated: true }),
    object_id: alias('against_id', unsigned(), { deprecated: true }),
    object: reference('against'),
    is_billable: yesno({ initial: { value: 1 } }),
    service_time_estimate: integer({ source: against('services', 'time_estimate') }),
    service_time: integer({ source: against('services', 'time') }),
    service_time_subtotal_estimate: integer({ source: withChildren('services', 'time_estimate') }),
    service_price_estimate: money({ source: against('services', 'price_estimate') }),
    service_price: money({ source: against('services', 'price') }),
    service_price_subtotal_estimate: money({ source: withChildren('services', 'price_estimate') }),
    service_price_subtotal: money({ source: withChildren('services', 'price') }),
    expense_price: money({ source: against('expenses', line('price')) }),
    material_cost: money({ source: against('materials', line('cost')) }),
    material_cost_subtotal: money({ source: withChildren('materials', line('cost')) }),
    material_price: money({ source: against('materials', line('price')) }),
    material_price_subtotal: money({ source: withChildren('materials', line('price')) }),
    billable: integer({ source: against('time_allocations', 'billable') }),
    billable_subtotal: integer({ source: withChildren('time_allocations', 'billable') }),
    nonbillable: integer({ source: against('time_allocations', 'nonbillable') }),
    nonbillable_subtotal: integer({ source: withChildren('time_allocations', 'nonbillable') }),
    logged: integer({ source: { plus: [own('billable'), own('nonbillable')] } }),
    logged_subtotal: integer({ source: { plus: [own('billable_subtotal'), own('nonbillable_subtotal')] } }),
    charged: money({ source: against('time_allocations', 'charged') }),
    charged_subtotal: money({ source: withChildren('time_allocations', 'charged') }),
    // Seconds, though the table of the reference says decimal: its sample and what it is made of are.
    remaining_subtotal: integer({
      source: {
        choose: 'against_type',
        cases: {
          task: remaining([same('id', 'against_id')]),
          issue: remaining(tasks.issue as Tie),
          milestone: remaining(tasks.milestone as Tie),
          job: remaining(tasks.job as Tie),
        },
      },
    }),
  },
  titled: 'id',
  parent: 'against',
  references: { against: kinds, object: kinds },
  create: { required: ['against_type', 'against_id'], optional: ['is_billable'] },
  filters: { basic: ['id', 'against_id', 'against_type'], order: ['id'], object: ['against'] },
  requests: [
    list('object_budgets'),
    count('object_budgets/count'),
    read('object_budgets/{object_budget_id}'),
  ],
  parts: [templates, materials, services],
});
