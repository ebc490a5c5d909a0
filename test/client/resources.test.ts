import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient } from '../../client/src/client.ts';
import type { Resource as Module } from '../../client/src/resource.ts';
import { fromWire } from '../../client/src/wire.ts';
import { parametersOf } from '../../generate/client/signatures.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { answersOf } from '../../src/openapi/answer-shapes.ts';
import examples from '../../src/openapi/examples.json' with { type: 'json' };
import type { Examples } from '../../src/openapi/examples.ts';
import { camel, methodsOf, pascal, type SdkMethod } from '../../src/openapi/method-names.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { asking } from '../harness/needs.ts';
import { populate } from '../harness/populate.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';
import { nowhere, tenantFetch } from './tenant-fetch.ts';

/** Every request of every generated module is sent to the server; then the compiler holds what it answered to the types of the module. */
const root = join(import.meta.dirname, '../..');
const { requests } = examples as unknown as Examples;

interface Seen {
  readonly resource: Resource;
  readonly method: SdkMethod;
  /** As they would be written in TypeScript. */
  readonly given: string;
  readonly answer: unknown;
}

type Methods = Readonly<
  Record<string, (...given: readonly unknown[]) => PromiseLike<never> & AsyncIterable<unknown>>
>;
type Outcome = {
  readonly ok: boolean;
  readonly response: unknown;
  readonly verdict: { readonly message: string };
};

let world: TestWorld;
let reader: Tenant;
let readerIds: ReadonlyMap<string, number>;
const seen: Seen[] = [];
let count = 0;

before(async () => {
  world = await startWorld(sqlite, { 'rate-limit': '100000', 'webhook-allow-private': true });
  reader = await world.tenant();
  readerIds = await populate(reader, 'reading', reader.admin);
});
after(async () => {
  closeConnections();
  await world.close();
});

async function methodsIn(
  resource: Resource,
): Promise<{ module: Module<object>; methods: readonly SdkMethod[] }> {
  const file = join(root, `client/src/resources/${resource.name}.ts`);
  const module = ((await import(file)) as Record<string, Module<object>>)[camel(resource.name)];
  const methods = methodsOf(resource, world.server.world.routes.all, (route) =>
    answersOf(route, requests[route.id]),
  );
  return { module: module as Module<object>, methods };
}

/** The fields that a request may be asked for; every link once as an id, once as an object. */
function fieldsOf({ answers, route }: SdkMethod): readonly (readonly string[])[] {
  const { of, fixed } = answers;
  if (!of || fixed) return [[]];
  // A write answers as a read does.
  if (route.row.method !== 'GET') return [['_ALL', 'breadcrumbs']];
  const links = Object.entries(of.fields).filter(
    ([, { shown, to, many }]) => shown !== 'hidden' && (to || many),
  );
  return [[], ['_ALL', 'breadcrumbs'], links.map(([name]) => `${name}()`)];
}

async function run(resource: Resource, module: Module<object>, method: SdkMethod): Promise<void> {
  const { route, answers } = method;
  const reading = route.row.method === 'GET';
  for (const fields of fieldsOf(method)) {
    const tenant = reading ? reader : await world.tenant();
    const ids = reading ? readerIds : await populate(tenant, 'writing', tenant.admin);
    const { sending, body, part } = await asking(tenant, route, ids, true);
    const places = sending.path.replace('/api/v0/', '').split('?')[0]?.split('/') ?? [];
    const named = route.row.path
      .split('/')
      .flatMap((segment, i) => (segment.startsWith('{') ? [places[i]] : []));
    const client = createClient({
      baseUrl: nowhere,
      auth: { token: tenant.token },
      resources: { it: module },
      fetch: tenantFetch(tenant),
      retries: false,
      patience: 0,
    }) as unknown as { it: Methods };
    const writes = parametersOf(route) !== undefined;
    const values = {
      ...(fromWire(module.kinds, body ?? {}) as object),
      ...(part ? { [part]: new File(['heavy'], 'dark-matter.txt', { type: 'text/plain' }) } : {}),
    };
    const options = answers.of && !answers.fixed ? { fields } : {};
    const given = [...named, ...(writes ? [values] : []), options];
    const call = client.it[method.name];
    assert.ok(call, `${resource.name} has no ${method.name}`);
    const outcome = (await call(...given)) as Outcome;
    assert.ok(outcome.ok, `${route.id}: ${outcome.verdict.message}`);
    const texts = [...named.map(() => '1'), ...(writes ? ['{} as never'] : []), JSON.stringify(options)];
    if (answers.as !== 'file')
      seen.push({ resource, method, given: texts.join(', '), answer: outcome.response });
    if (answers.as === 'list' && answers.paged) {
      // What belongs to one of several kinds of object belongs to the first.
      const some = route.row.within !== undefined || route.row.only !== undefined;
      assert.ok((outcome.response as unknown[]).length > 0 || some, `${route.id} lists nothing`);
      const all: unknown[] = [];
      for await (const each of call(...given.slice(0, -1), { fields, limit: 1 })) {
        all.push(each);
        assert.ok(all.length < 50, `${route.id} never ends`);
      }
      assert.ok(all.length >= (outcome.response as unknown[]).length, `${route.id}, page after page`);
    }
  }
}

test('every request of every resource', async (t) => {
  for (const resource of world.server.world.catalogue.resources.values()) {
    const { module, methods } = await methodsIn(resource);
    if (methods.length === 0) continue;
    assert.deepEqual(
      Object.keys(module.rows),
      methods.map(({ name }) => name),
    );
    await t.test(resource.name, async () => {
      for (const method of methods) await run(resource, module, method);
    });
  }
});

/** A value as TypeScript: only what JSON does not have is written otherwise. */
function literal(value: unknown): string {
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}: ${literal(each)}`)
    .join(', ')} }`;
}

test('what they answered has the types that the modules say', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'accord-answers-'));
  try {
    const types = [...new Set(seen.map(({ resource }) => resource))].map(
      ({ name }) => `import type { ${pascal(name)}Requests } from '${root}/client/src/resources/${name}.ts';`,
    );
    const checks = seen.map(({ resource, method, given, answer }) =>
      [
        `// ${method.route.id}`,
        `export async function check${++count}(it: ${pascal(resource.name)}Requests) {`,
        `  const result = await it.${method.name}(${given});`,
        `  if (!result.ok) return result.verdict.status;`,
        `  const answer: typeof result.response = ${literal(answer)};`,
        `  return answer;`,
        `}`,
      ].join('\n'),
    );
    await writeFile(join(folder, 'answers.mts'), [...types, ...checks].join('\n'));
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { types: [], lib: ['es2024', 'dom', 'dom.iterable'] },
      include: ['answers.mts'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules/.bin/tsc');
    const checked = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    assert.equal(checked.status, 0, (checked.stdout + checked.stderr).slice(0, 5_000));
  } finally {
    await rm(folder, { recursive: true });
  }
});
