import { randomUUID } from 'node:crypto';

const sane = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's `X-Request-Id` when it is 8 to 64 of `A-Z a-z 0-9 . _ -`, else one of ours. */
export function requestId(sent: string | undefined, at: number): string {
  return sent !== undefined && sane.test(sent) ? sent : freshId(at);
}

/**
 * 21 characters: nine of base36 milliseconds (ids sort by time until the year 5188), then 12 random hexadecimal digits.
 * `at` is in unix milliseconds.
 */
export function freshId(at: number): string {
  const random = randomUUID();
  return at.toString(36).padStart(9, '0') + random.slice(0, 8) + random.slice(9, 13);
}
