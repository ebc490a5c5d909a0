import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compileQuery } from '../../src/store/compile.ts';
import { postgresEngine } from '../../src/store/engines/postgres.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { openStore } from '../../src/store/open-store.ts';
import { always, type Condition, type Expression, type Query, type TiedRows } from '../../src/store/query.ts';
import { defineTable, type Table } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';

/** What a statement means, shown by the rows it finds: two deployments have the same ids in every table, and other values under each. */
const people: Table = {
  ...defineTable('people', ['id'], ['id#!', 'name', 'note', 'boss#', 'team#', 'rank#'], {
    indices: [['boss'], ['rank']],
  }),
  sparse: ['note', 'name'],
  searched: ['name', 'note'],
};
const teams = defineTable('teams', ['id'], ['id#!', 'title', 'place#']);
const places = defineTable('places', ['id'], ['id#!', 'city']);
const works = defineTable('works', ['id'], ['id#!', 'person#', 'kind', 'amount#', 'price#', 'rank#'], {
  indices: [['person']],
});

type Row = readonly (number | string | null)[];
const most = Number.MAX_SAFE_INTEGER;
const rowsOf: Readonly<Record<number, Readonly<Record<string, readonly Row[]>>>> = {
  1: {
    places: [
      [1, 'Mars'],
      [2, 'Neptune'],
    ],
    teams: [
      [1, 'crew', 1],
      [2, 'office', 2],
    ],
    people: [
      [1, 'Leela', 'captain', null, 1, 3],
      [2, 'Fry', null, 1, 1, null],
      [3, 'Hermes', '', 1, 2, 5],
      [4, null, 'doctor Fry', 3, null, null],
    ],
    works: [
      [1, 1, 'fly', 10, 200],
      [2, 1, 'rest', -15, 100],
      [3, 2, 'fly', 7, null],
      [4, 3, 'fly', most, most],
      [5, 3, 'fly', most, most],
    ],
  },
  2: {
    places: [
      [1, 'Omicron'],
      [2, 'Vergon'],
    ],
    teams: [
      [1, 'rulers', 2],
      [2, 'office', 1],
    ],
    people: [
      [1, 'Lrrr', null, 2, 1, 9],
      [2, 'Ndnd', 'captain', null, 2, 1],
      [3, 'Jrrr', 'small', 1, null, null],
      [4, 'Fry', null, 2, 1, 4],
    ],
    works: [
      [1, 2, 'rest', 1_000, 1],
      [2, 2, 'fly', 2_000, 1],
      [3, 1, 'rest', 3_000, 1],
      [4, 4, 'fly', 4_000, 1],
      [5, 4, 'rest', 5_000, 1],
    ],
  },
};

const column = (name: string): Expression => ({ column: name });
const is = (on: Expression, value: number | string): Condition => ({ test: '=', on, value });
const city: Expression = {
  through: 'team',
  table: 'teams',
  expression: { through: 'place', table: 'places', expression: column('city') },
};
const title: Expression = { through: 'team', table: 'teams', expression: column('title') };
const own: TiedRows = { table: 'works', index: 'works_person', on: [{ column: 'person', same: 'id' }] };
const flown: TiedRows = { ...own, on: [...own.on, { column: 'kind', is: 'fly' }] };
/** The work of whoever has this boss. */
const below: TiedRows = {
  ...own,
  on: [
    {
      column: 'person',
      among: { table: 'people', index: 'people_boss', on: [{ column: 'boss', same: 'id' }] },
    },
  ],
};
/** That of all below, and one's own. */
const tree: TiedRows = { ...own, on: [{ column: 'person', tree: 'people', by: 'boss', same: 'id' }] };
const having = (expression: Expression, kind?: string): Expression => ({
  having: 'works',
  by: 'person',
  ...(kind === undefined ? {} : { type: { column: 'kind', is: kind } }),
  expression,
});

