import { type Kind, wholeNumber } from './kind.ts';

/** A whole number with an optional sign, on the wire as a string. */
export const integerKind: Kind = Object.freeze<Kind>({
  name: 'integer',
  column: 'integer',
  expects: 'a whole number',
  read: (sent) => {
    if (sent === '') return null;
    if (sent[0] !== '-') return wholeNumber(sent);
    const size = wholeNumber(sent.slice(1));
    // Never -0, which would be another value.
    return size === undefined ? undefined : 0 - size;
  },
  holds: (stored) => stored === null || (typeof stored === 'number' && Number.isSafeInteger(stored)),
  wire: String,
});
