import { type Kind, wholeNumber } from './kind.ts';

const end = 253402300799; // the last second of the year 9999

/** A point in time in unix seconds; 0 on a write means unset. */
export const momentKind: Kind = Object.freeze<Kind>({
  name: 'moment',
  column: 'integer',
  expects: 'a unix time in seconds',
  read: (sent) => {
    if (sent === '' || sent === '0') return null;
    const value = wholeNumber(sent);
    return value !== undefined && value <= end ? value : undefined;
  },
  holds: (stored) =>
    stored === null || (typeof stored === 'number' && Number.isSafeInteger(stored) && stored >= 0),
  wire: String,
});
