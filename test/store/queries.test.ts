import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { compileQuery } from '../../src/store/compile.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { sqliteDialect } from '../../src/store/engines/sqlite-dialect.ts';
import type { IndexHint } from '../../src/store/index-advisor.ts';
import { openStore } from '../../src/store/open-store.ts';
import { always, type Condition, type Expression, type Query, type TiedRows } from '../../src/store/query.ts';
import { defineTable } from '../../src/store/schema.ts';
import { slot, statementOf } from '../../src/store/statement.ts';
import type { Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine, type TestEngine } from '../harness/engines.ts';

const tables = [
  defineTable(
    'shops',
    ['id'],
    ['id#!', 'name', 'alias', 'street', 'town', 'kind', 'owner_id#', 'size#', 'seats#'],
    {
      indices: [['name'], ['alias']],
    },
  ),
  defineTable('people', ['id'], ['id#!', 'name', 'boss_id#', 'shop_id#', 'role', 'pay#', 'hours#'], {
    indices: [['shop_id']],
  }),
  defineTable('notes', ['id'], ['id#!', 'about', 'about_id#', 'weight#']),
];

type Values = Readonly<Record<string, number | string | null>>;

/** The same ids and links in two deployments; what stands in the rows differs. */
const deployments = [1, 2] as const;
const rows: Readonly<Record<string, (deployment: number) => readonly Values[]>> = {
  shops: (own) => [
    {
      id: 1,
      name: `Bakery ${own}`,
      alias: 'B',
      street: 'High St',
      town: 'Rye',
      kind: 'food',
      owner_id: 1,
      size: 40,
      seats: 4,
    },
    {
      id: 2,
      name: `Forge ${own}`,
      alias: 'F',
      street: '',
      town: 'Ely',
      kind: 'craft',
      owner_id: 2,
      size: 90,
      seats: null,
    },
    {
      id: 3,
      name: `Mill ${own}`,
      alias: `Bakery ${own}`,
      street: null,
      town: null,
      kind: 'craft',
      owner_id: null,
      size: null,
      seats: 0,
    },
  ],
  people: (own) => [
    { id: 1, name: `Ann ${own}`, boss_id: null, shop_id: 1, role: 'baker', pay: 10 * own, hours: 8 },
    { id: 2, name: `Bob ${own}`, boss_id: 1, shop_id: 1, role: 'clerk', pay: 20 * own, hours: 5 },
    { id: 3, name: `Cid ${own}`, boss_id: 2, shop_id: 2, role: 'clerk', pay: 30 * own, hours: null },
    // In the second deployment he works under nobody.
    {
      id: 4,
      name: `Dot ${own}`,
      boss_id: own === 1 ? 1 : null,
      shop_id: 2,
      role: 'smith',
      pay: 70 * own,
      hours: 1,
    },
  ],
  notes: (own) => [
    { id: 1, about: 'person', about_id: 1, weight: 1 * own },
    { id: 2, about: 'person', about_id: 2, weight: 2 * own },
    { id: 3, about: 'person', about_id: 3, weight: 4 * own },
    { id: 4, about: 'shop', about_id: 3, weight: 8 * own },
    { id: 5, about: 'person', about_id: 4, weight: 16 * own },
  ],
};

async function engineOf({ name }: TestEngine, { data, databaseUrl }: Database) {
  if (name === 'sqlite') return sqliteEngine({ file: `${data}/accord.db` });
  const { postgresEngine } = await import('../../src/store/engines/postgres.ts');
  return postgresEngine({ url: databaseUrl ?? '' });
}

const column = (name: string): Expression => ({ column: name });
const owner = (expression: Expression): Expression => ({ through: 'owner_id', table: 'people', expression });
const boss = (expression: Expression): Expression => ({ through: 'boss_id', table: 'people', expression });
const is = (on: Expression, value: number | string): Condition => ({ test: '=', on, value });
const byId = [{ by: column('id'), descending: false }];
const staff: TiedRows = { table: 'people', index: 'people_shop_id', on: [{ column: 'shop_id', same: 'id' }] };
const clerks: TiedRows = { ...staff, on: [...staff.on, { column: 'role', is: 'clerk' }] };
const about = { column: 'about', is: 'person' };
const notesOnStaff: TiedRows = {
  table: 'notes',
  index: undefined,
  on: [about, { column: 'about_id', among: staff }],
};
const notesBelow: TiedRows = {
  table: 'notes',
  index: undefined,
  on: [about, { column: 'about_id', tree: 'people', by: 'boss_id', same: 'id' }],
};

