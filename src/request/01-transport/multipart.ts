import { Buffer, isUtf8 } from 'node:buffer';
import { type Parameters, parameterLimit } from './parameters.ts';

const fieldLimit = 1024 * 1024;
const partHeaderLimit = 8 * 1024;
/** Bytes given to the parser at a time: it cannot be stopped within one. */
const pieceSize = 64 * 1024;

/**
 * The text fields of a `multipart/form-data` body, all of it in memory. `contentType` is the whole header. A file part makes it
 * malformed, and so do a missing boundary, an end that does not come, bytes that are not UTF-8, NUL, and what is past a limit.
 */
export async function parseMultipart(body: Buffer, contentType: string): Promise<Parameters> {
  const { Busboy } = await import('@fastify/busboy');
  const values = new Map<string, string>();
  let repeated: string | undefined;
  let malformed: string | undefined;
  let exceeded = false;
  let settled = false;
  return new Promise((resolve) => {
    const settle = (reason?: string) => {
      settled = true;
      clearTimeout(overdue);
      resolve({ values, repeated, malformed: malformed ?? reason });
    };
    // Everything is in memory, so it ends within a few ticks or, through a fault of the parser, never.
    const overdue = setTimeout(settle, 2000, 'the multipart body has no end');
    try {
      const parser = new Busboy({
        headers: { 'content-type': contentType },
        // Fields come as the bytes they are, and are decoded below: the parser would put U+FFFD where they are not UTF-8.
        defCharset: 'latin1',
        limits: {
          fields: parameterLimit,
          parts: parameterLimit,
          fieldSize: fieldLimit,
          headerSize: partHeaderLimit,
        },
      });
      parser.on('field', (sentName: string | undefined, sentValue: string, _: boolean, cut: boolean) => {
        const name = decode(sentName ?? '');
        const value = decode(sentValue);
        if (cut) malformed ??= `a multipart field is longer than ${fieldLimit} bytes`;
        else if (name === undefined || value === undefined)
          malformed ??= 'the multipart body is not valid UTF-8';
        else if (name === '') return;
        else if (values.has(name)) repeated ??= name;
        else values.set(name, value);
      });
      parser.on('file', (_, file) => {
        malformed ??= 'uploads are not accepted here';
        file.on('error', () => {});
        file.resume();
      });
      for (const limit of ['fieldsLimit', 'partsLimit'] as const) {
        parser.on(limit, () => {
          malformed ??= `the multipart body has more than ${parameterLimit} parts`;
          exceeded = true;
        });
      }
      parser.on('error', () => settle('the multipart body is malformed'));
      parser.on('finish', () => settle());
      const feed = (at: number): void => {
        if (settled) return;
        if (exceeded) settle();
        else if (at >= body.length) parser.end();
        else parser.write(body.subarray(at, at + pieceSize), () => feed(at + pieceSize));
      };
      feed(0);
    } catch {
      settle('the multipart body is malformed');
    }
  });
}

/** Text from the bytes that the characters of `latin1` stand for; `undefined` when they are not UTF-8, or contain NUL. */
function decode(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, 'latin1');
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
  return bytes.toString('utf8');
}
