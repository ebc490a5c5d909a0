import type { Exchange } from './exchange.ts';

/** Milliseconds after which an answer has surely reached the client. */
const journey = 2_000;

/**
 * Whether a request was sent by someone who had seen the answer before it: it came over the same connection, or so much later that the
 * answer cannot have been under way. What was sent at the same time is nobody's fault.
 */
export function follows(before: Exchange, after: Exchange): boolean {
  if (after.began - before.ended >= journey || after.at - before.at >= journey) return true;
  return (
    before.connection !== undefined && before.connection === after.connection && after.began >= before.ended
  );
}

/** Milliseconds between an answer and a later request: by the deployment's clock or really, whichever is more. */
export const between = (before: Exchange, after: Exchange): number =>
  Math.max(after.at - before.at, after.began - before.ended);

/** Seconds that an answer says to wait; absent when it does not say. */
export function waitOf({ answer, at }: Exchange): number | undefined {
  const text = answer.headers['retry-after']?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - at) / 1_000));
}

/** Milliseconds that timers may be early. */
const slack = 100;

export const tooEarly = (before: Exchange, after: Exchange, seconds: number): boolean =>
  between(before, after) < seconds * 1_000 - slack;

export const isApiExchange = ({ path }: Exchange): boolean => /^\/(api|public_api)\//.test(path);

export const isTokenRequest = ({ path, method }: Exchange): boolean =>
  method === 'POST' && /^\/oauth2\/(v0\/)?token\/?$/.test(path);

export const isWrite = ({ method }: Exchange): boolean => method !== 'GET' && method !== 'OPTIONS';