onEveryEngine('what a query means, with the same ids in two deployments', (engine) => {
  let database: Database;
  let store: Store;
  before(async () => {
    database = await engine.create();
    store = openStore(await engineOf(engine, database), tables);
    await store.ready;
    await store.within(async (writing) => {
      for (const deployment of deployments)
        for (const [name, of] of Object.entries(rows))
          for (const values of of(deployment)) await writing.insert(deployment, name, values);
    });
  });
  after(async () => {
    await store.close();
    await database.release();
  });

  const asked = (from: string, select: readonly Expression[], more: Partial<Query> = {}, deployment = 1) =>
    store.select(deployment, {
      table: from,
      select,
      where: always,
      order: byId,
      limit: 100,
      offset: 0,
      ...more,
    });
  const ids = async (from: string, where: Condition, order: Query['order'] = byId, deployment = 1) =>
    (await asked(from, [column('id')], { where, order }, deployment)).map(([id]) => id);
  const values = async (from: string, expression: Expression, deployment = 1) =>
    (await asked(from, [expression], {}, deployment)).map(([value]) => value);

  test('a value through a link is one of the same deployment, and each row comes once', async () => {
    assert.deepEqual(await values('shops', owner(column('name'))), ['Ann 1', 'Bob 1', null]);
    assert.deepEqual(await values('shops', owner(column('name')), 2), ['Ann 2', 'Bob 2', null]);
    assert.deepEqual(await ids('shops', is(owner(column('name')), 'Ann 2')), []);
    assert.deepEqual(await ids('shops', is(owner(column('name')), 'Ann 2'), byId, 2), [1]);
    const byOwner = [{ by: owner(column('name')), descending: true }];
    assert.deepEqual(await ids('shops', { not: { empty: column('size') } }, byOwner), [2, 1]);
  });
  test('several links, to several columns, and a link of a link', async () => {
    const found = await asked('people', [
      column('name'),
      boss(column('name')),
      boss(column('pay')),
      boss(boss(column('name'))),
      { through: 'shop_id', table: 'shops', expression: column('town') },
      { through: 'shop_id', table: 'shops', expression: owner(column('name')) },
    ]);
    assert.deepEqual(found, [
      ['Ann 1', null, null, null, 'Rye', 'Ann 1'],
      ['Bob 1', 'Ann 1', 10, null, 'Rye', 'Ann 1'],
      ['Cid 1', 'Bob 1', 20, 'Ann 1', 'Ely', 'Bob 1'],
      ['Dot 1', 'Ann 1', 10, null, 'Ely', 'Bob 1'],
    ]);
  });
  test('one value over tied rows counts those of the same deployment', async () => {
    const pay = column('pay');
    assert.deepEqual(await values('shops', { total: staff, expression: pay }), [30, 100, 0]);
    assert.deepEqual(await values('shops', { total: staff, expression: pay }, 2), [60, 200, 0]);
    assert.deepEqual(await values('shops', { lowest: staff, expression: pay }), [10, 30, null]);
    assert.deepEqual(await values('shops', { highest: staff, expression: pay }), [20, 70, null]);
    assert.deepEqual(await values('shops', { counted: staff }), [2, 2, 0]);
    assert.deepEqual(await values('shops', { counted: clerks }, 2), [1, 1, 0]);
    assert.deepEqual(await values('shops', { total: clerks, expression: pay }), [20, 30, 0]);
  });
  test('tied rows may be joined to others', async () => {
    const bossPay: Expression = { total: staff, expression: boss(column('pay')) };
    assert.deepEqual(await values('shops', bossPay), [10, 30, 0]);
    assert.deepEqual(await values('shops', bossPay, 2), [20, 40, 0]);
  });
  test('rows are tied through others, and down a tree, within one deployment', async () => {
    const weight = column('weight');
    assert.deepEqual(await values('shops', { total: notesOnStaff, expression: weight }), [3, 20, 0]);
    assert.deepEqual(await values('shops', { total: notesOnStaff, expression: weight }, 2), [6, 40, 0]);
    assert.deepEqual(await values('people', { total: notesBelow, expression: weight }), [23, 6, 4, 16]);
    assert.deepEqual(await values('people', { total: notesBelow, expression: weight }, 2), [14, 12, 8, 32]);
    assert.deepEqual(await values('people', { highest: notesBelow, expression: weight }), [16, 4, 4, 16]);
  });
  test('tied rows have tied rows of their own', async () => {
    const hours: Expression = { counted: { ...staff, on: [{ column: 'boss_id', same: 'id' }] } };
    assert.deepEqual(await values('shops', { total: staff, expression: hours }), [3, 0, 0]);
    assert.deepEqual(await values('shops', { total: staff, expression: hours }, 2), [2, 0, 0]);
    // Each note below Ann, times those who work in the shop that it is about.
    const about: Expression = { counted: { ...staff, on: [{ column: 'shop_id', same: 'about_id' }] } };
    assert.deepEqual(await values('people', { total: notesBelow, expression: about }), [4, 2, 0, 0]);
    assert.deepEqual(await values('shops', { total: notesOnStaff, expression: about }), [4, 0, 0]);
    const boss = { having: 'people', by: 'boss_id', expression: hours } as const;
    assert.deepEqual(await ids('people', { test: '>', on: boss, value: 0 }), [1]);
  });
  test('a condition on rows that point here is met by those of the same deployment', async () => {
    const has = (expression: Expression): Expression => ({ having: 'people', by: 'shop_id', expression });
    assert.deepEqual(await ids('shops', is(has(column('name')), 'Cid 1')), [2]);
    assert.deepEqual(await ids('shops', is(has(column('name')), 'Cid 1'), byId, 2), []);
    assert.deepEqual(await ids('shops', is(has(boss(column('name'))), 'Ann 1')), [1, 2]);
    assert.deepEqual(
      await ids(
        'people',
        is({ through: 'shop_id', table: 'shops', expression: has(column('name')) }, 'Cid 1'),
      ),
      [3, 4],
    );
    const noted = (kind: string): Expression => ({
      having: 'notes',
      by: 'about_id',
      type: { column: 'about', is: kind },
      expression: column('weight'),
    });
    assert.deepEqual(await ids('shops', { test: '>', on: noted('shop'), value: 0 }), [3]);
    assert.deepEqual(await ids('people', { test: '>', on: noted('person'), value: 3 }), [3, 4]);
  });
  test('a value is found among those of other rows, of the same deployment', async () => {
    const where = is(column('role'), 'clerk');
    const shops = (condition: Condition, deployment = 1) =>
      ids(
        'shops',
        { column: 'id', foundIn: 'people', by: column('shop_id'), where: condition },
        byId,
        deployment,
      );
    assert.deepEqual(await shops(where), [1, 2]);
    assert.deepEqual(await shops(is(column('name'), 'Cid 1')), [2]);
    assert.deepEqual(await shops(is(column('name'), 'Cid 1'), 2), []);
    assert.deepEqual(await shops(is(boss(column('name')), 'Bob 1')), [2]);
    const owners: Condition = { column: 'owner_id', foundIn: 'people', by: boss(column('id')), where };
    assert.deepEqual(await ids('shops', owners), [1, 2]);
    assert.deepEqual(await ids('shops', { all: [owners, is(column('town'), 'Ely')] }), [2]);
    const inner: Condition = {
      column: 'boss_id',
      foundIn: 'people',
      by: column('id'),
      where: is(column('name'), 'Bob 1'),
    };
    assert.deepEqual(await shops(inner), [2]);
  });
  test('tied rows may have to meet a condition', async () => {
    const where: Condition = { test: '<', on: column('pay'), value: 25 };
    assert.deepEqual(await values('shops', { counted: staff, where }), [2, 0, 0]);
    assert.deepEqual(await values('shops', { counted: staff, where }, 2), [1, 0, 0]);
    assert.deepEqual(await values('shops', { highest: staff, expression: column('name'), where }), [
      'Bob 1',
      null,
      null,
    ]);
    const under = is(boss(column('name')), 'Ann 1');
    assert.deepEqual(await values('shops', { counted: staff, where: under }), [1, 1, 0]);
  });
  test('values are added, taken away, multiplied, chosen and put together', async () => {
    const [size, seats] = [column('size'), column('seats')];
    assert.deepEqual(await values('shops', { plus: [size, seats] }), [44, 90, 0]);
    assert.deepEqual(await values('shops', { minus: size }), [-40, -90, 0]);
    assert.deepEqual(await values('shops', { choose: 'kind', cases: { food: size, craft: seats } }), [
      40,
      null,
      0,
    ]);
    assert.deepEqual(await values('shops', { choose: 'kind', cases: { food: size } }), [40, 0, 0]);
    assert.deepEqual(await values('shops', { joined: ['street', 'town'] }), ['High St Rye', 'Ely', '']);
    assert.deepEqual(await values('shops', { nothing: true }), [null, null, null]);
    const worked: Expression = {
      total: staff,
      expression: { times: [column('pay'), column('hours')], per: 4 },
    };
    assert.deepEqual(await values('shops', worked), [45, 18, 0]);
    const crafts: Expression = { column: 'name', when: is(column('kind'), 'craft'), otherwise: 'hidden' };
    assert.deepEqual(await values('shops', crafts), ['hidden', 'Forge 1', 'Mill 1']);
    const sums = await asked('shops', [{ sum: size }, { sum: seats }], { order: [] });
    assert.deepEqual(
      sums.map((row) => row.map(Number)),
      [[130, 4]],
    );
    const none = await asked('shops', [{ sum: size }], { order: [], where: is(column('id'), 9) });
    assert.deepEqual(
      none.map((row) => row.map(Number)),
      [[0]],
    );
  });
  test('what has no single value is refused where one is wanted', async () => {
    await assert.rejects(asked('shops', [{ any: [column('name')] }]), /no single value/);
  });
  test('any of several columns, whether each has an index or not', async () => {
    const any = (...names: string[]): Expression => ({ any: names.map(column) });
    assert.deepEqual(await ids('shops', is(any('name', 'alias'), 'Bakery 1')), [1, 3]);
    assert.deepEqual(await ids('shops', is(any('name', 'alias'), 'Bakery 1'), byId, 2), []);
    assert.deepEqual(await ids('shops', is(any('name', 'town'), 'Ely')), [2]);
    assert.deepEqual(await ids('shops', is({ any: [column('name'), owner(column('name'))] }, 'Bob 1')), [2]);
    assert.deepEqual(
      await ids('people', is({ through: 'shop_id', table: 'shops', expression: any('name', 'alias') }, 'F')),
      [3, 4],
    );
    const shown: Expression = { column: 'name', when: is(column('kind'), 'craft'), otherwise: 'hidden' };
    assert.deepEqual(await ids('shops', is({ any: [shown, column('alias')] }, 'Bakery 1')), [3]);
  });
  test('all, some, not, among, absent and empty', async () => {
    const [name, street] = [column('name'), column('street')];
    const [food, rye] = [is(column('kind'), 'food'), is(column('town'), 'Rye')];
    assert.deepEqual(await ids('shops', { all: [food, rye] }), [1]);
    assert.deepEqual(await ids('shops', { all: [{ not: food }, rye] }), []);
    assert.deepEqual(await ids('shops', { some: [food, is(name, 'Mill 1')] }), [1, 3]);
    assert.deepEqual(await ids('shops', { some: [] }), []);
    assert.deepEqual(await ids('shops', { not: rye }), [2, 3]);
    assert.deepEqual(await ids('shops', { not: { some: [food, rye] } }), [2, 3]);
    assert.deepEqual(await ids('shops', { among: ['Rye', 'Ely'], on: column('town') }), [1, 2]);
    assert.deepEqual(
      await ids('shops', { among: [10, 70], on: { any: [column('size'), owner(column('pay'))] } }),
      [1],
    );
    assert.deepEqual(await ids('shops', { empty: street }), [3]);
    assert.deepEqual(await ids('shops', { empty: street, text: true }), [2, 3]);
    assert.deepEqual(await ids('shops', { test: '<', on: column('size'), value: 50 }), [1]);
    assert.deepEqual(await ids('shops', { test: '<', on: column('size'), value: 50, zero: true }), [1, 3]);
    assert.deepEqual(await ids('shops', { contains: 'e', on: [name, column('town')] }), [1, 2]);
    assert.deepEqual(await ids('shops', { contains: 'ann', on: [name, owner(name)] }), [1]);
  });
  test('values keep their places when a condition has several', async () => {
    const where: Condition = {
      all: [
        is({ any: [column('name'), column('alias')] }, 'Bakery 1'),
        { contains: 'mill', on: [column('name'), column('town')] },
        { among: ['food', 'craft'], on: column('kind') },
      ],
    };
    const hidden: Expression = { column: 'name', when: is(column('kind'), 'food'), otherwise: '' };
    const found = await asked('shops', [hidden, column('id')], { where });
    assert.deepEqual(found, [['', 3]]);
  });
  test('rows come in the order that is asked for, each once, page by page', async () => {
    const down = [{ by: column('size'), descending: true }, ...byId];
    assert.deepEqual(await ids('shops', always, down), [2, 1, 3]);
    assert.deepEqual(await ids('shops', always, [{ by: column('id'), descending: true }]), [3, 2, 1]);
    const kinds = { order: [{ by: column('kind'), descending: false }] };
    assert.deepEqual(await asked('shops', [column('kind')], { ...kinds, distinct: true }), [
      ['craft'],
      ['food'],
    ]);
    assert.deepEqual(await asked('shops', [column('kind')], kinds), [['craft'], ['craft'], ['food']]);
    const page = { limit: 1, offset: 1 };
    assert.deepEqual(await asked('shops', [column('id'), column('town')], page), [[2, 'Ely']]);
  });
  test('rows are counted, no further than a limit', async () => {
    const counting: Query = {
      table: 'people',
      select: 'count',
      where: always,
      order: [],
      limit: 0,
      offset: 0,
    };
    assert.equal(await store.count(1, counting), 4);
    assert.equal(await store.count(1, { ...counting, limit: 3 }), 3);
    assert.equal(await store.count(1, { ...counting, limit: 9, offset: 1 }), 3);
    assert.equal(await store.count(3, { ...counting, limit: 3 }), 0);
    const clerksOnly = is(column('role'), 'clerk');
    assert.equal(await store.count(2, { ...counting, where: clerksOnly }), 2);
    assert.equal(await store.count(2, { ...counting, where: clerksOnly, limit: 9 }), 2);
    assert.equal(
      await store.count(1, { ...counting, where: is(boss(column('name')), 'Ann 1'), limit: 9 }),
      2,
    );
    assert.equal(await store.count(1, { ...counting, where: is(boss(column('name')), 'Ann 1') }), 2);
  });
  test('a condition of thousands of parts is not too deep', async () => {
    const many = Array.from({ length: 1_500 }, (_, i) => is(column('size'), i));
    assert.deepEqual(await ids('shops', { some: many }), [1, 2]);
    assert.deepEqual(await ids('shops', { all: many.map((each) => ({ not: each })) }), [3]);
    const last = [...many.slice(100), is(column('name'), 'Mill 1')];
    assert.deepEqual(await ids('shops', { some: last }), [3]);
    assert.deepEqual(await ids('shops', { some: [is(column('name'), 'Mill 1'), ...many.slice(100)] }), [3]);
  });
});

