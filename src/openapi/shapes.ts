import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Tree } from '../contract/answer.ts';
import type { Route } from '../request/05-route/table.ts';
import { enveloped } from './envelopes.ts';
import type { Example } from './examples.ts';
import { pascal } from './method-names.ts';
import { typeName } from './names.ts';
import { type Schema, schemaAt } from './schemas.ts';

/** The name and the schema of a request's answer; `undefined` when it is a file. Requests that answer the same share one. */
export function answerShape(
  route: Route,
  operation: string,
  catalogue: Catalogue,
  example: Example | undefined,
): readonly [name: string, schema: Schema] | undefined {
  const response = responseOf(route, catalogue, example);
  return response && [`${nameOf(response) ?? pascal(operation)}Answer`, enveloped(response)];
}

const referred = ({ $ref }: Schema): string | undefined =>
  typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined;

/** `Company`, `CompanyList`, `CompanyListInCompanies`; `undefined` for what is no object of one kind, nor a list of such. */
function nameOf(shape: Schema): string | undefined {
  const { type, items, properties } = shape;
  if (type === 'null') return 'Empty';
  if (type === 'array') {
    const name = referred(items as Schema);
    return name && `${name}List`;
  }
  const [only, ...others] = Object.entries((properties ?? {}) as Readonly<Record<string, Schema>>);
  if (!only || others.length > 0) return referred(shape);
  const [key, inner] = only;
  const name = inner.properties === undefined ? nameOf(inner) : undefined;
  return name && `${name}In${pascal(key)}`;
}

const listOf = (items: Schema): Schema => ({ type: 'array', items });
const under = (key: string, value: Schema): Schema => ({
  type: 'object',
  properties: { [key]: value },
  required: [key],
});

/** What the `response` of a request is; `undefined` when the answer is a file. Actions say it by their recorded answer. */
function responseOf(route: Route, catalogue: Catalogue, example: Example | undefined): Schema | undefined {
  const { row, answered, owner } = route;
  const single = schemaAt(typeName(answered));
  switch (row.act) {
    case 'list':
      return row.wrapped === undefined ? listOf(single) : under(row.wrapped, listOf(single));
    case 'count':
      return schemaAt('Count');
    case 'read':
    case 'linked':
    case 'create':
    case 'update':
      return single;
    case 'progress':
      return schemaAt(typeName(owner));
    case 'progressions':
      return listOf(schemaAt('Progression'));
    case 'remove':
      return { type: 'null' };
    default:
      if (row.anyKind) return listOf(schemaAt('LinkedObject'));
      return example ? recordedShape(route, catalogue, example) : {};
  }
}

function recordedShape({ row, answered, owner }: Route, { resources }: Catalogue, example: Example) {
  if (example.type !== 'application/json') return undefined;
  const { response } = example.answer as { readonly response: Tree };
  if (response === null) return { type: 'null' };
  const known = [answered, owner, ...resources.values()];
  if (Array.isArray(response) && response.length === 0 && !row.shaped)
    return listOf(schemaAt(typeName(answered)));
  const shape = shapeOf(response, known.slice(0, 2), known);
  // What is answered is there, whatever is absent within it.
  return Array.isArray(shape.type) ? { ...shape, type: 'object' } : shape;
}

/** The schema that a recorded value suggests: objects of a resource are that resource's, by their fields and, deeper down, by their key. */
function shapeOf(value: Tree, likely: readonly Resource[], known: readonly Resource[]): Schema {
  if (value === null) return {};
  if (Array.isArray(value)) {
    const [first] = value as readonly Tree[];
    return listOf(first === undefined ? {} : itemOf(shapeOf(first, likely, known)));
  }
  if (typeof value !== 'object')
    return typeof value === 'string' ? schemaAt('Text') : { type: [typeof value, 'null'] };
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === 'count') return schemaAt('Count');
  const found = likely.find((resource) => isOne(value as Schema, resource));
  if (found) return withMore(found, value as Schema, likely, known);
  return { ...objectOf(value as Schema, likely, known), type: ['object', 'null'] };
}

/** An object of a resource, which may have more beside its fields. */
function withMore(
  resource: Resource,
  value: Schema,
  likely: readonly Resource[],
  known: readonly Resource[],
): Schema {
  const shown = (name: string): boolean =>
    name === 'breadcrumbs' || (resource.fields[name]?.shown ?? 'hidden') !== 'hidden';
  const more = Object.fromEntries(Object.entries(value).filter(([name]) => !shown(name)));
  const one = schemaAt(typeName(resource));
  return Object.keys(more).length === 0 ? one : { allOf: [one, objectOf(more, likely, known)] };
}

function objectOf(value: Schema, likely: readonly Resource[], known: readonly Resource[]): Schema {
  const entries = Object.entries(value).map(([key, inner]) => {
    const named = known.filter(({ name, singular, plural }) => [name, singular, plural].includes(key));
    const [likeliest] = named;
    if (likeliest && Array.isArray(inner) && inner.length === 0)
      return [key, listOf(schemaAt(typeName(likeliest)))] as const;
    return [key, shapeOf(inner, [...named, ...likely], known)] as const;
  });
  return { type: 'object', properties: Object.fromEntries(entries), required: entries.map(([key]) => key) };
}

/** Nothing in a list is absent. */
const itemOf = (shape: Schema): Schema =>
  Array.isArray(shape.type) && shape.type[0] === 'object' ? { ...shape, type: 'object' } : shape;

/** Whether an object has all that this resource returns without being asked; what is made may be left out. */
function isOne(value: Schema, { fields }: Resource): boolean {
  const usual = Object.entries(fields).filter(([, { shown, made }]) => shown === 'default' && !made);
  return (
    usual.length > 0 && usual.every(([name]) => Object.hasOwn(value, name) && typeof value[name] !== 'number')
  );
}
