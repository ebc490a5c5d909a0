import { type Kind, wholeNumber } from './kind.ts';

const end = 253402300799; // the last second of the year 9999

/** A point in time in unix seconds, or in ISO 8601 (UTC unless it says its zone); 0 on a write means unset. */
export const momentKind: Kind = Object.freeze<Kind>({
  name: 'moment',
  column: 'integer',
  expects: 'a unix time in seconds or an ISO 8601 date',
  read: (sent) => {
    if (sent === '') return null;
    const value = wholeNumber(sent) ?? isoDate(sent);
    if (value === undefined || value > end) return undefined;
    return value === 0 ? null : value;
  },
  holds: (stored) =>
    stored === null || (typeof stored === 'number' && Number.isSafeInteger(stored) && stored >= 0),
  wire: String,
});

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** A day that does not exist is no date: `Date` would take the 30th of February for the 2nd of March. */
function isoDate(sent: string): number | undefined {
  const parts = sent.length <= 40 ? iso.exec(sent) : null;
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)$/.exec(parts[7] ?? '') ?? [];
  const ahead = (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60);
  const value = at.getTime() / 1_000 - ahead;
  return value > 0 ? value : undefined;
}
