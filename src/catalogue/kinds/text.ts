import type { Kind } from './kind.ts';

/** What every engine keeps as text, and may be asked for. */
export const isText = (sent: string): boolean => !sent.includes('\0') && sent.isWellFormed();

/** Text of at most `limit` characters, kept as sent (CRLF included). NUL is refused: Postgres cannot keep it. */
export function textKind(limit: number): Kind {
  return Object.freeze<Kind>({
    name: 'text',
    column: 'text',
    limit,
    expects: `text of at most ${limit} characters, without NUL`,
    read: (sent) => (sent.length > limit || !isText(sent) ? undefined : sent),
    holds: (stored) => stored === null || typeof stored === 'string',
    wire: String,
  });
}
