import type { Resource } from '../../catalogue/resource.ts';
import { refuse } from '../../contract/refuse.ts';

/**
 * Names in a request for a list that the list does not have, as the caller wrote them: `monkeys`, `empty(monkeys)`, `order_by_asc(monkeys)`, `_search`. It is left out as
 * if it had not been sent; the answer names it in `X-Status-Ignored`.
 */
export type Ignored = readonly string[];

const nameLengthMax = 60;
const textLengthMax = 512;
const more = ', ...';

/** One line of ASCII, as a header and the log have it: each name once, of 60 characters at most; names that do not fit are `...`. */
export function ignoredText(ignored: Ignored): string {
  let text = '';
  for (const name of new Set(ignored)) {
    const plain = name.slice(0, nameLengthMax).replaceAll(/[^\x21-\x7e]|[,"\\]/g, '?');
    const next = text === '' ? plain : `${text}, ${plain}`;
    if (next.length > textLengthMax - more.length) return text + more;
    text = next;
  }
  return text;
}

/** For `--unknown-filters refuse`. Refuses `parameter.invalid`. */
export function refuseIgnored([first]: Ignored, resource: Resource): void {
  if (first === undefined) return;
  const { title, filters } = resource;
  const name = first.slice(0, nameLengthMax);
  if (name === '_search') refuse('parameter.invalid', { field: name, detail: `${title} has no search` });
  const { basic, range, object, date, order } = filters;
  const valid = new Set(
    name.startsWith('order_by_')
      ? order
      : [...basic, ...range, ...object, ...date.flatMap((each) => [`${each}_before`, `${each}_after`])],
  );
  refuse('parameter.invalid', {
    field: `_filters ${name}`,
    detail: `${title} has no such filter; there are ${[...valid].join(', ')}`,
  });
}
