import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { openDatabase } from '../../src/server/database.ts';
import { foldCase } from '../../src/store/fold.ts';
import type { Query } from '../../src/store/query.ts';
import type { Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';

const catalogue = await loadCatalogue();
const columns = ['website', 'name', 'phone', 'fax'].map((column) => ({ column }));

const searching = (text: string): Query => ({
  table: 'companies',
  select: [{ column: 'id' }],
  where: { contains: foldCase(text), on: columns },
  order: [{ by: { column: 'id' }, descending: false }],
  limit: 1_000,
  offset: 0,
});

test('case is folded as Unicode does; i with and without a dot is one letter', () => {
  for (const [one, other] of [
    ['σασ', 'ΣΑΣ'],
    ['σας', 'ΣΑΣ'],
    ['istanbul', 'İstanbul'],
    ['ISTANBUL', 'i̇stanbul'],
    ['ısparta', 'ISPARTA'],
    ['straße', 'STRASSE'],
    ['straße', 'STRAẞE'],
    ['ﬁsh', 'FISH'],
    ['ſo', 'SO'],
    ['ǆ', 'ǅ'],
    ['ᾳ', 'ΑΙ'],
    ['ꭰ', 'Ꭰ'],
    ['𐐨', '𐐀'],
    ['äpfel', 'ÄPFEL'],
  ] as const)
    assert.equal(foldCase(one), foldCase(other), `${one} and ${other}`);
  // An accent is no case.
  for (const [one, other] of [
    ['é', 'e'],
    ['ż', 'z'],
    ['ô', 'o'],
    ['ß', 's'],
  ] as const)
    assert.notEqual(foldCase(one), foldCase(other));
});

test('what is folded is folded, and a part of a text is folded to a part of it', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  fc.assert(
    fc.property(text, text, (one, other) => {
      assert.equal(foldCase(foldCase(one)), foldCase(one));
      // A dot that begins a word belongs to the letter before it.
      if (!other.startsWith('\u0307')) assert.equal(foldCase(one + other), foldCase(one) + foldCase(other));
    }),
    { numRuns: 2_000 },
  );
});

/** Letters with a case, and what they are made of, so that words meet. */
const letters = [...'aAiIıİsSßẞſσςΣάΆαΑᾳǆǅǄﬁfFkKKåÅÅжЖაႠᲐꭰᎠ𐐨𐐀éÉ%_"\'\\-7 ', 'i̇', 'e\u0301', '🚀'];
const word = fc
  .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 12 })
  .map((all) => all.join(''));

