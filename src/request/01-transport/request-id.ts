import { randomInt } from 'node:crypto';

const sane = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's `X-Request-Id` when it is 8 to 64 of `A-Z a-z 0-9 . _ -`, else a new one. */
export function requestId(sent: string | undefined, at: number): string {
  return sent !== undefined && sane.test(sent) ? sent : freshId(at);
}

const digits = (value: number, width: number): string => value.toString(36).padStart(width, '0');

/** Distinguishes this process from other ones, and from itself before a restart. */
const process = digits(randomInt(36 ** 7), 7);
const turn = 36 ** 4;
let count = 0;
let moment = 0;
let prefix = '';

/**
 * 20 of `0-9 a-z`: the time in milliseconds (so that ids sort by it until the year 5188), the process, a counter. An id is a name,
 * not a secret; it is made at every request, so it must cost next to nothing. `at` is in unix milliseconds.
 */
export function freshId(at: number): string {
  if (at !== moment) {
    moment = at;
    prefix = digits(at, 9) + process;
  }
  count = (count + 1) % turn;
  return prefix + (count + turn).toString(36).slice(1);
}
