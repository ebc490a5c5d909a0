import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { layers } from '../generate/rooms.ts';
import { loadCatalogue } from '../src/catalogue/catalogue.ts';
import { tablesOf } from '../src/server/database.ts';

const src = join(import.meta.dirname, '..', 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const layerOf = (file: string): number =>
  layers.findIndex((rooms) => rooms.some(({ name }) => name === file.split('/')[0]));
const stageOf = (file: string): number | undefined =>
  Number(/^request\/(\d\d)-/.exec(file)?.[1] ?? Number.NaN) || undefined;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(src, from), 'utf8');
  const statics = [...text.matchAll(/^(?:import|export) (type )?[^'"]*?from '(\.[^']+)'/gm)].map(
    ([, type, path]) => ({ type, path }),
  );
  const dynamics = [...text.matchAll(/import\('(\.[^']+)'\)/g)].map(([, path]) => ({
    type: undefined,
    path,
  }));
  return [...statics, ...dynamics].map(({ type, path }) => ({
    from,
    to: relative(src, join(src, dirname(from), path ?? '')),
    typeOnly: type !== undefined,
  }));
});

/** Folders of tests that are of no room of `src`. */
const foldersOfNoRoom = {
  browser: 'pages in a browser',
  client: 'the SDK',
  documents: 'what the documents tell readers to do',
  harness: 'what tests share',
  mutation: 'whether tests notice changes of the source',
  observed: 'what clients observe of the server',
  reference: 'what the public documentation says',
  scenarios: 'every cause, met over HTTP',
  security: 'the requirements of OWASP and the RFCs',
  tenancy: 'deployments are kept apart',
  types: 'types that must hold or must not',
};

describe('architecture', () => {
  test('every file belongs to a layer', () => {
    assert.deepEqual(
      files.filter((file) => layerOf(file) < 0),
      [],
    );
  });
  test('every room has a folder of tests, and every folder of tests is of a room or says what else it is', () => {
    const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
    const folders = new Set(tests.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
    const tested = tests.filter((file) => file.endsWith('.test.ts')).map((file) => file.split('/')[0]);
    const rooms = layers.flat().map(({ name }) => name);
    assert.deepEqual(
      rooms.filter((name) => !tested.includes(name)),
      [],
    );
    assert.deepEqual([...folders].sort(), [...rooms, ...Object.keys(foldersOfNoRoom)].sort());
  });
  test('nothing imports upward', () => {
    const upward = imports.filter(({ from, to }) => !to.startsWith('..') && layerOf(to) > layerOf(from));
    assert.deepEqual(
      upward.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });
  test('rooms of one layer do not know one another', () => {
    const across = imports.filter(
      ({ from, to }) =>
        layerOf(from) === layerOf(to) &&
        from.split('/')[0] !== to.split('/')[0] &&
        from.includes('/') &&
        to.includes('/'),
    );
    assert.deepEqual(
      across.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });
  test('a stage takes code from earlier stages only', () => {
    const backward = imports.filter(({ from, to, typeOnly }) => {
      const [one, two] = [stageOf(from), stageOf(to)];
      return !typeOnly && one !== undefined && two !== undefined && two > one;
    });
    assert.deepEqual(
      backward.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });
  const only = (library: string, place: string) =>
    test(`${library} is imported in ${place} only`, () => {
      const users = files.filter((file) =>
        new RegExp(`from '${library}'|import\\('${library}'\\)`).test(readFileSync(join(src, file), 'utf8')),
      );
      assert.ok(users.length > 0);
      assert.deepEqual(
        users.filter((file) => !file.startsWith(place)),
        [],
      );
    });
  only('kysely', 'store/');
  only('pg', 'store/engines/postgres');
  only('node:sqlite', 'store/engines/sqlite');
  only('rate-limiter-flexible', 'limits/');
  only('ioredis', 'limits/');
  only('pino', 'observe/');
  only('aws4fetch', 'files/s3.ts');
  only('undici', 'http/');
  test('an exported name is exported by one file', () => {
    const exported = files.flatMap((file) =>
      [
        ...readFileSync(join(src, file), 'utf8').matchAll(
          /^export (?:abstract |async )?(?:const|let|function\*?|class|interface|type) (\w+)/gm,
        ),
      ].map(([, name = '']) => ({ file, name })),
    );
    // Every command has the same two: they are what makes it one.
    const ofCommands = ['define', 'summary'];
    const owners = Map.groupBy(
      exported.filter(({ file, name }) => !(file.startsWith('cli/commands/') && ofCommands.includes(name))),
      ({ name }) => name,
    );
    const shared = [...owners].filter(([, all]) => new Set(all.map(({ file }) => file)).size > 1);
    assert.ok(owners.size > 1_000);
    assert.deepEqual(
      shared.map(([name, all]) => `${name}: ${all.map(({ file }) => file).join(', ')}`),
      [],
    );
  });
  test('there are no drawer folders and no barrels', () => {
    const names = files.flatMap((file) => file.split('/'));
    assert.deepEqual(
      names.filter((name) =>
        ['utils', 'util', 'helpers', 'common', 'shared', 'misc', 'index.ts'].includes(name),
      ),
      [],
    );
  });
  test('the engine names no resource', async () => {
    const catalogue = await loadCatalogue();
    const resources = [...catalogue.resources.values()];
    const own = new Set(resources.map(({ name }) => name));
    // A column of a table of the engine's own may have a name that a resource has too: the address of a session.
    const columns = new Set(
      tablesOf(catalogue)
        .filter(({ name }) => !own.has(name))
        .flatMap((table) => Object.keys(table.columns)),
    );
    const names = resources
      .flatMap(({ name, singular, plural }) => [name, singular, plural])
      .filter((name) => !columns.has(name) && !Object.hasOwn(namedByEngine, name));
    const literal = new RegExp(`['"\`](${[...new Set(names)].join('|')})['"\`]`);
    const named = files.filter(isEngine).flatMap((file) =>
      codeIn(file).flatMap((line) => {
        const [, name] = literal.exec(line) ?? [];
        return name === undefined ? [] : [`${file}: ${name}`];
      }),
    );
    assert.deepEqual([...new Set(named)], []);
  });
  test('every name that the engine may use is used', () => {
    const code = files.filter(isEngine).flatMap(codeIn).join('\n');
    const unused = Object.keys(namedByEngine).filter((name) => !code.includes(`'${name}'`));
    assert.deepEqual(unused, []);
  });
});

/** What serves every resource alike: the rooms of the engine, the sandbox, and what the catalogue has beside resources and traits. */
const engineRooms = new Set<string>(
  layers
    .flat()
    .filter(({ kind, name }) => kind === 'engine' || name === 'sandbox')
    .map(({ name }) => name),
);
const isEngine = (file: string): boolean =>
  engineRooms.has(file.split('/')[0] ?? '') || /^catalogue\/(kinds\/)?[\w-]+\.ts$/.test(file);

/** The names of resources that the engine may use all the same, at most five. */
const namedByEngine: Readonly<Record<string, string>> = {
  staff: 'whoever signs in and acts is a member of staff',
  service: 'a type of applications, not what is sold',
  request: 'an HTTP request, not what a client wrote to a shared address',
  webhook_subscriptions: 'who is sent events: the queue of deliveries stands on this table',
};

/** The lines of a file without comments that stand alone. */
const codeIn = (file: string): readonly string[] =>
  readFileSync(join(src, file), 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line));
