import { Buffer } from 'node:buffer';
import type { Sending } from './http.ts';

export interface Part {
  readonly name: string;
  /** A file's; none for a text field. */
  readonly filename?: string;
  readonly type?: string;
  readonly content: string | Buffer;
}

const boundary = 'the-quick-brown-nixonian';

export const multipartType = `multipart/form-data; boundary=${boundary}`;

/** What goes before the content of a part. */
export const partHead = ({ name, filename, type }: Omit<Part, 'content'>): string =>
  [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    '\r\n',
  ].join('\r\n');

export const multipartEnd = `\r\n--${boundary}--\r\n`;

/** A `multipart/form-data` body, and its content type. */
export function multipart(...parts: readonly Part[]): Required<Pick<Sending, 'body' | 'headers'>> {
  const pieces = parts.flatMap((part, i) => [
    Buffer.from(`${i > 0 ? '\r\n' : ''}${partHead(part)}`),
    Buffer.from(part.content),
  ]);
  return {
    headers: { 'Content-Type': multipartType },
    body: Buffer.concat([...pieces, Buffer.from(multipartEnd)]),
  };
}