onEveryEngine('what a query means', (engine) => {
  let database: Database;
  let store: Store;
  before(async () => {
    database = await engine.create();
    const used =
      database.databaseUrl === undefined
        ? sqliteEngine({ file: ':memory:' })
        : postgresEngine({ url: database.databaseUrl });
    store = openStore(used, [people, teams, places, works]);
    await store.ready;
    await store.within(async (writing) => {
      for (const [deployment, tables] of Object.entries(rowsOf))
        for (const [name, rows] of Object.entries(tables)) {
          const { columns } = [people, teams, places, works].find((each) => each.name === name) as Table;
          for (const row of rows)
            await writing.insert(
              Number(deployment),
              name,
              Object.fromEntries(Object.keys(columns).map((each, i) => [each, row[i] ?? null])),
            );
        }
    });
  });
  after(async () => {
    await store.close();
    await database.release();
  });

  const query = (more: Partial<Query>): Query => ({
    table: 'people',
    select: [column('id')],
    where: always,
    order: [{ by: column('id'), descending: false }],
    limit: 100,
    offset: 0,
    ...more,
  });
  const ids = async (where: Condition, deployment = 1, more: Partial<Query> = {}) =>
    (await store.select(deployment, query({ where, ...more }))).map(([id]) => id);
  /** The value of an expression for each of the people, by id. */
  const values = async (expression: Expression, deployment = 1) =>
    (await store.select(deployment, query({ select: [expression] }))).map(([value]) => value);
  /** In both deployments. */
  const inBoth = async (where: Condition, one: readonly number[], two: readonly number[]) => {
    assert.deepEqual([await ids(where), await ids(where, 2), await ids(where, 3)], [one, two, []]);
    for (const [deployment, wanted] of [one, two, []].entries())
      for (const limit of [0, 1, 50]) {
        const counted = query({ where, select: 'count', order: [], limit });
        const most = limit === 0 ? wanted.length : Math.min(limit, wanted.length);
        assert.equal(await store.count(deployment + 1, counted), most, `counted to ${limit}`);
      }
  };

  test('a join stays within the deployment', async () => {
    assert.deepEqual(await values(title), ['crew', 'crew', 'office', null]);
    assert.deepEqual(await values(title, 2), ['rulers', 'office', null, 'rulers']);
    assert.deepEqual(await values(city), ['Mars', 'Mars', 'Neptune', null]);
    assert.deepEqual(await values(city, 2), ['Vergon', 'Omicron', null, 'Vergon']);
    await inBoth(is(title, 'office'), [3], [2]);
    await inBoth(is(city, 'Mars'), [1, 2], []);
    await inBoth({ all: [is(title, 'crew'), is(city, 'Mars')] }, [1, 2], []);
    // Who has none is not left out by the join.
    await inBoth({ empty: title }, [4], [3]);
    const byCity = [{ by: city, descending: true }, ...query({}).order];
    assert.deepEqual(await ids(always, 1, { order: byCity }), [3, 1, 2, 4]);
    assert.deepEqual(await ids(always, 2, { order: byCity }), [1, 4, 2, 3]);
  });

  test('rows that point here are those of the deployment', async () => {
    await inBoth(is(having(column('amount')), 7), [2], []);
    await inBoth({ test: '>', on: having(column('amount')), value: 999 }, [3], [1, 2, 4]);
    await inBoth(is(having(column('kind')), 'rest'), [1], [1, 2, 4]);
    await inBoth({ test: '<', on: having(column('amount'), 'fly'), value: 5_000 }, [1, 2], [2, 4]);
    await inBoth({ not: is(having(column('kind')), 'fly') }, [4], [1, 3]);
    const bossOf: Expression = { having: 'people', by: 'boss', expression: title };
    await inBoth(is(bossOf, 'office'), [1], []);
    await inBoth(is(bossOf, 'rulers'), [], [2]);
  });

  test('what is made over other rows is made over those of the deployment', async () => {
    const amount = column('amount');
    assert.deepEqual(await values({ total: flown, expression: amount }), [10, 7, most, 0]);
    assert.deepEqual(await values({ total: own, expression: amount }, 2), [3_000, 3_000, 0, 9_000]);
    assert.deepEqual(await values({ lowest: own, expression: amount }), [-15, 7, most, null]);
    assert.deepEqual(await values({ highest: own, expression: amount }), [10, 7, most, null]);
    assert.deepEqual(await values({ highest: own, expression: amount }, 2), [3_000, 2_000, null, 5_000]);
    assert.deepEqual(await values({ counted: own }), [2, 1, 2, 0]);
    assert.deepEqual(await values({ counted: flown }, 2), [0, 1, 0, 1]);
    // Of the rows of other rows, and of a tree.
    assert.deepEqual(await values({ counted: below }), [3, 0, 0, 0]);
    assert.deepEqual(await values({ total: below, expression: amount }, 2), [0, 12_000, 0, 0]);
    assert.deepEqual(await values({ counted: tree }), [5, 1, 2, 0]);
    assert.deepEqual(await values({ total: tree, expression: amount }, 2), [3_000, 15_000, 0, 9_000]);
    // Through a join of the other table.
    const price: Expression = { through: 'person', table: 'people', expression: column('rank') };
    assert.deepEqual(await values({ highest: own, expression: price }), [3, null, 5, null]);
    assert.deepEqual(await values({ highest: own, expression: price }, 2), [9, 1, null, 4]);
    await inBoth({ test: '>', on: { counted: own }, value: 1 }, [1, 3], [2, 4]);
    const byCount = [{ by: { counted: own } as Expression, descending: true }, ...query({}).order];
    assert.deepEqual(await ids(always, 1, { order: byCount }), [1, 3, 2, 4]);
  });

  test('numbers stay within what is exact', async () => {
    const amount: Expression = { total: own, expression: column('amount') };
    assert.deepEqual(await values({ plus: [amount, amount] }), [-10, 14, most, 0]);
    assert.deepEqual(await values({ plus: [{ minus: amount }, { minus: amount }, column('rank')] }), [
      13,
      -14,
      -most,
      0,
    ]);
    assert.deepEqual(await values({ minus: column('rank') }), [-3, 0, -5, 0]);
    const times: Expression = { times: [column('amount'), column('price')], per: 100 };
    assert.deepEqual(await values({ total: own, expression: times }), [5, 0, most, 0]);
    const halves: Expression = { times: [column('amount'), column('price')], per: 2_000 };
    // 1 and -0.75 are rounded each, halves away from zero.
    assert.deepEqual(await values({ total: own, expression: halves }), [0, 0, most, 0]);
    const all = (expression: Expression, person: number) =>
      store.select(
        1,
        query({
          table: 'works',
          select: [{ sum: expression }],
          order: [],
          limit: 1,
          where: is(column('person'), person),
        }),
      );
    assert.deepEqual(
      (await all(column('amount'), 1)).map(([sum]) => Number(sum)),
      [-5],
    );
    assert.deepEqual(
      (await all(column('amount'), 4)).map(([sum]) => Number(sum)),
      [0],
    );
    assert.equal((await all(column('amount'), 4))[0]?.[0] === null, false);
  });

  test('texts are put together, chosen and masked', async () => {
    const joined: Expression = { joined: ['name', 'note'] };
    assert.deepEqual(await values(joined), ['Leela captain', 'Fry', 'Hermes', 'doctor Fry']);
    await inBoth(is(joined, 'Leela captain'), [1], []);
    const chosen: Expression = { choose: 'name', cases: { Fry: column('team'), Leela: column('rank') } };
    assert.deepEqual(await values(chosen), [3, 1, 0, 0]);
    const masked: Expression = { column: 'name', when: is(column('boss'), 1), otherwise: 'hidden' };
    assert.deepEqual(await values(masked), ['hidden', 'Fry', 'Hermes', 'hidden']);
    await inBoth(is(masked, 'hidden'), [1, 4], [1, 2, 4]);
    assert.deepEqual((await values({ joined: ['name', 'note', 'name'] }))[2], 'Hermes Hermes');
    assert.deepEqual(await values({ nothing: true }), [null, null, null, null]);
  });

  test('absent values, and what is not so', async () => {
    const rank = column('rank');
    await inBoth({ empty: rank }, [2, 4], [3]);
    await inBoth({ not: { empty: rank } }, [1, 3], [1, 2, 4]);
    await inBoth({ empty: column('note') }, [2], [1, 4]);
    await inBoth({ empty: column('note'), text: true }, [2, 3], [1, 4]);
    await inBoth({ not: is(rank, 3) }, [2, 3, 4], [1, 2, 3, 4]);
    await inBoth({ test: '<', on: rank, value: 4 }, [1], [2]);
    await inBoth({ test: '<', on: rank, value: 4, zero: true }, [1, 2, 4], [2, 3]);
    await inBoth({ test: '<=', on: rank, value: 3 }, [1], [2]);
    await inBoth({ test: '>=', on: rank, value: 3 }, [1, 3], [1, 4]);
    await inBoth({ not: { test: '<', on: rank, value: 4, zero: true } }, [3], [1, 4]);
    await inBoth({ among: [3, 9], on: rank }, [1], [1]);
    await inBoth({ among: [], on: rank }, [], []);
    await inBoth({ not: { among: [], on: rank } }, [1, 2, 3, 4], [1, 2, 3, 4]);
  });

  test('all of none is everything, one of none is nothing; long chains', async () => {
    await inBoth(always, [1, 2, 3, 4], [1, 2, 3, 4]);
    await inBoth({ some: [] }, [], []);
    await inBoth({ not: always }, [], []);
    await inBoth({ all: [always, { some: [is(column('id'), 2), is(column('id'), 3)] }] }, [2, 3], [2, 3]);
    // An `or` beside an `and` binds as it is nested.
    await inBoth(
      { all: [{ some: [is(column('id'), 1), is(column('id'), 4)] }, is(column('team'), 1)] },
      [1],
      [1, 4],
    );
    for (const count of [50, 51, 1_001]) {
      const each = Array.from({ length: count }, (_, i) => is(column('rank'), i + 3));
      await inBoth({ some: each }, [1, 3], count > 5 ? [1, 4] : []);
      await inBoth({ all: each.map((not) => ({ not })) }, [2, 4], [2, 3]);
    }
  });

  test('any of several columns, with and without an index for each', async () => {
    const any = (...names: string[]): Expression => ({ any: names.map(column) });
    await inBoth(is(any('boss', 'rank'), 1), [2, 3], [2, 3]);
    await inBoth(is(any('boss', 'rank'), 9), [], [1]);
    await inBoth(is(any('team', 'rank'), 1), [1, 2], [1, 2, 4]);
    await inBoth(is({ any: [title, column('name')] }, 'office'), [3], [2]);
    await inBoth({ not: is(any('boss', 'rank'), 1) }, [1, 4], [1, 4]);
    await inBoth(is({ having: 'people', by: 'boss', expression: any('boss', 'rank') }, 5), [1], []);
    await inBoth({ among: [4, 5], on: any('boss', 'rank') }, [3], [4]);
    // The column of another table is not that of the same name here.
    await inBoth(is(having(any('rank')), 3), [], []);
    // A column that is masked has no index of its own.
    const masked: Expression = { column: 'name', when: is(column('boss'), 1), otherwise: 'hidden' };
    await inBoth(is({ any: [masked, column('note')] }, 'captain'), [1], [2]);
  });

  test('absent values come first, and last in descending order', async () => {
    const by = (name: string, descending: boolean) => [
      { by: column(name), descending },
      { by: column('id'), descending: false },
    ];
    assert.deepEqual(await ids(always, 1, { order: by('rank', false) }), [2, 4, 1, 3]);
    assert.deepEqual(await ids(always, 1, { order: by('rank', true) }), [3, 1, 2, 4]);
    assert.deepEqual(await ids(always, 2, { order: by('rank', false) }), [3, 2, 4, 1]);
    assert.deepEqual(await ids(always, 1, { order: by('name', false) }), [4, 2, 3, 1]);
    assert.deepEqual(await ids(always, 1, { order: [{ by: column('id'), descending: true }] }), [4, 3, 2, 1]);
    assert.deepEqual(await ids(always, 1, { order: by('rank', true), limit: 2, offset: 1 }), [1, 2]);
    assert.deepEqual(await ids(always, 1, { limit: 2 }), [1, 2]);
    assert.deepEqual(await ids(always, 1, { offset: 3 }), [4]);
    assert.deepEqual(await ids(always, 1, { offset: 4 }), []);
  });

  test('one page after another, whether its limit is bound or a part of the statement', async () => {
    // 1, 10 and 100 are parts of the statement on PostgreSQL; each comes before and after others.
    for (const limit of [1, 2, 1, 3, 10, 11, 100, 2, 0])
      for (const offset of [0, 1, 3, 4, 0])
        assert.deepEqual(
          await ids(always, 1, { limit, offset }),
          [1, 2, 3, 4].slice(offset, offset + limit),
          `${limit} from ${offset}`,
        );
  });

  test('each row once, when it is asked for', async () => {
    const asked = query({ select: [column('team')], order: [], where: { not: { empty: column('team') } } });
    assert.equal((await store.select(1, asked)).length, 3);
    const once = (await store.select(1, { ...asked, distinct: true })).map(([team]) => team);
    assert.deepEqual(once.sort(), [1, 2]);
  });

  test('parts of words, by index and by scan', async () => {
    const words: Condition = { contains: 'fry', on: [column('name'), column('note')] };
    await inBoth(words, [2, 4], [4]);
    await inBoth({ ...words, contains: 'fr' }, [2, 4], [4]);
    await inBoth({ not: words }, [1, 3], [1, 2, 3]);
    await inBoth({ all: [words, { contains: 'doctor', on: words.on }] }, [4], []);
    await inBoth({ some: [words, { contains: 'captain', on: words.on }] }, [1, 2, 4], [2, 4]);
    // One column is not both.
    await inBoth({ contains: 'fry', on: [column('name')] }, [2], [4]);
    await inBoth({ contains: 'office', on: [title] }, [3], [2]);
    await inBoth({ contains: 'fry', on: [title, column('note')] }, [4], []);
    await inBoth({ all: [words, is(column('team'), 1)] }, [2], [4]);
    for (const text of ['%', '_', '"', "'", '\\', 'f%y', 'f_y'])
      await inBoth({ ...words, contains: text }, [], []);
  });
});

test('on PostgreSQL usual limits stand in the statement, so that its plan is kept; others are bound', async () => {
  // Nothing is connected to before something is asked.
  const engine = postgresEngine({ url: 'postgres://127.0.0.1:1/none' });
  const endOf = (more: Partial<Query>): string => {
    const query: Query = {
      table: 'people',
      select: [column('id')],
      where: always,
      order: [],
      limit: 10,
      offset: 0,
    };
    return compileQuery({ ...query, ...more }, engine.dialect).sql.replace(/^.* = \$1 and /s, '');
  };
  try {
    assert.match(endOf({}), / limit 10$/);
    assert.match(endOf({ limit: 1 }), / limit 1$/);
    assert.match(endOf({ select: 'count' }), / limit 10\) as found$/);
    for (const bound of [{ limit: 11 }, { offset: 10 }, { limit: 11, offset: 10 }])
      assert.match(endOf(bound), / limit \$2 offset \$3$/);
  } finally {
    await engine.close();
  }
});
