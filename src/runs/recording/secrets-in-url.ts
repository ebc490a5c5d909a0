import type { InUrl } from './exchange.ts';
import type { Redactor } from './redact.ts';
import { isSecretName } from './secret-names.ts';

const opaque = /^[\w.~+=-]{20,}$/;

/** Secrets that stand in the path or the query, 20 at most: those that a name tells, and what looks like one. */
export function secretsInUrl(
  path: string,
  query: ReadonlyMap<string, unknown>,
  oauth: boolean,
  redactor: Redactor,
): readonly InUrl[] {
  const found = path
    .split('/')
    .map(plainly)
    .filter((segment) => opaque.test(segment))
    .map((segment): InUrl => ({ where: 'path', print: redactor.print(segment), named: false }));
  for (const [name, value] of query) {
    if (opaque.test(name)) found.push({ where: 'query', print: redactor.print(name), named: false });
    if (typeof value === 'object' || String(value) === '') continue;
    const exchanged = oauth && path.endsWith('/token') && name === 'code';
    const named = exchanged || isSecretName(name);
    // What follows a scheme is the secret itself.
    const secret = String(value).replace(/^Bearer +/i, '');
    if (named || opaque.test(secret))
      found.push({ where: redactor.text(name).slice(0, 60), print: redactor.print(secret), named });
  }
  return found.slice(0, 20);
}

/** A segment of a path without its encoding, where that can be read. */
export function plainly(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
