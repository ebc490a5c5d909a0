import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { causes, causesOn, pointsOf, type RowName, rowOf } from '../../src/contract/causes.ts';
import {
  type Stage,
  type Surface,
  stageOfPoint,
  stages,
  stagesOfSurface,
  surfaces,
} from '../../src/contract/stages.ts';
import { statuses } from '../../src/contract/statuses.ts';

const root = join(import.meta.dirname, '..', '..');

const namesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const filesBelow = (folder: string): string[] => namesBelow(folder).map(textOf);

const literals = (sources: readonly string[], call: RegExp): string[] =>
  sources.flatMap((source) => [...source.matchAll(call)].map(([, name]) => name as string));

// `refuse('x'`, `new Refusal('x'`, and the two kinds of lock, which are told apart by an argument.
const call = /(?:refuse|new Refusal)\(\s*(?:[\w.]+ === '[a-z]+' \? )?'([a-z_]+\.[a-z_]+)'/g;
const lock = /'((?:client|user)\.locked)'/g;
const taken = /refuse\(`\$\{field\}\.(taken)`/g;
const raisedIn = (file: string): readonly string[] => {
  const text = [textOf(file)];
  return [
    ...literals(text, call),
    ...(file.endsWith('lockout.ts') ? literals(text, lock) : []),
    ...literals(text, taken).map((name) => `field.${name}`),
  ];
};

/** The causes that each file of the server raises, by the literals in it. What commands refuse is no answer to a request. */
const raiseSites = new Map(
  ['identity', 'objects', 'webhooks', 'request', 'verbs', 'console']
    .flatMap((room) => namesBelow(`src/${room}`))
    .map((file) => [file, new Set(raisedIn(file))] as const),
);

/** The one stage that a file is of; `undefined` where several stages or surfaces use it. */
function stageOfFile(file: string): Stage | undefined {
  if (/^src\/(verbs|objects|webhooks)\//.test(file)) return 'operation';
  const [, name] = /^src\/request\/\d\d-([a-z-]+)\//.exec(file) ?? [];
  return stages.find((stage) => stage === name);
}

const raised = new Set(namesBelow('src').flatMap(raisedIn));
const scenarios = new Set(literals(filesBelow('test'), /scenario\('([a-z_]+\.[a-z_]+)'/g));
const rows = Object.keys(causes) as RowName[];

describe('the status contract, row by row', () => {
  for (const cause of rows) {
    if (cause === 'field.taken') continue;
    test(`${cause} is raised somewhere`, () => assert.ok(raised.has(cause)));
    test(`${cause} has a scenario over HTTP`, () => assert.ok(scenarios.has(cause)));
  }
  test('field.taken is raised under the name of the field, and has scenarios', () => {
    assert.ok([...scenarios].some((name) => name.endsWith('.taken')));
    assert.ok(raised.has('field.taken'));
  });
  for (const name of raised) {
    test(`${name}, raised in the code, is a row`, () => assert.ok(Object.hasOwn(causes, name)));
  }
  for (const name of scenarios) {
    test(`${name}, a scenario, is a row`, () =>
      assert.ok(Object.hasOwn(causes, name) || name.endsWith('.taken')));
  }
  test('every status but ok has a cause, and every cause a status', () => {
    const used = new Set(rows.map((cause) => rowOf(cause).status));
    assert.deepEqual(
      Object.keys(statuses).filter((status) => status !== 'ok' && !used.has(status as never)),
      [],
    );
  });
});

const stagesOfCause = (cause: RowName, on: readonly Surface[] = surfaces): ReadonlySet<Stage> =>
  new Set(on.flatMap((surface) => pointsOf(cause, surface).map(stageOfPoint)));

/** The authorize page uses code of other stages: which file refuses something says nothing of its stage there. */
const inTheirOwnFiles: readonly Surface[] = ['api', 'token', 'revoke'];

/** Errors that become these causes when they are caught may be thrown anywhere. */
const thrown: readonly RowName[] = ['store.unreachable', 'store.busy', 'routine.threw'];

describe('the column `raisedAt`', () => {
  for (const [file, names] of raiseSites) {
    const stage = stageOfFile(file);
    if (stage === undefined || names.size === 0) continue;
    test(`has the stage ${stage} for what ${file} refuses`, () => {
      const without = [...names].filter((name) => !stagesOfCause(name as RowName).has(stage));
      assert.deepEqual(without, []);
    });
  }

  for (const cause of rows) {
    test(`${cause} is raised at each stage of its column, and each is a stage of that surface`, () => {
      const sites = [...raiseSites]
        .filter(([, names]) => names.has(cause))
        .map(([file]) => stageOfFile(file));
      for (const stage of thrown.includes(cause) ? [] : stagesOfCause(cause, inTheirOwnFiles))
        assert.ok(
          sites.includes(stage) || sites.includes(undefined),
          `${stage}: no file of it refuses ${cause}`,
        );
      for (const surface of surfaces)
        for (const point of pointsOf(cause, surface))
          assert.ok(stagesOfSurface[surface].includes(stageOfPoint(point)), `${surface} has no ${point}`);
      assert.ok(stagesOfCause(cause).size > 0);
    });
  }

  test('puts the causes of each surface in the order of its stages', () => {
    for (const surface of surfaces) {
      const places = causesOn(surface).map((cause) =>
        stagesOfSurface[surface].indexOf(stageOfPoint(pointsOf(cause, surface)[0] ?? 'status')),
      );
      assert.deepEqual(
        places,
        places.toSorted((one, other) => one - other),
      );
    }
  });

  test('is that of field.taken for the causes of unique fields, and empty for what is no cause', () => {
    assert.deepEqual(pointsOf('username.taken', 'api'), ['operation']);
    assert.deepEqual(pointsOf('username.taken', 'token'), []);
    assert.deepEqual(pointsOf('constructor' as RowName, 'api'), []);
  });
});
