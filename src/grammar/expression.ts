/** A name, with its parenthesised list if it has one (`[]` for empty parentheses). */
export interface Item {
  readonly name: string;
  readonly list: readonly Item[] | undefined;
}

export type ParsedExpression =
  | { readonly items: readonly Item[] }
  | { readonly problem: string; readonly at: number };

const depthMax = 8;
const listLengthMax = 1_000;
const itemsMax = 10_000;
const tooLong = `there are more than ${listLengthMax} values`;
const tooMany = `there are more than ${itemsMax} values in all`;

/**
 * The one grammar of `scope`, `_fields` and `_filters`: comma-separated names, each with an optional parenthesised list of the same kind.
 * One pass, bounded in depth (8), length (1,000 items a list) and number (10,000 items in all); spaces around names do not matter, empty items are skipped. Frozen.
 */
export function parseExpression(text: string): ParsedExpression {
  const stack: { name: string; items: Item[] }[] = [];
  let items: Item[] = [];
  let start = 0;
  let closed = false;
  let count = 0;

  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 44;
    if (code === 44) {
      const name = text.slice(start, at).trim();
      if (closed && name !== '') return { problem: 'there is text after a closing parenthesis', at: start };
      if (name !== '') {
        items.push(Object.freeze({ name, list: undefined }));
        count++;
      }
      if (items.length > listLengthMax) return { problem: tooLong, at };
      if (count > itemsMax) return { problem: tooMany, at };
      closed = false;
      start = at + 1;
    } else if (code === 40) {
      const name = text.slice(start, at).trim();
      if (name === '' || closed) return { problem: 'a parenthesis opens without a name before it', at };
      if (stack.length === depthMax) return { problem: `parentheses are nested deeper than ${depthMax}`, at };
      stack.push({ name, items });
      items = [];
      start = at + 1;
    } else if (code === 41) {
      const outer = stack.pop();
      if (!outer) return { problem: 'a parenthesis closes that was never opened', at };
      const name = text.slice(start, at).trim();
      if (closed && name !== '') return { problem: 'there is text after a closing parenthesis', at: start };
      if (name !== '') {
        items.push(Object.freeze({ name, list: undefined }));
        count++;
      }
      count++;
      if (items.length > listLengthMax) return { problem: tooLong, at };
      if (count > itemsMax) return { problem: tooMany, at };
      outer.items.push(Object.freeze({ name: outer.name, list: Object.freeze(items) }));
      items = outer.items;
      closed = true;
      start = at + 1;
    }
  }
  return stack.length > 0
    ? { problem: 'a parenthesis is not closed', at: text.length }
    : { items: Object.freeze(items) };
}

/** The text of an expression; what it parses to is the expression again. */
export function printExpression(items: readonly Item[]): string {
  return items.map(({ name, list }) => (list ? `${name}(${printExpression(list)})` : name)).join(',');
}
