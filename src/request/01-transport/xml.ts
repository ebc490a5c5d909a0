import type { Tree } from '../../contract/answer.ts';
import { xmlAttribute, xmlText } from '../../contract/xml.ts';

export const xmlType = 'application/xml; charset=utf-8';

/**
 * A tree as an XML document with the root `<api>`, from which the same tree can be read back: an array is `type="array"` with
 * `<item>` children, `null` is `nil="true"`, a number, a flag or an empty object says so in `type`, text says nothing. A name that
 * XML does not allow becomes `<entry name="…">`. Characters that XML forbids become U+FFFD.
 *
 * Written here because the builders of XML libraries leave a carriage return bare, which every reader then turns into a line feed
 * (text with CRLF is to be kept), and write names as they come.
 */
export function writeXml(tree: Tree): string {
  const out: string[] = ['<?xml version="1.0" encoding="UTF-8"?>\n'];
  writeElement(out, '<api', '</api>', tree);
  return out.join('');
}

function writeElement(out: string[], open: string, close: string, tree: Tree): void {
  if (tree === null) out.push(open, ' nil="true"/>');
  else if (typeof tree === 'string') out.push(open, '>', xmlText(tree), close);
  else if (typeof tree !== 'object') out.push(open, ` type="${typeof tree}">`, String(tree), close);
  else if (Array.isArray(tree)) {
    out.push(open, ' type="array">');
    for (const item of tree as readonly Tree[]) writeElement(out, '<item', '</item>', item);
    out.push(close);
  } else {
    const entries = Object.entries(tree as Readonly<Record<string, Tree>>);
    out.push(open, entries.length === 0 ? ' type="object">' : '>');
    for (const [name, value] of entries) {
      if (isName(name)) writeElement(out, `<${name}`, `</${name}>`, value);
      else writeElement(out, `<entry name="${xmlAttribute(name)}"`, '</entry>', value);
    }
    out.push(close);
  }
}

/** Narrower than XML allows (ASCII, no colon), and without the reserved names. */
function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9._-]*$/.test(name) && !/^xml/i.test(name);
}
