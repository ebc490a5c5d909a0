import { type Buffer, isUtf8 } from 'node:buffer';
import { parseForm } from './form.ts';
import { notJson, parseJsonBody } from './json-body.ts';
import { parseMultipart } from './multipart.ts';
import { none, type ReadParameters, unreadableParameters } from './parameters.ts';

export interface BodyLimits {
  /** Bytes. */
  readonly bodyLimit: number;
  /** Bytes, for `multipart/form-data`. */
  readonly uploadLimit: number;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** Whether a body is multipart that can be read as it comes. */
export function isMultipart(headers: Headers): boolean {
  const sent = headers['content-type'] ?? '';
  return mediaType(sent) === 'multipart/form-data' && unfit(headers, sent) === undefined;
}

/** How many bytes a body of this type may have. */
export const limitFor = (headers: Headers, { bodyLimit, uploadLimit }: BodyLimits): number =>
  isMultipart(headers) ? uploadLimit : bodyLimit;

/** Why a body of one of our types cannot be read. */
function unfit(headers: Headers, contentType: string): string | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    return 'content encodings are not supported';
  const transfer = headers['transfer-encoding'];
  if (transfer !== undefined && transfer.trim().toLowerCase() !== 'chunked')
    return 'transfer encodings but chunked are not supported';
  return isUtf8Charset(contentType) ? undefined : 'the charset is not UTF-8';
}

/**
 * The parameters of a body, by its `Content-Type`; without one it is a form, as `curl -d` means it. `method` is the one on the
 * request line: with GET, HEAD, DELETE and OPTIONS a body of an unknown type is ignored, with others it is malformed.
 * Only multipart is asynchronous.
 */
export function parseBody(
  method: string,
  headers: Headers,
  body: Buffer,
): ReadParameters | Promise<ReadParameters> {
  if (body.length === 0) return none;
  const sent = headers['content-type'] ?? '';
  const type = mediaType(sent);
  const kind = kindOf(type);
  if (kind === undefined)
    return bodyless.has(method) ? none : unreadableParameters('the content type is not supported');
  const problem = unfit(headers, sent);
  if (problem !== undefined) return unreadableParameters(problem);
  if (kind === 'multipart') return parseMultipart(body, sent);
  if (!isUtf8(body)) return unreadableParameters('the body is not valid UTF-8');
  const text = body.toString('utf8', startsWithMark(body) ? 3 : 0);
  if (kind === 'json') return parseJsonBody(text);
  if (text.trimStart().startsWith('{')) {
    // Some clients send JSON, mostly the literal `{}`, with the content type of a form.
    const parsed = parseJsonBody(text);
    if (parsed.malformed !== notJson) return parsed;
  }
  return parseForm(text, 'the form');
}

const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

function kindOf(type: string): 'form' | 'json' | 'multipart' | undefined {
  if (type === '' || type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json';
  return type === 'multipart/form-data' ? 'multipart' : undefined;
}

function mediaType(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

function isUtf8Charset(contentType: string): boolean {
  const lower = contentType.toLowerCase();
  for (let at = lower.indexOf(';'); at >= 0; at = lower.indexOf(';', at + 1)) {
    const end = lower.indexOf(';', at + 1);
    const [name = '', value = ''] = lower.slice(at + 1, end < 0 ? undefined : end).split('=', 2);
    if (name.trim() === 'charset') return /^"?utf-?8"?$/.test(value.trim());
  }
  return true;
}

const startsWithMark = (body: Buffer): boolean => body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
