import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalogue, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { planOf } from '../../src/cli/mirror/plan.ts';
import { columnsOf } from '../../src/cli/transfer/columns.ts';
import { untold } from './untold.ts';

/** Texts that say nothing of people: names of kinds of things, words that a program reads, keys. A new text is one of these, or personal. */
const impersonal = new Set([
  ...[
    'abbreviation',
    'code',
    'color',
    'comment',
    'custom_id',
    'default_standing',
    'default_value',
    'event_id',
    'field_name',
    'filters',
  ],
  ...[
    'icon',
    'information',
    'invoice_method',
    'link_lines',
    'link_type',
    'message_id',
    'mimetype',
    'object',
    'option_lines',
    'prefix',
  ],
  ...[
    'postcode_name',
    'search',
    'standing',
    'state_name',
    'suffix',
    'symbol',
    'timezone',
    'to_title',
    'against_type',
    'value',
  ],
  ...[
    'trigger_table',
    'trigger_type',
    'trigger_url',
    'base_url',
    'disabled_because',
    'access',
    'password',
    'secret',
    'content',
    'sha256',
  ],
]);
/** Resources of names that a deployment gives to kinds of things. */
const kinds =
  /_(statuses|types|priorities|progressions|classes|probabilities|resolutions|methods|fields|templates)$/;
const kindsToo = [
  'countries',
  'states',
  'currencies',
  'divisions',
  'groups',
  'ledgers',
  'rates',
  'segmentations',
  'skills',
  'tags',
  'taxes',
];

describe('what is mirrored', () => {
  let catalogue: Catalogue;
  before(async () => {
    catalogue = await loadCatalogue();
  });

  test('every resource that has a list, by one that gives all of it or by those that do together', () => {
    const { parts } = planOf(catalogue);
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
    const { parts } = planOf(catalogue);
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
    const said = planOf(catalogue).untold.flatMap(({ resource, columns, kinds }) =>
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
    const { parts, untold: missing } = planOf(catalogue, new Set(['contract_budgets']));
    assert.deepEqual(
      parts.map(({ name }) => name),
      ['contracts/periods'],
    );
    assert.deepEqual(missing, []);
  });

  test('of every text it is known whether it may say something of people', () => {
    const unjudged: string[] = [];
    for (const resource of catalogue.resources.values()) {
      const personal = new Set(Object.values(resource.personal).flat());
      if (kinds.test(resource.name) || kindsToo.includes(resource.name)) {
        assert.equal(personal.size, 0, resource.name);
        continue;
      }
      for (const { name, field } of columnsOf(resource))
        if (field.kind.name === 'text' && !personal.has(name) && !impersonal.has(name))
          unjudged.push(`${resource.name}.${name}`);
    }
    assert.deepEqual(unjudged, []);
  });
});
