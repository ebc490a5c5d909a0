import { ignoredText } from '../06-parameters/ignored.ts';
import type { Trail } from '../trail.ts';

type Header = readonly [name: string, value: string];

/** The headers of every answer. Names keep their written case on the wire: clients in the field read them by exact name. */
export function headersOf(trail: Trail, status: string, reason: string, tellCause: boolean): Header[] {
  const { received, quota, origin, refusal, ignored } = trail;
  const headers: Header[] = [
    ['X-Status', status],
    ['X-Status-Reason', headerText(reason)],
    ['X-Request-Id', received.id],
    ['Cache-Control', 'no-store'],
  ];
  if (ignored.length > 0) headers.push(['X-Status-Ignored', ignoredText(ignored)]);
  if (quota) {
    const { limit, remaining, reset, left } = quota;
    headers.push(
      ['X-RateLimit-Limit', String(limit)],
      ['X-RateLimit-Remaining', String(remaining)],
      ['X-RateLimit-Reset', String(reset)],
      ['RateLimit-Policy', `"hour";q=${limit};w=3600`],
      ['RateLimit', `"hour";r=${remaining};t=${left}`],
    );
  }
  if (origin !== undefined) {
    headers.push(
      ['Access-Control-Allow-Origin', origin],
      ['Access-Control-Expose-Headers', exposed],
      ['Vary', 'Origin'],
    );
  }
  const retryAfter = refusal?.particulars.retryAfter;
  if (retryAfter !== undefined) headers.push(['Retry-After', String(retryAfter)]);
  if (tellCause && refusal) headers.push(['X-Status-Cause', refusal.because]);
  return headers;
}

const exposed =
  'X-Status, X-Status-Reason, X-Status-Cause, X-Status-Ignored, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, Retry-After, Content-Disposition, Content-Range, ETag';

const lengthMax = 512;
const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** One line, Latin-1 safe, at most 512 bytes: a message may quote what the caller sent. */
export function headerText(text: string): string {
  if (text.length <= lengthMax && plain.test(text)) return text;
  let out = '';
  for (const character of text) {
    if (out.length >= lengthMax) break;
    out += /[\x20-\x7e\xa0-\xff]/.test(character) ? character : ' ';
  }
  return out.slice(0, lengthMax).trim();
}
