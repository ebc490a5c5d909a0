import type { Answer } from '../../contract/answer.ts';
import type { FileFound } from '../08-operation/outcome.ts';

type Frame = Omit<Answer, 'type' | 'body'>;

/** A media type of two plain tokens. Anything else that a caller once sent is answered as bytes. */
const plainType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

/**
 * The answer that is a file, all of it or a part (RFC 9110), or 304. Whatever the file contains, a browser does not run it, show it or guess its type:
 * it saves it.
 */
export function fileAnswer(frame: Frame, file: FileFound): Answer {
  const { title, mimetype, sha256, size, send, content } = file;
  const part = typeof send === 'object' ? send : undefined;
  const length = part ? part.end - part.start + 1 : size;
  const headers: [string, string][] = [
    ['ETag', `"${sha256}"`],
    ['Accept-Ranges', 'bytes'],
    ['Content-Disposition', disposition(title)],
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Security-Policy', "sandbox; default-src 'none'"],
    ...(part ? [['Content-Range', `bytes ${part.start}-${part.end}/${size}`] as [string, string]] : []),
  ];
  return {
    http: codeFor(send),
    status: frame.status,
    cause: frame.cause,
    headers: [...frame.headers, ...headers],
    type: plainType.test(mimetype) ? mimetype : 'application/octet-stream',
    body: send === 'unchanged' ? '' : { length, content },
  };
}

const codeFor = (send: FileFound['send']): number => {
  if (send === 'unchanged') return 304;
  return send === 'whole' ? 200 : 206;
};

/** RFC 6266: a name in ASCII, and the real one for clients that support RFC 8187. Neither has a folder in it. */
function disposition(title: string): string {
  const name = plainName(title);
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** Without folders, controls, what turns the direction of writing round, and dots at the start. */
function plainName(title: string): string {
  const name = title
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
    .replace(/[/\\:*?<>|]/g, '_')
    .replace(/^[.\s]+/, '')
    .trim();
  return name === '' ? 'file' : [...name].slice(0, 150).join('');
}
