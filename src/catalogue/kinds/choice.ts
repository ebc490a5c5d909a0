import type { Kind } from './kind.ts';

/** One of a few words. */
export function choiceKind(values: readonly string[]): Kind {
  const known = new Set(values);
  return Object.freeze<Kind>({
    name: 'choice',
    column: 'text',
    expects: `one of ${values.join(', ')}`,
    read: (sent) => (sent === '' ? null : known.has(sent) ? sent : undefined),
    holds: (stored) => stored === null || known.has(stored as string),
    wire: String,
  });
}
