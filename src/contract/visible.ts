export type PrintedCell = string | number | boolean | null | undefined;

/** A value as it may be shown at a terminal: control characters are replaced, nothing is `-`. */
export function visible(cell: PrintedCell): string {
  if (cell === null || cell === undefined) return '-';
  let out = '';
  for (const character of String(cell)) {
    const code = character.codePointAt(0) as number;
    out += code < 0x20 || (code >= 0x7f && code < 0xa0) ? '\u{fffd}' : character;
  }
  return out;
}
