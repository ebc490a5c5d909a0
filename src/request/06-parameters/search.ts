import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import { expressionOf } from '../../store/expression.ts';
import { both, type Condition } from '../../store/query.ts';

const most = 20;

/** Every word must be found in one of the resource's search fields, case-insensitively. Refuses `parameter.invalid`. */
export function searchFor(
  text: string,
  resource: Resource,
  catalogue: Catalogue,
  parameter: string,
): Condition {
  if (resource.search.length === 0)
    refuse('parameter.invalid', { field: parameter, detail: `${resource.title} has no search` });
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length > most)
    refuse('parameter.invalid', { field: parameter, detail: `at most ${most} words are wanted` });
  const on = resource.search.map((source) => expressionOf(catalogue, resource, source));
  return both(...words.map((word): Condition => ({ contains: word, on })));
}
