import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadCatalogue, resourceNamed } from '../../src/catalogue/catalogue.ts';
import { readCsv } from '../../src/transfer/csv.ts';
import { type Prepared, prepareAll } from '../../src/transfer/prepare.ts';
import { Problems } from '../../src/transfer/problems.ts';
import { type FoundObject, fileInput, readObjects } from '../../src/transfer/read-file.ts';

describe('what is wrong with a file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Prepared as `accord load` does; `csv`: the resource of a table. */
  async function prepared(text: string, csv?: string): Promise<readonly Prepared[]> {
    const path = join(folder, 'rows');
    await writeFile(path, text);
    const catalogue = await loadCatalogue();
    const problems = new Problems();
    const found: readonly FoundObject[] =
      csv === undefined
        ? await readObjects(fileInput(path), catalogue, problems)
        : await readCsv(fileInput(path), resourceNamed(catalogue, csv), catalogue, problems);
    const rows = await prepareAll(found, catalogue, undefined, { problems, folder, onRow: () => {} });
    problems.throwIfSome();
    return rows;
  }

  async function problemsOf(text: string, csv?: string): Promise<readonly string[]> {
    const error = await prepared(text, csv).then(
      () => assert.fail('it was taken'),
      (thrown: Error) => thrown,
    );
    return error.message.split('\n');
  }

  test('all of it is told, in the order of the file, with line and column', async () => {
    const text = `{
  "companies": [
    {"name": "ok"},
    {"name": "x", "date_created": "soon",
     "website": ["y"]}
  ],
  "compnies": [],
  "jobs": [{"title": "x"}, 7]
}`;
    const lines = await problemsOf(text);
    assert.deepEqual(
      lines.map((line) => /\((line .*)\)$/.exec(line)?.[1]),
      [
        'line 4, column 19',
        'line 5, column 6',
        'line 7, column 3',
        'line 8, column 12',
        'line 8, column 28',
        undefined,
      ],
    );
    assert.match(lines[0] ?? '', /^companies\[1\]: The parameter date_created is not valid/);
    assert.match(lines[2] ?? '', /did you mean companies/);
    assert.equal(lines.at(-1), 'Nothing was loaded: these are 5 problems.');
  });

  test('50 problems are told, and no more', async () => {
    const rows = Array.from({ length: 80 }, () => ({ nmae: 'x' }));
    const lines = await problemsOf(JSON.stringify({ companies: rows }));
    assert.equal(lines.length, 51);
    assert.match(lines.at(-1) ?? '', /these are 50 problems, and there may be more/);
  });

  test('JSON that cannot be read is told with all its places', async () => {
    const lines = await problemsOf('{"companies": [\n  {"name": "x",}\n  {"name" "y"}\n]}');
    assert.ok(lines.length > 2, lines.join('\n'));
    assert.match(lines.join('\n'), /\(line 2, column \d+\)/);
    assert.match(lines.join('\n'), /a colon is wanted\. \(line 3, column 11\)/);
  });

  test('a line of NDJSON has its own number', async () => {
    const good = '{"resource":"companies","name":"ok"}';
    const lines = await problemsOf(`\n${good}\n{"resource":"companies","nmae":"x"}\n{"a\n${good}`);
    assert.match(lines[0] ?? '', /^line 3 \(companies\): .*nmae.* \(line 3, column 25\)$/);
    assert.match(lines[1] ?? '', /^line 4 is no JSON object: .* \(line 4, column \d\)$/);
  });

  test('CSV says what JSON says, and an empty cell says nothing', async () => {
    const table =
      '\ufeffid,name,comments,website\r\n1,"Mom, Inc.","two\nlines",\r\n\r\n,MomCorp,"""so""",https://x.example\r\n';
    const rows = await prepared(table, 'companies');
    assert.deepEqual(
      rows.map(({ id, values }) => [id, { ...values }]),
      [
        [1, { name: 'Mom, Inc.', comments: 'two\nlines' }],
        [undefined, { name: 'MomCorp', comments: '"so"', website: 'https://x.example' }],
      ],
    );
  });

  test('CSV has positions too: a line, and a column of the table', async () => {
    const table = 'name,nmae,date_created\nok,,1700000000\n"a\nb",,soon\nx,,,extra\n';
    const lines = await problemsOf(table, 'companies');
    assert.match(lines[0] ?? '', /companies have no field named nmae\. \(line 1, column 2\)/);
    assert.match(lines[1] ?? '', /^line 3 \(companies\): The parameter date_created .*\(line 3, column 3\)/);
    assert.match(lines[2] ?? '', /4 cells, and 3 fields .*\(line 5, column 4\)/);
    const open = await problemsOf('name\nok\n"open\nmore', 'companies');
    assert.match(open[0] ?? '', /no closing quote\. \(line 3, column 1\)/);
    assert.match((await problemsOf('', 'companies'))[0] ?? '', /is empty/);
  });

  test('a row may name a file in the folder of the data file, and no other', async () => {
    await mkdir(join(folder, 'files'));
    await writeFile(join(folder, 'files/a.txt'), 'news');
    await symlink('/etc/hostname', join(folder, 'files/link'));
    const of = (file: unknown): string => JSON.stringify({ resources: [{ file }] });
    const [row] = await prepared(of('files/a.txt'));
    assert.match(row?.file ?? '', /files\/a\.txt$/);
    assert.equal(row?.values.title, 'a.txt');
    for (const [file, says] of [
      ['../../etc/hostname', /leads out of the folder/],
      ['/etc/hostname', /a path from the folder/],
      ['files/link', /leads out of the folder/],
      ['files/none', /there is no file files\/none/],
      ['files', /files is no file/],
      [7, /the path of a file is wanted/],
    ] as const)
      assert.match((await problemsOf(of(file)))[0] ?? '', says);
  });
});
