import { Buffer, isUtf8 } from 'node:buffer';
import type { Format } from '../../contract/answer.ts';
import { decodePercent } from './form.ts';

/** Bytes. Long filters fit; anything longer belongs in a body (`_method=get`). */
export const targetBytesMax = 16 * 1024;
const segmentsMax = 32;

/** The request target, taken apart. */
export interface RequestTarget {
  /** As sent, without the query. */
  readonly path: string;
  /** Still encoded, without the question mark. */
  readonly query: string;
  /** Percent-decoded, without the format suffix and without empty ones; of a malformed path what can be read of the first two, which decide the surface. */
  readonly segments: readonly string[];
  /** By suffix. */
  readonly format: Format | undefined;
  /** `host[:port]` of an absolute target, which overrides the `Host` header (RFC 9112, 3.2.2). */
  readonly authority: string | undefined;
  readonly malformed: string | undefined;
}

const suffixes: ReadonlyMap<string, Format> = new Map([
  ['json', 'json'],
  ['xml', 'xml'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
]);

/** Of a malformed path: `api/v0`. */
const known = 2;

/** Reads a request target (`/path?query`, or an absolute URI). Never throws. */
export function readTarget(sent: string): RequestTarget {
  let malformed = sent.length > targetBytesMax ? `the URL is longer than ${targetBytesMax} bytes` : undefined;
  let rest = sent;
  // Node hands over raw bytes beyond ASCII as Latin-1; clients that do not encode mean UTF-8.
  if (/[\u0080-\u00ff]/.test(rest)) {
    const bytes = Buffer.from(rest, 'latin1');
    if (isUtf8(bytes)) rest = bytes.toString('utf8');
    else malformed ??= 'the URL is not valid UTF-8';
  }
  let authority: string | undefined;
  if (!rest.startsWith('/')) {
    const absolute = /^https?:\/\/([^/?#]*)/i.exec(rest);
    if (absolute) {
      authority = absolute[1];
      rest = rest.slice(absolute[0].length);
    } else if (rest !== '*') malformed ??= 'the request target is not a path';
  }
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  const segments: string[] = [];
  let format: Format | undefined;
  if (path !== '*') {
    const encoded = path.includes('%') || path.includes('\0');
    for (const piece of path.split('/')) {
      if (piece === '') continue;
      const segment = encoded ? decodePercent(piece) : piece;
      if (segment === undefined) {
        malformed ??= 'the path is not valid percent-encoded UTF-8';
        break;
      }
      segments.push(segment);
    }
    if (segments.length > segmentsMax) malformed ??= `the path has more than ${segmentsMax} segments`;
    format = takeSuffix(segments);
  }
  const sound = malformed === undefined ? segments : segments.slice(0, known);
  return { path, query, segments: sound, format, authority, malformed };
}

function takeSuffix(segments: string[]): Format | undefined {
  const last = segments.at(-1) ?? '';
  const dot = last.lastIndexOf('.');
  const format = dot > 0 ? suffixes.get(last.slice(dot + 1).toLowerCase()) : undefined;
  if (format !== undefined) segments[segments.length - 1] = last.slice(0, dot);
  return format;
}