onEveryEngine('searches fold case', (engine) => {
  let database: Database;
  let store: Store;
  before(async () => {
    database = await engine.create('full');
    store = await openDatabase(database, catalogue);
    await store.ready;
  });
  after(async () => {
    await store.close();
    await database.release();
  });

  const put = (deployment: number, names: readonly string[]): Promise<void> =>
    store.within(async (writing) => {
      for (const [i, name] of names.entries())
        await writing.insert(deployment, 'companies', { id: i + 1, name });
    });
  const found = async (deployment: number, text: string) =>
    (await store.select(deployment, searching(text))).map(([id]) => Number(id));

  test('short and long words, in letters that are hard to fold', async () => {
    await put(1, ['ΣΑΣ ΕΠΕ', 'İstanbul Lojistik', 'Groß GmbH', 'ISPARTA', 'Łódź']);
    for (const [text, ids] of [
      ['σασ', [1]],
      ['σας', [1]],
      ['ΣΑΣ', [1]],
      ['σ', [1]],
      ['istanbul', [2]],
      ['İSTANBUL', [2]],
      ['i̇stan', [2]],
      ['gross', [3]],
      ['GROSS', [3]],
      ['groß', [3]],
      ['ısparta', [4]],
      ['łódź', [5]],
      ['lodz', []],
    ] as const)
      assert.deepEqual(await found(1, text), ids, text);
  });

  test('the same rows are found as by comparing one by one', async () => {
    let deployment = 10;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(word, { minLength: 5, maxLength: 30 }),
        fc.array(word, { minLength: 1, maxLength: 10 }),
        async (names, words) => {
          deployment++;
          await put(deployment, names);
          const parts = names.map((name) => [...name].slice(0, 3).join('').toUpperCase());
          for (const text of [...words, ...parts]) {
            if (foldCase(text) === '') continue;
            const wanted = names.flatMap((name, i) =>
              foldCase(name).includes(foldCase(text)) ? [i + 1] : [],
            );
            assert.deepEqual(await found(deployment, text), wanted, JSON.stringify({ text, names }));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  if (engine.name !== 'postgres') return;
  test('every character is folded alike, but those that PostgreSQL does not know yet', async () => {
    const client = new pg.Client({ connectionString: database.databaseUrl });
    await client.connect();
    try {
      const [index] = (
        await client.query(`select indexdef from pg_indexes where indexname = 'companies_words'`)
      ).rows;
      assert.ok(index, 'there is an index of words');
      // As the index of words has it, of which the first column is one word.
      const folded = /gin \((.+?) gin_trgm_ops/.exec(index.indexdef)?.[1]?.replaceAll('website', 'chr(n)');
      const { rows } = await client.query(
        `select n, ${folded} as folded from generate_series(1, 1114111) n where n not between 55296 and 57343`,
      );
      const unlike = rows.filter(({ n, folded }) => foldCase(String.fromCodePoint(n)) !== folded);
      assert.ok(rows.length > 1_100_000);
      assert.ok(unlike.length < 200, String(unlike.length));
      for (const { n, folded } of unlike) assert.equal(folded, String.fromCodePoint(n), n.toString(16));
    } finally {
      await client.end();
    }
  });
});

/** Makes of a database what the versions before left: words folded to lower case and no more. */
async function asBefore({ databaseUrl, data }: Database): Promise<void> {
  const settled = [
    'delete from migrations where number = 2',
    "update migrations set title = 'before' where number = 0",
  ];
  if (databaseUrl === undefined) {
    using file = new DatabaseSync(join(data, 'accord.db'));
    file.function('fold', { deterministic: true }, (text) => String(text).toLowerCase());
    file.function('fold_case', { deterministic: true }, (text) => String(text).toLowerCase());
    const made = file
      .prepare(
        "select name, type, sql from sqlite_master where name like 'companies\\_words%' escape '\\' and type in ('table', 'trigger') and sql not like '%''%\\_words\\_%' escape '\\'",
      )
      .all();
    assert.ok(made.some(({ type }) => type === 'trigger'));
    for (const { name, sql } of made.filter(({ type }) => type === 'trigger')) {
      file.exec(`drop trigger "${name}"`);
      file.exec(String(sql).replaceAll('fold_case(', 'fold('));
    }
    for (const statement of settled) file.exec(statement);
    return;
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('drop index companies_words');
    await client.query(
      'create index companies_words on companies using gin (lower((name)::text collate "und-x-icu") gin_trgm_ops)',
    );
    for (const statement of settled) await client.query(statement);
  } finally {
    await client.end();
  }
}

onEveryEngine('a database whose words were folded in another way', (engine) => {
  test('has them folded anew at the next start', async () => {
    const database = await engine.create();
    try {
      let store = await openDatabase(database, catalogue);
      await store.ready;
      await store.close();
      await asBefore(database);
      if (database.databaseUrl === undefined) {
        using file = new DatabaseSync(join(database.data, 'accord.db'));
        file.function('fold', { deterministic: true }, (text) => String(text).toLowerCase());
        file.exec("insert into companies (deployment_id, id, name) values (1, 1, 'ΣΑΣ')");
      } else {
        const client = new pg.Client({ connectionString: database.databaseUrl });
        await client.connect();
        await client.query("insert into companies (deployment_id, id, name) values (1, 1, 'ΣΑΣ')");
        await client.end();
      }
      store = await openDatabase(database, catalogue);
      await store.ready;
      // PostgreSQL builds the index while requests are served.
      await store.indexed;
      const ids = async (text: string) => (await store.select(1, searching(text))).map(([id]) => id);
      for (const text of ['σασ', 'ΣΑΣ', 'σας']) assert.deepEqual(await ids(text), [1], text);
      // And what is written from now on is kept that way too.
      await store.within((writing) => writing.insert(1, 'companies', { id: 2, name: 'İstanbul' }));
      await store.within((writing) => writing.update(1, 'companies', { id: 1 }, { name: 'ΟΔΟΣ' }));
      assert.deepEqual(await ids('istanbul'), [2]);
      assert.deepEqual(await ids('σασ'), []);
      assert.deepEqual(await ids('οδος'), [1]);
      await store.close();
      if (database.databaseUrl !== undefined) {
        const client = new pg.Client({ connectionString: database.databaseUrl });
        await client.connect();
        const { rows } = await client.query(
          "select indexdef from pg_indexes where indexname = 'companies_words'",
        );
        assert.match(rows[0]?.indexdef ?? '', /upper/i);
        await client.end();
      }
    } finally {
      await database.release();
    }
  });
});
