import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lintFromString, loadConfig } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse } from 'yaml';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Tree } from '../../src/contract/answer.ts';
import { operationNames } from '../../src/openapi/names.ts';
import { blockYaml } from '../../src/openapi/yaml.ts';
import { buildRoutes } from '../../src/request/05-route/table.ts';
import { methods, readDocument, readDocumentText } from '../harness/openapi.ts';

const text = await readDocumentText();
const document = await readDocument();

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Seen {
  readonly at: readonly string[];
  readonly value: Json;
}

/** Every object of the document with the way to it, but nothing of what it shows as an example. */
function* objectsIn(value: unknown, at: readonly string[] = []): Generator<Seen> {
  if (Array.isArray(value))
    for (const [i, each] of value.entries()) yield* objectsIn(each, [...at, String(i)]);
  if (!isObject(value)) return;
  yield { at, value };
  for (const [key, each] of Object.entries(value)) {
    const shown = key === 'examples' && at.at(-1) !== 'properties';
    if (!shown) yield* objectsIn(each, [...at, key]);
  }
}

const all = [...objectsIn(document)];
const pointer = (at: readonly string[]): string =>
  `#/${at.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
const where = (found: readonly Seen[]): readonly string[] => found.map(({ at }) => at.join(' '));

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const operation = item[method];
    return operation ? [{ path, method, operation }] : [];
  }),
);

/** Why a warning of Redocly's recommended rules stays. */
const explained: Readonly<Record<string, string>> = {};

describe('the OpenAPI document as generators read it', () => {
  test('is the same in YAML, to readers of YAML 1.1 and 1.2 alike', async () => {
    const yaml = await readDocumentText('yaml');
    for (const yamlVersion of ['1.1', '1.2'] as const)
      assert.deepEqual(parse(yaml, { maxAliasCount: 0, version: yamlVersion }), JSON.parse(text));
  });

  test('is written in YAML whatever is in it', () => {
    const value = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(
          'no',
          'null',
          '~',
          '1e3',
          '0x10',
          '',
          ' x ',
          '# x',
          '- x',
          'a: b',
          '\u2028\u0085\ufeff',
        ),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('yes', 'n', '200', '$ref', 'x-a', '', '~', 'true')),
          tie('tree'),
          { maxKeys: 3 },
        ),
      ),
    })).tree;
    fc.assert(
      fc.property(value, (tree) => {
        assert.deepEqual(parse(blockYaml(tree as Tree)), JSON.parse(JSON.stringify(tree)));
      }),
    );
  });

  test('has no component that nothing refers to, and no reference that leads nowhere', () => {
    const { securitySchemes: _, ...components } = document.components as unknown as Record<string, Json>;
    const names = Object.entries(components).flatMap(([kind, own]) =>
      Object.keys(own).map((name) => `${kind}/${name}`),
    );
    const referred = [...text.matchAll(/"#\/components\/([^"]+)"/g)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(referred)].sort(), names.sort());
  });

  test('names every component as a type, each once whatever the case of its letters', () => {
    const { schemas, parameters } = document.components;
    for (const own of [schemas, parameters]) {
      const names = Object.keys(own);
      assert.deepEqual(
        names.filter((name) => !/^([A-Z][a-z]*)+$/.test(name)),
        [],
      );
      assert.equal(new Set(names.map((name) => name.toLowerCase())).size, names.length);
    }
  });

  test('names every operation as a method, each once whatever the case of its letters', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.deepEqual(
      ids.filter((id) => !/^[a-z]+([A-Z][a-z]*)*$/.test(id)),
      [],
    );
    assert.equal(new Set(ids.map((id) => id.toLowerCase())).size, ids.length);
    for (const [id, path, method] of [
      ['listCompanies', '/companies', 'get'],
      ['getCompany', '/companies/{company_id}', 'get'],
      ['createCompany', '/companies', 'post'],
      ['listContactsOfCompany', '/companies/{company_id}/contacts', 'get'],
      ['getStatusOfCompany', '/companies/{company_id}/status', 'get'],
      ['runJobProgression', '/jobs/{job_id}/progressions/{progression_id}', 'post'],
      ['pauseTimer', '/timers/{timer_id}/pause', 'post'],
      ['getDivisionBySingularPath', '/division/{division_id}', 'get'],
      ['createToken', '/token', 'post'],
    ] as const)
      assert.equal(document.paths[path]?.[method]?.operationId, id);
  });

  test('names an operation by its request alone, not by the order of all', async () => {
    const catalogue = await loadCatalogue();
    const { all: routes } = buildRoutes(catalogue);
    const forwards = operationNames(routes, catalogue);
    const backwards = operationNames(routes.toReversed(), catalogue);
    assert.deepEqual(new Map([...backwards].toReversed()), forwards);
  });

  test('says of every list what is in it', () => {
    assert.deepEqual(where(all.filter(({ value }) => value.type === 'array' && !isObject(value.items))), []);
  });

  test('has no enum with twins, and none without a type', () => {
    const enums = all.filter(({ value }) => Array.isArray(value.enum));
    assert.ok(enums.length > 50);
    const twins = enums.filter(({ value }) => {
      const words = (value.enum as readonly unknown[]).map((each) => String(each).toLowerCase());
      return new Set(words).size !== words.length;
    });
    assert.deepEqual(where(twins), []);
    // What narrows a schema that has a type needs none.
    const bare = enums.filter(({ at, value }) => value.type === undefined && !at.includes('responses'));
    assert.deepEqual(where(bare), []);
  });

  test('says of a success what it is, without a choice between it and a refusal', () => {
    const wrong: string[] = [];
    for (const { path, method, operation } of operations) {
      const schema = operation.responses['200']?.content?.['application/json']?.schema as Json | undefined;
      if (!schema || document.paths[path]?.servers) continue;
      const name = String(schema.$ref).split('/').at(-1) ?? '';
      const { type, required, properties } = document.components.schemas[name] as Json;
      const good =
        type === 'object' &&
        String(required) === 'meta,response' &&
        (properties as Json).meta !== undefined &&
        isObject((properties as Json).response);
      if (!good) wrong.push(`${method} ${path}`);
    }
    assert.deepEqual(wrong, []);
    const { Meta } = document.components.schemas as Readonly<Record<string, Json>>;
    assert.deepEqual(Meta?.required, ['status', 'message', 'more_info']);
  });

  test('requires what is always answered, and an id is never null', () => {
    const schemas = document.components.schemas as Readonly<Record<string, Json>>;
    assert.deepEqual(schemas.Company?.required, ['id', 'name']);
    assert.deepEqual(schemas.Id?.type, 'string');
    for (const [name, { properties, 'x-resource': resource }] of Object.entries(schemas)) {
      const id = (properties as Json | undefined)?.id;
      if (resource && id) assert.equal((id as Json).$ref, '#/components/schemas/Id', name);
    }
  });

  test('shows nothing that is not as it says', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(JSON.parse(text) as object, 'document');
    const examples = (document.components as unknown as Record<string, Record<string, Json>>).examples ?? {};
    let seen = 0;
    const wrong: string[] = [];
    for (const { at, value } of all) {
      if (!isObject(value.examples) || !isObject(value.schema)) continue;
      const validate = ajv.compile({ $ref: `document${pointer([...at, 'schema'])}` });
      for (const [name, each] of Object.entries(value.examples as Readonly<Record<string, Json>>)) {
        const { value: shown } =
          '$ref' in each ? (examples[String(each.$ref).split('/').at(-1) ?? ''] ?? {}) : each;
        seen++;
        if (!validate(shown)) wrong.push(`${at.join(' ')} ${name}: ${ajv.errorsText(validate.errors)}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(seen > 500, `${seen}`);
  });

  test('describes every group of requests, and has no group without one', () => {
    for (const { name, description } of document.tags) assert.ok(description, name);
    const used = new Set(operations.flatMap(({ operation }) => operation.tags));
    assert.deepEqual([...used].sort(), document.tags.map(({ name }) => name).sort());
  });

  test('has few warnings by the recommended rules of Redocly, and a reason for each', async () => {
    const config = await loadConfig({
      configPath: fileURLToPath(new URL('../../redocly.yaml', import.meta.url)),
    });
    const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
    const open = problems.filter(({ ruleId }) => !explained[ruleId]);
    assert.deepEqual(
      open.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
      [],
    );
    assert.ok(problems.length < 20, `${problems.length}`);
    const kinds = new Set(problems.map(({ ruleId }) => ruleId));
    assert.deepEqual(
      Object.keys(explained).filter((rule) => !kinds.has(rule)),
      [],
      'a reason for a warning that is no more',
    );
  });
});
