import fc from 'fast-check';
import {
  type Document,
  type Method,
  methods,
  type Operation,
  type Parameter,
  type Referred,
  type Schema,
} from './openapi.ts';

/** A request made from the document alone: mostly what it says is valid, and in places not. */
export interface Generated {
  readonly path: string;
  readonly method: Method;
  readonly operation: Operation;
  /** What stands for each id of the path: mostly one that exists. */
  readonly ids: readonly string[];
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly type: string; readonly values: Readonly<Record<string, unknown>> } | undefined;
  readonly suffix: '' | '.json' | '.xml' | '.yaml';
  readonly token: 'all' | 'narrow' | 'restricted' | 'service' | 'unknown' | 'none';
}

const nasty: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e999',
    '9'.repeat(30),
    'null',
    '{}',
    "' or 1=1 --",
    '((((',
    '))',
    '１２',
    'ß\r\nX: 1',
  ),
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
/** Ids are small: every deployment counts from 1. */
const id = fc.integer({ min: 1, max: 12 }).map(String);
const plain: fc.Arbitrary<unknown> = fc.oneof(id, nasty, fc.integer(), fc.boolean(), fc.constant(null));

/** Requests for every operation of the document below its base. */
export function requestsFrom(document: Document): fc.Arbitrary<Generated> {
  const { schemas, parameters } = document.components;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    item.servers
      ? []
      : methods.flatMap((method) => {
          const operation = item[method];
          return operation ? [requestFor(path, method, operation, item.parameters ?? [])] : [];
        }),
  );
  return fc.oneof(...operations);

  function requestFor(
    path: string,
    method: Method,
    operation: Operation,
    common: readonly (Parameter | Referred)[],
  ): fc.Arbitrary<Generated> {
    const own = (operation.parameters ?? []).map(known);
    const ids = own.filter((each) => each.in === 'path');
    const asked = [...own, ...common.map(known)].filter((each) => each.in !== 'path');
    const given = fc.tuple(
      ...asked.map((each) => some(sentFor(each, operation), each.required ? 20 : rarity(each))),
    );
    const content = Object.entries(operation.requestBody?.content ?? {});
    const bodies = content.map(([type, { schema }]) =>
      valuesOf(schema).map((values) => ({ type, values: values as Record<string, unknown> })),
    );
    return fc.record({
      path: fc.constant(path),
      method: fc.constant(method),
      operation: fc.constant(operation),
      ids: fc.tuple(...ids.map(() => usually(id, nasty))),
      query: given.map((values) => pairs(asked, values, 'query')),
      headers: given.map((values) =>
        Object.fromEntries(
          pairs(asked, values, 'header').map(([name, value]) => [name, value.replaceAll(/[^ -~]/g, '')]),
        ),
      ),
      body: bodies.length > 0 ? some(fc.oneof(...bodies), 20) : fc.constant(undefined),
      suffix: usually(fc.constant(''), fc.constantFrom('.json', '.xml', '.yaml')),
      token: usually(
        fc.constant('all'),
        fc.constantFrom('narrow', 'restricted', 'service', 'unknown', 'none'),
      ),
    }) as fc.Arbitrary<Generated>;
  }

  function known(parameter: Parameter | Referred): Parameter {
    if (!('$ref' in parameter)) return parameter;
    return parameters[parameter.$ref.split('/').at(-1) ?? ''] as Parameter;
  }

  function sentFor(parameter: Parameter, operation: Operation): fc.Arbitrary<unknown> {
    if (parameter.name === '_fields') return fieldsOf(operation);
    if (parameter.name === '_filters') return filtersOf(parameter);
    return usually(valuesOf(parameter.schema), nasty);
  }

  function fieldsOf({ tags }: Operation): fc.Arbitrary<string> {
    const named = Object.values(schemas).find(
      (schema) => typeof schema === 'object' && schema['x-resource'] === tags[0],
    );
    const properties =
      typeof named === 'object' ? Object.keys((named.properties as object | undefined) ?? {}) : [];
    const name = fc.constantFrom('id', 'breadcrumbs', '_ALL', ...properties);
    const item = fc.oneof(
      name,
      name.map((each) => `${each}()`),
      fc.tuple(name, name).map(([one, other]) => `${one}(${other},_ALL)`),
    );
    return usually(
      fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => items.join()),
      nasty,
    );
  }

  function filtersOf(parameter: Parameter): fc.Arbitrary<string> {
    const {
      basic = [],
      date = [],
      range = [],
      object = [],
      order = [],
    } = ((parameter as unknown as Record<string, unknown>)['x-filters'] ?? {}) as Record<string, string[]>;
    const value = usually(fc.oneof(id, fc.constantFrom('active', '1700000000', '7.00')), nasty);
    const one = (name: string) => value.map((each) => `${name}(${each})`);
    const forms = [
      ...basic.flatMap((name) => [one(name), one(`${name}_not`)]),
      ...date.flatMap((name) => [one(`${name}_before`), one(`${name}_after`)]),
      ...range.flatMap((name) => [one(`${name}_greater_than`), one(`${name}_less_than_or_equal`)]),
      ...object.map((name) => value.map((each) => `${name}(company(${each}))`)),
      ...order.map((name) => fc.constantFrom(`order_by_asc(${name})`, `order_by_desc(${name})`)),
      ...basic.map((name) => fc.constant(`empty(${name})`)),
      one('search'),
    ];
    const item = fc.oneof(...forms);
    const list = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join());
    return usually(
      fc.oneof(
        list,
        list.map((each) => `_OR(${each})`),
      ),
      nasty,
    );
  }

  /** What a schema says is valid. */
  function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
    if (typeof schema === 'boolean') return plain;
    const { $ref, anyOf, type, pattern } = schema;
    if (typeof $ref === 'string') return valuesOf(schemas[$ref.split('/').at(-1) ?? ''] as Schema);
    if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
    if (Array.isArray(anyOf)) return fc.oneof(...(anyOf as Schema[]).map(valuesOf));
    const types = (Array.isArray(type) ? type : [type]) as readonly unknown[];
    return fc.oneof(...types.map((each) => ofType(each, schema, pattern)));
  }

  function ofType(
    type: unknown,
    schema: Readonly<Record<string, unknown>>,
    pattern: unknown,
  ): fc.Arbitrary<unknown> {
    if (type === 'null') return fc.constant(null);
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer') return usually(fc.integer({ min: 0, max: 12 }), fc.integer());
    if (type === 'number') return fc.oneof(fc.integer(), fc.double());
    if (type === 'object') {
      const required = new Set(schema.required as readonly string[] | undefined);
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
      const values = properties.map(([name, each]) =>
        some(usually(valuesOf(each), plain), required.has(name) ? 30 : 1).map(
          (value) => [name, value] as const,
        ),
      );
      return fc
        .tuple(...values)
        .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
    }
    if (type !== 'string') return plain;
    if (schema.format === 'binary') return nasty;
    return typeof pattern === 'string'
      ? usually(id, fc.stringMatching(new RegExp(pattern)))
      : usually(fc.oneof(id, fc.lorem()), nasty);
  }
}

/** The first, ten times in eleven. */
const usually = <T>(one: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: one, weight: 10 }, { arbitrary: other, weight: 1 });

/** There `often` times for each time that it is absent. */
const some = <T>(arbitrary: fc.Arbitrary<T>, often: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary, weight: often * 10 }, { arbitrary: fc.constant(undefined), weight: 10 });

const rarity = ({ name }: Parameter): number => (name === '_fields' || name === '_filters' ? 0.7 : 0.1);

function pairs(
  parameters: readonly Parameter[],
  values: readonly unknown[],
  place: string,
): readonly (readonly [string, string])[] {
  return parameters.flatMap((parameter, i) =>
    parameter.in === place && values[i] !== undefined ? [[parameter.name, String(values[i])] as const] : [],
  );
}
