import { writeStatuses } from './statuses.ts';
import * as words from './words.ts';
import type { SampleFields, SampleWriter } from './writer.ts';

// What a deployment has set up before the first customer: types, priorities, statuses, money, places.

const titled = (...titles: readonly string[]): readonly SampleFields[] => titles.map((title) => ({ title }));
const ordered = (...titles: readonly string[]): readonly SampleFields[] =>
  titles.map((title, i) => ({ title, ordering: i + 1 }));
const levels = (...titles: readonly string[]): readonly SampleFields[] =>
  titles.map((title, i) => ({ title, level: i + 1 }));
const coloured = [
  { title: 'Low', color: 'grey', factor: 1 },
  { title: 'Normal', color: 'green', factor: 2 },
  { title: 'High', color: 'orange', factor: 3 },
  { title: 'Critical', color: 'red', factor: 4 },
];

/** Rows that link to nothing. */
const tables: Readonly<Record<string, readonly SampleFields[]>> = {
  activity_classes: titled('Client Work', 'Sales', 'Internal'),
  // The reference: "Default is 3".
  activity_priorities: levels('Extreme', 'High', 'Medium', 'Low', 'None'),
  task_priorities: levels('Urgent', 'High', 'Normal', 'Low'),
  task_types: ordered('General', 'Delivery'),
  job_types: ordered('Project', 'Retainer', 'Delivery'),
  issue_classes: titled('Minor', 'Major'),
  issue_priorities: coloured,
  issue_resolutions: titled('Fixed', 'Explained', 'Withdrawn'),
  prospect_types: ordered('New business', 'Renewal'),
  prospect_probabilities: [
    { title: 'Cold', value: 10, ordering: 1 },
    { title: 'Warm', value: 50, ordering: 2 },
    { title: 'Hot', value: 90, ordering: 3 },
  ],
  request_types: titled('Enquiry', 'Support'),
  request_priorities: coloured,
  contributor_types: [
    { title: 'Adviser', ordering: 1 },
    { title: 'Witness', ordering: 2, auto_cc: 1 },
  ],
  countries: [
    {
      title: 'United States',
      prefix: '1',
      postcode_name: 'Zip code',
      state_name: 'State',
      state_required: 1,
    },
    { title: 'Mars', postcode_name: 'Dome' },
    { title: 'Australia', prefix: '61', postcode_name: 'Postcode', state_name: 'State' },
  ],
  tags: ['fragile', 'urgent', 'vip', 'archive'].map((name) => ({ name })),
  segmentations: [
    { title: 'Industry', link_type: 'company', exclusive: 1 },
    { title: 'Newsletters', link_type: 'contact' },
    { title: 'Role', link_type: 'affiliation' },
  ],
  currencies: [
    { title: 'US Dollar', code: 'USD', symbol: '$' },
    { title: 'Martian Credit', code: 'MRC', symbol: 'M', rate: 2_500_000 },
  ],
  taxes: [
    { title: 'Sales tax', rate: 100_000 },
    { title: 'No tax', rate: 0 },
  ],
  rates: [
    { title: 'Standard', charged: 12_000, object: 'staff,job,issue,task' },
    { title: 'Captain', charged: 18_000, object: 'staff,job,issue,task' },
  ],
  payment_methods: titled('Bank transfer', 'Cash'),
  asset_types: [
    { title: 'Ship', link_lines: 'job: description start_date end_date\nissue: description', has_manager: 1 },
    { title: 'Crate', link_lines: 'contract: start_date end_date\nprospect: description', has_address: 1 },
  ],
};

export async function writeSettings(w: SampleWriter): Promise<void> {
  for (const [resource, rows] of Object.entries(tables)) await w.putAll(resource, rows);
  await w.putAll('issue_types', [
    { title: 'Support', ordering: 1, budget: 1, default_issue_class: w.pick('issue_classes', 0) },
    { title: 'Incident', ordering: 2, budget: 1, default_issue_class: w.pick('issue_classes', 1) },
  ]);
  const country = w.pick('countries', 0);
  await w.putAll('states', [
    { title: 'New New York', abbreviation: 'NNY', country, ordering: 1, timezone: 'America/New_York' },
    { title: 'California', abbreviation: 'CA', country, ordering: 2, timezone: 'America/Los_Angeles' },
  ]);
  await writeStatuses(w);
  await writeMoneySettings(w);
}

async function writeMoneySettings(w: SampleWriter): Promise<void> {
  const income = await w.put('ledgers', { title: 'Income', code: '4000', comment: 'All that is invoiced' });
  await w.putAll('ledgers', [
    { title: 'Freight income', code: '4010', parent: income },
    { title: 'Materials', code: '5000' },
    { title: 'Travel', code: '5100' },
  ]);
  const [tax, ledger] = [w.pick('taxes', 0), w.pick('ledgers', 1)];
  const [materials, travel] = [w.pick('ledgers', 2), w.pick('ledgers', 3)];
  const rate = w.pick('rates', 0);
  await w.putAll('item_templates', [
    { title: 'Delivery hour', type: 'service', code: 'S-1', price: 1_200_000, price_rate: rate, tax, ledger },
    {
      title: 'Packing crate',
      type: 'material',
      code: 'M-1',
      cost: 150_000,
      price: 250_000,
      tax,
      ledger: materials,
    },
    {
      title: 'Docking fee',
      type: 'expense',
      code: 'E-1',
      cost: 400_000,
      price: 500_000,
      tax,
      ledger: travel,
    },
  ]);
  await w.putAll('expense_types', [
    { title: 'Docking', expense_type_ledger: travel, tax },
    { title: 'Fuel', expense_type_ledger: travel, tax: w.pick('taxes', 1) },
  ]);
  await w.putAll('contract_types', [
    {
      title: 'Retainer',
      standing: 'active',
      ordering: 1,
      auto_renew: 1,
      renew_days: 30,
      send_invoice: 'email',
    },
    { title: 'Support', standing: 'active', ordering: 2, service_tax: tax, service_tax_ledger: ledger },
  ]);
}

/** A tag on every fifth object. */
export async function tagSome(w: SampleWriter, type: string, id: number, at: number): Promise<void> {
  if (at % 5 !== 0) return;
  await w.put('taggings', { tag: w.pick('tags', at / 5), against_type: type, against_id: id });
}

export const noteAt = (at: number): string => words.pick(words.notes, at);
