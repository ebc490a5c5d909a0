import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { filteredType } from './values.ts';

const union = (names: readonly string[]): string =>
  names.length === 0 ? 'never' : [...new Set(names)].map((name) => `'${name}'`).join(' | ');

/** The interface that says what a list of the resource can be filtered by and ordered by. */
export function filterNames(resource: Resource, catalogue: Catalogue, name: string): string {
  const { basic, range, date, object, order } = resource.filters;
  // What filters by object does not also filter by value.
  const plain = basic.filter((each) => !object.includes(each));
  const typed = (names: readonly string[]): string =>
    names.length === 0
      ? 'Record<never, never>'
      : `{ ${names.map((each) => `readonly ${each}: ${filteredType(catalogue, resource, each)}`).join('; ')} }`;
  const kinds = object.map((each) => `readonly ${each}: ${union(kindsOf(catalogue, resource, each))}`);
  const empty = Object.entries(resource.fields).filter(
    ([, { shown, column, reference }]) => shown !== 'hidden' && (column !== undefined || reference),
  );
  return [
    `export interface ${name} {`,
    `  readonly basic: ${typed(plain)};`,
    `  readonly date: ${union(date)};`,
    `  readonly range: ${typed(range)};`,
    `  readonly object: ${kinds.length === 0 ? 'Record<never, never>' : `{ ${kinds.join('; ')} }`};`,
    `  readonly empty: ${union(empty.map(([each]) => each))};`,
    `  readonly search: ${resource.search.length > 0};`,
    `  readonly order: ${union(order)};`,
    '}',
  ].join('\n');
}

/** The kinds of object that a filter takes: those of a reference of its own, or of the rows that tie it to objects. */
function kindsOf(catalogue: Catalogue, resource: Resource, name: string): readonly string[] {
  const tie = resource.sources[name];
  if (tie && 'having' in tie && 'own' in tie.source)
    return catalogue.resources.get(tie.having)?.references[tie.source.own] ?? [];
  return resource.references[name] ?? [];
}
