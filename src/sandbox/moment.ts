import { ControlError } from '../contract/control-error.ts';

/** The year 9999, in unix seconds: later dates have no ISO form. */
export const momentMax = 253_402_300_799;

/** A moment as unix seconds or as ISO 8601, to unix seconds; `name` of what it was sent as. Throws `ControlError`. */
export function momentIn(name: string, text: string): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1_000);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > momentMax)
    throw new ControlError(`${name} wants unix seconds, or a date such as 2027-01-31T12:00:00Z`);
  return seconds;
}
