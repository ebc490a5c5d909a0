/** Markup that is safe to send as it stands. Made by `html` only. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

/** What a template takes: markup as it is, text and numbers escaped, lists joined, nothing for `undefined` and `false`. */
export type Piece = Html | string | number | undefined | false | readonly Piece[];

const escapes: Readonly<Record<string, string>> = Object.freeze({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A bare carriage return is read back as a line feed; as a reference it survives.
  '\r': '&#13;',
});

/** Text as it may stand between tags or inside a quoted attribute. What XML forbids becomes U+FFFD, so that every page is well-formed. */
export function escapeMarkup(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 (2.2, Char) leaves out
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"'\r]/g, (character) => escapes[character]!)
  );
}

function markup(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.markup;
  if (typeof piece === 'object') return piece.map(markup).join('');
  return escapeMarkup(String(piece));
}

/** Markup from a template; every interpolation is escaped unless it is itself `Html`. Throws on an attribute value without quotes. */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let whole = literals[0]!;
  for (const [index, piece] of pieces.entries()) {
    // Escaping does not stop at a space, so an unquoted value could grow attributes of its own.
    if (literals[index]!.endsWith('=')) throw new TypeError('An attribute value has to stand in quotes');
    whole += markup(piece) + literals[index + 1]!;
  }
  return new Html(whole);
}
