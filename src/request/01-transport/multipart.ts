import { Buffer, isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import type { Files } from '../../files/files.ts';
import { parametersMax, type ReadParameters } from './parameters.ts';
import type { Upload } from './received.ts';

const fieldBytesMax = 1024 * 1024;
const partHeaderBytesMax = 8 * 1024;
/** No documented request takes more than one. */
const filesMax = 5;
/** Bytes given to the parser at a time: it cannot be stopped within one. */
const pieceBytes = 64 * 1024;
const notUtf8 = 'the multipart body is not valid UTF-8';

/** Takes the bytes of a `multipart/form-data` body. */
export interface Multipart {
  /** `done` is called when it can take more. */
  write(chunk: Buffer, done: () => void): void;
  end(): void;
  /** Ends the reading for a reason that is safe for the wire. What was read so far still decides how to answer. */
  abort(reason: string): void;
  /** Never rejects. It has files even when something is malformed: the receiver drops them. */
  readonly read: Promise<ReadParameters>;
}

/**
 * Reads a `multipart/form-data` body as it arrives: text fields, 1 MiB of them at most, and files, which are passed on to `files` and are never in
 * memory. `contentType` is the whole header. The body is malformed by a missing boundary, a missing end, bytes that are not UTF-8, NUL, whatever
 * exceeds a limit, and a file where none is accepted.
 */
export const readMultipart = (contentType: string, files: Pick<Files, 'put'> | undefined): Multipart =>
  new MultipartReader(contentType, files);

type SentField = [name: string | undefined, value: string, nameCut: boolean, valueCut: boolean];
type SentFile = [
  name: string | undefined,
  stream: Readable,
  filename: string | undefined,
  encoding: string,
  mimetype: string,
];

const malformedBody = 'the multipart body is malformed';
/** Milliseconds for which a complete body may still be parsed, and its files written. */
const [parseTimeoutMs, filesTimeoutMs] = [2_000, 60_000];

class MultipartReader implements Multipart {
  readonly read: Promise<ReadParameters>;
  readonly #values = new Map<string, string>();
  readonly #uploads = new Map<string, Upload>();
  readonly #files: Pick<Files, 'put'> | undefined;
  readonly #parser: ReturnType<typeof parserFor>;
  /** Streams on their way to `files`, and the end of each. */
  readonly #streams = new Set<Readable>();
  readonly #arrivals: Promise<void>[] = [];
  #repeated: string | undefined;
  #malformed: string | undefined;
  #fieldBytes = 0;
  #exceeded = false;
  #settled = false;
  #timer: NodeJS.Timeout | undefined;
  /** Takes more of the body, when the parser is slow to call back. */
  #waiting: (() => void) | undefined;
  #resolve: (read: ReadParameters) => void = () => {};

  constructor(contentType: string, files: Pick<Files, 'put'> | undefined) {
    this.#files = files;
    this.read = new Promise<ReadParameters>((resolve) => {
      this.#resolve = resolve;
    });
    this.#parser = parserFor(contentType);
    const parser = this.#parser;
    if (!parser) {
      this.#settle(malformedBody);
      return;
    }
    parser.on('field', (...sent: SentField) => this.#addField(sent));
    parser.on('file', (...sent: SentFile) => this.#addFile(sent));
    for (const limit of ['fieldsLimit', 'partsLimit', 'filesLimit'] as const)
      parser.on(limit, () => this.#exceed(limit));
    parser.on('error', () => this.#settle(malformedBody));
    parser.on('finish', () => this.#settle());
  }

  abort(reason: string): void {
    this.#settle(reason);
  }

  write(chunk: Buffer, done: () => void): void {
    let at = 0;
    const feed = (): void => {
      this.#waiting = undefined;
      if (this.#exceeded) this.#settle();
      if (this.#settled || at >= chunk.length || !this.#parser) return done();
      const piece = chunk.subarray(at, at + pieceBytes);
      at += pieceBytes;
      this.#waiting = done;
      try {
        this.#parser.write(piece, feed);
      } catch {
        this.#settle(malformedBody);
      }
    };
    feed();
  }

  end(): void {
    if (this.#settled || !this.#parser) return;
    // What is left is in memory, or on its way to a disk. It ends soon or, if the parser has a bug, never.
    const timeoutMs = this.#arrivals.length > 0 ? filesTimeoutMs : parseTimeoutMs;
    this.#timer = setTimeout(() => this.#settle('the multipart body has no end'), timeoutMs);
    try {
      this.#parser.end();
    } catch {
      this.#settle(malformedBody);
    }
  }

  #settle(reason?: string): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#malformed ??= reason;
    for (const stream of this.#streams) stream.destroy(new Error('the body ended before the file did'));
    this.#waiting?.();
    void Promise.all(this.#arrivals).then(() =>
      this.#resolve({
        values: this.#values,
        repeated: this.#repeated,
        malformed: this.#malformed,
        uploads: this.#uploads,
      }),
    );
  }

  #exceed(limit: 'fieldsLimit' | 'partsLimit' | 'filesLimit'): void {
    this.#malformed ??=
      limit === 'filesLimit'
        ? `the multipart body has more than ${filesMax} files`
        : `the multipart body has more than ${parametersMax} parts`;
    this.#exceeded = true;
  }

  #addField([sentName, sentValue, , cut]: SentField): void {
    const name = parameterIn(sentName ?? '');
    const value = decode(sentValue);
    this.#fieldBytes += sentValue.length;
    if (cut || this.#fieldBytes > fieldBytesMax) {
      this.#malformed ??= `a multipart field is longer than ${fieldBytesMax} bytes`;
      this.#exceeded = true;
    } else if (name === undefined || value === undefined) this.#malformed ??= notUtf8;
    else if (name === '') return;
    else if (this.#has(name)) this.#repeated ??= name;
    else this.#values.set(name, value);
  }

  #addFile([sentName, stream, sentFilename, , mimetype]: SentFile): void {
    stream.on('error', () => {});
    const name = parameterIn(sentName ?? '');
    const filename = parameterIn(sentFilename ?? '');
    if (this.#files === undefined) this.#malformed ??= 'uploads are not accepted here';
    else if (name === undefined || filename === undefined) this.#malformed ??= notUtf8;
    else if (name !== '' && this.#has(name)) this.#repeated ??= name;
    else if (name !== '' && this.#malformed === undefined) {
      const upload = { filename, mimetype, staged: undefined, failure: undefined };
      this.#uploads.set(name, upload);
      this.#streams.add(stream);
      this.#arrivals.push(this.#arrive(this.#files, stream, upload));
      return;
    }
    stream.resume();
  }

  async #arrive(
    files: Pick<Files, 'put'>,
    stream: Readable,
    upload: { -readonly [Key in keyof Upload]: Upload[Key] },
  ): Promise<void> {
    try {
      upload.staged = await files.put(stream);
    } catch (error) {
      upload.failure = error;
    }
    this.#streams.delete(stream);
    // A file that could not be kept is still read to its end, for the rest of the body.
    stream.resume();
  }

  #has(name: string): boolean {
    return this.#values.has(name) || this.#uploads.has(name);
  }
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
  // Loaded with the first multipart body.
  library ??= createRequire(import.meta.url)('@fastify/busboy') as typeof import('@fastify/busboy');
  try {
    return new library.Busboy({
      headers: { 'content-type': contentType },
      // The parser passes bytes on as they are, and `decode` decodes them: the parser itself would put U+FFFD where they are not UTF-8.
      defCharset: 'latin1',
      limits: {
        fields: parametersMax,
        parts: parametersMax,
        files: filesMax,
        fieldSize: fieldBytesMax,
        headerSize: partHeaderBytesMax,
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
