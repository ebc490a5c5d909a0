type Headers = { get(name: string): string | null };

/** Where the deployment stands in its hour. */
export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds at which the next hour begins, by the clock of the server. */
  readonly reset: number;
  /** Seconds until then, when the answer was made. */
  readonly seconds: number;
}

/** Seconds that a deployment's hour lasts: what says more is mistaken. */
export const hour = 3_600;

/** Seconds from an answer without `Retry-After` to the next hour. */
export function untilReset(quota: Quota | undefined, now: number): number {
  const seconds = now / 1_000;
  return Math.max(1, quota?.seconds ?? Math.ceil(Math.ceil(seconds / hour) * hour - seconds));
}

/** Unix milliseconds when it was answered, by the clock of the server where it tells: clocks differ. */
const answeredAt = (headers: Headers, now: number): number => {
  const there = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(there) ? now : there;
};

/** Seconds by `Retry-After`, which may be a date of HTTP; of several the first counts. `undefined` for anything else. */
export function waitIn(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  const seconds = /^(\d+(?:\.\d+)?)(?:\s*,|$)/.exec(text)?.[1];
  if (seconds !== undefined) return Math.ceil(Number(seconds));
  // `Date.parse` finds a date in nearly everything, such as -5.
  const date = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - answeredAt(headers, now)) / 1_000));
}

/** `undefined` unless all three are numbers that a quota can have. */
export function quotaIn(headers: Headers, now: number): Quota | undefined {
  const read = (name: string): number => {
    const text = headers.get(`x-ratelimit-${name}`)?.trim() ?? '';
    return /^-?\d{1,15}$/.test(text) ? Math.max(0, Number(text)) : Number.NaN;
  };
  const [limit = 0, remaining = 0, reset = 0] = ['limit', 'remaining', 'reset'].map(read);
  if (![limit, remaining, reset].every(Number.isFinite)) return undefined;
  // What the server says of the time left counts, then what it says of the time.
  const left = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  const seconds = left === undefined ? Math.ceil(reset - answeredAt(headers, now) / 1_000) : Number(left);
  return { limit, remaining, reset, seconds: Math.min(hour, Math.max(0, seconds)) };
}
