import type { Kind } from './kind.ts';

/** Text of at most `limit` characters, kept as sent (CRLF included). NUL is refused: Postgres cannot keep it. */
export function textKind(limit: number): Kind {
  return Object.freeze<Kind>({
    name: 'text',
    column: 'text',
    limit,
    expects: `text of at most ${limit} characters, without NUL`,
    read: (sent) => (sent.length > limit || sent.includes('\0') || !sent.isWellFormed() ? undefined : sent),
    holds: (stored) => stored === null || typeof stored === 'string',
    wire: String,
  });
}
