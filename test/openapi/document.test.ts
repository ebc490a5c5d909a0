import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { recordExamples } from '../../generate/record-examples.ts';
import { type CauseName, causes } from '../../src/contract/causes.ts';
import type { Examples } from '../../src/openapi/examples.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import {
  type Document,
  methods,
  type Parameter,
  readDocument,
  readDocumentText,
  validators,
} from '../harness/openapi.ts';
import { startWorld, type TestWorld } from '../harness/world.ts';

const text = await readDocumentText();
const document = await readDocument();
const examples = JSON.parse(
  readFileSync(new URL('../../src/openapi/examples.json', import.meta.url), 'utf8'),
) as Examples;

const problemsByRedocly = async (source: string): Promise<readonly string[]> => {
  const config = await createConfig({ extends: ['spec'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message }) => `${ruleId}: ${message}`);
};
const problemsBySeriousme = async (source: string): Promise<readonly string[]> => {
  const { valid, errors } = await new Validator().validate(JSON.parse(source) as Record<string, unknown>);
  return valid ? [] : [JSON.stringify(errors)];
};

describe('the OpenAPI document', () => {
  for (const [name, problems] of Object.entries({ problemsByRedocly, problemsBySeriousme })) {
    test(`is valid: ${name}`, async () => {
      assert.deepEqual(await problems(text), []);
    });
    test(`is not valid when it is broken: ${name}`, async () => {
      const { info: _, ...broken } = document as Document & { readonly info: unknown };
      assert.notDeepEqual(await problems(JSON.stringify(broken)), []);
    });
  }

  test('has every request of the catalogue, and nothing else below its base', async () => {
    const { buildRoutes } = await import('../../src/request/05-route/table.ts');
    const { loadCatalogue } = await import('../../src/catalogue/catalogue.ts');
    const template = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}');
    const routes = buildRoutes(await loadCatalogue()).all.map(
      ({ row }) => `${row.method} /${template(row.path)}`,
    );
    const described = Object.entries(document.paths)
      .filter(([, { servers }]) => servers === undefined)
      .flatMap(([path, item]) =>
        methods.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${template(path)}`),
      );
    assert.deepEqual(described.sort(), routes.sort());
  });

  test('names every operation once', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      methods.flatMap((method) => item[method]?.operationId ?? []),
    );
    assert.deepEqual(ids.length, new Set(ids).size);
  });

  test('says of every cause of the contract where it may be met', () => {
    const said = new Set<string>();
    const take = (statuses: Readonly<Record<string, readonly string[]>>): void => {
      for (const names of Object.values(statuses)) for (const name of names) said.add(name);
    };
    take(document['x-elsewhere']);
    for (const item of Object.values(document.paths))
      for (const method of methods) take(item[method]?.['x-statuses'] ?? {});
    const missing = (Object.keys(causes) as CauseName[]).filter((cause) => !said.has(cause));
    // It stands for one cause a unique field.
    assert.deepEqual(missing, ['field.taken']);
    assert.ok(said.has('username.taken'));
  });

  test('is of a size that can be read', () => {
    assert.ok(text.length < 5_000_000, `${text.length}`);
  });

  test('shows an exchange of every request, and what it shows is valid', () => {
    const { answer, body } = validators(document);
    const wrong: string[] = [];
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods) {
        const operation = item[method];
        if (!operation || item.servers) continue;
        const id = `${method} ${path}`;
        const json = operation.responses['200']?.content?.['application/json'];
        if (json) {
          const shown = json.examples?.recorded;
          if (!shown) wrong.push(`${id} has no example`);
          else wrong.push(...answer(path, method, '200', shown.value).map((each) => `${id}: ${each}`));
        }
        for (const [type, { examples: sent }] of Object.entries(operation.requestBody?.content ?? {}))
          if (sent?.recorded)
            wrong.push(...body(path, method, type, sent.recorded.value).map((each) => `${id}: ${each}`));
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('has the examples that are recorded now', { timeout: 300_000 }, async () => {
    assert.deepEqual(await recordExamples(), examples, 'npm run docs -- --record');
  });
});

onEveryEngine('the OpenAPI document over HTTP', (engine) => {
  let world: TestWorld;
  before(async () => {
    world = await startWorld(engine);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  test('is sent to anyone, with an ETag', async () => {
    const yaml = await readDocumentText('yaml');
    for (const [path, type, file] of [
      ['/api/v0/openapi.json', 'application/json', text],
      ['/public_api/v0/openapi.json', 'application/json', text],
      ['/api/v0/openapi.yaml', 'application/yaml', yaml],
      ['/public_api/v0/openapi.yaml', 'application/yaml', yaml],
    ] as const) {
      const reply = await send(world.server.port, 'nobody.example', { path });
      assert.equal(reply.http, 200);
      assert.equal(reply.headers['x-status'], 'ok');
      assert.equal(reply.headers['access-control-allow-origin'], '*');
      assert.equal(reply.headers['content-type'], `${type}; charset=utf-8`);
      assert.ok(reply.text === file, 'it is the document of the catalogue');
      const etag = reply.headers.etag ?? '';
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
        const again = await send(world.server.port, 'nobody.example', {
          path,
          headers: { 'If-None-Match': known },
        });
        assert.deepEqual([again.http, again.text], [304, '']);
      }
      const head = await send(world.server.port, 'nobody.example', { path, method: 'HEAD' });
      assert.deepEqual([head.http, head.text], [200, '']);
    }
  });

  test('is a page for people, with every request, its parameters and its causes', async () => {
    const get = (path: string) => send(world.server.port, 'nobody.example', { path });
    const list = await get('/docs/reference');
    assert.equal(list.http, 200);
    assert.match(list.headers['content-type'] ?? '', /^text\/html/);
    const groups = new Map<string, string>();
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods) {
        const operation = item[method];
        if (!operation) continue;
        const [tag = ''] = operation.tags;
        const id = operation.operationId;
        assert.ok(list.text.includes(`href="/docs/reference/${tag}#${id}"`), `${method} ${path}`);
        const page = groups.get(tag) ?? (await get(`/docs/reference/${tag}`)).text;
        groups.set(tag, page);
        const [, section = ''] = page.split(`<section class="sheet status" id="${id}"`);
        const own = section.split('</section>')[0] ?? '';
        for (const [status, names] of Object.entries(operation['x-statuses']))
          for (const name of [status, ...names])
            assert.ok(own.includes(`<code>${name}</code>`), `${id} ${name}`);
        for (const parameter of operation.parameters ?? []) {
          const { name } =
            '$ref' in parameter
              ? (document.components.parameters[parameter.$ref.split('/').at(-1) ?? ''] as Parameter)
              : parameter;
          assert.ok(own.includes(`<code>${name}</code>`), `${id} ${name}`);
        }
      }
    }
    assert.ok(groups.size > 20);
    for (const path of ['/docs/reference/monkeys', '/docs/reference/staff/1'])
      assert.equal((await get(path)).http, 404);
  });

  test('says of every request what it answers, and what `_fields` takes', async () => {
    const get = (path: string) => send(world.server.port, 'nobody.example', { path });
    const { text: page } = await get('/docs/reference/companies');
    const section = (id: string): string =>
      (page.split(`<section class="sheet status" id="${id}"`)[1] ?? '').split('</section>')[0] ?? '';
    const listed = section('listCompanies');
    assert.match(listed, /&quot;response&quot;: \[ &lt;company&gt;, … \]/);
    assert.match(listed, /<code>website<\/code> text/);
    assert.match(
      listed,
      /<code>status<\/code> link to <a href="#fields-company_statuses">company status<\/a>/,
    );
    assert.match(listed, /<code>default_affiliation<\/code> link to affiliation/);
    assert.match(section('countCompanies'), /&quot;count&quot;: /);
    assert.ok(!section('countCompanies').includes('takes besides'));
    assert.match(section('createCompany'), /The id of a company status, 0 for none/);
    // No request is without, and no cell of a body whose parameter is a field is empty.
    for (const [path, item] of Object.entries(document.paths))
      for (const method of methods) {
        const operation = item[method];
        if (operation?.tags[0] !== 'companies') continue;
        assert.match(section(operation.operationId), /<h3>Answer<\/h3>/, `${method} ${path}`);
      }
  });

  test('is at its own path only', async () => {
    const host = 'nobody.example';
    for (const path of [
      '/api/v0/openapi',
      '/api/v0/openapi.yml',
      '/api/v0/openapi.xml',
      '/api/v1/openapi.json',
      '/api/v0/openapi/1.json',
    ])
      assert.notEqual((await send(world.server.port, host, { path })).headers['x-status'], 'ok', path);
    const posted = await send(world.server.port, host, { path: '/api/v0/openapi.json', method: 'POST' });
    assert.notEqual(posted.headers['x-status'], 'ok');
  });
});
