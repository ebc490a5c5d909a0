import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalogue, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { mirrorPlan } from '../../src/mirror/plan.ts';
import { columnsOf } from '../../src/transfer/columns.ts';
import { untold } from './untold.ts';

/**
 * Texts that say nothing of people, each by its name: what a deployment calls kinds of things, words that a program reads, keys, and what no request
 * tells (passwords, secrets). A text that is not one of these is personal.
 */
const impersonal: Readonly<Record<string, string>> = {
  activity_classes: 'title',
  activity_priorities: 'title',
  time_allocations: 'standing',
  countries: 'title prefix suffix postcode_name state_name',
  states: 'title abbreviation timezone',
  affiliations: 'standing invoice_method',
  affiliation_statuses: 'title color standing',
  affiliation_progressions: 'title',
  assets: 'standing',
  asset_types: 'title link_lines standing',
  companies: 'custom_id standing',
  company_statuses: 'title color standing',
  company_progressions: 'title',
  contacts: 'timezone standing password',
  contact_statuses: 'title color standing',
  contact_progressions: 'title',
  contracts: 'standing',
  contract_types: 'title standing',
  contract_periods: 'standing',
  contract_statuses: 'title color standing',
  contract_progressions: 'title',
  contributors: 'standing',
  contributor_types: 'title default_standing',
  divisions: 'title',
  expenses: 'standing',
  expense_types: 'title standing',
  expense_statuses: 'title color standing',
  expense_progressions: 'title',
  extension_fields: 'field_name link_type option_lines',
  extension_values: 'link_type',
  groups: 'title',
  issues: 'custom_id standing',
  issue_types: 'title',
  issue_priorities: 'title',
  issue_resolutions: 'title',
  issue_classes: 'title',
  issue_statuses: 'title color standing',
  issue_progressions: 'title',
  jobs: 'custom_id standing',
  job_types: 'title',
  job_statuses: 'title color standing',
  job_progressions: 'title',
  ledgers: 'title code',
  milestones: 'standing',
  milestone_statuses: 'title color standing',
  milestone_progressions: 'title',
  item_templates: 'title code',
  payment_methods: 'title',
  currencies: 'title code symbol',
  profile_fields: 'field_name link_type option_lines',
  profile_values: 'link_type',
  progression_histories: 'to_title against_type',
  prospects: 'standing',
  prospect_types: 'title',
  prospect_probabilities: 'title',
  prospect_statuses: 'title color standing',
  prospect_progressions: 'title',
  quotes: 'standing',
  quote_statuses: 'title color standing',
  rates: 'title object',
  request_types: 'title',
  request_priorities: 'title',
  resources: 'mimetype content sha256',
  collections: 'against_type',
  segmentations: 'title',
  segmentation_values: 'value',
  skills: 'title',
  staff: 'timezone password access',
  tasks: 'custom_id standing',
  task_priorities: 'title icon',
  task_types: 'title',
  task_statuses: 'title color standing',
  task_progressions: 'title',
  taxes: 'title',
  webhook_subscriptions: 'event_id trigger_table trigger_type trigger_url secret base_url disabled_because',
};

describe('what is mirrored', () => {
  let catalogue: Catalogue;
  before(async () => {
    catalogue = await loadCatalogue();
  });

  test('every resource that has a list, by one that gives all of it or by those that do together', () => {
    const { parts } = mirrorPlan(catalogue);
    const rows = [...catalogue.resources.values()].flatMap((owner) =>
      owner.requests.map((row) => ({ owner, row, of: row.of ?? owner.name })),
    );
    const lists = rows.filter(({ row }) => row.act === 'list' && !row.path.includes('{'));
    const listed = new Set(lists.map(({ of }) => of));
    const mirrored = new Set(parts.filter(({ as }) => as === 'list').map(({ resource }) => resource.name));
    assert.deepEqual(
      [...listed].filter((name) => !mirrored.has(name)),
      [],
    );
    assert.ok(listed.size > 50, `${listed.size} resources have a list`);
    for (const { resource, row } of parts) {
      // One of several lists of some only if there is none of all.
      if (!row.only) continue;
      assert.equal(
        lists.some((each) => each.of === resource.name && !each.row.only),
        false,
        row.path,
      );
      const all = lists.filter((each) => each.of === resource.name).map((each) => each.row.path);
      assert.deepEqual(
        parts
          .filter((part) => part.resource === resource && part.as === 'list')
          .map(({ name }) => name)
          .sort(),
        all.sort(),
      );
    }
  });

  test('nothing twice under one name, and nothing that changes the source', () => {
    const { parts } = mirrorPlan(catalogue);
    const names = parts.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(new Set(parts.map(({ row }) => row.method)), new Set(['GET']));
    // The first look at an object's collections makes one.
    assert.deepEqual(
      names.filter((name) => name.includes('collections')),
      [],
    );
  });

  test('what no request tells is said, and is what is missing', () => {
    const said = mirrorPlan(catalogue).untold.flatMap(({ resource, columns, kinds }) =>
      columns === 'all' || kinds.length > 0 ? [resource] : columns.map((column) => `${resource}.${column}`),
    );
    const missing = Object.values(untold)
      .flat()
      .map((each) => each.replace(/ \d+$/, ''));
    // Beside these: what has the same value when nobody says it, what follows from what is told, and an answer that stands in for another.
    const constant = [
      'filters.owner_type',
      'timers.visibility',
      'timers.owner_type',
      'profile_values.value_id',
    ];
    const inferred = [
      'expense_progressions',
      'expense_progressions.from_id',
      'expense_statuses',
      'activity_interacts.email',
      // What it leads to is the same.
      'resources.content',
    ];
    assert.deepEqual(said.filter((each) => !missing.includes(each)).sort(), constant.sort());
    assert.deepEqual([...new Set(missing)].filter((each) => !said.includes(each)).sort(), inferred.sort());
  });

  test('only some resources, with what comes with them', () => {
    const { parts, untold: missing } = mirrorPlan(catalogue, new Set(['contract_budgets']));
    assert.deepEqual(
      parts.map(({ name }) => name),
      ['contracts/periods'],
    );
    assert.deepEqual(missing, []);
  });

  test('of every text it is known whether it may say something of people', () => {
    const judged: Record<string, string> = {};
    for (const resource of catalogue.resources.values()) {
      const personal = Object.values(resource.personal).flat();
      const texts = columnsOf(resource).filter(({ field }) => field.kind.name === 'text');
      const own = new Set(texts.map(({ name }) => name));
      assert.deepEqual(
        personal.filter((name) => !own.has(name)),
        [],
        `${resource.name}: what is personal is a text of its own`,
      );
      const rest = [...own].filter((name) => !personal.includes(name));
      if (rest.length > 0) judged[resource.name] = rest.join(' ');
    }
    assert.deepEqual(judged, impersonal);
  });
});