describe('the statement of a query', () => {
  const query: Query = {
    table: 'shops',
    select: [column('id'), column('name')],
    where: always,
    order: byId,
    limit: 1,
    offset: 0,
  };
  const indexOf = (name: string, of: string) => (of === 'town' ? undefined : `${name}_${of}`);
  const text = (more: Partial<Query>, hint: IndexHint = {}) =>
    compileQuery({ ...query, ...more }, sqliteDialect, hint, indexOf).sql;

  test('names what it selects, and the index of the hint', () => {
    assert.match(text({}), /^select "t"."id" as "c0", "t"."name" as "c1" from "shops" as "t" where /);
    assert.match(text({}, { index: 'shops_name' }), / from "shops" as "t" indexed by "shops_name" where /);
    assert.doesNotMatch(text({}), /indexed by/);
  });
  test('uses the index of each column for a value in any column', () => {
    const any = (...names: string[]): Condition => is({ any: names.map(column) }, 'B');
    const indexed = text({ where: any('name', 'alias') });
    assert.match(
      indexed,
      /"id" in \(select "id" from "shops" indexed by "shops_name"\s+where "deployment_id" = \? and "name" = \? union select "id" from "shops" indexed by "shops_alias"\s+where "deployment_id" = \? and "alias" = \?\)/,
    );
    for (const where of [any('name', 'town'), is({ any: [column('name'), owner(column('name'))] }, 'B')])
      assert.doesNotMatch(text({ where }), /indexed by/);
    const far: Expression = {
      through: 'shop_id',
      table: 'shops',
      expression: { any: [column('name'), column('alias')] },
    };
    assert.doesNotMatch(text({ table: 'people', where: is(far, 'B') }), /indexed by/);
  });
  test('is published when it is compiled', () => {
    const heard: unknown[] = [];
    const listen = (statement: unknown): void => void heard.push(statement);
    subscribe('accord.statement.compiled', listen);
    try {
      const statement = compileQuery(query, sqliteDialect);
      assert.deepEqual(heard, [statement]);
    } finally {
      unsubscribe('accord.statement.compiled', listen);
    }
    compileQuery(query, sqliteDialect);
    assert.equal(heard.length, 1);
  });
  test('finds tied rows by their index', () => {
    const counted: Expression = { counted: staff };
    assert.match(text({ select: [counted] }), /from "people" as "h1" indexed by "people_shop_id"/);
  });
  test('joins a table once, however much is taken from it', () => {
    const pay: Expression = { plus: [boss(column('pay')), boss(column('hours'))] };
    for (const each of [{ select: [pay], table: 'people' }, { select: [{ total: staff, expression: pay }] }])
      assert.equal(text(each).match(/ left join /g)?.length, 1);
  });
  test('looks up the one text of the hint in the index of words, and scans for the others', () => {
    const [one, other]: Condition[] = [
      { contains: 'abc', on: [column('name'), column('alias')] },
      { contains: 'def', on: [column('name')] },
    ];
    const where: Condition = { all: [one as Condition, other as Condition] };
    const looked = text({ where }, { wordSearch: { condition: one as Condition, position: 0 } });
    assert.equal(looked.match(/ match /g)?.length, 1);
    assert.match(looked, /instr\(fold_case\("name"\), \?\) > 0 or instr\(fold_case\("alias"\), \?\)/);
    assert.match(looked, /instr\(fold_case\("t"."name"\), \?\) > 0/);
    assert.doesNotMatch(text({ where }), / match /);
    const withoutWords = { ...sqliteDialect, idsWithWord: () => undefined };
    const hint = { wordSearch: { condition: one as Condition, position: 0 } };
    assert.match(
      compileQuery({ ...query, where }, withoutWords, hint).sql,
      /instr\(fold_case\("t"."alias"\), \?\) > 0/,
    );
  });
  test('tells the engine which order has no absent values', () => {
    const orders: boolean[] = [];
    const noting = {
      ...sqliteDialect,
      order: (...[by, descending, present]: Parameters<typeof sqliteDialect.order>) => {
        orders.push(present);
        return sqliteDialect.order(by, descending, present);
      },
    };
    const by = [column('id'), column('name'), owner(column('id'))].map((each) => ({
      by: each,
      descending: false,
    }));
    compileQuery({ ...query, order: by }, noting);
    assert.deepEqual(orders, [true, false, false]);
  });
});

test('a statement says which value goes to each of its placeholders, in their order', () => {
  const { sql: text, slots } = statementOf(sql`select ${slot(2)}, ${slot(0)}, ${slot(2)}`, sqliteDialect);
  assert.equal(text, 'select ?, ?, ?');
  assert.deepEqual(slots, [2, 0, 2]);
});
