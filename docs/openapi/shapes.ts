import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Row } from '../../src/catalogue/request.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import type { Tree } from '../../src/contract/answer.ts';
import type { Route } from '../../src/request/05-route/table.ts';
import type { Example } from './examples.ts';
import { enveloped, type Schema, schemaAt } from './schemas.ts';

/** The name and the schema of a request's answer; `undefined` when it is a file. Requests that answer the same share one. */
export function answerShape(
  route: Route,
  operation: string,
  catalogue: Catalogue,
  example: Example | undefined,
): readonly [name: string, schema: Schema] | undefined {
  const response = responseOf(route, catalogue, example);
  if (!response) return undefined;
  const { row, answered, owner } = route;
  const one = row.act === 'progress' ? owner : answered;
  const names: Readonly<Partial<Record<Row['act'], string>>> = {
    list: `${one.name}-${row.wrapped === undefined ? 'list' : `list-as-${row.wrapped}`}`,
    count: 'Count-answer',
    remove: 'Nothing-answer',
    progressions: 'Progression-list',
    action: `${operation}-answer`,
  };
  return [names[row.act] ?? `${one.name}-answer`, enveloped(response)];
}

/** What the `response` of a request is; `undefined` when the answer is a file. Actions say it by their recorded answer. */
function responseOf(route: Route, catalogue: Catalogue, example: Example | undefined): Schema | undefined {
  const { row, answered, owner } = route;
  const one = schemaAt(answered.name);
  switch (row.act) {
    case 'list': {
      const list: Schema = { type: 'array', items: one };
      if (row.wrapped === undefined) return list;
      return { type: 'object', properties: { [row.wrapped]: list }, required: [row.wrapped] };
    }
    case 'count':
      return schemaAt('Count');
    case 'read':
    case 'linked':
    case 'create':
    case 'update':
      return one;
    case 'progress':
      return schemaAt(owner.name);
    case 'progressions':
      return { type: 'array', items: schemaAt('Progression') };
    case 'remove':
      return { type: 'null' };
    default: {
      if (!example) return {};
      if (example.type !== 'application/json') return undefined;
      const { response } = example.answer as { readonly response: Tree };
      const known = [answered, owner, ...catalogue.resources.values()];
      return shapeOf(response, known.slice(0, 2), known);
    }
  }
}

/** The schema that a recorded value suggests: objects of a resource are that resource's, by their fields and, deeper down, by their key. */
function shapeOf(value: Tree, likely: readonly Resource[], known: readonly Resource[]): Schema {
  if (value === null) return {};
  if (Array.isArray(value)) {
    const [first] = value as readonly Tree[];
    return first === undefined ? { type: 'array' } : { type: 'array', items: shapeOf(first, likely, known) };
  }
  if (typeof value !== 'object')
    return typeof value === 'string' ? schemaAt('Text') : { type: [typeof value, 'null'] };
  const found = likely.find((resource) => isOne(value as Schema, resource));
  if (found) return schemaAt(found.name);
  const entries = Object.entries(value as Schema).map(([key, inner]) => {
    const named = known.filter(({ name, singular, plural }) => [name, singular, plural].includes(key));
    return [key, shapeOf(inner, [...named, ...likely], known)] as const;
  });
  return {
    type: ['object', 'null'],
    properties: Object.fromEntries(entries),
    required: entries.map(([key]) => key),
  };
}

/** Whether an object has all that this resource returns without being asked; what is made may be left out. */
function isOne(value: Schema, { fields }: Resource): boolean {
  const usual = Object.entries(fields).filter(([, { shown, made }]) => shown === 'default' && !made);
  return (
    usual.length > 0 && usual.every(([name]) => Object.hasOwn(value, name) && typeof value[name] !== 'number')
  );
}
