import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { columnsOf } from '../../src/transfer/columns.ts';
import type { Ended } from '../harness/commands.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { failureIn, flagsOf, runInProcess } from '../harness/terminal.ts';

onEveryEngine('accord load and dump', (engine) => {
  let database: Database;
  let folder: string;
  let at: readonly string[];

  before(async () => {
    database = await engine.create('full');
    folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
    at = flagsOf(database);
  });
  after(async () => {
    await database.release();
    await rm(folder, { recursive: true });
  });

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const load = async (deployment: string, content: unknown, more: readonly string[] = []): Promise<Ended> =>
    runInProcess([
      'load',
      await file('load.json', typeof content === 'string' ? content : JSON.stringify(content)),
      '--deployment',
      deployment,
      ...more,
      ...at,
    ]);
  const dump = async (deployment: string, ...more: readonly string[]): Promise<string> => {
    const { code, out, err } = await runInProcess(['dump', '--deployment', deployment, ...more, ...at]);
    assert.equal(code, 0, err);
    return out;
  };
  const create = async (name: string): Promise<void> => {
    const { code, err } = await runInProcess(['deployment', 'create', name, ...at]);
    assert.equal(code, 0, err);
  };

  test('a loaded object is what a POST makes, and what it says besides; links may lead forward', async () => {
    await create('derived');
    const { code, err } = await load('derived', {
      companies: [
        { id: 7, name: 'Planet Express', default_affiliation: 3, parent_id: 9, date_created: 1000 },
        { id: 9, name: 'MomCorp', standing: 'lead', staff_bookmarked: true },
        { name: 'Wernstrom' },
      ],
      affiliations: [{ id: 3, company_id: 7, contact_id: 1, email: 'john@example.com' }],
      contacts: [
        { id: 1, firstname: 'John', surname: 'Zoidberg' },
        { firstname: 'Kif', surname: 'Kroker', company_id: 9, phone: '123' },
      ],
      company_statuses: [
        { id: 2, title: 'Active', standing: 'active', start: 'yes' },
        { id: 3, title: 'Lead', standing: 'lead' },
      ],
      staff: {
        username: 'fry',
        firstname: 'Philip',
        surname: 'Fry',
        email: 'fry@example.com',
        password: 'pizza pizza',
        staff_rate: '12.5',
      },
    });
    assert.equal(code, 0, err);
    const all = JSON.parse(await dump('derived')) as Record<string, Record<string, unknown>[]>;
    const brief = (name: string, ...keys: string[]) => all[name]?.map((row) => keys.map((key) => row[key]));
    assert.deepEqual(
      brief('companies', 'id', 'name', 'status_id', 'standing', 'default_affiliation_id', 'parent_id'),
      [
        [7, 'Planet Express', 2, 'active', 3, 9],
        [9, 'MomCorp', 3, 'lead', null, null],
        [10, 'Wernstrom', 2, 'active', null, null],
      ],
    );
    assert.equal(all.companies?.[0]?.date_created, 1000);
    assert.ok((all.companies?.[1]?.date_created as number) > 1_700_000_000);
    assert.deepEqual(brief('contacts', 'id', 'surname', 'default_affiliation_id'), [
      [1, 'Zoidberg', null],
      [2, 'Kroker', 4],
    ]);
    assert.deepEqual(brief('affiliations', 'id', 'company_id', 'contact_id', 'email', 'phone'), [
      [3, 7, 1, 'john@example.com', null],
      [4, 9, 2, null, '123'],
    ]);
    assert.deepEqual(brief('staff', 'username', 'staff_rate', 'access', 'password'), [
      ['fry', '12.50', { everything: 'standard' }, undefined],
    ]);
    // What was worked out (a reply to nothing has the parent 0) is said by the dump, and is taken as it is.
    assert.equal(
      (await load('derived', { activities: [{ subject: 'x', against_type: 'company', against_id: 7 }] }))
        .code,
      0,
    );
    await create('derived-again');
    const again = await dump('derived');
    const loaded = await load('derived-again', again);
    assert.equal(loaded.code, 0, loaded.err);
    assert.equal(await dump('derived-again'), again);
    // A new object does not meet an id that a load chose.
    assert.equal((await load('derived', { companies: [{ name: 'Slurm' }] })).code, 0);
    assert.match(await dump('derived', '--only', 'companies'), /"id":11,"name":"Slurm"/);
  });

  test('what the API cannot create is loaded as the API reads it: contracts, their periods and budgets', async () => {
    await create('retained');
    const job = { title: 'A job', against_type: 'company', against_id: 7, manager_id: 1, type_id: 6 };
    const { code, err } = await load('retained', {
      companies: [{ id: 7, name: 'Planet Express' }],
      contract_types: [{ id: 1, title: 'Default', auto_renew: 'yes' }],
      contracts: [{ id: 4, title: 'Upkeep', against_type: 'company', against_id: 7, against: 'companies/7' }],
      contract_periods: [
        { id: 2, contract: 'contracts/4', allowance_type: 'fixed hours', rate_id: 3, contract_budget: 9 },
      ],
      contract_budgets: [{ against_type: 'contract_period', against_id: 2, value: '25.00', time: '1000' }],
      rates: [{ id: 3, title: 'Consulting', charged: '175.00' }],
      staff: { id: 1, firstname: 'Philip', surname: 'Fry', username: 'fry', email: 'fry@example.com' },
      job_types: [{ id: 6, title: 'Delivery' }],
      jobs: [{ id: 5, ...job, rate: 3, job_object_budget: 11 }],
      object_budgets: [{ id: 11, object_table: 'job', object_id: 5, is_billable: 'no', charged: '45.84' }],
      item_templates: [{ id: 8, title: 'Advice', type: 'service', price: '12.3456' }],
      services: [{ against_type: 'job', against_id: 5, budget_item_template_id: 8, time_estimate: 3600 }],
    });
    assert.equal(code, 0, err);
    const all = JSON.parse(await dump('retained')) as Record<string, Record<string, unknown>[]>;
    const [period, contract, budget, service] = [
      all.contract_periods?.[0],
      all.contracts?.[0],
      all.object_budgets?.[0],
      all.services?.[0],
    ];
    assert.deepEqual(
      [period?.contract_id, period?.allowance_type, period?.rate_id, period?.rate_charged],
      [4, 'fixed_hours', 3, '175.00'],
    );
    assert.deepEqual([contract?.contract_type_id, contract?.auto_renew, contract?.company_id], [1, 'yes', 7]);
    assert.deepEqual([budget?.against_type, budget?.against_id, budget?.is_billable], ['job', 5, 'no']);
    assert.deepEqual([service?.service_template_id, service?.time_estimate], [8, 3600]);
    await create('retained-again');
    const again = await load('retained-again', await dump('retained'));
    assert.equal(again.code, 0, again.err);
    assert.equal(await dump('retained-again'), await dump('retained'));
    assert.match(
      failureIn(
        await load('retained', {
          jobs: [{ ...job, rate_id: 99 }],
        }),
        1,
      ),
      /jobs\[0\].*rate_id.*Rate 99 does not exist/,
    );
  });

  test('every resource, with every column: a dump says what was loaded, and loads again as it is', async () => {
    const catalogue = await loadCatalogue();
    const rows = Object.fromEntries(
      [...catalogue.resources.values()].map((resource) => [resource.name, [fullRow(resource)]]),
    );
    for (const name of ['full', 'copy', 'secrets']) await create(name);
    const { code, err } = await load('full', rows);
    assert.equal(code, 0, err);
    const first = await dump('full', '--with-secrets');
    assert.deepEqual(JSON.parse(first), rows);
    assert.equal((await load('copy', await dump('full'))).code, 0);
    assert.equal(await dump('copy'), await dump('full'));
    assert.doesNotMatch(await dump('full'), /argon2id/);
    const lines = await dump('full', '--with-secrets', '--ndjson');
    assert.match(lines, /argon2id/);
    const piped = await runInProcess(['load', '-', '--deployment', 'secrets', '--json', ...at], {
      input: lines,
    });
    assert.equal(piped.code, 0, piped.err);
    assert.equal((JSON.parse(piped.out) as { total: number }).total, catalogue.resources.size);
    assert.equal(await dump('secrets', '--with-secrets', '--ndjson'), lines);
  });

  test('a load is all or nothing, and what is wrong is named with its place and parameter', async () => {
    await create('strict');
    assert.equal((await load('strict', { companies: [{ id: 1, name: 'MomCorp' }] })).code, 0);
    const before = await dump('strict');
    const cases: readonly [unknown, RegExp][] = [
      [
        { companies: [{ name: 'ok' }, { name: 'x', status_id: 99 }] },
        /companies\[1\]: The parameter status_id is not valid: Company status 99 does not exist\./,
      ],
      [
        { companies: [{ name: 'ok' }, { name: 'MomCorp' }] },
        /companies\[1\]: Company: company with that name already exists\./,
      ],
      [
        { companies: [{ name: 'ok' }, { id: 1, name: 'x' }] },
        /companies\[1\], id 1: Company: company with that id already exists\./,
      ],
      [
        { companies: [{ name: 'ok' }], addresses: [{ against_type: 'job', against_id: 1 }] },
        /addresses\[0\]: The parameter against_type is not valid: one of company, contact/,
      ],
      [
        {
          companies: [
            { name: 'ok' },
            { ...JSON.parse(before).companies[0], id: 2, name: 'full', parent_id: 77 },
          ],
        },
        /companies\[1\], id 2: The parameter parent_id is not valid: Company 77 does not exist\./,
      ],
    ];
    for (const [content, expected] of cases)
      assert.match(failureIn(await load('strict', content), 1), expected);
    assert.equal(await dump('strict'), before);
  });

  test('a load reports everything that is wrong with it, also what only the database knows', async () => {
    await create('several');
    assert.equal((await load('several', { companies: [{ id: 1, name: 'MomCorp' }] })).code, 0);
    const { code, err } = await load('several', {
      companies: [
        { name: 'x', status_id: 99 },
        { name: 'y', parent_id: 77 },
        { name: 'MomCorp' },
        { id: 1, name: 'z' },
        { name: 'z' },
        { name: 'z' },
      ],
    });
    assert.equal(code, 1);
    const lines = err.trim().split('\n');
    for (const [place, says] of [
      ['companies[0]', 'Company status 99 does not exist'],
      ['companies[1]', 'Company 77 does not exist'],
      ['companies[2]', 'with that name already exists'],
      ['companies[3], id 1', 'with that id already exists'],
      ['companies[5]', 'with that name already exists'],
    ] as const)
      assert.ok(
        lines.some((line) => line.includes(`${place}: `) && line.includes(says)),
        `${place} ${says}\n${err}`,
      );
    assert.equal(lines.at(-1), 'Nothing was loaded: these are 5 problems.');
    assert.match(await dump('several', '--only', 'companies'), /MomCorp/);
  });
});

