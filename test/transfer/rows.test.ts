import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { columnsOf, ownField } from '../../src/transfer/columns.ts';
import { inOrderOfLinks } from '../../src/transfer/order.ts';
import { type Prepared, prepareAll } from '../../src/transfer/prepare.ts';
import { Problems } from '../../src/transfer/problems.ts';
import { fileInput, readObjects } from '../../src/transfer/read-file.ts';

describe('rows of a file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  const prepared = async (content: unknown): Promise<readonly Prepared[]> => {
    const path = join(folder, 'rows');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    const catalogue = await loadCatalogue();
    const problems = new Problems();
    const found = await readObjects(fileInput(path), catalogue, problems);
    const rows = await prepareAll(found, catalogue, undefined, { problems, onRow: () => {} });
    problems.throwIfSome();
    return rows;
  };

  test('what is wrong is named with its place and its parameter', async () => {
    const cases: readonly [unknown, RegExp][] = [
      [
        { companies: [{ name: 'ok' }, { nmae: 'x' }] },
        /^companies\[1\]: The parameter nmae is not valid: companies have no such field/,
      ],
      [
        { companies: [{ name: 'ok' }, { website: 'x' }] },
        /^companies\[1\]: A required parameter is missing: name\./,
      ],
      [{ companies: [{ name: 'ok', id: 0 }] }, /The parameter id is not valid: a whole number from 1/],
      [
        { companies: [{ name: 'ok', date_created: 'soon' }] },
        /^companies\[0\]: The parameter date_created is not valid: a unix time/,
      ],
      [{ companies: [{ name: ['ok'] }] }, /^companies\[0\]: The parameter name is not valid/],
      [
        { contacts: [{ firstname: 'x', surname: 'x', company_id: 'x' }] },
        /^contacts\[0\]: The parameter company_id is not valid/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', access: 'king' }] },
        /^staff\[0\]: The parameter access is not valid/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', access: { jbos: 'none' } }] },
        /there is no resource jbos/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', password: 7 }] },
        /^staff\[0\]: The parameter password is not valid/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', password: '7' }] },
        /^staff\[0\]: The parameter password is not valid: it has fewer than 8 characters/,
      ],
      [{ compnies: [{ name: 'ok' }] }, /no resource named compnies: did you mean companies\?/],
      [{ companies: [7] }, /^companies\[0\] is no object/],
      [
        '{"resource":"companies","name":"ok"}\n\n{"companies":{"name":"x","status_id":"y"}}\n',
        /^line 3 \(companies\): The parameter status_id is not valid/,
      ],
      ['{"resource":"companies","name":"ok"}\nnonsense', /^line 2 is no JSON object/],
      ['{"companies": [', /neither an object of lists/],
      ['[]', /it is a list/],
      [' \n', /is empty/],
    ];
    for (const [content, expected] of cases)
      await assert.rejects(prepared(content), { name: 'Failure', message: expected });
    const catalogue = await loadCatalogue();
    await assert.rejects(readObjects(fileInput(join(folder, 'nothing')), catalogue, new Problems()), {
      name: 'Failure',
      message: /^there is no file .*nothing/,
    });
    await assert.rejects(readObjects(fileInput(folder), catalogue, new Problems()), {
      name: 'Failure',
      message: /cannot be read/,
    });
  });

  test('JSON and NDJSON are read alike', async () => {
    const companies = [
      { id: 1, name: 'Planet Express' },
      { name: 'MomCorp', status: { id: '4' }, breadcrumbs: [] },
    ];
    const forms = [
      { companies },
      `\ufeff${JSON.stringify({ companies }, null, 2)}`,
      companies.map((row) => JSON.stringify({ resource: 'companies', ...row })).join('\n\n'),
      companies.map((row) => JSON.stringify({ companies: row })).join('\r\n'),
      `${JSON.stringify({ companies: [companies[0]] })}\n${JSON.stringify({ companies: [companies[1]] })}`,
    ];
    for (const form of forms) {
      const rows = await prepared(form);
      assert.deepEqual(
        rows.map(({ resource, id, values }) => [resource.name, id, { ...values }]),
        [
          ['companies', 1, { name: 'Planet Express' }],
          ['companies', undefined, { name: 'MomCorp', status: 4 }],
        ],
      );
    }
  });

  test('every column of every resource can be named as a dump names it', async () => {
    const { resources } = await loadCatalogue();
    for (const resource of resources.values()) {
      for (const { written, name } of columnsOf(resource))
        assert.equal(ownField(resource, written), name, `${resource.name}.${written}`);
    }
  });

  test('a parent comes before what belongs to it', async () => {
    const catalogue = await loadCatalogue();
    const order = inOrderOfLinks(catalogue).map(({ name }) => name);
    assert.deepEqual([...order].sort(), [...catalogue.resources.keys()].sort());
    for (const [first, second] of [
      ['company_statuses', 'companies'],
      ['companies', 'affiliations'],
      ['contacts', 'affiliations'],
      ['companies', 'addresses'],
      ['states', 'addresses'],
    ]) {
      assert.ok(order.indexOf(first as string) < order.indexOf(second as string), `${first} < ${second}`);
    }
  });
});
