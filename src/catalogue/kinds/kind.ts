/** What a column holds: whole numbers (ids, seconds, flags, minor units) or text. Absent is `null`. */
export type Stored = number | string | null;

/**
 * How one kind of field is stored, read from a request and written to the wire. Kinds know nothing of requests:
 * `read` returns `undefined` for what is not valid, and the parameters stage refuses it.
 */
export interface Kind {
  readonly name: string;
  readonly column: 'integer' | 'text';
  /** What would be valid, as the rest of a sentence: "a whole number from 0 to …". */
  readonly expects: string;
  /** The words that are valid, where there are few. */
  readonly values?: readonly string[];
  /** The most characters that it may have. */
  readonly limit?: number;
  /** The stored value of what a caller sent (already a string), `undefined` when it is not valid. `''` means absent. */
  read(sent: string): Stored | undefined;
  /** Whether a stored value is one that this kind can have written; a row where it is not is `data.corrupt`. */
  holds(stored: Stored): boolean;
  /** The value in every format, `null` when absent. Called only with what `holds`. */
  wire(stored: number | string): string;
}

/** Digits only, no sign, no more than fits a JavaScript number exactly. No regular expression: input is hostile. */
export function wholeNumber(sent: string): number | undefined {
  if (sent.length === 0 || sent.length > 16) return undefined;
  let value = 0;
  for (let i = 0; i < sent.length; i++) {
    const digit = sent.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : undefined;
}