/** An object with a value in every column; all links and references lead to the object with id 1 of their kind. */
function fullRow(resource: Resource): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const { name, written, field } of columnsOf(resource))
    row[written] = field.to ? 1 : sampleOf(name, field.kind);
  for (const [name, { reference }] of Object.entries(resource.fields)) {
    if (!reference) continue;
    row[reference.type] = resource.references[name]?.[0];
    row[reference.id] = 1;
  }
  row.id = 1;
  if ('access' in row) row.access = { everything: 'standard', companies: 'none' };
  if ('password' in row) row.password = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA';
  return row;
}

function sampleOf(name: string, kind: { readonly name: string; readonly expects: string }): unknown {
  const values: Readonly<Record<string, unknown>> = {
    unsigned: 7,
    integer: -7,
    moment: 1_000,
    flag: 1,
    yesno: 'yes',
    money: `-12.${'5'.padEnd(Number(/at most (\d+)/.exec(kind.expects)?.[1]), '0')}`,
    text: `${name} \r\n"é"`.slice(
      0,
      Number(/at most (\d+) characters/.exec(kind.expects)?.[1] ?? Number.POSITIVE_INFINITY),
    ),
  };
  if (kind.name === 'choice') return kind.expects.replace('one of ', '').split(', ')[0];
  assert.ok(kind.name in values, `a kind that is new here: ${kind.name}`);
  return values[kind.name];
}
