import { Buffer, isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import type { Files } from '../../files/files.ts';
import { parameterLimit, type ReadParameters } from './parameters.ts';
import type { Upload } from './received.ts';

const fieldLimit = 1024 * 1024;
const partHeaderLimit = 8 * 1024;
/** No documented request takes more than one. */
const fileLimit = 5;
/** Bytes given to the parser at a time: it cannot be stopped within one. */
const pieceSize = 64 * 1024;

/** Where the bytes of a `multipart/form-data` body go. */
export interface Multipart {
  /** `done` is called when it can take more. */
  write(chunk: Buffer, done: () => void): void;
  end(): void;
  /** Ends it for a reason that is safe for the wire; what was read so far still says how to answer. */
  abort(reason: string): void;
  /** Never rejects. Files are in it also when something is malformed: whoever gets it drops them. */
  readonly read: Promise<ReadParameters>;
}

/**
 * Reads a `multipart/form-data` body as it comes: text fields, 1 MiB of them at most, and files, which go on to `files` and are never in memory.
 * `contentType` is the whole header. It is malformed by a missing boundary, an end that does not come, bytes that are not UTF-8, NUL, what is
 * past a limit, and a file where there is no place for one.
 */
export function readMultipart(contentType: string, files: Pick<Files, 'put'> | undefined): Multipart {
  const values = new Map<string, string>();
  const uploads = new Map<string, Upload>();
  /** Streams on their way to `files`, and what became of them. */
  const streams = new Set<Readable>();
  const arrivals: Promise<void>[] = [];
  let repeated: string | undefined;
  let malformed: string | undefined;
  let fieldBytes = 0;
  let exceeded = false;
  let settled = false;
  let overdue: NodeJS.Timeout | undefined;
  let waiting: (() => void) | undefined;
  let resolve: (read: ReadParameters) => void = () => {};
  const read = new Promise<ReadParameters>((found) => {
    resolve = found;
  });

  function settle(reason?: string): void {
    if (settled) return;
    settled = true;
    clearTimeout(overdue);
    malformed ??= reason;
    for (const stream of streams) stream.destroy(new Error('the body ended before the file did'));
    waiting?.();
    void Promise.all(arrivals).then(() => resolve({ values, repeated, malformed, uploads }));
  }

  function addField(sentName: string | undefined, sentValue: string, cut: boolean): void {
    const name = parameterIn(sentName ?? '');
    const value = decode(sentValue);
    fieldBytes += sentValue.length;
    if (cut || fieldBytes > fieldLimit) {
      malformed ??= `a multipart field is longer than ${fieldLimit} bytes`;
      exceeded = true;
    } else if (name === undefined || value === undefined)
      malformed ??= 'the multipart body is not valid UTF-8';
    else if (name === '') return;
    else if (values.has(name) || uploads.has(name)) repeated ??= name;
    else values.set(name, value);
  }

  function addFile(
    sentName: string | undefined,
    stream: Readable,
    sentFilename: string | undefined,
    type: string,
  ): void {
    stream.on('error', () => {});
    const name = parameterIn(sentName ?? '');
    const filename = parameterIn(sentFilename ?? '');
    if (files === undefined) malformed ??= 'uploads are not accepted here';
    else if (name === undefined || filename === undefined)
      malformed ??= 'the multipart body is not valid UTF-8';
    else if (name !== '' && (values.has(name) || uploads.has(name))) repeated ??= name;
    else if (name !== '' && malformed === undefined) {
      const upload: { -readonly [Key in keyof Upload]: Upload[Key] } = {
        filename,
        mimetype: type,
        staged: undefined,
        failure: undefined,
      };
      uploads.set(name, upload);
      streams.add(stream);
      const arrival = files.put(stream).then(
        (staged) => {
          upload.staged = staged;
        },
        (error: unknown) => {
          upload.failure = error;
        },
      );
      arrivals.push(
        arrival.then(() => {
          streams.delete(stream);
          // A file that could not be taken in is still read to its end, for the rest of the body.
          stream.resume();
        }),
      );
      return;
    }
    stream.resume();
  }

  const parser = parserFor(contentType);
  parser?.on('field', (name: string | undefined, value: string, _: boolean, cut: boolean) =>
    addField(name, value, cut),
  );
  parser?.on(
    'file',
    (name: string | undefined, stream: Readable, filename: string | undefined, _: string, type: string) =>
      addFile(name, stream, filename, type),
  );
  for (const limit of ['fieldsLimit', 'partsLimit', 'filesLimit'] as const) {
    parser?.on(limit, () => {
      malformed ??=
        limit === 'filesLimit'
          ? `the multipart body has more than ${fileLimit} files`
          : `the multipart body has more than ${parameterLimit} parts`;
      exceeded = true;
    });
  }
  parser?.on('error', () => settle('the multipart body is malformed'));
  parser?.on('finish', () => settle());
  if (!parser) settle('the multipart body is malformed');

  return {
    read,
    abort: (reason) => settle(reason),
    write(chunk, done) {
      let at = 0;
      const feed = (): void => {
        waiting = undefined;
        if (exceeded) settle();
        if (settled || at >= chunk.length || !parser) return done();
        const piece = chunk.subarray(at, at + pieceSize);
        at += pieceSize;
        waiting = done;
        try {
          parser.write(piece, feed);
        } catch {
          settle('the multipart body is malformed');
        }
      };
      feed();
    },
    end() {
      if (settled || !parser) return;
      // What is left is in memory, or on its way to a disk: it ends soon or, through a fault of the parser, never.
      overdue = setTimeout(settle, arrivals.length > 0 ? 60_000 : 2000, 'the multipart body has no end');
      try {
        parser.end();
      } catch {
        settle('the multipart body is malformed');
      }
    },
  };
}

/** The same for a body that is in memory already. */
export function parseMultipart(body: Buffer, contentType: string): Promise<ReadParameters> {
  const multipart = readMultipart(contentType, undefined);
  multipart.write(body, () => multipart.end());
  return multipart.read;
}

let library: typeof import('@fastify/busboy') | undefined;

function parserFor(
  contentType: string,
): InstanceType<typeof import('@fastify/busboy')['Busboy']> | undefined {
  // Loaded when the first multipart body comes.
  library ??= createRequire(import.meta.url)('@fastify/busboy') as typeof import('@fastify/busboy');
  try {
    return new library.Busboy({
      headers: { 'content-type': contentType },
      // Values come as the bytes they are, and are decoded below: the parser would put U+FFFD where they are not UTF-8.
      defCharset: 'latin1',
      limits: {
        fields: parameterLimit,
        parts: parameterLimit,
        files: fileLimit,
        fieldSize: fieldLimit,
        headerSize: partHeaderLimit,
      },
    });
  } catch {
    return undefined;
  }
}

/** Text from the bytes that the characters of `latin1` stand for; `undefined` when they are not UTF-8, or contain NUL. */
function decode(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, 'latin1');
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
  return bytes.toString('utf8');
}

/** What a part's header says; the parser has decoded it, with U+FFFD where it was not UTF-8. */
const parameterIn = (text: string): string | undefined => (/[\0\ufffd]/.test(text) ? undefined : text);
