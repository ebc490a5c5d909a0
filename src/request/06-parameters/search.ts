import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';
import { expressionOf } from '../../store/expression.ts';
import { foldCase } from '../../store/fold.ts';
import { both, type Condition } from '../../store/query.ts';

/** Of one request: each may have to be looked for in every row. */
export const wordsMax = 20;
/** What a title or a name may have. A longer word of a description is found by its beginning. */
const wordLengthMax = 255;

/** Every word must be found in one of the resource's search fields, case-insensitively; `undefined` where it has none. Refuses `parameter.invalid`. */
export function searchFor(
  text: string,
  resource: Resource,
  catalogue: Catalogue,
  parameter: string,
): Condition | undefined {
  if (resource.search.length === 0) return undefined;
  const sent = text.split(/\s+/).filter((word) => word !== '');
  const words = new Set<string>();
  for (const word of sent) {
    if (word.length > wordLengthMax)
      refuse('parameter.invalid', {
        field: parameter,
        detail: `a word of at most ${wordLengthMax} characters is wanted`,
      });
    if (words.add(foldCase(word)).size > wordsMax) tooManyWords(parameter);
  }
  if (words.size === 0) refuse('parameter.invalid', { field: parameter, detail: 'a word is wanted' });
  const on = resource.search.map((source) => expressionOf(catalogue, resource, source));
  return both(...[...words].map((word): Condition => ({ contains: word, on })));
}

export function tooManyWords(parameter: string): never {
  refuse('parameter.invalid', { field: parameter, detail: `at most ${wordsMax} words are wanted in all` });
}
