import type { Kind } from './kind.ts';

/** One of a few words; those with underscores may be sent with spaces. */
export function choiceKind(values: readonly string[]): Kind {
  const known = new Set(values);
  return Object.freeze<Kind>({
    name: 'choice',
    column: 'text',
    values: Object.freeze([...values]),
    expects: `one of ${values.join(', ')}`,
    read: (sent) => {
      if (known.has(sent)) return sent;
      // A form cannot send null in another way.
      if (sent === '' || sent === 'null') return null;
      const joined = sent.replaceAll(' ', '_');
      return known.has(joined) ? joined : undefined;
    },
    holds: (stored) => stored === null || known.has(stored as string),
    wire: String,
  });
}
