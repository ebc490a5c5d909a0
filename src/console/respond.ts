import type { Answer } from '../contract/answer.ts';
import { type CauseName, rowOf } from '../contract/causes.ts';
import type { StatusName } from '../contract/statuses.ts';
import { styleSource } from './pages/layout.ts';

export interface PageOptions {
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Where a form of the page may lead beside this server: redirect URIs or their origins. */
  readonly formAction?: readonly string[];
  /** For a page that refuses; its status follows from it. */
  readonly cause?: CauseName;
  /** `ok`, or that of the cause, unless given. */
  readonly status?: StatusName;
}

/**
 * The CSP source of a redirect URI: its origin, its scheme where it has no host, nothing where it has no safe form.
 * The parser lets `;` and `,` stand in a host, where they would end the directive.
 */
function source(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (url === null) return undefined;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return url.protocol;
  // CSP has no form for an address in brackets (CSP 3, 2.3.1: host-part).
  if (url.hostname.startsWith('[')) return url.protocol;
  return /^[a-z0-9._-]+$/.test(url.hostname) ? url.origin : undefined;
}

function policy(formAction: readonly string[]): string {
  const allowed = new Set(["'self'", ...formAction.map(source).filter((one) => one !== undefined)]);
  return [
    "default-src 'none'",
    `style-src ${styleSource}`,
    'img-src data:',
    // Browsers hold the redirect that follows a post to this directive too, so the client's URI has to be in it.
    `form-action ${[...allowed].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** An answer that is a page for a person, under a policy that allows it nothing but its own style and its forms. */
export function page(http: number, html: string, more: PageOptions = {}): Answer {
  const { headers = [], formAction = [], cause } = more;
  return Object.freeze({
    http,
    status: more.status ?? (cause === undefined ? 'ok' : rowOf(cause).status),
    cause,
    headers: Object.freeze([
      ['Content-Security-Policy', policy(formAction)],
      ['X-Frame-Options', 'DENY'],
      // `no-referrer` would turn the Origin of our own form posts into `null`, and the CSRF check needs it.
      ['Referrer-Policy', 'same-origin'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Cache-Control', 'no-store'],
      ...headers,
    ] as const),
    type: 'text/html; charset=utf-8',
    body: html,
  });
}
